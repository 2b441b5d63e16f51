"""Between the model and its GAN variant: both ends exact, a straight path, bad strengths refused."""

import json
import shutil

import keras
import numpy as np
import pytest

from waifu4x_tf.data.procedural import draw_rgb
from waifu4x_tf.errors import ModelError, UsageError
from waifu4x_tf.evaluation import metrics
from waifu4x_tf.evaluation.scores import shrunk_pair
from waifu4x_tf.imaging.interpolation import resize
from waifu4x_tf.inference.engines import BlendEngine
from waifu4x_tf.inference.loading import load_upscaler
from waifu4x_tf.models import zoo

PICTURE = draw_rgb(0, seed=12, width=40, height=30)


@pytest.fixture
def pair(tiny_models, tmp_path, monkeypatch):
    """Both variants of `compact`, as shipped: the files give different outputs."""
    int8, network = (tiny_models / name for name in ("tiny_int8.tflite", "tiny.keras"))
    other = keras.saving.load_model(network)
    other.set_weights([values * 1.3 for values in other.get_weights()])
    shutil.copy(network, tmp_path / "compact.keras")
    other.save(tmp_path / "compact-gan.keras")
    shutil.copy(zoo.ESTIMATOR, tmp_path)
    for name in ("compact", "compact-gan"):
        shutil.copy(int8, tmp_path / f"{name}.tflite")
        engines = {"litert": f"{name}.tflite", "keras": f"{name}.keras"}
        card = {"name": name, "scale": 4, "receptive_radius": 6, "engines": engines}
        (tmp_path / f"{name}.json").write_text(json.dumps(card))
    monkeypatch.setattr(zoo, "WEIGHTS", tmp_path)
    return tmp_path


class _Constant:
    name, fixed_size, bytes_per_pixel = "constant", None, 10

    def __init__(self, values):
        self._values = values

    def run(self, tile):
        return self._values


def enlarged(model="compact", **options):
    return load_upscaler(model, engine="keras", **options).upscale(PICTURE)


def test_the_ends_are_the_two_models_to_the_byte(pair, estimated):
    faithful, gan = enlarged(), enlarged("compact-gan")
    assert (faithful != gan).any()
    assert (enlarged(strength=0) == faithful).all()
    assert (enlarged(strength=1) == gan).all()


def test_between_them_every_pixel_goes_straight_from_one_to_the_other(pair):
    faithful, gan = (enlarged(model, raw=True).astype(float) for model in ("compact", "compact-gan"))
    for strength in (0.25, 0.5, 0.9):
        between = enlarged(strength=strength, raw=True)
        assert np.abs(between - ((1 - strength) * faithful + strength * gan)).max() <= 1


def test_pixels_of_uint8_are_blended_with_rounding():
    first = np.repeat(np.arange(256, dtype=np.uint8), 256)
    second = np.tile(np.arange(256, dtype=np.uint8), 256)
    for share in (1, 77, 128, 255):
        strength = share / 256
        exact = (1 - strength) * first + strength * second.astype(float)
        blended = BlendEngine(_Constant(first), _Constant(second), strength).run(first)
        assert blended.dtype == np.uint8
        assert (blended == np.floor(exact + 0.5)).all()


def test_a_blend_of_one_model_with_itself_is_that_model(pair):
    alone = load_upscaler("compact", tile_px=16)
    blend = load_upscaler("compact", tile_px=16, strength=0.3)
    assert blend.name == "compact at strength 0.3"
    assert (blend.upscale(PICTURE) == alone.upscale(PICTURE)).all()
    assert blend.plan(64, 64).memory_bytes > alone.plan(64, 64).memory_bytes


@pytest.mark.parametrize("strength", [-0.1, 1.1, float("nan")])
def test_a_strength_outside_0_to_1_is_refused(strength):
    with pytest.raises(UsageError, match="from 0, faithful, to 1, the GAN variant"):
        load_upscaler(strength=strength)


def test_a_model_without_a_gan_variant_is_named(tiny_models):
    assert load_upscaler(str(tiny_models / "tiny_int8.tflite"), strength=0).scale == 4
    with pytest.raises(ModelError, match=r"variant for gan of compact\. Received: the model large"):
        load_upscaler("large", strength=0.5)


def test_the_gan_variant_does_not_denoise():
    with pytest.raises(ModelError, match=r"`strength` with `denoise='low'`\. Leave out one"):
        load_upscaler(denoise="low", strength=0.5)
    with pytest.raises(ModelError, match=r"for gan of compact\. Received: the model compact_denoise1"):
        load_upscaler("compact_denoise1", strength=0.5)


@pytest.mark.skipif(not zoo.shipped_variant("compact", "gan"), reason="no weights in this checkout yet")
def test_the_shipped_gan_model_is_sharper_and_above_bicubic():
    sharpness, better = [], []
    for index in range(4):
        large, small = shrunk_pair(draw_rgb(index, seed=41, width=192, height=160), 4)
        answers = [load_upscaler(strength=strength).upscale(small) for strength in (0, 0.5, 1)]
        sharpness.append([np.abs(np.diff(each.astype(float), 2, axis=1)).mean() for each in answers])
        bicubic = metrics.psnr(large, resize(small, large.shape[:2], "bicubic"), border=4)
        better.append(metrics.psnr(large, answers[2], border=4) - bicubic)
    faithful, between, gan = np.mean(sharpness, axis=0)
    assert faithful < between < gan
    assert min(better) > 0
