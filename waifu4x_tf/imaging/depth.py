"""Bits per channel: pictures of 8 and 16 bits into one another, each value to the nearest there is."""

from __future__ import annotations

import dataclasses

import numpy as np

from waifu4x_tf.errors import PictureError, UsageError
from waifu4x_tf.imaging.picture import Frame, Picture

# 65535 = 255 * 257: each level of 8 bits is one of 16 bits, and 257 of these lie nearest to it.
_STEP = 257
_STRIP_ROWS = 256


def with_bits(picture: Picture, bits: int) -> Picture:
    """The picture with 8 or 16 bits per channel; the same one when it has so many.

    From 8 to 16 bits and back every value is the same again. From 16 to 8 each is rounded to the nearest, so
    the mean stays where it was.

    Raises:
        UsageError: Another number of bits.
        PictureError: An animation of 16 bits, for which there is no format.

    Example:
        >>> picture = waifu4x_tf.Picture.from_array(np.full((2, 2), 65535, np.uint16))
        >>> with_bits(picture, 8).to_array().max().item()
        255
    """
    if bits not in (8, 16):
        raise UsageError(f"A channel has 8 or 16 bits. Received: `bits={bits}`. Choose one of these.")
    if bits == picture.bits:
        return picture
    if bits == 16 and picture.is_animated:
        raise PictureError(
            f"A picture of 16 bits per channel is a still. Received: an animation of {len(picture.frames)} "
            "frames. Leave out `bits=16`."
        )
    change = _widened if bits == 16 else _narrowed
    frames = tuple(
        Frame(change(frame.rgb), None if frame.alpha is None else change(frame.alpha))
        for frame in picture.frames
    )
    return dataclasses.replace(picture, frames=frames)


def _widened(values: np.ndarray) -> np.ndarray:
    return np.multiply(values, _STEP, dtype=np.uint16)


def _narrowed(values: np.ndarray) -> np.ndarray:
    result = np.empty(values.shape, np.uint8)
    for top in range(0, len(values), _STRIP_ROWS):
        strip = values[top : top + _STRIP_ROWS].astype(np.uint32)
        result[top : top + _STRIP_ROWS] = (strip + _STEP // 2) // _STEP
    return result
