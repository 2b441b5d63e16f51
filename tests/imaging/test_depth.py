"""8 and 16 bits per channel: into one another, and what the picture's own functions make of 16."""

import dataclasses

import numpy as np
import pytest
from PIL import Image

from waifu4x_tf.errors import PictureError, UsageError
from waifu4x_tf.imaging.alpha import bleed, enlarge_alpha, flatten
from waifu4x_tf.imaging.depth import with_bits
from waifu4x_tf.imaging.picture import Frame, Picture, is_binary
from waifu4x_tf.imaging.pil import from_pil, to_pil
from waifu4x_tf.imaging.shrinking import shrink
from waifu4x_tf.imaging.target import Target

RNG = np.random.default_rng(16)
RGBA = RNG.integers(0, 65536, (20, 15, 4), dtype=np.uint16)


def test_every_level_of_16_bits_goes_to_the_nearest_of_8_and_those_come_back():
    levels = Picture.from_array(np.arange(65536, dtype=np.uint16).reshape(256, 256))
    narrow = with_bits(levels, 8).to_array()
    assert narrow.dtype == np.uint8
    expected = np.rint(np.arange(65536) / 257).reshape(256, 256)
    assert np.array_equal(narrow, expected)
    bytes_ = Picture.from_array(np.arange(256, dtype=np.uint8).reshape(16, 16))
    wide = with_bits(bytes_, 16)
    assert wide.bits == 16
    assert np.array_equal(wide.to_array(), np.arange(256).reshape(16, 16) * 257)
    assert np.array_equal(with_bits(wide, 8).to_array(), bytes_.to_array())


def test_all_else_of_the_picture_stays():
    picture = dataclasses.replace(Picture.from_array(RGBA), dpi=(72.0, 96.0), exif=b"Exif\0\0II*\0")
    narrow = with_bits(picture, 8)
    assert (narrow.dpi, narrow.exif, narrow.has_alpha) == (picture.dpi, picture.exif, True)
    assert with_bits(picture, 16) is picture


def test_what_makes_no_sense_is_refused():
    with pytest.raises(UsageError, match=r"8 or 16 bits\. Received: `bits=12`"):
        with_bits(Picture.from_array(RGBA), 12)
    with pytest.raises(UsageError, match=r"8 or 16 bits\. Received: `bits=10`"):
        Target(bits=10)
    frame = Frame(np.zeros((2, 2, 3), np.uint8))
    other = Frame(np.ones((2, 2, 3), np.uint8))
    animation = Picture((frame, other), is_grey=True, durations_ms=(50, 50))
    assert with_bits(animation, 8) is animation
    with pytest.raises(PictureError, match=r"a still\. Received: an animation of 2 frames"):
        with_bits(animation, 16)


def test_arrays_of_16_bits_go_in_and_come_out():
    for array in (RGBA, RGBA[..., :3], RGBA[..., 0]):
        picture = Picture.from_array(array)
        assert picture.bits == 16
        assert picture.to_array().dtype == np.uint16
        assert np.array_equal(picture.to_array(), array)
    opaque = Picture.from_array(RGBA[..., :3]).to_array(channels=4)
    assert (opaque[..., 3] == 65535).all()


def test_pil_holds_16_bits_in_grey_alone():
    grey = Picture.from_array(RGBA[..., 0])
    image = to_pil(grey)
    assert image.mode == "I;16"
    assert np.array_equal(from_pil(image).to_array(), RGBA[..., 0])
    swapped = Image.frombytes("I;16B", (15, 20), RGBA[..., 0].astype(">u2").tobytes())
    assert np.array_equal(from_pil(swapped).to_array(), RGBA[..., 0])
    for array, what in ((RGBA[..., :3], "colour"), (RGBA, "alpha")):
        with pytest.raises(UsageError, match=rf"Received: 16 bits with {what}\. Take to_array\(\)"):
            to_pil(Picture.from_array(array))
    image.info["transparency"] = 7
    with pytest.raises(PictureError, match="transparent grey"):
        from_pil(image)


def test_alpha_of_16_bits_ends_at_65535():
    half = np.array([[0, 65535], [65535, 0]], np.uint16)
    assert is_binary(half)
    assert not is_binary(half // 257)  # 255 is almost transparent
    rgb = np.full((2, 2, 3), 40_000, np.uint16)
    assert Picture((Frame(rgb, half),), is_grey=True).alpha_is_binary
    assert not Picture((Frame(rgb, half // 257),), is_grey=True).is_opaque
    assert Picture((Frame(rgb, np.full_like(half, 65535)),), is_grey=True).is_opaque


@pytest.mark.parametrize("size", [(20, 15), (1, 1), (150, 3)])
def test_compositing_of_16_bits_is_rounded(size):
    rgb, alpha = (RNG.integers(0, 65536, shape, dtype=np.uint16) for shape in ((*size, 3), size))
    colour = np.array((255, 128, 0)) * 257.0
    opacity = alpha[..., None] / 65535
    expected = np.rint(rgb * opacity + colour * (1 - opacity))
    assert np.abs(flatten(rgb, alpha, (255, 128, 0)) - expected).max() <= 1
    assert np.array_equal(flatten(rgb, np.full_like(alpha, 65535), (9, 9, 9)), rgb)


def test_bleeding_and_alpha_of_8_bits_times_257_are_those_of_8_bits():
    rgb = RNG.integers(0, 256, (40, 30, 3), dtype=np.uint8)
    alpha = RNG.choice(np.array([0, 0, 90, 255], np.uint8), (40, 30))
    wide_rgb, wide_alpha = rgb * np.uint16(257), alpha * np.uint16(257)
    bled = bleed(wide_rgb, wide_alpha)
    assert bled.dtype == np.uint16
    assert np.array_equal(bled[alpha > 0], wide_rgb[alpha > 0])
    assert np.abs(bled / 257 - bleed(rgb, alpha)).max() <= 0.51

    def enlarge(picture: np.ndarray) -> np.ndarray:
        large = picture.repeat(4, 0).repeat(4, 1)
        return np.roll(large, 2, axis=1)

    for kind in (alpha, np.where(alpha > 100, 255, 0).astype(np.uint8)):
        large = enlarge_alpha(kind * np.uint16(257), 4, enlarge)
        assert np.array_equal(large, enlarge_alpha(kind, 4, enlarge) * np.uint16(257))
    with pytest.raises(UsageError, match="enlarge returns uint16"):
        enlarge_alpha(wide_alpha, 4, lambda picture: enlarge(picture).astype(np.uint8))


def test_shrinking_keeps_the_levels_between_those_of_8_bits():
    ramp = np.arange(20_000, 20_400, dtype=np.uint16)[None, :].repeat(40, 0)
    small = shrink(Picture.from_array(ramp), (20, 200)).to_array()
    assert np.array_equal(small[0], np.rint(ramp[0].reshape(200, 2).mean(axis=1)))
    binary = Picture.from_array(
        np.dstack([RGBA[..., :3], np.where(RGBA[..., 3] > 9_000, 65535, 0)]).astype(np.uint16)
    )
    assert set(np.unique(shrink(binary, (7, 5)).frames[0].alpha)) <= {0, 65535}
