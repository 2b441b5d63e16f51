"""Pictures from PIL images, and PIL images from pictures."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from PIL import Image

from waifu4x_tf.errors import PictureError, UsageError
from waifu4x_tf.imaging.codecs.animation_reading import read_opened_animation
from waifu4x_tf.imaging.codecs.animation_writing import opened_apng
from waifu4x_tf.imaging.codecs.png_colour import opened_profile
from waifu4x_tf.imaging.colour_management import as_rgb
from waifu4x_tf.imaging.guard import guarded
from waifu4x_tf.imaging.metadata import carried_aspect, carried_dpi, carried_exif, upright_transpose
from waifu4x_tf.imaging.picture import Frame, Picture, with_profile

# Pillow's names of the formats whose further pictures are frames in time.
ANIMATED_FORMATS = ("GIF", "PNG", "WEBP")

_SIXTEEN_BIT_GREY_MODES = ("I;16", "I;16L", "I;16B", "I;16N")
_PLAIN_MODES = ("1", "L", "LA", "La", "P", "PA", "RGB", "RGBX", "RGBA", "RGBa")
_MANAGED_MODES = ("CMYK", "LAB")
_REFUSED_MODES = {
    "HSV": "HSV colours",
    "YCbCr": "YCbCr colours without a conversion to RGB",
    "I": "more than 8 bits per channel",
    "F": "floating-point pixels",
}


def from_pil(image: Image.Image) -> Picture:
    """A picture from a PIL image, turned upright by its EXIF orientation.

    Pillow opens files of 16 bits per channel in colour as 8 bits; `reading.read` keeps them all.

    Args:
        image: Mode 1, L, LA, P, PA, RGB or RGBA (RGBX and premultiplied La, RGBa too), transparency by
            colour or palette included, CMYK and LAB, which become sRGB, or I;16, grey of 16 bits. It is
            not changed, beyond being loaded.

    Raises:
        PictureError: Another mode, several pages, or pixels that cannot be decoded.

    Example:
        >>> from_pil(Image.new("RGB", (3, 2))).width
        3
    """
    with guarded(None):
        check_supported(image)
        if is_several(image) and image.format in ANIMATED_FORMATS:
            return read_opened_animation(image)
    return still_from_pil(image)


def still_from_pil(image: Image.Image) -> Picture:
    """A picture of what the image shows now, whatever Pillow takes for further frames."""
    with guarded(None):
        check_supported(image)
        image.load()
        # Read after loading: Pillow turns a TIFF upright itself while it loads, and forgets its
        # orientation.
        upright = upright_transpose(image)
        pixels, note = as_rgb(image) if image.mode in _MANAGED_MODES else (_plain(image), None)
        if upright is not None:
            pixels = pixels.transpose(upright)
        picture = _from_plain(pixels)
        picture = replace(picture, exif=carried_exif(image), dpi=carried_dpi(image), note=note)
        picture = replace(picture, aspect=carried_aspect(image))
        return with_profile(picture, opened_profile(image))


def to_pil(picture: Picture) -> Image.Image:
    """A PIL image of mode L, LA, RGB or RGBA, or I;16 for 16-bit grey, with the metadata in ``info``.

    L and RGBA images share their memory with a NumPy array and are read-only to Pillow until it copies.
    An animation becomes an APNG in memory that Pillow has opened: it has no other form for one.

    Raises:
        UsageError: 16 bits per channel in colour or with alpha, for which Pillow has no mode.

    Example:
        >>> to_pil(waifu4x_tf.read("examples/face.png")).mode
        'RGB'
    """
    if picture.is_animated:
        return opened_apng(picture)
    frame = picture.frames[0]
    if picture.bits == 16 and (picture.has_alpha or not picture.is_grey):
        raise UsageError(
            "A PIL image has 16 bits per channel only in grey without alpha. Received: 16 bits with "
            f"{'alpha' if picture.has_alpha else 'colour'}. Take to_array(), or reduce the picture first: "
            "waifu4x_tf.imaging.depth.with_bits(picture, 8)."
        )
    if frame.alpha is not None and picture.is_grey:
        image = Image.fromarray(np.stack((frame.rgb[..., 0], frame.alpha), axis=2))
    else:
        image = Image.fromarray(picture.to_array())
    carried = {name: getattr(picture, name) for name in ("icc_profile", "exif", "dpi", "aspect")}
    image.info.update({key: value for key, value in carried.items() if value is not None})
    return image


def is_several(image: Image.Image) -> bool:
    """Whether an image opened by Pillow has further pictures behind the first."""
    return getattr(image, "is_animated", False)


def check_supported(image: Image.Image) -> None:
    """Refuses, from the header alone, what cannot be read rightly yet.

    Raises:
        PictureError: Several pages, more than 8 bits per channel, or an unknown colour mode.
    """
    # MPO is a JPEG with further views behind it (phones, 3-D cameras); its first picture is the picture.
    if is_several(image) and image.format not in (*ANIMATED_FORMATS, "MPO"):
        raise PictureError(
            "A picture file of several pictures is an animation: GIF, PNG or WebP. "
            f"Received: a {image.format} of several pages. "
            "Save the one you want as a PNG first."
        )
    mode = image.mode
    if mode in (*_PLAIN_MODES, *_MANAGED_MODES, *_SIXTEEN_BIT_GREY_MODES):
        if mode in _SIXTEEN_BIT_GREY_MODES and "transparency" in image.info:
            raise PictureError(
                "A PIL image of 16 bits has no transparent grey. Received: mode I;16 with transparency. "
                "Read the file with waifu4x_tf.imaging.reading.read()."
            )
        return
    reason = _REFUSED_MODES.get("I" if mode.startswith("I") else mode, "an unknown colour mode")
    raise PictureError(
        "A picture is grey, RGB, CMYK or Lab, grey and RGB with or without alpha or a palette. "
        f"Received: mode {mode}, {reason}. Convert it to 8-bit RGB in an image editor first."
    )


def _plain(image: Image.Image) -> Image.Image:
    """The loaded image as L, LA, RGB or RGBA."""
    if image.mode in _SIXTEEN_BIT_GREY_MODES:
        return image
    transparent = image.has_transparency_data  # by colour in info, or in the palette
    if image.mode in ("1", "L"):
        # Promoting to LA reads the transparent grey from info, as it does for RGB below.
        return image.convert("LA" if transparent else "L")
    if image.mode in ("LA", "La"):
        return image.convert("LA")
    if image.mode in ("RGBA", "RGBa", "PA") or transparent:
        return image.convert("RGBA")
    return image.convert("RGB")


def _from_plain(pixels: Image.Image) -> Picture:
    array = np.asarray(pixels)
    if array.dtype.itemsize == 2:
        return Picture.from_array(array.astype(np.uint16))  # I;16B is of the other byte order
    if pixels.mode != "LA":
        return Picture.from_array(array)
    grey = Picture.from_array(np.ascontiguousarray(array[..., 0]))
    return Picture((Frame(grey.frames[0].rgb, np.ascontiguousarray(array[..., 1])),), is_grey=True)
