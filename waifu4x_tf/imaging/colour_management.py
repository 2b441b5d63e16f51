"""Colour management: what a network sees of a picture with an ICC profile, and print and Lab colours as RGB.

Networks are trained on sRGB. A picture in another space is shown to them in sRGB, and their output is brought
back, so that the result is in the picture's own space. LittleCMS converts, through Pillow, relative
colorimetric with black point compensation; what it cannot do for lack of bits is computed from the profile's
curves.
"""

from __future__ import annotations

import functools
import io
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from PIL import Image

from waifu4x_tf.imaging.icc_curves import (
    SRGB_TO_XYZ,
    Curves,
    inverted,
    read_curves,
    srgb_light,
    srgb_value,
)

_STRIP_ROWS = 128
# A profile that moves no colour of a cube of this many steps by more than so many levels of 8 bits is sRGB,
# whatever its name: the many profiles called sRGB differ by as much.
_STEPS, _SAME_LEVELS = 9, 2
# Reading one needs milliseconds, and the pictures of a folder or the frames of an animation share theirs.
_KEPT_PROFILES = 8

CMYK_WITHOUT_PROFILE = "CMYK without a profile: its colours are an estimate"
CMYK_CONVERTED = "CMYK converted to sRGB through its profile"
LAB_CONVERTED = "Lab converted to sRGB"

Convert = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True, eq=False)
class SrgbView:
    """How a network sees a space other than sRGB.

    Attributes:
        to_srgb: Takes (H, W, 3) in the picture's own space and gives a new array in sRGB. What sRGB cannot
            hold ends at its border.
        from_srgb: The way back. Both keep the dtype, and R = G = B of a grey picture.
    """

    to_srgb: Convert
    from_srgb: Convert


def srgb_view(profile: bytes | None, *, is_grey: bool, bits: int) -> SrgbView | None:
    """How a network sees a picture with this profile.

    Args:
        profile: Of the picture.
        is_grey: It has one channel, and a GRAY profile.
        bits: 8 or 16 per channel.

    Returns:
        None when it is to see the values as they are: they are sRGB as near as matters, there is no profile
        or a broken one, or one that cannot be computed (tables, for 16 bits).
    """
    return None if profile is None else _srgb_view(profile, is_grey, bits)


@functools.lru_cache(maxsize=_KEPT_PROFILES)
def _srgb_view(profile: bytes, is_grey: bool, bits: int) -> SrgbView | None:
    dtype = np.dtype(np.uint8 if bits == 8 else np.uint16)
    if is_grey or bits == 16:
        curves = read_curves(profile)
        if curves is None or len(curves.curves) != (1 if is_grey else 3):
            return None
        view = _grey_view(curves, dtype) if is_grey else _matrix_view(curves, dtype)
    else:
        view = _littlecms_view(profile)
        if view is None:
            return None
    most = np.iinfo(dtype).max
    cube = np.linspace(0, most, _STEPS).round().astype(dtype)
    if is_grey:
        samples = np.repeat(np.arange(most + 1, dtype=dtype)[None, :, None], 3, axis=2)
    else:
        samples = np.stack(np.meshgrid(cube, cube, cube), axis=-1).reshape(1, -1, 3)
    moved = np.abs(view.to_srgb(samples).astype(np.int32) - samples).max()
    return view if moved > _SAME_LEVELS * most / 255 else None


def as_rgb(image: Image.Image) -> tuple[Image.Image, str]:
    """A CMYK or LAB image as sRGB, and a note of what was done.

    CMYK goes through its embedded profile; without one, or with a broken one, red is what cyan and black
    leave over, and so on. Lab goes through an embedded Lab profile, else it is that of D50.

    Args:
        image: Loaded, of mode CMYK or LAB.
    """
    profile = image.info.get("icc_profile")
    space = b"CMYK" if image.mode == "CMYK" else b"Lab "
    converted = None
    if isinstance(profile, bytes) and profile[16:20] == space:
        converted = _converted(image, profile)
    if image.mode == "CMYK":
        if converted is not None:
            return converted, CMYK_CONVERTED
        return image.convert("RGB"), CMYK_WITHOUT_PROFILE
    if converted is None:
        converted = _converted(image, None)
    if converted is None:
        raise ValueError("LittleCMS does not convert Lab")
    return converted, LAB_CONVERTED


def _converted(image: Image.Image, profile: bytes | None) -> Image.Image | None:
    from PIL import ImageCms

    try:
        source = ImageCms.createProfile("LAB") if profile is None else io.BytesIO(profile)
        return _transform(source, ImageCms.createProfile("sRGB"), image.mode).apply(image)
    except (ImageCms.PyCMSError, OSError, ValueError):
        return None


def _transform(source: Any, destination: Any, mode: str) -> Any:
    from PIL import ImageCms

    opened = [
        each if isinstance(each, ImageCms.core.CmsProfile) else ImageCms.getOpenProfile(each)
        for each in (source, destination)
    ]
    # Without LittleCMS's memory of the last pixel, which threads would share.
    flags = ImageCms.Flags.BLACKPOINTCOMPENSATION | ImageCms.Flags.NOCACHE
    if mode != "RGB":
        # Its shortcut through a table of its own is four times as fast, and makes paper white 254.
        flags |= ImageCms.Flags.NOOPTIMIZE
    intent = ImageCms.Intent.RELATIVE_COLORIMETRIC
    return ImageCms.buildTransform(opened[0], opened[1], mode, "RGB", intent, flags)


def _littlecms_view(profile: bytes) -> SrgbView | None:
    from PIL import ImageCms

    try:
        srgb = ImageCms.createProfile("sRGB")
        there = _transform(io.BytesIO(profile), srgb, "RGB")
        back = _transform(srgb, io.BytesIO(profile), "RGB")
    except (ImageCms.PyCMSError, OSError, ValueError):  # broken, or made for input alone
        return None

    def through(transform: Any) -> Convert:
        return _in_strips(lambda strip: np.asarray(transform.apply(Image.fromarray(strip))))

    return SrgbView(through(there), through(back))


def _matrix_view(curves: Curves, dtype: np.dtype) -> SrgbView:
    matrix = np.linalg.inv(SRGB_TO_XYZ) @ curves.to_xyz
    most = np.iinfo(dtype).max
    levels = np.linspace(0, 1, most + 1)
    # Values of light, at steps that are as dense in the dark as the eye is: the square root's.
    roots = np.linspace(0, 1, most + 1) ** 2
    own_light = [np.interp(levels, np.linspace(0, 1, len(each)), each) for each in curves.curves]
    own_value = [inverted(each, roots) for each in curves.curves]
    there = _matrix_conversion(own_light, matrix, [srgb_value(roots)] * 3, dtype)
    back = _matrix_conversion([srgb_light(levels)] * 3, np.linalg.inv(matrix), own_value, dtype)
    return SrgbView(there, back)


def _matrix_conversion(
    light: list[np.ndarray], matrix: np.ndarray, value: list[np.ndarray], dtype: np.dtype
) -> Convert:
    """Convert levels to light by tables, by the matrix, and the root of light to levels by tables."""
    light = [each.astype(np.float32) for each in light]
    most = np.iinfo(dtype).max
    levels = [np.rint(each * most).astype(dtype) for each in value]
    rows = matrix.astype(np.float32)

    def convert(strip: np.ndarray) -> np.ndarray:
        planes = [light[channel][strip[..., channel]] for channel in range(3)]
        result = np.empty_like(strip)
        for channel in range(3):
            mixed = sum(planes[other] * rows[channel, other] for other in range(3))
            steps = np.rint(np.sqrt(np.clip(mixed, 0, 1)) * np.float32(most)).astype(dtype)
            result[..., channel] = levels[channel][steps]
        return result

    return _in_strips(convert)


def _grey_view(curves: Curves, dtype: np.dtype) -> SrgbView:
    most = np.iinfo(dtype).max
    levels = np.linspace(0, 1, most + 1)
    (curve,) = curves.curves
    own_light = np.interp(levels, np.linspace(0, 1, len(curve)), curve)
    there = np.rint(srgb_value(own_light) * most).astype(dtype)
    back = np.rint(inverted(curve, srgb_light(levels)) * most).astype(dtype)
    return SrgbView(_in_strips(lambda strip: there[strip]), _in_strips(lambda strip: back[strip]))


def _in_strips(convert: Convert) -> Convert:
    """The conversion of a whole picture, with what it needs on the way kept small."""

    def convert_all(rgb: np.ndarray) -> np.ndarray:
        result = np.empty_like(rgb)
        for top in range(0, rgb.shape[0], _STRIP_ROWS):
            rows = slice(top, top + _STRIP_ROWS)
            result[rows] = convert(np.ascontiguousarray(rgb[rows]))
        return result

    return convert_all
