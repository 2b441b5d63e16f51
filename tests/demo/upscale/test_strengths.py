"""What the page shows of the strengths: the busiest part of a picture, as the library enlarges it."""

import itertools

import numpy as np
import pytest
from fake_upscaler import FakeUpscaler
from PIL import Image

from demo.context import DemoContext, Upscalers
from demo.upscale.request import UpscaleRequest
from demo.upscale.strengths import STRENGTHS, at_strengths
from waifu4x_tf.data.procedural import draw_rgb
from waifu4x_tf.errors import ModelError
from waifu4x_tf.evaluation.comparison import busiest_square
from waifu4x_tf.inference.estimator import Estimate
from waifu4x_tf.inference.loading import load_upscaler


@pytest.fixture
def context(every_variant, tmp_path):
    return DemoContext(Upscalers(FakeUpscaler(), load_upscaler), tmp_path / "demo")


@pytest.mark.parametrize(("denoise", "gain"), [("auto", 0.0), ("auto", 2.0), ("off", 2.0), ("medium", 0.0)])
def test_the_busiest_square_is_enlarged_at_each_strength(denoise, gain, context, tmp_path, estimated):
    estimated.found = Estimate(0.0, {"low": gain}, {})
    drawn = draw_rgb(3, seed=5, width=150, height=110)
    Image.fromarray(drawn).save(tmp_path / "drawn.png")
    x, y, width, height = busiest_square(drawn, 96)
    part = drawn[y : y + height, x : x + width]
    shown = at_strengths(context, tmp_path / "drawn.png", UpscaleRequest(denoise=denoise))
    assert len(shown) == len(STRENGTHS) == 3
    for strength, pixels in zip((0, 0.5, 1), shown, strict=True):
        assert pixels.shape == (384, 384, 3)
        expected = load_upscaler(denoise=denoise, strength=strength).upscale(np.ascontiguousarray(part))
        assert (pixels == expected).all()
    assert all((one != other).any() for one, other in itertools.pairwise(shown))


def test_what_auto_does_is_decided_by_the_whole_picture(context, tmp_path, monkeypatch):
    looked = []
    monkeypatch.setattr(
        "waifu4x_tf.inference.treatment.estimate", lambda picture, _: looked.append(picture.width)
    )
    Image.fromarray(draw_rgb(3, seed=5, width=150, height=110)).save(tmp_path / "drawn.png")
    at_strengths(context, tmp_path / "drawn.png", UpscaleRequest())
    assert [width for width in looked if width > 1] == [150, 150, 150]


def test_transparency_is_composited_on_white_and_small_pictures_are_shown_whole(context, tmp_path):
    Image.new("RGBA", (30, 20), (9, 9, 9, 0)).save(tmp_path / "clear.png")
    shown = at_strengths(context, tmp_path / "clear.png", UpscaleRequest(denoise="off"))
    assert [pixels.shape for pixels in shown] == [(80, 120, 3)] * 3
    assert all((pixels == 255).all() for pixels in shown)


def test_a_model_without_a_gan_variant_is_named(context, tmp_path):
    Image.new("RGB", (30, 20)).save(tmp_path / "a.png")
    with pytest.raises(ModelError, match="Received: the model large"):
        at_strengths(context, tmp_path / "a.png", UpscaleRequest("large"))
