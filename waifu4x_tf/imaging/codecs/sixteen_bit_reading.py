"""Files of 16 bits per channel: PNG through libpng, TIFF through tifffile, which the extra [deep] brings.

Pillow has no 16-bit mode but for plain grey: it halves the rest without a word. What Pillow does well, the
directories and what travels with the pixels, is still its work here.
"""

from __future__ import annotations

import importlib.util
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from PIL import ExifTags, Image

from waifu4x_tf.errors import MissingExtraError, PictureError
from waifu4x_tf.imaging.codecs.signatures import png_without_metadata
from waifu4x_tf.imaging.codecs.tiff_reading import check_sixteen_bit_tiff, most_bits, tiff_pixels
from waifu4x_tf.imaging.metadata import (
    carried_aspect,
    carried_dpi,
    carried_exif,
    upright_size,
    upright_transpose,
)
from waifu4x_tf.imaging.picture import Frame, Picture, has_equal_channels, with_profile

if TYPE_CHECKING:
    from PIL.TiffImagePlugin import ImageFileDirectory_v2

_WIDTH, _LENGTH, _ICC_PROFILE = 256, 257, 34675

# What Pillow's transpositions do, for numbers that are no PIL image.
_TURNS = {
    Image.Transpose.FLIP_LEFT_RIGHT: lambda values: values[:, ::-1],
    Image.Transpose.ROTATE_180: lambda values: values[::-1, ::-1],
    Image.Transpose.FLIP_TOP_BOTTOM: lambda values: values[::-1],
    Image.Transpose.TRANSPOSE: lambda values: values.swapaxes(0, 1),
    Image.Transpose.ROTATE_270: lambda values: np.rot90(values, -1),
    Image.Transpose.TRANSVERSE: lambda values: values.swapaxes(0, 1)[::-1, ::-1],
    Image.Transpose.ROTATE_90: lambda values: np.rot90(values),
}


@dataclass(frozen=True)
class SixteenBitFile:
    """A file of 16 bits per channel of which only the header was looked at.

    Attributes:
        size: (width, height), upright.
        carrier: A PIL image without the pixels, with what travels beside them.
        data: The file.
        directory: Of a TIFF, its tags; None for a PNG.
    """

    size: tuple[int, int]
    carrier: Image.Image
    data: bytes
    directory: ImageFileDirectory_v2 | None = None

    def picture(self) -> Picture:
        """Decodes the pixels, all 16 bits of them.

        Raises:
            Exception: Whatever the codecs raise on damaged data.
        """
        pixels = _png_pixels(self.data) if self.directory is None else tiff_pixels(self.data, self.directory)
        transpose = upright_transpose(self.carrier)
        if transpose is not None:
            pixels = _TURNS[transpose](pixels)
        channels = pixels.shape[2]
        rgb = pixels[..., :3] if channels > 2 else pixels[..., :1].repeat(3, axis=2)
        alpha = np.ascontiguousarray(pixels[..., -1]) if channels in (2, 4) else None
        frame = Frame(np.ascontiguousarray(rgb), alpha)
        is_grey = channels < 3 or has_equal_channels(frame.rgb)
        picture = Picture(
            (frame,),
            is_grey,
            exif=carried_exif(self.carrier),
            dpi=carried_dpi(self.carrier),
            aspect=carried_aspect(self.carrier),
        )
        return with_profile(picture, self.carrier.info.get("icc_profile"))


def sixteen_bit_png(data: bytes, image: Image.Image) -> SixteenBitFile:
    """A PNG of 16 bits per channel.

    Args:
        data: The file.
        image: The same, opened by Pillow and not loaded.

    Raises:
        PictureError: An animation.
        MissingExtraError: The extra [deep] is not installed.
    """
    if getattr(image, "is_animated", False):
        raise PictureError(
            "An animation has 8 bits per channel. Received: an animated PNG with 16. Save it with 8 first."
        )
    _require_codecs("A PNG with 16 bits per channel")
    if not {"exif", "Raw profile type exif"} & set(image.info):
        # Pillow would decode all pixels to look for it behind them.
        image.info["exif"] = _last_chunk(data, b"eXIf")
    return SixteenBitFile(upright_size(image, image.size), image, data)


def sixteen_bit_tiff(data: bytes, directory: ImageFileDirectory_v2) -> SixteenBitFile | None:
    """A TIFF of 16 bits per channel; None for one of at most 8.

    Args:
        data: The file.
        directory: The tags of its first picture.

    Raises:
        PictureError: More than 16 bits, or of a kind that is not read.
        MissingExtraError: The extra [deep] is not installed.
    """
    if most_bits(directory) <= 8:
        return None
    check_sixteen_bit_tiff(directory)
    _require_codecs("A TIFF with 16 bits per channel")
    carrier = Image.new("L", (1, 1))
    carrier.info["icc_profile"] = directory.get(_ICC_PROFILE)
    if data[2:4] in (b"*\0", b"\0*"):
        carrier.info["exif"] = data  # An EXIF block is a TIFF file, and this is one.
    else:
        pointers = (ExifTags.IFD.Exif, ExifTags.IFD.GPSInfo)
        carrier.getexif().update({tag: directory[tag] for tag in directory if tag not in pointers})
    size = (int(directory[_WIDTH]), int(directory[_LENGTH]))
    return SixteenBitFile(upright_size(carrier, size), carrier, data, directory)


def _require_codecs(feature: str) -> None:
    if not all(importlib.util.find_spec(name) for name in ("imagecodecs", "tifffile")):
        raise MissingExtraError(feature, "deep")


def _last_chunk(data: bytes, name: bytes) -> bytes:
    """The content of a PNG's last chunk of that name, or nothing."""
    position, found = 8, b""
    while position + 12 <= len(data):
        (length,) = struct.unpack_from(">I", data, position)
        if data[position + 4 : position + 8] == name:
            found = data[position + 8 : position + 8 + length]
        position += 12 + length
    return found


def _png_pixels(data: bytes) -> np.ndarray:
    """uint16 (H, W, 1 to 4); a transparent colour has become alpha."""
    import imagecodecs

    pixels = imagecodecs.png_decode(png_without_metadata(data))
    return pixels[..., None] if pixels.ndim == 2 else pixels
