"""What travels with the pixels: ICC profile, EXIF and DPI, cleaned so that a writer can trust them."""

from __future__ import annotations

import io
import math
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeVar

from PIL import ExifTags, Image

from waifu4x_tf.imaging.guard import guarded

T = TypeVar("T")

_EXIF_IFD = int(ExifTags.IFD.Exif)
_GPS_IFD = int(ExifTags.IFD.GPSInfo)
_X_RESOLUTION, _Y_RESOLUTION = int(ExifTags.Base.XResolution), int(ExifTags.Base.YResolution)
_RESOLUTION_UNIT = int(ExifTags.Base.ResolutionUnit)
_NO_UNIT = 1

# The tags that describe the picture. Everything else in the first directory describes the old file (its
# strips, its size, its orientation, a thumbnail, whole Photoshop layers in a TIFF) and would be wrong in the
# new one.
_DESCRIPTIVE_TAGS = (
    ExifTags.Base.ImageDescription,
    ExifTags.Base.Make,
    ExifTags.Base.Model,
    ExifTags.Base.XResolution,
    ExifTags.Base.YResolution,
    ExifTags.Base.ResolutionUnit,
    ExifTags.Base.Software,
    ExifTags.Base.DateTime,
    ExifTags.Base.Artist,
    ExifTags.Base.HostComputer,
    ExifTags.Base.Rating,
    ExifTags.Base.RatingPercent,
    ExifTags.Base.Copyright,
    ExifTags.Base.XPTitle,
    ExifTags.Base.XPComment,
    ExifTags.Base.XPAuthor,
    ExifTags.Base.XPKeywords,
    ExifTags.Base.XPSubject,
)
# In the EXIF directory: the old width and height, and a file offset that no longer leads anywhere.
_STALE_EXIF_TAGS = {
    int(ExifTags.Base.ExifImageWidth),
    int(ExifTags.Base.ExifImageHeight),
    int(ExifTags.Base.ExifInteroperabilityOffset),
}

# Pillow's JPEG writer stores the density in 16 bits.
_MAX_DPI = 65535.0
# And each number of an aspect.
_MAX_ASPECT = 65535
# A JPEG carries a profile in at most 255 segments of 65519 bytes.
_MAX_ICC_BYTES = 255 * 65519

_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_SIDEWAYS = {
    Image.Transpose.TRANSPOSE,
    Image.Transpose.ROTATE_270,
    Image.Transpose.TRANSVERSE,
    Image.Transpose.ROTATE_90,
}


@dataclass(frozen=True)
class Metadata:
    """What a written file holds beside its pixels.

    Attributes:
        icc_profile: The ICC profile.
        exif: An EXIF block, with or without the prefix of a JPEG's segment.
        dpi: Horizontal and vertical dots per inch.
        aspect: Pixels per length without a unit, where there is no dpi.
    """

    icc_profile: bytes | None = None
    exif: bytes | None = None
    dpi: tuple[float, float] | None = None
    aspect: tuple[int, int] | None = None


NO_METADATA = Metadata()


def usable_profile(profile: object, *, is_grey: bool) -> bytes | None:
    """The ICC profile if it is whole and fits the channels, else None.

    A grey picture takes only a GRAY profile and a colour picture only an RGB one: Pillow writes any pairing
    without a word, and viewers then show wrong colours or refuse the file.

    Args:
        profile: What the file carried; anything but bytes is dropped.
        is_grey: Whether the pixels are written with one colour channel.
    """
    if not isinstance(profile, bytes) or not 128 <= len(profile) <= _MAX_ICC_BYTES:
        return None
    # ICC.1:2022, 7.2: the size at 0, the data colour space at 16, the signature at 36.
    declared_bytes = int.from_bytes(profile[:4], "big")
    if profile[36:40] != b"acsp" or not 128 <= declared_bytes <= len(profile):
        return None
    return profile if profile[16:20] == (b"GRAY" if is_grey else b"RGB ") else None


def usable_dpi(dpi: object) -> tuple[float, float] | None:
    """Horizontal and vertical dots per inch, positive and finite; None when they are anything else."""
    try:
        horizontal, vertical = (float(value) for value in dpi)  # pyright: ignore[reportGeneralTypeIssues]
    except (TypeError, ValueError, ZeroDivisionError):
        return None
    if all(math.isfinite(value) and 0 < value <= _MAX_DPI for value in (horizontal, vertical)):
        return horizontal, vertical
    return None


def upright_transpose(image: Image.Image) -> Image.Transpose | None:
    """The transposition that turns the picture upright by its EXIF orientation; None when it already is."""
    try:
        return _UPRIGHT.get(image.getexif().get(ExifTags.Base.Orientation, 1))
    except Exception:  # an orientation that cannot be read is none: the pixels still count
        return None


def upright_size(image: Image.Image, size: tuple[T, T]) -> tuple[T, T]:
    """(width, height) as stored, once the picture is turned upright by the EXIF orientation of ``image``."""
    width, height = size
    return (height, width) if upright_transpose(image) in _SIDEWAYS else (width, height)


def stored_orientation(content: bytes, format_name: str) -> int:
    """EXIF's orientation of a file, 1 to 8; 1, upright, where it has none that can be read.

    Args:
        content: The file.
        format_name: As Pillow names it.
    """
    try:
        with guarded(None), Image.open(io.BytesIO(content), formats=[format_name]) as image:
            stored = image.getexif().get(ExifTags.Base.Orientation, 1)
    except Exception:  # metadata that cannot be read says nothing
        return 1
    return stored if stored in _UPRIGHT else 1


def carried_exif(image: Image.Image) -> bytes | None:
    """The EXIF block for the output: descriptions, camera and GPS; no orientation, size or thumbnail.

    Returns:
        Bytes with the prefix of a JPEG's EXIF segment (Exif and two zeros); None when there is nothing to
        carry or it is corrupt.
    """
    try:
        source = image.getexif()
        carried = Image.Exif()
        for tag in _DESCRIPTIVE_TAGS:
            if tag in source:
                carried[tag] = source[tag]
        for directory in (_EXIF_IFD, _GPS_IFD):
            entries = source.get_ifd(directory)
            kept = {tag: value for tag, value in entries.items() if tag not in _STALE_EXIF_TAGS}
            if kept:
                carried[directory] = kept
        return carried.tobytes() if len(carried) else None
    except (
        Exception
    ):  # corrupt EXIF raises anything from KeyError to struct.error, and must not cost the picture
        return None


def carried_dpi(image: Image.Image) -> tuple[float, float] | None:
    """The picture's DPI from its own header, else from its EXIF block (WebP has no other place)."""
    dpi = usable_dpi(image.info.get("dpi"))
    if dpi is not None:
        return dpi
    try:
        exif = image.getexif()
        unit = {2: 1.0, 3: 2.54}[exif.get(_RESOLUTION_UNIT, 2)]
        return usable_dpi((float(exif[_X_RESOLUTION]) * unit, float(exif[_Y_RESOLUTION]) * unit))
    except Exception:  # absent or corrupt, see carried_exif
        return None


def carried_aspect(image: Image.Image) -> tuple[int, int] | None:
    """Pixels per length of an upright picture, where its file names no unit and they are not square.

    PNG's pHYs, JFIF's density and TIFF's resolution say so.
    """
    info = image.info
    try:
        exif = image.getexif()
        if "aspect" in info:
            pair = info["aspect"]
        elif info.get("jfif_unit") == 0:
            pair = info["jfif_density"]
        elif exif.get(_RESOLUTION_UNIT) == _NO_UNIT:
            pair = exif[_X_RESOLUTION], exif[_Y_RESOLUTION]
        else:
            return None
        horizontal, vertical = upright_size(image, (Fraction(pair[0]), Fraction(pair[1])))
        ratio = (horizontal / vertical).limit_denominator(_MAX_ASPECT)
    except Exception:  # absent or corrupt, see carried_exif
        return None
    return ratio.as_integer_ratio() if ratio != 1 and 0 < ratio <= _MAX_ASPECT else None


def exif_with_dpi(exif: bytes | None, dpi: tuple[float, float]) -> bytes | None:
    """The EXIF block with its resolution set, for a container that has no field of its own."""
    try:
        block = Image.Exif()
        if exif is not None:
            block.load(exif)
        block[_X_RESOLUTION], block[_Y_RESOLUTION] = dpi
        block[_RESOLUTION_UNIT] = 2
        return block.tobytes()
    except Exception:  # a block made elsewhere than in carried_exif may not parse: carry it as it came
        return exif
