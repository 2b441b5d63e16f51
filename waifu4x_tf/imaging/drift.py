"""How far the colours of a result moved from those of its picture, block by block."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from waifu4x_tf.imaging.picture import Frame, Picture

BLOCK_PX = 16
# The mean over a block of which pixels are opaque; any that is not takes away more than rounding does.
_OPAQUE = 1 - 1e-4


@dataclass(frozen=True)
class Drift:
    """Differences of block means, in levels of 8 bits, over all blocks, channels and frames.

    Attributes:
        mean: The mean of their absolute values.
        worst_block: The largest of them.
    """

    mean: float
    worst_block: float

    def as_json(self) -> dict[str, float]:
        """Rounded to a thousandth of a level."""
        return {"mean": round(self.mean, 3), "worst_block": round(self.worst_block, 3)}


def measure_drift(small: Picture, large: Picture) -> Drift | None:
    """Compare a result, before it is encoded, with its picture.

    The small picture is divided into blocks of about 16 x 16 pixels, as many as go into it evenly, and the
    large one into as many. Their means are compared, each channel by itself, in the picture's own colour
    space. Blocks in which the small picture is anywhere less than opaque are left out: the colour under
    transparency is nobody's.

    Args:
        small: The picture.
        large: Its enlargement by any factor, the whole of it, with nothing cut off or added.

    Returns:
        The drift; None when no block is opaque.

    Example:
        >>> small = waifu4x_tf.Picture.from_array(np.zeros((16, 16, 3), np.uint8))
        >>> large = waifu4x_tf.Picture.from_array(np.full((64, 64, 3), 2, np.uint8))
        >>> measure_drift(small, large).worst_block
        2.0
    """
    rows, columns = (_edges(edge) for edge in (small.height, small.width))
    found = []
    pairs = zip(small.frames, large.frames, strict=True)
    for one, other in {(id(one), id(other)): (one, other) for one, other in pairs}.values():
        difference = np.abs(_means(one, rows, columns) - _means(other, rows, columns))
        if one.alpha is not None:
            opaque = (one.alpha == np.iinfo(one.alpha.dtype).max)[..., None]
            difference = difference[_block_means(opaque, rows, columns)[..., 0] > _OPAQUE]
        found.append(difference.ravel())
    differences = np.concatenate(found)
    return Drift(float(differences.mean()), float(differences.max())) if differences.size else None


def _edges(length: int) -> np.ndarray:
    """Where blocks begin and end, as shares of a side; in the small picture on whole pixels."""
    count = max(1, round(length / BLOCK_PX))
    return np.rint(np.arange(count + 1) * (length / count)) / length


def _means(frame: Frame, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
    return _block_means(frame.rgb, rows, columns) * (255 / np.iinfo(frame.rgb.dtype).max)


def _block_means(pixels: np.ndarray, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """Means of (H, W, C) over blocks between these edges, float64 (rows, columns, C), a row of them a time.

    A pixel that lies in two blocks belongs to each by the part of it that does.
    """
    height, width, channels = pixels.shape
    means = np.empty((len(rows) - 1, len(columns) - 1, channels))
    places = columns * width
    whole = np.minimum(places.astype(int), width - 1)
    for row, (top, bottom) in enumerate(zip(rows[:-1] * height, rows[1:] * height, strict=True)):
        first, end = int(top), min(height, int(np.ceil(bottom)))
        strip = pixels[first:end].reshape(end - first, -1)
        shares = np.minimum(np.arange(first, end) + 1, bottom) - np.maximum(np.arange(first, end), top)
        line = (shares.astype(np.float32) @ strip.astype(np.float32)).reshape(width, channels)
        before = np.zeros((width + 1, channels))
        np.cumsum(line, axis=0, dtype=np.float64, out=before[1:])
        until = before[whole] + (places - whole)[:, None] * line[whole]
        means[row] = np.diff(until, axis=0) / (np.diff(places)[:, None] * (bottom - top))
    return means
