"""Colour truth: a result held to the colours of the picture that it was made from.

A network moves colours by a level or two: skin turns yellow, white becomes 254. One step of back-projection
(Irani and Peleg, "Improving resolution by image registration", 1991) puts back what it moved: the result is
averaged over each pixel of the small picture, the difference is blurred, enlarged and added. The blur is
wider than the kernels pictures are shrunk with, so that which one it was does not matter. Where it is known
to have been area averaging, it is not blurred: each small pixel is the mean of its large ones.

Pictures that were never shrunk, such as pixel art and dithers, move by much more: their lines get halos, and
where black and white leave no room a checker gets lighter as a whole. So overshoot is limited before
(`local_range`), and the means of blocks are held after it (`block_means`).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np

from waifu4x_tf.inference import block_means
from waifu4x_tf.inference.block_means import hold_means, missing_of_means
from waifu4x_tf.inference.local_range import REACH_PX as RANGE_REACH_PX
from waifu4x_tf.inference.local_range import is_flat, limit_rows, limits, local_range
from waifu4x_tf.inference.parallel import run_all

# Two boxes of 5 make a triangle of 9 small pixels.
_BOX_PX = 5
_BLUR_REACH_PX = _BOX_PX - 1
# What clips shows nothing: the small picture lost its overshoot there, and the network gives none.
_CLIPPING_REACH_PX = 1
# In levels, of 8 or 16 bits. Less holds means closer, but brings back more of what JPEG did to colours.
_LEFT_ALONE = np.float32(0.15)
_DRIFT_REACH_PX = 1 + _BLUR_REACH_PX + _CLIPPING_REACH_PX
REACH_PX = _DRIFT_REACH_PX + RANGE_REACH_PX
"""How far, in small pixels, what the network made of others has a part in a result pixel, without blocks."""

# Strips keep memory small. Their blocks are worked on at once: small enough for a core's own cache, large
# enough for NumPy to be fast. All are whole numbers of the blocks whose means are held.
_STRIP_ROWS, _BLOCK_ROWS, _BLOCK_COLUMNS = 256, 64, 256
# Those of a picture that is thinner are longer, so that there are no more of them.
_STRIP_PX, _BLOCK_PX = _STRIP_ROWS * _BLOCK_COLUMNS, _BLOCK_ROWS * _BLOCK_COLUMNS


@dataclass(frozen=True)
class _Block:
    """A rectangle of the small picture."""

    top: int
    bottom: int
    left: int
    right: int


@dataclass(frozen=True, eq=False)
class _Drift:
    """What the network moved in some rows of the small picture.

    Attributes:
        top: The first of these rows.
        levels: float32 (3, rows, W), how much is missing of each pixel's mean.
        clips: bool, the same shape, where either picture is at an end of its range.
        lowest: (rows, W, 3) of the picture's dtype, how low the result may go.
        highest: The same, how high.
        flat: bool (rows, W), where the neighbourhood is of one colour.
    """

    top: int
    levels: np.ndarray
    clips: np.ndarray
    lowest: np.ndarray
    highest: np.ndarray
    flat: np.ndarray

    @property
    def bottom(self) -> int:
        return self.top + self.levels.shape[1]

    @classmethod
    def around(cls, top: int, bottom: int, small: np.ndarray, above: _Drift | None) -> tuple[_Drift, int]:
        """Room for a strip and what is around it, with what the last one knew, and the first unknown row."""
        height, width, _ = small.shape
        first, end = max(0, top - _DRIFT_REACH_PX), min(height, bottom + _DRIFT_REACH_PX)
        planes, pixels = (3, end - first, width), (end - first, width, 3)
        drift = cls(
            first,
            np.empty(planes, np.float32),
            np.empty(planes, bool),
            np.empty(pixels, small.dtype),
            np.empty(pixels, small.dtype),
            np.empty(pixels[:2], bool),
        )
        if above is None:
            return drift, first
        known, start = above.bottom - first, first - above.top
        for new, old in ((drift.levels, above.levels), (drift.clips, above.clips)):
            new[:, :known] = old[:, start:]
        for new, old in (
            (drift.lowest, above.lowest),
            (drift.highest, above.highest),
            (drift.flat, above.flat),
        ):
            new[:known] = old[start:]
        return drift, above.bottom

    def rows(self, block: _Block) -> tuple[slice, slice]:
        """Where a block is in the pixels."""
        return slice(block.top - self.top, block.bottom - self.top), slice(block.left, block.right)

    def limit(self, place: np.ndarray, scale: int, block: _Block) -> None:
        """Bring a block's rows of the result into the range around them, in place."""
        at = self.rows(block)
        limit_rows(place, self.lowest[at], self.highest[at], scale)


def hold_colours(
    small: np.ndarray, large: np.ndarray, *, blocks: np.ndarray | None, is_averaged: bool = False
) -> None:
    """Hold an enlarged picture to the colours of its small one, in place.

    - What is flat becomes exactly flat.
    - A channel goes no more than 4 levels of 8 bits beyond the range of the 5 x 5 small pixels around, where
      at least 5 of them have the end of that range; elsewhere no more than 1.5 times that range.
    - A drift of low frequency beyond 0.15 of a level is taken back, as far as neither picture clips nearby;
      of 16 bits only the small one counts.
    - The mean of each block of 8 x 8 small pixels comes to within a level of 8 bits, as far as its pixels can
      move.

    Args:
        small: uint8 or uint16 ``(H, W, 3)``.
        large: What a network made of it, the same dtype, ``(r * H, r * W, 3)`` with a whole factor r.
        blocks: What the means of blocks are held to: the small picture as it came, of the same shape. Blocks
            lie on a grid that begins at the picture's corner; with None a part of a picture is corrected as
            it would be anywhere else.
        is_averaged: Whether the small picture came of area averaging: then drift of every frequency is taken
            back.
    """
    height, width = small.shape[:2]
    scale = large.shape[0] // height
    edge = block_means.BLOCK_PX
    missing = np.empty((-(-height // edge), -(-width // edge), 3), np.float32)
    drift = None
    strip_rows = _longer(_STRIP_ROWS, _STRIP_PX, width)
    for top in range(0, height, strip_rows):
        bottom = min(height, top + strip_rows)
        # What is corrected by the drift around it, above and below, has to be measured before either changes.
        drift, known = _Drift.around(top, bottom, small, drift)
        run_all(partial(_measure, small, large, scale, drift), _blocks(known, drift.bottom, width))
        held_to = small if blocks is None else blocks
        correct = partial(_correct, small, held_to, large, scale, drift, missing, is_averaged)
        run_all(correct, _blocks(top, bottom, width))
    if blocks is not None:
        hold_means(small, large, missing)


def add_enlarged(small: np.ndarray, kept: np.ndarray, large: np.ndarray) -> None:
    """Add to a large picture, in place, what a conversion lost of its small one, enlarged bilinearly.

    Args:
        small: uint8 or uint16 ``(H, W, 3)``, before the conversion.
        kept: What was left of it, the same dtype and shape.
        large: The same dtype, ``(r * H, r * W, 3)``.
    """
    scale = large.shape[0] // small.shape[0]

    def add(block: _Block) -> None:
        around = _indices(block, 1, small.shape)
        lost = np.moveaxis(small[around].astype(np.float32) - kept[around], 2, 0)
        if lost.any():
            _add(_place(large, block, scale), lost, scale, np.float32(0))

    run_all(add, _blocks(0, *small.shape[:2]))


def _longer(least: int, pixels: int, other_side: int) -> int:
    """So long that there are enough pixels beside a short other side; a whole number of blocks of means."""
    return max(least, pixels // other_side // block_means.BLOCK_PX * block_means.BLOCK_PX)


def _blocks(top: int, bottom: int, width: int) -> list[_Block]:
    rows = _longer(_BLOCK_ROWS, _BLOCK_PX, width)
    columns = _longer(_BLOCK_COLUMNS, _BLOCK_PX, max(1, bottom - top))
    return [
        _Block(row, min(bottom, row + rows), column, min(width, column + columns))
        for row in range(top, bottom, rows)
        for column in range(0, width, columns)
    ]


def _measure(small: np.ndarray, large: np.ndarray, scale: int, drift: _Drift, block: _Block) -> None:
    """Limit a block's overshoot, and fill in its drift."""
    pixels = small[block.top : block.bottom, block.left : block.right]
    place = _place(large, block, scale)
    around = small[_indices(block, RANGE_REACH_PX, small.shape)]
    least, most = local_range(around)
    at = drift.rows(block)
    drift.lowest[at], drift.highest[at] = limits(around, least, most)
    drift.flat[at] = is_flat(least, most)
    drift.limit(place, scale, block)
    rows, columns = pixels.shape[:2]
    total = np.zeros((rows, place.shape[1]), np.uint16 if large.dtype == np.uint8 else np.uint32)
    # One more wraps the largest level to 0 and leaves 0 at 1: both ends, and nothing else, are at most 1.
    ends = np.full((rows, place.shape[1]), np.iinfo(large.dtype).max, large.dtype)
    for phase in range(scale):
        total += place[phase::scale]
        np.minimum(ends, place[phase::scale] + large.dtype.type(1), out=ends)
    total, ends = (rows_of.reshape(rows, columns * scale, 3) for rows_of in (total, ends))
    share = np.float32(1 / scale**2)
    for channel in range(3):
        level = pixels[..., channel]
        area = total[:, ::scale, channel].astype(np.uint32)
        end = np.minimum(ends[:, ::scale, channel], level + level.dtype.type(1))
        for phase in range(1, scale):
            area += total[:, phase::scale, channel]
            np.minimum(end, ends[:, phase::scale, channel], out=end)
        drift.levels[channel, *at] = level - area.astype(np.float32) * share
        # Networks bring the levels of 16 bits that lie below the first of 8 to 0: dark pictures, as a whole.
        drift.clips[channel, *at] = (end if level.dtype == np.uint8 else level + level.dtype.type(1)) <= 1


def _correct(
    small: np.ndarray,
    given: np.ndarray,
    large: np.ndarray,
    scale: int,
    drift: _Drift,
    missing: np.ndarray,
    is_averaged: bool,
    block: _Block,
) -> None:
    """Take back a block's drift, and note what is still missing of its means."""
    flat = drift.flat[drift.rows(block)]
    pixels = small[block.top : block.bottom, block.left : block.right]
    place = _place(large, block, scale)
    if not flat.all():
        reach = 1 if is_averaged else 1 + _BLUR_REACH_PX
        rows, columns = _indices(block, reach, small.shape)
        error = drift.levels[:, rows - drift.top, columns]
        if not is_averaged:
            rows, columns = _indices(block, reach + _CLIPPING_REACH_PX, small.shape)
            error[_widened(drift.clips[:, rows - drift.top, columns])] = 0
            for axis in (1, 2):
                error = _boxed(_boxed(error, axis), axis)
            error *= np.float32(1 / _BOX_PX**4)
        # What is left alone and what rounding drops change nothing: of 8 bits most blocks are done here.
        if max(-float(error.min()), float(error.max())) > _LEFT_ALONE + 0.5:
            _add(place, error, scale, _LEFT_ALONE)
            drift.limit(place, scale, block)
    if flat.any():
        wide = np.repeat(pixels, scale, axis=1).reshape(pixels.shape[0], -1)
        mask = np.repeat(flat, 3 * scale, axis=1)
        for phase in range(scale):
            np.copyto(place[phase::scale], wide, where=mask)
    at = tuple(
        slice(first // block_means.BLOCK_PX, -(-end // block_means.BLOCK_PX))
        for first, end in ((block.top, block.bottom), (block.left, block.right))
    )
    missing[at] = missing_of_means(given[block.top : block.bottom, block.left : block.right], place, scale)


def _add(place: np.ndarray, error: np.ndarray, scale: int, left_alone: np.float32) -> None:
    """Add an error (3, h + 2, w + 2), enlarged bilinearly, to the rows (r * h, r * w * 3) of a block."""
    rows, columns = error.shape[1] - 2, error.shape[2] - 2
    wide = np.empty((rows + 2, columns * scale, 3), np.float32)
    for channel in range(3):
        for phase in range(scale):
            wide[:, phase::scale, channel] = _between(error[channel].T, phase, scale).T
    wide = wide.reshape(rows + 2, -1)
    most = np.iinfo(place.dtype).max
    for phase in range(scale):
        change = _between(wide, phase, scale)
        change -= np.clip(change, -left_alone, left_alone)
        np.rint(change, out=change)
        change += place[phase::scale]
        place[phase::scale] = np.clip(change, 0, most, out=change)


def _between(rows: np.ndarray, phase: int, scale: int) -> np.ndarray:
    """Rows 1 to -1, moved to one of the places of the large rows, by bilinear interpolation."""
    offset = (phase + 0.5) / scale - 0.5
    beyond = rows[:-2] if offset < 0 else rows[2:]
    return rows[1:-1] * np.float32(1 - abs(offset)) + beyond * np.float32(abs(offset))


def _boxed(values: np.ndarray, axis: int) -> np.ndarray:
    """Sums of `_BOX_PX` neighbours along an axis of (3, h, w), which gets shorter by the rest of them."""
    count = values.shape[axis] - _BOX_PX + 1

    def moved(by: int) -> np.ndarray:
        return values[:, by : by + count] if axis == 1 else values[:, :, by : by + count]

    total = moved(0) + moved(1)
    for by in range(2, _BOX_PX):
        total += moved(by)
    return total


def _widened(mask: np.ndarray) -> np.ndarray:
    """Where a mask (3, h, w) holds within `_CLIPPING_REACH_PX` of a pixel; smaller by that on each side."""
    span = 2 * _CLIPPING_REACH_PX + 1
    rows, columns = mask.shape[1] - span + 1, mask.shape[2] - span + 1
    tall = np.logical_or.reduce([mask[:, by : by + rows] for by in range(span)])
    return np.logical_or.reduce([tall[:, :, by : by + columns] for by in range(span)])


def _indices(block: _Block, reach: int, shape: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray]:
    """Rows and columns of a block and of what is around it; beyond the picture its edge is repeated."""
    rows = np.arange(block.top - reach, block.bottom + reach).clip(0, shape[0] - 1)
    columns = np.arange(block.left - reach, block.right + reach).clip(0, shape[1] - 1)
    return rows[:, None], columns[None, :]


def _place(large: np.ndarray, block: _Block, scale: int) -> np.ndarray:
    """A block's part of the large picture as rows of interleaved channels; a view."""
    part = large[block.top * scale : block.bottom * scale, block.left * scale : block.right * scale]
    return part.reshape(part.shape[0], -1)
