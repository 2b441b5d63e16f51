"""Degradations are pure functions of picture and generator state; each option does what it says."""

import numpy as np
import pytest

from waifu4x_tf.data import degradations
from waifu4x_tf.data.degradations import CLEAN, SHRINK_METHODS, Degradation, blur, degrade
from waifu4x_tf.data.procedural import draw_rgb
from waifu4x_tf.errors import ConfigError
from waifu4x_tf.imaging.interpolation import resize
from waifu4x_tf.imaging.recoding import recode

EVERYTHING = Degradation(
    bicubic=0.4,
    area=0.2,
    lanczos=0.2,
    bilinear=0.2,
    chain_share=0.5,
    blur_share=0.5,
    jpeg_share=0.5,
    jpeg_passes=3,
    webp_share=0.5,
)


@pytest.fixture(scope="module")
def picture():
    return draw_rgb(0, seed=1, width=96, height=64)


def shrunk(picture: np.ndarray, seed: int = 0, **options) -> np.ndarray:
    return degrade(picture, 4, np.random.default_rng(seed), Degradation(**options))


def test_the_same_state_gives_the_same_bytes_and_leaves_the_picture_alone(picture):
    kept = picture.copy()
    results = set()
    for seed in range(12):
        first, second = (degrade(picture, 4, np.random.default_rng(seed), EVERYTHING) for _ in range(2))
        assert first.tobytes() == second.tobytes()
        results.add(first.tobytes())
    assert len(results) > 6
    np.testing.assert_array_equal(picture, kept)


@pytest.mark.parametrize("scale", [2, 4])
def test_shape_and_dtype(picture, scale):
    for how in (CLEAN, EVERYTHING):
        small = degrade(picture, scale, np.random.default_rng(3), how)
        assert small.shape == (64 // scale, 96 // scale, 3)
        assert small.dtype == np.uint8


def test_the_default_is_antialiased_bicubic_and_nothing_else(picture):
    np.testing.assert_array_equal(shrunk(picture), resize(picture, (16, 24), "bicubic"))


@pytest.mark.parametrize("method", SHRINK_METHODS)
def test_each_method_of_shrinking_is_that_of_imaging(picture, method):
    shares = {**dict.fromkeys(SHRINK_METHODS, 0.0), method: 0.3}
    np.testing.assert_array_equal(shrunk(picture, **shares), resize(picture, (16, 24), method))


def test_methods_come_as_often_as_their_shares_say(picture):
    by_area = resize(picture, (16, 24), "area")
    how = Degradation(bicubic=0.75, area=0.25)
    rng = np.random.default_rng(0)
    count = sum(np.array_equal(degrade(picture, 4, rng, how), by_area) for _ in range(400))
    assert 70 < count < 130


def test_blur_comes_before_shrinking_and_in_small_pixels(picture):
    blurred = shrunk(picture, blur_share=1.0, blur_sigma=(0.7, 0.7))
    np.testing.assert_array_equal(blurred, resize(blur(picture, 4 * 0.7), (16, 24), "bicubic"))
    assert blurred.std() < shrunk(picture).std()


@pytest.mark.parametrize(
    ("options", "codec", "saved_as"),
    [
        ({"webp_share": 1.0, "webp_quality": (40, 40)}, "WEBP", {"quality": 40}),
        (
            {"jpeg_share": 1.0, "jpeg_quality": (60, 60), "jpeg_420_share": 1.0},
            "JPEG",
            {"quality": 60, "subsampling": 2},
        ),
        (
            {"jpeg_share": 1.0, "jpeg_quality": (60, 60), "jpeg_420_share": 0.0},
            "JPEG",
            {"quality": 60, "subsampling": 0},
        ),
    ],
    ids=["webp", "jpeg 4:2:0", "jpeg 4:4:4"],
)
def test_codecs_are_pillows_own(picture, options, codec, saved_as):
    expected = recode(resize(picture, (16, 24), "bicubic"), codec, **saved_as)
    np.testing.assert_array_equal(shrunk(picture, **options), expected)
    assert (expected != shrunk(picture)).any()


def test_the_range_of_quality_is_used_to_both_ends(picture):
    small = resize(picture, (16, 24), "bicubic")
    known = {recode(small, "JPEG", quality=q, subsampling=2).tobytes(): q for q in (30, 31, 32)}
    options = {"jpeg_share": 1.0, "jpeg_quality": (30, 32), "jpeg_420_share": 1.0}
    assert {known[shrunk(picture, seed, **options).tobytes()] for seed in range(30)} == {30, 31, 32}


def test_jpeg_is_saved_up_to_its_number_of_passes(picture, monkeypatch):
    calls = []

    def counting(small, codec, **options):
        calls.append(codec)
        return recode(small, codec, **options)

    monkeypatch.setattr(degradations, "recode", counting)
    passes = []
    for seed in range(30):
        calls.clear()
        shrunk(picture, seed, jpeg_share=1.0, jpeg_passes=3, webp_share=1.0)
        assert calls == ["WEBP"] + ["JPEG"] * (len(calls) - 1)
        passes.append(len(calls) - 1)
    assert set(passes) == {1, 2, 3}


def test_a_chain_saves_an_intermediate_size_before_the_last_shrinking(picture):
    options = {"chain_share": 1.0, "chain_size": (0.5, 0.5), "jpeg_quality": (30, 30), "jpeg_420_share": 1.0}
    between = recode(resize(picture, (32, 48), "bicubic"), "JPEG", quality=30, subsampling=2)
    expected = resize(between, (16, 24), "bicubic")
    np.testing.assert_array_equal(shrunk(picture, **options), expected)
    smallest = recode(resize(picture, (16, 24), "bicubic"), "JPEG", quality=30, subsampling=2)
    options["chain_size"] = (0.1, 0.1)  # never smaller than the result
    np.testing.assert_array_equal(shrunk(picture, **options), smallest)


def test_shares_are_frequencies(picture):
    clean = shrunk(picture)
    damaged = sum((shrunk(picture, seed, jpeg_share=0.25) != clean).any() for seed in range(200))
    assert 30 < damaged < 70


@pytest.mark.parametrize(
    ("options", "received"),
    [
        ({"bicubic": -0.1}, "bicubic=-0.1"),
        ({"area": 1.5}, r"area=1\.5"),
        ({"jpeg_share": float("nan")}, "jpeg_share=nan"),
        ({"blur_share": 2}, "blur_share=2"),
        ({"blur_sigma": (0.8, 0.2)}, r"blur_sigma=\(0\.8, 0\.2\)"),
        ({"blur_sigma": (0.0, 0.2)}, "blur_sigma"),
        ({"blur_sigma": (0.1, 0.2, 0.3)}, "blur_sigma"),
        ({"blur_sigma": 0.5}, r"blur_sigma=0\.5"),
        ({"jpeg_quality": [90, 20]}, "jpeg_quality"),
        ({"jpeg_quality": (0, 50)}, "jpeg_quality"),
        ({"jpeg_quality": (50, 101)}, r"jpeg_quality=\(50, 101\)"),
        ({"webp_quality": (101, 102)}, "webp_quality"),
        ({"bicubic": 0.0}, "all 0"),
        ({"jpeg_passes": 0}, "0"),
    ],
)
def test_bad_values_are_named(options, received):
    with pytest.raises(ConfigError, match=rf"Received: {received}"):
        Degradation(**options)
