"""Colour truth: flat fields exact, drift taken back, nothing beyond the reach, blocks and strips unseen."""

import numpy as np
import pytest

from waifu4x_tf.data.procedural import draw_rgb
from waifu4x_tf.imaging.alpha import bleed
from waifu4x_tf.imaging.interpolation import resize
from waifu4x_tf.imaging.picture import Frame, Picture
from waifu4x_tf.inference import consistency, local_range
from waifu4x_tf.inference.consistency import REACH_PX, add_enlarged, hold_colours
from waifu4x_tf.inference.loading import load_upscaler
from waifu4x_tf.inference.upscaler import Upscaler

DTYPES = (np.uint8, np.uint16)


def levels(array, dtype):
    """8-bit levels in the range of a dtype."""
    return array if dtype == np.uint8 else array.astype(np.uint16) * 257


def moved(small, dtype=np.uint8, scale=4, seed=0):
    """An enlargement with the colours of a bad network: too bright, too yellow, and noisy."""
    height, width = small.shape[:2]
    size = (height * scale, width * scale)
    large = resize((small / (1 if dtype == np.uint8 else 257)).astype(np.float32), size, "bicubic")
    large += np.random.default_rng(seed).normal((2.3, 1.4, -2.8), 1, large.shape)
    return np.rint(large.clip(0, 255) * (1 if dtype == np.uint8 else 257)).astype(dtype)


def held(small, large, **how):
    corrected = large.copy()
    hold_colours(small, corrected, blocks=small, **how)
    return corrected


def areas(large, scale):
    height, width = (edge // scale for edge in large.shape[:2])
    return large.reshape(height, scale, width, scale, 3).mean(axis=(1, 3))


def unclipped_block_errors(small, large, scale, edge=16):
    """Differences of block means, in levels of 8 bits, of blocks in which neither picture clips."""
    unit = 1 if small.dtype == np.uint8 else 257
    rows, columns = (length // edge for length in small.shape[:2])

    def blocks(array, size):
        return array[: rows * size, : columns * size].reshape(rows, size, columns, size, 3)

    difference = areas(large, scale) - small
    means = blocks(difference, edge).mean(axis=(1, 3)) / unit
    most = np.iinfo(small.dtype).max
    clips = blocks((small == 0) | (small == most), edge).any(axis=(1, 3))
    clips |= blocks((large == 0) | (large == most), edge * scale).any(axis=(1, 3))
    return np.abs(means[~clips])


def reference(small, large, scale):
    """The correction in float64, of a picture that neither clips nor is flat anywhere."""
    missing = np.pad(small - areas(large.astype(np.float64), scale), ((5, 5), (5, 5), (0, 0)), mode="edge")
    taps = np.convolve(np.ones(5), np.ones(5)) / 25
    rows, columns = missing.shape[0] - 8, missing.shape[1] - 8
    blurred = sum(tap * missing[by : by + rows] for by, tap in enumerate(taps))
    blurred = sum(tap * blurred[:, by : by + columns] for by, tap in enumerate(taps))
    places = [(np.arange(edge * scale) + 0.5) / scale + 0.5 for edge in small.shape[:2]]
    for axis, place in enumerate(places):
        near = np.floor(place).astype(int)
        share = (place - near).reshape((-1, 1, 1) if axis == 0 else (1, -1, 1))
        blurred = (1 - share) * np.take(blurred, near, axis) + share * np.take(blurred, near + 1, axis)
    wanted = np.sign(blurred) * np.maximum(np.abs(blurred) - 0.15, 0)
    return np.clip(large + np.rint(wanted), 0, np.iinfo(large.dtype).max)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("scale", [1, 2, 3, 4])
def test_a_drift_of_low_frequency_is_taken_back_by_the_formula(dtype, scale, monkeypatch):
    # Of noise, neither what its blocks lack nor a limit of its overshoot is part of the formula.
    monkeypatch.setattr(consistency, "hold_means", lambda *_: None)
    monkeypatch.setattr(local_range, "_FIELD_PX", 26)
    rng = np.random.default_rng(5)
    small = levels(rng.integers(60, 190, (40, 33, 3)).astype(np.uint8), dtype)
    large = moved(small, dtype, scale)
    difference = np.abs(held(small, large) - reference(small, large, scale))
    # Where rounding hangs by a hair, float32 and float64 part by one level.
    assert difference.max() <= 1
    assert np.count_nonzero(difference) < 0.01 * difference.size


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(
    "colour", [(0, 0, 0), (255, 255, 255), (128, 128, 128), (255, 0, 0), (250, 224, 205)]
)
def test_flat_fields_become_exact(dtype, colour):
    small = levels(np.full((20, 24, 3), colour, np.uint8), dtype)
    assert (held(small, moved(small, dtype)) == small[0, 0]).all()


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("kind", range(4))
def test_the_means_of_blocks_are_kept(dtype, kind):
    small = levels(draw_rgb(kind, seed=3, width=160, height=128) // 2 + 60, dtype)
    large = moved(small, dtype)
    errors = unclipped_block_errors(small, held(small, large), 4)
    assert np.quantile(errors, 0.99) < 1
    assert np.median(unclipped_block_errors(small, large, 4)) > 2


def test_it_does_not_matter_how_the_picture_was_shrunk():
    original = draw_rgb(1, seed=8, width=512, height=512)
    for method in ("bicubic", "area", "lanczos", "bilinear"):
        small = resize(original, (128, 128), method)
        errors = unclipped_block_errors(small, held(small, original), 4)
        # The original is right: what the kernel did to single pixels is no reason to touch it.
        assert np.abs(held(small, original).astype(int) - original).mean() < 0.15
        assert np.quantile(errors, 0.99) < 1


@pytest.mark.parametrize("dtype", DTYPES)
def test_after_area_averaging_each_pixel_is_the_mean_of_its_own(dtype):
    unit = 1 if dtype == np.uint8 else 257
    original = levels(draw_rgb(3, seed=5, width=256, height=192), dtype)
    small = np.rint(areas(original, 4)).astype(dtype)
    bad = moved(small, dtype)
    before, blurred, averaged = (
        np.abs(areas(large, 4) - small).mean() / unit
        for large in (bad, held(small, bad), held(small, bad, is_averaged=True))
    )
    assert averaged < 0.65 * blurred < 0.65 * before
    error = [
        np.abs(held(small, bad, is_averaged=each).astype(int) - original).mean() for each in (False, True)
    ]
    assert error[1] < error[0]


@pytest.mark.parametrize("size", [(1, 1), (1, 37), (53, 2), (300, 70), (61, 530)])
@pytest.mark.parametrize("is_averaged", [False, True])
def test_blocks_and_strips_leave_no_trace(size, is_averaged, monkeypatch):
    width, height = size
    small = draw_rgb(0, seed=11, width=max(16, width), height=max(16, height))[:height, :width].copy()
    large = moved(small)
    expected = held(small, large, is_averaged=is_averaged)
    for name in ("_BLOCK_PX", "_STRIP_PX"):  # would make those of a thin picture longer
        monkeypatch.setattr(consistency, name, 1)
    for rows, columns, strip in ((8, 16, 16), (5000, 5000, 5000), (16, 304, 32)):
        monkeypatch.setattr(consistency, "_BLOCK_ROWS", rows)
        monkeypatch.setattr(consistency, "_BLOCK_COLUMNS", columns)
        monkeypatch.setattr(consistency, "_STRIP_ROWS", strip)
        assert (held(small, large, is_averaged=is_averaged) == expected).all()


def test_without_blocks_what_lies_beyond_the_reach_has_no_part():
    small = draw_rgb(2, seed=4, width=200, height=32)
    large = moved(small)
    other_small, other_large = small.copy(), large.copy()
    other_small[:, 160:], other_large[:, 640:] = 7, 200
    same = np.s_[:, : 4 * (160 - REACH_PX)]
    for each, changed in ((small, large), (other_small, other_large)):
        hold_colours(each, changed, blocks=None)
    assert (large[same] == other_large[same]).all()


def test_grey_stays_grey():
    small = np.repeat(draw_rgb(3, seed=2, width=50, height=40)[..., :1], 3, axis=2)
    large = np.repeat(moved(small)[..., :1], 3, axis=2)
    corrected = held(small, large)
    assert (corrected == corrected[..., :1]).all()


def test_a_drift_that_rounds_to_nothing_is_left_alone():
    rng = np.random.default_rng(1)
    small = rng.integers(100, 150, (30, 30, 3)).astype(np.uint8)
    exact = small.repeat(4, axis=0).repeat(4, axis=1)
    dithered = exact + (rng.random(exact.shape) < 0.4).astype(np.uint8)
    assert (held(small, dithered) == dithered).all()


def test_what_a_conversion_lost_is_added_smoothly():
    small = np.full((6, 8, 3), 100, np.uint8)
    kept = small.copy()
    kept[:, 4:, 1] = 60
    large = kept.repeat(2, axis=0).repeat(2, axis=1)
    add_enlarged(small, kept, large)
    assert (large[..., 0] == 100).all()
    assert large[0, :, 1].tolist() == [100] * 7 + [110, 90] + [100] * 7


class _Yellowing:
    """Repeats pixels and moves their colours."""

    name, fixed_size, bytes_per_pixel = "yellowing", None, 0

    def run(self, tile):
        large = tile.repeat(2, axis=1).repeat(2, axis=2)
        if tile.dtype != np.uint8:
            return (large + np.float32([0.02, 0.01, -0.02])).clip(0, 1)
        return (large.astype(np.int16) + np.int16([5, 3, -6])).clip(0, 255).astype(np.uint8)


def test_an_upscaler_holds_colours_unless_raw():
    small = draw_rgb(0, seed=6, width=60, height=50)
    truthful, raw = (Upscaler(_Yellowing(), name="x", scale=2, radius=1, raw=raw) for raw in (False, True))
    bare = _Yellowing().run(small[None])[0]
    assert (raw.upscale(small) == bare).all()
    assert (truthful.upscale(small) == held(small, bare)).all()


def test_colours_are_held_to_the_bled_picture_and_alpha_is_not_touched():
    small = draw_rgb(4, seed=6, width=40, height=40)
    alpha = np.full((40, 40), 255, np.uint8)
    alpha[10:30, 5:25] = 0
    picture = Picture((Frame(small, alpha),), is_grey=False)
    truthful, raw = (
        Upscaler(_Yellowing(), name="x", scale=2, radius=1, raw=raw).upscale(picture).frames[0]
        for raw in (False, True)
    )
    assert (truthful.alpha == raw.alpha).all()
    assert (truthful.rgb == held(bleed(small, alpha), raw.rgb)).all()


def test_frames_of_an_animation_are_as_they_would_be_alone():
    first = draw_rgb(5, seed=1, width=48, height=40)
    second = first.copy()
    second[10:20, 30:40] = (200, 30, 90)
    frames = tuple(Frame(each) for each in (first, second, first.copy()))
    upscaler = Upscaler(_Yellowing(), name="x", scale=2, radius=1)
    animation = upscaler.upscale(Picture(frames, is_grey=False, durations_ms=(10, 20, 30)))
    for small, large in zip((first, second, first), animation.frames, strict=True):
        assert (large.rgb == upscaler.upscale(small)).all()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("model", "quality"),
    [
        ("compact", None),
        ("compact_area", None),
        ("compact_denoise1", 80),
        ("compact_denoise2", 60),
        ("compact_denoise3", 30),
        ("large", None),
    ],
)
def test_no_shipped_network_loses_by_it(model, quality, estimated):
    from waifu4x_tf.evaluation.metrics import psnr
    from waifu4x_tf.imaging.codecs.recoding import recode

    truthful, raw = (load_upscaler(model, raw=raw) for raw in (False, True))
    gains, errors = {"bicubic": [], "area": []}, []
    for kind in range(6):
        original = draw_rgb(kind, seed=40, width=384, height=384)
        for kernel, of_kernel in gains.items():
            small = resize(original, (96, 96), kernel)
            if quality is not None:
                small = recode(small, "JPEG", quality=quality, subsampling=2)
            result = truthful.upscale(small)
            of_kernel.append(psnr(original, result) - psnr(original, raw.upscale(small)))
            errors.append(unclipped_block_errors(small, result, 4))
    # The means of a JPEG's blocks are wrong themselves, and held all the same.
    assert np.mean(list(gains.values())) >= (0 if quality is None else -0.01)
    # What keeps halos off pixel art costs next to nothing where the network is at its best.
    best = gains["area" if model == "compact_area" else "bicubic"]
    assert np.mean(best) >= (-0.005 if quality is None else -0.02)
    assert np.quantile(np.concatenate(errors), 0.99) < 1
