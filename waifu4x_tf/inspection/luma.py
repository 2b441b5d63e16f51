"""The brightness of a picture, in a sample that keeps looking at a large one cheap."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from waifu4x_tf.imaging.picture import Frame

# ITU-R BT.601, as JPEG's own change of colour space (JFIF 1.02).
WEIGHTS = np.array([0.299, 0.587, 0.114], np.float32)
_MOST_PX = 1_000_000
_STRIP_ROWS = 64


@dataclass(frozen=True, eq=False)
class Luma:
    """The brightness of a picture.

    Attributes:
        values: float32 (H, W), 0 to 255.
        unknown: bool (H, W), where values are no witness: a channel is clipped at an end of its range, or
            the pixel is transparent.
    """

    values: np.ndarray
    unknown: np.ndarray


def luma_of(frame: Frame) -> Luma:
    """The brightness of a frame; of one above a megapixel a sample.

    The sample is strips of 64 rows, evenly spread and laid one below the other; of one so wide that a strip
    is above a megapixel, the middle of one. They begin at multiples of 8, so that a grid of 8 x 8 blocks goes
    through them all.
    """
    rgb, alpha = frame.rgb, frame.alpha
    most_width = _MOST_PX // min(len(rgb), _STRIP_ROWS)
    left = max(0, rgb.shape[1] - most_width) // 2 // 8 * 8
    rgb = rgb[:, left : left + most_width]
    alpha = None if alpha is None else alpha[:, left : left + most_width]
    height, width = rgb.shape[:2]
    tops = _strip_tops(height, width)
    rows = np.concatenate([np.arange(top, min(top + _STRIP_ROWS, height)) for top in tops])
    values = np.empty((len(rows), width), np.float32)
    unknown = np.empty(values.shape, bool)
    most = np.iinfo(rgb.dtype).max
    place = 0
    for top in tops:
        strip = rgb[top : top + _STRIP_ROWS]
        here = slice(place, place + len(strip))
        np.matmul(strip.astype(np.float32), WEIGHTS * np.float32(255 / most), out=values[here])
        # One more wraps the largest to 0 and leaves 0 at 1: both ends are then at most 1.
        unknown[here] = (strip + strip.dtype.type(1)).min(axis=2) <= 1
        if alpha is not None:
            unknown[here] |= alpha[top : top + _STRIP_ROWS] == 0
        place += len(strip)
    return Luma(values, unknown)


def _strip_tops(height: int, width: int) -> np.ndarray:
    count = max(1, _MOST_PX // (width * _STRIP_ROWS))
    if count * _STRIP_ROWS >= height:
        return np.arange(0, height, _STRIP_ROWS)
    return np.linspace(0, (height - _STRIP_ROWS) // 8, count).astype(int) * 8
