"""GIF out: one palette for all frames, one transparent index, and only what changes in each frame."""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import BinaryIO

import numpy as np
from PIL import Image

from waifu4x_tf.imaging.codecs.gif_parsing import image_data
from waifu4x_tf.imaging.codecs.palette import Palette
from waifu4x_tf.imaging.frame_differences import bounding_box, differing
from waifu4x_tf.imaging.picture import Frame, Picture

_TRANSPARENT = 255
_LEAST_OPAQUE = 128
_KEEP, _CLEAR = 1, 2
_MOST_CENTISECONDS = 65535
# Browsers play durations up to this as 100 ms.
_SLOWED_DOWN_MS = 10


def write_gif(stream: BinaryIO, picture: Picture) -> None:
    """Writes a still or animated GIF of 8 bits per channel.

    A GIF has 255 colours beside the transparent one, no soft edges and no metadata: alpha from 128 on is
    opaque, and what has more colours is brought to the nearest of a palette for all frames.

    Args:
        stream: Where the bytes go, in order.
        picture: What to write.
    """
    palette = Palette.of(_pixels_to_count(picture.frames))
    colours = np.zeros((256, 3), np.uint8)
    colours[: len(palette.colours)] = palette.colours
    stream.write(b"GIF89a" + struct.pack("<HHBBB", picture.width, picture.height, 0xF7, 0, 0))
    stream.write(colours.tobytes())
    if picture.is_animated and picture.loop != 1:
        # What is stored is how often it is repeated after the first time.
        repeats = min(65535, picture.loop - 1) if picture.loop else 0
        stream.write(b"\x21\xff\x0bNETSCAPE2.0\x03\x01" + struct.pack("<HB", repeats, 0))
    durations = centiseconds(picture.durations_ms) if picture.is_animated else (0,)
    canvas = np.full((picture.height, picture.width), _TRANSPARENT, np.uint8)
    for duration, (indices, following) in zip(durations, _with_next(picture.frames, palette), strict=True):
        clears = (indices != _TRANSPARENT) & (following == _TRANSPARENT)
        draws = indices != canvas
        left, top, width, height = bounding_box(draws | clears)
        rows, columns = slice(top, top + height), slice(left, left + width)
        drawn = np.where(draws, indices, np.uint8(_TRANSPARENT))[rows, columns]
        disposal = _CLEAR if clears.any() else _KEEP
        stream.write(struct.pack("<4BHBB", 0x21, 0xF9, 4, disposal << 2 | 1, duration, _TRANSPARENT, 0))
        stream.write(struct.pack("<BHHHHB", 0x2C, left, top, width, height, 0) + _compressed(drawn))
        canvas = indices.copy()
        if disposal == _CLEAR:
            canvas[rows, columns] = _TRANSPARENT
    stream.write(b"\x3b")


def centiseconds(durations_ms: Sequence[int]) -> tuple[int, ...]:
    """Durations in the hundredths of a second that a GIF has, their remainders carried on.

    The total is right to half a hundredth, with one exception: what lasts longer than 10 ms gets at least two
    hundredths, because browsers slow everything shorter down to ten of them.
    """
    exact_ms, written = 0, 0
    result = []
    for duration in durations_ms:
        exact_ms += duration
        least = 2 if duration > _SLOWED_DOWN_MS else 0
        result.append(min(_MOST_CENTISECONDS, max(least, (exact_ms + 5) // 10 - written)))
        written += result[-1]
    return tuple(result)


def _visible(frame: Frame) -> np.ndarray:
    shape = frame.rgb.shape[:2]
    return np.ones(shape, bool) if frame.alpha is None else frame.alpha >= _LEAST_OPAQUE


def _pixels_to_count(frames: Sequence[Frame]) -> Iterator[np.ndarray]:
    """The visible pixels of the first frame, and of each further one those that changed."""
    yield frames[0].rgb[_visible(frames[0])]
    for before, frame in pairwise(frames):
        if frame is not before:
            changed = differing(before.rgb, frame.rgb) | ~_visible(before)
            yield frame.rgb[_visible(frame) & changed]


def _with_next(frames: Sequence[Frame], palette: Palette) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Each frame's indices and those of the one behind it; behind the last one comes itself."""

    def indices(frame: Frame) -> np.ndarray:
        return np.where(_visible(frame), palette.indices(frame.rgb), np.uint8(_TRANSPARENT))

    current = indices(frames[0])
    for frame in frames[1:]:
        following = indices(frame)
        yield current, following
        current = following
    yield current, current


def _compressed(indices: np.ndarray) -> bytes:
    """The code size and sub-blocks of Pillow's encoder."""
    file = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(indices)).save(file, "GIF", optimize=False, interlace=False)
    return image_data(file.getvalue())
