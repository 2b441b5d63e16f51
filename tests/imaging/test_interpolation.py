"""Against Pillow itself."""

import numpy as np
import pytest
from PIL import Image

from waifu4x_tf.errors import UsageError
from waifu4x_tf.imaging.interpolation import METHODS, resize

FILTERS = {
    "nearest": Image.Resampling.NEAREST,
    "bilinear": Image.Resampling.BILINEAR,
    "bicubic": Image.Resampling.BICUBIC,
    "lanczos": Image.Resampling.LANCZOS,
    "area": Image.Resampling.BOX,
    "hamming": Image.Resampling.HAMMING,
}
RGB = np.random.default_rng(10).integers(0, 256, (13, 18, 3), dtype=np.uint8)


def test_the_methods_are_pillows_filters():
    assert dict(METHODS) == FILTERS


@pytest.mark.parametrize("method", FILTERS)
@pytest.mark.parametrize("size", [(52, 72), (5, 7), (13, 40), (1, 1)])
def test_uint8_is_pillows_result(method, size):
    expected = np.asarray(Image.fromarray(RGB).resize(size[::-1], FILTERS[method]))
    assert np.array_equal(resize(RGB, size, method), expected)
    assert np.array_equal(resize(RGB[..., 1], size, method), expected[..., 1])


@pytest.mark.parametrize("method", FILTERS)
@pytest.mark.parametrize("size", [(52, 72), (5, 7)])
def test_float32_goes_channel_by_channel_unrounded(method, size):
    middling = RGB // 4 + 96  # so that bytes are not clipped between Pillow's two passes
    values = middling.astype(np.float32) / 255
    result = resize(values, size, method)
    assert result.dtype == np.float32
    assert result.shape == (*size, 3)
    for channel in range(3):
        plane = Image.fromarray(np.ascontiguousarray(values[..., channel]))
        assert np.array_equal(result[..., channel], np.asarray(plane.resize(size[::-1], FILTERS[method])))
    assert np.abs(result * 255 - resize(middling, size, method)).max() < 1.6


def test_shrinking_is_antialiased():
    stripes = np.tile(np.array([0, 255], np.uint8), (8, 8))
    for method in ("bilinear", "bicubic", "area"):
        assert np.abs(resize(stripes, (2, 4), method).astype(int) - 128).max() <= 12


@pytest.mark.parametrize("channels", [1, 2, 4, 5])
def test_any_number_of_channels_each_by_itself(channels):
    array = np.random.default_rng(11).integers(0, 256, (6, 5, channels), dtype=np.uint8)
    result = resize(array, (9, 4), "bicubic")
    assert result.shape == (9, 4, channels)
    for channel in range(channels):
        assert np.array_equal(result[..., channel], resize(array[..., channel], (9, 4), "bicubic"))


def test_the_result_can_be_written_to_and_the_input_is_left():
    before = RGB.copy()
    resize(RGB, (13, 18), "bicubic")[:] = 0
    assert np.array_equal(RGB, before)


def test_a_wrong_method_lists_the_right_ones():
    with pytest.raises(
        UsageError, match=r"nearest, bilinear, bicubic, lanczos, area, hamming\. Received: 'cubic'"
    ):
        resize(RGB, (4, 4), "cubic")


@pytest.mark.parametrize(
    "array",
    [RGB.astype(np.float64), RGB.astype(np.int16), RGB[None], np.zeros((0, 3), np.uint8)],
    ids=["float64", "int16", "batch", "empty"],
)
def test_other_arrays_are_refused(array):
    with pytest.raises(UsageError, match="uint8 or float32"):
        resize(array, (4, 4), "bicubic")


def test_a_size_is_positive():
    with pytest.raises(UsageError, match=r"Received: \(0, 4\)"):
        resize(RGB, (0, 4), "bicubic")
