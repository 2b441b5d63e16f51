"""Pictures from arrays and PIL images and back, and what is refused."""

import numpy as np
import pytest
from PIL import Image

from waifu4x_tf.errors import PictureError, UsageError
from waifu4x_tf.imaging.picture import Frame, Picture
from waifu4x_tf.imaging.pil import from_pil, to_pil


def noise(*shape: int) -> np.ndarray:
    return np.random.default_rng(1).integers(0, 256, shape, dtype=np.uint8)


@pytest.mark.parametrize("shape", [(5, 7), (5, 7, 3), (5, 7, 4), (1, 1), (300, 2, 3)])
def test_an_array_comes_back_as_it_was(shape):
    array = noise(*shape)
    picture = Picture.from_array(array)
    assert (picture.height, picture.width) == shape[:2]
    assert picture.has_alpha == (shape[2:] == (4,))
    assert picture.is_grey == (len(shape) == 2)
    assert np.array_equal(picture.to_array(), array)
    assert picture.frames[0].rgb.flags.c_contiguous


def test_a_sliced_array_is_made_contiguous_and_an_rgb_array_is_not_copied():
    array = noise(8, 8, 3)
    assert np.shares_memory(Picture.from_array(array).frames[0].rgb, array)
    assert np.array_equal(Picture.from_array(array[::2, ::-1]).to_array(), array[::2, ::-1])


@pytest.mark.parametrize(
    "array",
    [
        np.zeros((4, 4, 3), np.float32),
        np.zeros((4, 4), np.int16),
        np.zeros((4, 4), bool),
        np.zeros((4, 4, 2), np.uint8),
        np.zeros(4, np.uint8),
        np.zeros((1, 4, 4, 3), np.uint8),
        np.zeros((0, 4, 3), np.uint8),
    ],
    ids=lambda array: f"{array.dtype}{array.shape}",
)
def test_other_arrays_are_refused(array):
    with pytest.raises(UsageError, match=r"uint8.*Received: .*\(.*Convert"):
        Picture.from_array(array)


def test_grey_is_found_in_rgb_and_one_coloured_pixel_ends_it():
    rgb = np.repeat(noise(600, 9, 1), 3, axis=2)
    assert Picture.from_array(rgb).is_grey
    rgb[599, 8, 2] ^= 1
    assert not Picture.from_array(rgb).is_grey


def test_channels_can_be_asked_for_but_nothing_is_lost():
    grey = Picture.from_array(noise(3, 4))
    assert grey.to_array(channels=3).shape == (3, 4, 3)
    assert (grey.to_array(channels=4)[..., 3] == 255).all()
    with pytest.raises(UsageError, match="at least 4"):
        Picture.from_array(noise(3, 4, 4)).to_array(channels=3)
    with pytest.raises(UsageError, match="at least 3"):
        Picture.from_array(noise(3, 4, 3)).to_array(channels=1)
    with pytest.raises(UsageError, match="Received: 2"):
        grey.to_array(channels=2)


def test_alpha_is_described():
    rgba = noise(300, 4, 4)
    assert not Picture.from_array(rgba).alpha_is_binary
    rgba[..., 3] = 255
    assert Picture.from_array(rgba).is_opaque
    rgba[299, 3, 3] = 0
    binary = Picture.from_array(rgba)
    assert binary.alpha_is_binary
    assert not binary.is_opaque
    rgba[299, 3, 3] = 254
    assert not Picture.from_array(rgba).alpha_is_binary
    opaque = Picture.from_array(rgba[..., :3])
    assert opaque.is_opaque
    assert not opaque.alpha_is_binary


@pytest.mark.parametrize(
    ("shape", "mode"), [((4, 6), "L"), ((4, 6, 3), "RGB"), ((4, 6, 4), "RGBA")], ids=["L", "RGB", "RGBA"]
)
def test_a_pil_image_comes_back_as_it_was(shape, mode):
    array = noise(*shape)
    image = to_pil(from_pil(Image.fromarray(array)))
    assert image.mode == mode
    assert np.array_equal(np.asarray(image), array)


def test_a_palette_that_holds_alpha_keeps_it():
    image = Image.fromarray(noise(6, 5, 4)).convert("P")
    assert image.palette is not None
    assert image.palette.mode == "RGBA"
    assert np.array_equal(from_pil(image).to_array(), np.asarray(image.convert("RGBA")))


def test_grey_with_alpha_becomes_la():
    image = Image.fromarray(noise(4, 6, 2))
    assert image.mode == "LA"
    back = to_pil(from_pil(image))
    assert back.mode == "LA"
    assert np.array_equal(np.asarray(back), np.asarray(image))


@pytest.mark.parametrize("mode", ["1", "PA", "RGBX", "La", "RGBa"])
def test_other_modes_convert_as_pillow_does(mode):
    source = Image.fromarray(noise(6, 5, 4))
    through = {"PA": "P", "La": "LA"}.get(mode, mode)
    image = source.convert(through).convert(mode) if through != mode else source.convert(mode)
    target = {"1": "L", "RGBX": "RGB", "La": "LA"}.get(mode, "RGBA")
    picture = from_pil(image)
    expected = np.asarray(image.convert(target).convert("RGBA"))
    assert np.array_equal(picture.to_array(channels=4), expected)


@pytest.mark.parametrize("mode", ["HSV", "YCbCr", "I", "F"])
def test_unsupported_modes_are_refused_by_name(mode):
    with pytest.raises(PictureError, match=rf"Received: mode {mode}, .*\. Convert"):
        from_pil(Image.new(mode, (2, 2)))


def test_a_frame_is_checked():
    with pytest.raises(UsageError, match="C-contiguous"):
        Frame(noise(4, 4, 3)[:, ::-1])
    with pytest.raises(UsageError, match=r"uint8 of shape \(4, 4\)"):
        Frame(noise(4, 4, 3), noise(4, 5))
    with pytest.raises(UsageError, match="Received: 0 frames"):
        Picture((), is_grey=False)
