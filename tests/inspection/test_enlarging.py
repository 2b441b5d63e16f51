"""Enlarged pictures and those at their own size."""

import itertools

import numpy as np
import pytest
from inspected_files import decoded, drawing, saved

from waifu4x_tf.imaging.interpolation import resize
from waifu4x_tf.imaging.picture import Frame, Picture
from waifu4x_tf.inspection.enlarging import _changes, find_enlargement, repeated_pixels
from waifu4x_tf.inspection.luma import luma_of

KINDS = (0, 3, 7)


def found(pixels: np.ndarray, **options):
    return find_enlargement(luma_of(Picture.from_array(pixels).frames[0]).values, **options)


def enlarged(pixels: np.ndarray, factor: float, method: str) -> np.ndarray:
    return resize(pixels, (round(pixels.shape[0] * factor), round(pixels.shape[1] * factor)), method)


def test_pictures_at_their_own_size_are_not_enlarged():
    for kind in KINDS:
        assert found(drawing(kind, 160, 144)) is None
    assert found(np.random.default_rng(0).integers(0, 256, (200, 200, 3), np.uint8)) is None


@pytest.mark.parametrize("method", ["bilinear", "bicubic", "lanczos"])
@pytest.mark.parametrize("factor", [1.5, 2.0])
def test_the_factor_of_an_enlargement_is_found(method, factor):
    told = [found(enlarged(drawing(kind, 160, 144), factor, method)) for kind in KINDS]
    exact = [each for each in told if each is not None and each.is_exact]
    near = [each for each in told if each is not None and 0.7 < each.factor / factor < 1.4]
    assert exact or factor < 2
    assert all(each.factor == pytest.approx(factor, rel=0.02) for each in exact)
    assert len(near) >= len(KINDS) - 1


def test_the_blocks_of_a_jpeg_are_no_enlargement():
    assert all(
        found(decoded(saved(drawing(kind, 160, 144), "JPEG")), has_blocks=True) is None for kind in KINDS
    )
    large = enlarged(drawing(0, 160, 144), 3, "bicubic")
    told = found(decoded(saved(large, "JPEG", quality=90)), has_blocks=True)
    assert told is not None
    assert told.factor == pytest.approx(3, rel=0.3)


@pytest.mark.parametrize("factor", [2, 3, 8])
def test_repeated_pixels_are_counted_exactly(factor):
    pixels = np.random.default_rng(1).integers(0, 256, (9, 7, 4), np.uint8)
    large = pixels.repeat(factor, axis=0).repeat(factor, axis=1)
    frame = Picture.from_array(large).frames[0]
    assert repeated_pixels(frame) == factor
    assert repeated_pixels(Frame(frame.rgb)) == factor
    large[0, 0, 3] ^= 1
    assert repeated_pixels(Picture.from_array(large).frames[0]) == 1


def test_one_colour_repeats_nothing():
    assert repeated_pixels(Frame(np.full((12, 8, 3), 7, np.uint8))) == 1
    stripes = np.repeat(np.arange(4, dtype=np.uint8), 3)[None, :, None]
    assert repeated_pixels(Frame(np.ascontiguousarray(np.broadcast_to(stripes, (5, 12, 3))))) == 3


@pytest.mark.parametrize("shape", [(1, 1), (1, 500), (40, 30)])
def test_tiny_pictures_say_nothing(shape):
    assert found(np.zeros((*shape, 3), np.uint8)) is None


@pytest.mark.parametrize("shape", [(1, 90_000), (90_000, 1), (3, 40_000), (64, 40_000), (700, 9)])
def test_lines_that_differ_are_found_in_pictures_of_any_shape(shape):
    rgb = np.random.default_rng(1).integers(0, 2, (*shape, 3), np.uint8)
    for axis in (0, 1):
        lines = np.moveaxis(rgb, axis, 0)
        expected = [bool((one != other).any()) for one, other in itertools.pairwise(lines)]
        assert _changes(rgb, axis).tolist() == expected


@pytest.mark.parametrize("shape", [(5, 524_293), (64, 100_000), (524_293, 5), (1, 3_000_000)])
def test_a_strip_is_looked_at_in_a_sample_of_a_megapixel(shape):
    values = luma_of(Frame(np.zeros((*shape, 3), np.uint8), np.zeros(shape, np.uint8))).values
    assert 0.9e6 < values.size <= 1e6
