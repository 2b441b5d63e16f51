"""Degradations are pure functions of picture and generator state; each option does what it says."""

import sys

import numpy as np
import pytest
from PIL import Image, ImageFilter

from waifu4x_tf.data import degradations
from waifu4x_tf.data.degradations import CLEAN, SHRINK_METHODS, Degradation, blur, degrade
from waifu4x_tf.data.procedural import draw_rgb
from waifu4x_tf.errors import ConfigError, MissingExtraError
from waifu4x_tf.imaging.codecs.recoding import recode
from waifu4x_tf.imaging.interpolation import resize

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
    linear_share=0.3,
    two_step_share=0.3,
    enlarged_share=0.3,
    blur_anisotropic_share=0.5,
    halo_share=0.3,
    grain_share=0.3,
    grain_soft_share=0.5,
    palette_share=0.3,
    jpeg_shift_share=0.5,
    video_share=0.2,
    equalised_share=0.5,
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
    passes, firsts = [], set()
    for seed in range(30):
        calls.clear()
        shrunk(picture, seed, jpeg_share=1.0, jpeg_passes=3, webp_share=1.0)
        count = len(calls) - 1
        assert calls in (["WEBP"] + ["JPEG"] * count, ["JPEG"] * count + ["WEBP"])
        firsts.add(calls[0])
        passes.append(count)
    assert set(passes) == {1, 2, 3}
    assert firsts == {"JPEG", "WEBP"}  # in an order drawn at random


def test_a_chain_saves_an_intermediate_size_before_the_last_shrinking(picture):
    options = {"chain_share": 1.0, "chain_size": (0.5, 0.5), "jpeg_quality": (30, 30), "jpeg_420_share": 1.0}
    between = recode(resize(picture, (32, 48), "bicubic"), "JPEG", quality=30, subsampling=2)
    expected = resize(between, (16, 24), "bicubic")
    np.testing.assert_array_equal(shrunk(picture, **options), expected)
    smallest = recode(resize(picture, (16, 24), "bicubic"), "JPEG", quality=30, subsampling=2)
    options["chain_size"] = (0.1, 0.1)  # never smaller than the result
    np.testing.assert_array_equal(shrunk(picture, **options), smallest)


def test_linear_light_is_the_mean_of_light_not_of_levels():
    stripes = np.zeros((32, 32, 3), np.uint8)
    stripes[:, ::2] = 255
    options = {"bicubic": 0.0, "area": 1.0}
    assert (shrunk(stripes, **options) == 128).all()
    assert (shrunk(stripes, **options, linear_share=1.0) == 188).all()  # sRGB's level of half the light


def test_two_steps_end_at_the_size_and_differ_from_one(picture):
    options = {"two_step_share": 1.0, "chain_size": (0.5, 0.5)}
    between = resize(picture, (32, 48), "bicubic")
    np.testing.assert_array_equal(shrunk(picture, **options), resize(between, (16, 24), "bicubic"))


def test_enlarged_before_is_shrunk_too_far_and_enlarged_again(picture):
    options = {"enlarged_share": 1.0, "enlarged_size": (0.5, 0.5)}
    expected = resize(resize(picture, (8, 12), "bicubic"), (16, 24), "bicubic")
    np.testing.assert_array_equal(shrunk(picture, **options), expected)


def test_halos_are_an_unsharp_mask_and_overshoot(picture):
    options = {"halo_share": 1.0, "halo_radius": (1.5, 1.5), "halo_percent": (150, 150)}
    mask = ImageFilter.UnsharpMask(1.5, 150, 0)
    expected = np.asarray(Image.fromarray(shrunk(picture)).filter(mask))
    np.testing.assert_array_equal(shrunk(picture, **options), expected)


@pytest.mark.parametrize("soft", [0.0, 1.0])
@pytest.mark.parametrize("colour", [0.0, 1.0])
def test_grain_has_its_deviation_be_it_soft_or_coloured(soft, colour):
    flat = np.full((512, 512, 3), 128, np.uint8)
    options = {"grain_sigma": (5.0, 5.0), "grain_colour_share": colour, "grain_soft_share": soft}
    grain = shrunk(flat, grain_share=1.0, **options).astype(float)
    assert grain.std() == pytest.approx(5.0, rel=0.06)
    neighbours = np.corrcoef(grain[:, 1:, 0].ravel(), grain[:, :-1, 0].ravel())[0, 1]
    assert (neighbours > 0.1) == bool(soft)
    assert (grain[..., 0] == grain[..., 1]).all() == (not colour)


def test_a_palette_has_its_number_of_colours_at_most(picture):
    for seed in range(12):
        small = shrunk(picture, seed, palette_share=1.0, palette_colours=(8, 8))
        assert 2 <= len(np.unique(small.reshape(-1, 3), axis=0)) <= 8


def test_ordered_dither_keeps_the_mean_of_a_flat_field():
    flat = np.full((256, 256, 3), 100, np.uint8)
    means = {
        shrunk(flat, seed, palette_share=1.0, palette_colours=(2, 2)).mean().round() for seed in range(12)
    }
    # Black and white in Bayer's order: as many white as the level has sixteenths; a palette has the level.
    assert {mean for mean in means if abs(mean - 100) > 0.5} <= {np.round(255 * n / 16) for n in (6, 7)}
    assert len(means) > 1


def test_the_grid_of_a_jpeg_may_begin_anywhere(picture):
    options = {"jpeg_share": 1.0, "jpeg_quality": (20, 20), "jpeg_420_share": 0.0}
    fixed = {shrunk(picture, seed, **options).tobytes() for seed in range(8)}
    moved = {shrunk(picture, seed, **options, jpeg_shift_share=1.0).tobytes() for seed in range(8)}
    assert len(fixed) == 1
    assert len(moved) > 4


def test_a_video_frame_is_damaged_but_near(picture):
    small = shrunk(picture)
    frames = [shrunk(picture, seed, video_share=1.0, video_crf=(30, 30)).astype(int) for seed in range(4)]
    for frame in frames:
        assert 0.3 < np.abs(frame - small).mean() < small.std() / 2
    assert len({frame.tobytes() for frame in frames}) > 1  # codecs and frames differ


def test_a_video_without_pyav_says_what_to_install(picture, monkeypatch):
    monkeypatch.setitem(sys.modules, "av", None)
    with pytest.raises(MissingExtraError, match=r"waifu4x\[train\]"):
        shrunk(picture, video_share=1.0)


def test_equalised_patches_come_near_to_bicubics_sharpness(picture):
    wanted = shrunk(picture).astype(float)
    options = {"bicubic": 0.0, "bilinear": 1.0}

    def error(seed: int, **more: float) -> float:
        return float(np.square(shrunk(picture, seed, **options, **more) - wanted).mean())

    before = error(0)
    after = [error(seed, equalised_share=1.0) for seed in range(8)]
    assert max(after) < before / 3
    assert len(set(after)) > 4  # each with an error of its own


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
        ({"enlarged_size": (0.5, 1.5)}, "enlarged_size"),
        ({"palette_colours": (1, 4)}, "palette_colours"),
        ({"palette_colours": (4, 257)}, "palette_colours"),
        ({"video_crf": (0, 20)}, "video_crf"),
        ({"video_crf": (20, 52)}, "video_crf"),
        ({"grain_sigma": (4.0, 1.0)}, "grain_sigma"),
    ],
)
def test_bad_values_are_named(options, received):
    with pytest.raises(ConfigError, match=rf"Received: {received}"):
        Degradation(**options)
