"""Overshoot: little beyond a field or a line of pixel art, all of it beside what is finer than pixels."""

import numpy as np
import pytest
from aliased_pictures import aliased_pictures
from PIL import Image, ImageFilter

from waifu4x_tf.inference.consistency import hold_colours
from waifu4x_tf.inference.loading import load_upscaler

ALIASED = aliased_pictures()


def overshoot(small, large):
    """How far a result goes below and above the 5 x 5 neighbourhood, by Pillow's filters of rank."""
    image, size = Image.fromarray(small), large.shape[1::-1]
    least, most = (
        np.asarray(image.filter(kind(5)).resize(size, Image.Resampling.NEAREST)).astype(int)
        for kind in (ImageFilter.MinFilter, ImageFilter.MaxFilter)
    )
    inside = np.s_[8:-8, 8:-8]  # Pillow does not filter the outermost pixels.
    return (least - large)[inside], (large - most)[inside]


@pytest.mark.parametrize("name", ["soft_checker", "diagonal_line", "coloured_checker", "yellowed_page"])
def test_pixel_art_gets_no_halos(name, estimated):
    small = ALIASED[name]
    for upscaler in (load_upscaler("compact"), load_upscaler("large")):
        below, above = overshoot(small, upscaler.upscale(small))
        assert above.max() <= 4
        # The ends of dark lines are as small as what is finer than pixels.
        assert (below > 4).mean() < 0.01


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_beyond_a_field_a_result_goes_four_levels(dtype):
    unit = np.iinfo(dtype).max // 255
    small = np.full((24, 24, 3), 100 * unit, dtype)
    small[:, 12:] = 180 * unit
    large = small.repeat(2, axis=0).repeat(2, axis=1)
    large[:, 20:24], large[:, 24:28] = 70 * unit, 210 * unit
    hold_colours(small, large, blocks=small)
    assert large.min() >= 96 * unit
    assert large.max() <= 184 * unit


def test_a_peak_that_is_finer_than_pixels_is_left_as_high_as_it_is():
    small = np.full((40, 40, 3), 90, np.uint8)
    small[20, 20] = 140
    large = small.repeat(4, axis=0).repeat(4, axis=1)
    large[80:84, 80:84] = 115
    large[81:83, 81:83] = 215  # The same mean, and sharper.
    before = large.copy()
    hold_colours(small, large, blocks=small)
    assert (large == before).all()


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_faint_grain_becomes_no_net_of_dots(dtype):
    unit = np.iinfo(dtype).max // 255
    small = np.random.default_rng(4).integers(118, 123, (24, 24, 3)).astype(dtype) * dtype(unit)
    large = small.repeat(2, axis=0).repeat(2, axis=1)
    large[::2, ::2] = 255 * unit
    hold_colours(small, large, blocks=small)
    assert large.max() <= (122 + 6) * unit
