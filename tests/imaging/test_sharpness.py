"""Sharpness by one number: its arithmetic, and the kernels that it makes alike."""

import numpy as np
import pytest
from PIL import Image, ImageFilter

from waifu4x_tf.data.procedural import draw_rgb
from waifu4x_tf.imaging.interpolation import resize
from waifu4x_tf.imaging.sharpness import amount_between, sharpen


@pytest.fixture(scope="module")
def picture():
    return draw_rgb(0, seed=3, width=256, height=192)


@pytest.mark.parametrize(("dtype", "unit"), [(np.uint8, 1), (np.uint16, 257)])
def test_a_point_grows_by_the_amount_and_its_neighbours_give_a_quarter_each(dtype, unit):
    point = np.full((5, 5, 3), 100 * unit, dtype)
    point[2, 2] = 140 * unit
    sharp = sharpen(point, 0.5)
    assert sharp.dtype == dtype
    assert (sharp[2, 2] == 160 * unit).all()
    assert (sharp[1, 2] == 95 * unit).all()
    assert (sharp[0, 0] == 100 * unit).all()
    assert (sharpen(point, -0.5)[2, 2] == 120 * unit).all()


def test_it_is_the_kernel_that_pillow_knows(picture):
    kernel = ImageFilter.Kernel((3, 3), (0, -0.1, 0, -0.1, 1.4, -0.1, 0, -0.1, 0), 1)
    expected = np.asarray(Image.fromarray(picture).filter(kernel)).astype(int)
    assert np.abs(sharpen(picture, 0.4)[1:-1, 1:-1] - expected[1:-1, 1:-1]).max() <= 1


def test_flat_fields_and_no_amount_change_nothing(picture):
    flat = np.full((4, 6, 3), (0, 128, 255), np.uint8)
    np.testing.assert_array_equal(sharpen(flat, 3.0), flat)
    np.testing.assert_array_equal(sharpen(picture, 0.0), picture)
    assert amount_between(flat, flat) == 0


def test_the_amount_between_two_pictures_is_found_again(picture):
    soft = resize(picture, (48, 64), "area").astype(np.uint8) // 2 + 60  # clear of both ends
    assert amount_between(soft, sharpen(soft, 0.3)) == pytest.approx(0.3, abs=0.01)
    assert amount_between(soft, sharpen(soft, -0.2)) == pytest.approx(-0.2, abs=0.01)


def test_bilinear_is_softer_and_lanczos_sharper_than_bicubic(picture):
    small = {kind: resize(picture, (48, 64), kind) for kind in ("bicubic", "bilinear", "lanczos")}
    assert amount_between(small["bilinear"], small["bicubic"]) > 0.2
    assert amount_between(small["lanczos"], small["bicubic"]) < -0.03
