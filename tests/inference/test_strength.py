"""Between a network and its GAN variant, whatever a picture needs: exact ends, a straight way, bad values."""

import functools

import numpy as np
import pytest

from waifu4x_tf.data.procedural import draw_rgb
from waifu4x_tf.errors import ModelError, UsageError
from waifu4x_tf.evaluation import metrics
from waifu4x_tf.evaluation.scores import shrunk_pair
from waifu4x_tf.imaging.interpolation import resize
from waifu4x_tf.imaging.picture import Picture
from waifu4x_tf.imaging.sharpness import sharpen
from waifu4x_tf.imaging.target import Target
from waifu4x_tf.inference.consistency import hold_colours
from waifu4x_tf.inference.engines import BlendEngine
from waifu4x_tf.inference.estimator import Estimate
from waifu4x_tf.inference.loading import load_upscaler
from waifu4x_tf.inference.networks import load_network
from waifu4x_tf.inference.upscaler import Upscaler
from waifu4x_tf.models import zoo

weights = pytest.mark.skipif(
    not zoo.shipped_variant("compact", "gan"), reason="no weights in this checkout yet"
)
PICTURE = draw_rgb(0, seed=12, width=40, height=30)
SEEN = {
    "": None,
    "area": Estimate(0.0, {"area": 2.0}, {}),
    "low": Estimate(0.0, {"low": 2.0}, {}),
    "medium": Estimate(0.0, {"low": 1.0, "medium": 2.0}, {}),
}
# What is asked for, what is seen in the picture, and the networks of strength 0 and 1.
ENDS = [
    ("auto", "", "compact", "compact-gan"),
    ("auto", "area", "compact_area", "compact-gan"),
    ("auto", "low", "compact_denoise1", "compact_denoise-gan"),
    ("auto", "medium", "compact_denoise2", "compact_denoise-gan"),
    ("off", "", "compact", "compact-gan"),
    ("off", "medium", "compact", "compact-gan"),
    ("off", "area", "compact_area", "compact-gan"),
    ("low", "", "compact_denoise1", "compact_denoise-gan"),
    ("medium", "area", "compact_denoise2", "compact_denoise-gan"),
]


@pytest.fixture(scope="module")
def networks():
    """Each network by its own name, once for all tests here."""
    return functools.cache(lambda name: load_upscaler(name, denoise="off", threads=1))


class _Constant:
    name, fixed_size, bytes_per_pixel = "constant", None, 10

    def __init__(self, values):
        self._values = values

    def run(self, tile):
        return self._values


@pytest.mark.parametrize(("denoise", "seen", "faithful", "gan"), ENDS)
def test_the_ends_are_the_two_networks_to_the_byte(
    denoise, seen, faithful, gan, networks, every_variant, estimated
):
    estimated.found = SEEN[seen]
    ends = [networks(name).upscale(PICTURE) for name in (faithful, gan)]
    assert (ends[0] != ends[1]).any()
    for strength, expected in zip((0, 1), ends, strict=True):
        dial = load_upscaler(denoise=denoise, strength=strength, threads=1)
        assert (dial.upscale(PICTURE) == expected).all()


def test_at_its_own_size_only_a_damaged_picture_goes_through_a_gan_variant(
    networks, every_variant, estimated
):
    same = Target(1)
    auto = load_upscaler(strength=1, threads=1)
    restored = networks("compact_denoise-gan").upscale(PICTURE, target=same)
    assert (restored != PICTURE).any()
    for seen, expected in (("", PICTURE), ("area", PICTURE), ("low", restored)):
        estimated.found = SEEN[seen]
        assert (auto.upscale(PICTURE, target=same) == expected).all()


@pytest.mark.parametrize(("denoise", "seen", "faithful", "gan"), ENDS)
def test_between_them_every_pixel_goes_straight_from_one_to_the_other(
    denoise, seen, faithful, gan, networks, every_variant, estimated
):
    estimated.found = SEEN[seen]
    tile = PICTURE[None]
    first, last = (networks(name)._engine.run(tile).astype(float) for name in (faithful, gan))
    for strength in (0.25, 0.9):
        dial = load_upscaler(denoise=denoise, strength=strength, threads=1)
        chosen = dial.for_picture(Picture.from_array(PICTURE))
        assert chosen.name == f"{faithful} at strength {strength}"
        assert chosen.strength == strength
        between = chosen._engine.run(tile)
        assert np.abs(between - ((1 - strength) * first + strength * last)).max() <= 1


def test_networks_that_kinds_of_pictures_share_are_loaded_once(every_variant, estimated, monkeypatch):
    loaded = []

    def load(name, *options):
        loaded.append(name)
        return load_network(name, *options)

    monkeypatch.setattr("waifu4x_tf.inference.loading.load_network", load)
    gans = ["compact-gan", "compact_denoise-gan"]
    for strength, expected in ((0.5, {*gans, *(faithful for _, _, faithful, _ in ENDS)}), (1, {*gans})):
        loaded.clear()
        dial = load_upscaler(strength=strength)
        for estimated.found in (*SEEN.values(), *SEEN.values()):
            dial.for_picture(Picture.from_array(PICTURE))
        assert sorted(loaded) == sorted(expected)


def test_raw_output_is_blended_as_well(every_variant):
    first, between, last = (
        load_upscaler(strength=strength, raw=True).upscale(PICTURE) for strength in (0, 0.5, 1)
    )
    assert (first != last).any()
    assert np.abs(between - (first.astype(float) + last) / 2).max() <= 1


def test_pixels_of_uint8_are_blended_with_rounding():
    first = np.repeat(np.arange(256, dtype=np.uint8), 256)
    second = np.tile(np.arange(256, dtype=np.uint8), 256)
    for share in (1, 77, 128, 255):
        strength = share / 256
        exact = (1 - strength) * first + strength * second.astype(float)
        blended = BlendEngine(_Constant(first), _Constant(second), strength).run(first)
        assert blended.dtype == np.uint8
        assert (blended == np.floor(exact + 0.5)).all()


@weights
def test_a_blend_of_one_network_with_itself_is_that_network():
    alone = load_upscaler("compact", tile_px=16, raw=True)
    twice = BlendEngine(alone._engine, alone._engine, 0.3)
    blend = Upscaler(twice, name="twice", scale=4, radius=alone.radius, tile_px=16, raw=True)
    assert (blend.upscale(PICTURE) == alone.upscale(PICTURE)).all()
    assert blend.plan(64, 64).memory_bytes > alone.plan(64, 64).memory_bytes


@pytest.mark.parametrize("strength", [-0.1, 1.1, float("nan")])
def test_a_strength_outside_0_to_1_is_refused(strength):
    with pytest.raises(UsageError, match="from 0, faithful, to 1, the GAN variant"):
        load_upscaler(strength=strength)


def test_a_model_without_a_gan_variant_is_named(tiny_models):
    assert load_upscaler(str(tiny_models / "tiny_int8.tflite"), strength=0).scale == 4
    with pytest.raises(ModelError, match=r"clean pictures, which .* Received: the model large"):
        load_upscaler("large", strength=0.5)


@weights
def test_the_shipped_gan_model_is_sharper_and_above_bicubic():
    sharpness, better = [], []
    for index in range(4):
        large, small = shrunk_pair(draw_rgb(index, seed=41, width=192, height=160), 4)
        answers = [load_upscaler(denoise="off", strength=strength).upscale(small) for strength in (0, 0.5, 1)]
        sharpness.append([np.abs(np.diff(each.astype(float), 2, axis=1)).mean() for each in answers])
        bicubic = metrics.psnr(large, resize(small, large.shape[:2], "bicubic"), border=4)
        better.append(metrics.psnr(large, answers[2], border=4) - bicubic)
    faithful, between, gan = np.mean(sharpness, axis=0)
    assert faithful < between < gan
    assert min(better) > 0


@weights
@pytest.mark.parametrize("amount", [0.0, 0.6])
def test_the_colour_rule_leaves_a_crisp_result_crisp(amount):
    def edges(pixels):
        return np.abs(np.diff(pixels.astype(float), axis=1)).mean()

    for index in range(3):
        _, small = shrunk_pair(draw_rgb(index, seed=41, width=192, height=160), 4)
        crisp = sharpen(load_upscaler("compact-gan", raw=True).upscale(small), amount)
        held = crisp.copy()
        hold_colours(small, held, blocks=small)
        assert edges(held) > 0.95 * edges(crisp)
