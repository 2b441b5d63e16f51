"""The means of blocks of 8 x 8 small pixels, held by those of their large pixels that can still move.

In a checker of black and white, half of the pixels have no room where it is needed, and what blurs evenly
over all of them is lost. Here the error of a block is spread over the rest of it: first over what lies
between light and dark, so that lines and dots get thicker or thinner, and black and white stay themselves.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from waifu4x_tf.inference.local_range import REACH_PX, is_flat, local_range
from waifu4x_tf.inference.parallel import run_all

BLOCK_PX = 8
"""Edge of a block in small pixels; what is left over at the right and the bottom is a block as well."""
# In levels of 8 bits: from where on a mean is moved, and how far off it is left. A kernel that reaches over a
# block's edges moves the mean of a true one by as much.
_LEFT_ALONE, _LEFT = np.float32(0.9), np.float32(0.5)
_ROUNDS = 5
# By how much the ends of the local range move, where what lies in the middle of it moves by 1.
_ENDS_MOVE = np.float32(0.2)
# A block with no room at all is given up; this keeps the division finite.
_LEAST_SHARE = np.float32(0.02)
# Blocks that are worked on at once: small enough for a core's own cache.
_GROUP = 24


def sum_blocks(rows: np.ndarray, edge: int) -> np.ndarray:
    """Sums over blocks of rows (h, w * 3) of interleaved channels, float64 (blocks down, across, 3)."""
    total = np.zeros((-(-rows.shape[0] // edge), rows.shape[1]), np.uint32)
    for phase in range(min(edge, rows.shape[0])):
        part = rows[phase::edge]
        total[: part.shape[0]] += part
    pixels = total.reshape(total.shape[0], -1, 3)
    return np.add.reduceat(pixels, np.arange(0, pixels.shape[1], edge), axis=1, dtype=np.float64)


def missing_of_means(pixels: np.ndarray, place: np.ndarray, scale: int) -> np.ndarray:
    """What is missing of the means of blocks, in levels of 8 bits, float32 (blocks down, across, 3).

    Args:
        pixels: Of the small picture (h, w, 3), from the corner of a block on.
        place: The rows of their result, (r * h, r * w * 3).
        scale: r.
    """
    small = sum_blocks(pixels.reshape(pixels.shape[0], -1), BLOCK_PX)
    large = sum_blocks(place, BLOCK_PX * scale)
    rows, columns = (np.minimum(BLOCK_PX, edge - np.arange(0, edge, BLOCK_PX)) for edge in pixels.shape[:2])
    count = (rows[:, None] * columns)[..., None] * (np.iinfo(pixels.dtype).max // 255)
    return ((small - large / scale**2) / count).astype(np.float32)


def hold_means(small: np.ndarray, large: np.ndarray, missing: np.ndarray) -> None:
    """Bring the means of blocks to within a level of 8 bits, in place, as far as pixels can move.

    What a block misses is interpolated between the centres of blocks, so that nothing of them shows. What a
    round had no room for is left to the next one.

    Args:
        small: uint8 or uint16 (H, W, 3).
        large: Its result, the same dtype, (r * H, r * W, 3).
        missing: Of every block, as `missing_of_means` gives it; changed to what is missing in the end.
    """
    for _ in range(_ROUNDS):
        wanted = missing - np.clip(missing, -_LEFT, _LEFT)
        wanted[np.abs(missing) <= _LEFT_ALONE] = 0
        if not wanted.any():
            return
        field = np.zeros_like(wanted)

        def weigh(group: _Group, wanted: np.ndarray = wanted, field: np.ndarray = field) -> None:
            field[group.at] = wanted[group.at] / np.maximum(group.share(wanted[group.at] > 0), _LEAST_SHARE)

        run_all(weigh, list(_groups(small, large, np.logical_or.reduce(wanted != 0, axis=2))))
        # What the interpolation takes from a block for its neighbours is put back.
        field += field - _interpolated(field)
        around = np.pad(field, ((1, 1), (1, 1), (0, 0)), mode="edge")

        def move(group: _Group, around: np.ndarray = around) -> None:
            missing[group.at] -= group.moved(around)

        run_all(move, list(_groups(small, large, _reached(around))))


def _interpolated(field: np.ndarray) -> np.ndarray:
    """The means over blocks of what is interpolated bilinearly between their centres."""
    for axis in (0, 1):
        around = np.pad(field, [(1, 1) if each == axis else (0, 0) for each in range(3)], mode="edge")
        before, after = (np.take(around, range(by, by + field.shape[axis]), axis) for by in (0, 2))
        field = np.float32(0.75) * field + np.float32(0.125) * (before + after)
    return field


def _reached(around: np.ndarray) -> np.ndarray:
    """Which blocks a padded field moves by enough to survive rounding to 8 bits."""
    strong: np.ndarray = np.logical_or.reduce(np.abs(around) > 0.5, axis=2)
    tall: np.ndarray = strong[:-2] | strong[1:-1] | strong[2:]
    return tall[:, :-2] | tall[:, 1:-1] | tall[:, 2:]


def _groups(small: np.ndarray, large: np.ndarray, chosen: np.ndarray) -> Iterator[_Group]:
    """The chosen blocks, in groups of one size."""
    scale = large.shape[0] // small.shape[0]
    for top, bottom in _parts(small.shape[0]):
        for left, right in _parts(small.shape[1]):
            size = min(BLOCK_PX, bottom - top), min(BLOCK_PX, right - left)
            part = large[top * scale : bottom * scale, left * scale : right * scale]
            # A view: rows of whole pixels are contiguous.
            blocks = part.reshape(
                (bottom - top) // size[0], size[0] * scale, (right - left) // size[1], size[1] * scale * 3
            )
            first, before = top // BLOCK_PX, left // BLOCK_PX
            inside = chosen[first : first + blocks.shape[0], before : before + blocks.shape[2]]
            rows, columns = np.nonzero(inside)
            for start in range(0, len(rows), _GROUP):
                some = slice(start, start + _GROUP)
                yield _Group(small, blocks, rows[some], columns[some], first, before, size, scale)


def _parts(length: int) -> list[tuple[int, int]]:
    """Where the blocks are whole, and the one that is not."""
    whole = length // BLOCK_PX * BLOCK_PX
    return [(start, end) for start, end in ((0, whole), (whole, length)) if end > start]


@dataclass(frozen=True, eq=False)
class _Group:
    """Some blocks of one size.

    Attributes:
        small: The small picture.
        blocks: The result, (blocks down, r * h, blocks across, r * w * 3); a view.
        rows: Which of these, n indices.
        columns: The same.
        first: What has to be added to the rows to count from the picture's top.
        before: The same, from its left.
        size: (h, w) of a block in small pixels.
        scale: r.
    """

    small: np.ndarray
    blocks: np.ndarray
    rows: np.ndarray
    columns: np.ndarray
    first: int
    before: int
    size: tuple[int, int]
    scale: int

    @property
    def at(self) -> tuple[np.ndarray, np.ndarray]:
        """Where these blocks are in an array of all of them."""
        return self.rows + self.first, self.columns + self.before

    @property
    def unit(self) -> int:
        """A level of 8 bits."""
        return np.iinfo(self.small.dtype).max // 255

    def share(self, upwards: np.ndarray) -> np.ndarray:
        """How much the means of blocks move, (n, 3), where a field of 1 moves those pixels that can.

        Args:
            upwards: bool (n, 3), in which direction.
        """
        pixels = self._pixels()
        weights, least, most = self._weights(pixels)
        upwards = np.tile(upwards, self.size[1] * self.scale)[:, None, None]
        weights *= np.where(upwards, pixels < most, pixels > least)
        return self._sums(weights, np.float32) / np.float32(weights[0].size // 3)

    def moved(self, around: np.ndarray) -> np.ndarray:
        """Move the pixels by a padded field, (blocks + 2, blocks + 2, 3); how much the means move, (n, 3)."""
        pixels = self._pixels()
        change, least, most = self._weights(pixels)
        change *= self._field(around)
        change *= np.float32(self.unit)
        np.rint(change, out=change)
        change += pixels
        # What lies beyond the range around it may stay there, but goes no farther.
        np.maximum(change, np.minimum(pixels, least), out=change)
        np.minimum(change, np.maximum(pixels, most), out=change)
        moved = change.astype(pixels.dtype)
        self.blocks[self.rows, :, self.columns] = moved.reshape(len(self.rows), -1, self.blocks.shape[3])
        before, after = (self._sums(each, np.uint32).astype(np.float64) for each in (pixels, moved))
        return (after - before) / (self.scale**2 * self.size[0] * self.size[1] * self.unit)

    def _pixels(self) -> np.ndarray:
        """(n, h, r, r * w * 3), of the result's dtype."""
        chosen = self.blocks[self.rows, :, self.columns]
        return chosen.reshape(len(self.rows), self.size[0], self.scale, -1)

    def _places(self, reach: int = 0) -> tuple[np.ndarray, np.ndarray]:
        """Rows (n, h + 2 * reach) and columns of the small picture; beyond it its edge is repeated."""
        found = []
        for index, edge, length in zip(self.at, self.size, self.small.shape[:2], strict=True):
            place = (index * BLOCK_PX)[:, None] + np.arange(-reach, edge + reach)
            found.append(np.minimum(np.maximum(place, 0), length - 1))
        return found[0], found[1]

    def _wide(self, values: np.ndarray) -> np.ndarray:
        """Values of small pixels (h, w, n, 3) for `_pixels`."""
        values = values.transpose(2, 0, 1, 3)
        return np.repeat(values, self.scale, axis=2).reshape(*values.shape[:2], 1, -1)

    def _weights(self, pixels: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """How much each pixel moves with a field of 1, and between what: most, halfway between them."""
        down, across = self._places(REACH_PX)
        # The blocks side by side, not one after the other, make long lines for NumPy.
        least, most = local_range(self.small[down.T[:, None], across.T])
        ends = np.full(least.shape, _ENDS_MOVE)
        ends[is_flat(least, most)] = 0
        steepness = 4 / np.maximum(most.astype(np.float32) - least, 1) ** 2
        least, most = (self._wide(each) for each in (least, most))
        weights = pixels - least.astype(np.float32)
        weights *= most.astype(np.float32) - pixels
        weights *= self._wide(steepness)
        return np.maximum(weights, self._wide(ends), out=weights), least, most

    def _field(self, around: np.ndarray) -> np.ndarray:
        """A padded field, interpolated for `_pixels`."""
        down, across = self.at
        nodes = around[down[:, None, None] + np.arange(3)[:, None], across[:, None, None] + np.arange(3)]
        # Across first, while it is little; then down, in whole lines.
        lines = self._between(nodes.transpose(0, 2, 1, 3), self.size[1]).transpose(0, 2, 1, 3)
        field = self._between(lines.reshape(len(down), 3, -1), self.size[0])
        return field.reshape(len(down), self.size[0], self.scale, -1)

    def _between(self, nodes: np.ndarray, edge: int) -> np.ndarray:
        """Interpolate linearly between three nodes (n, 3, ...), at the large pixels of the middle one."""
        places = ((np.arange(edge * self.scale) + 0.5) / (BLOCK_PX * self.scale) - 0.5).astype(np.float32)
        found = np.empty((len(nodes), len(places), *nodes.shape[2:]), np.float32)
        half = np.count_nonzero(places < 0)
        for node, some in ((0, slice(0, half)), (2, slice(half, None))):
            step = nodes[:, [node]] - nodes[:, [1]]
            share = np.abs(places[some]).reshape(1, -1, *(1,) * (nodes.ndim - 2))
            np.multiply(step, share, out=found[:, some])
            found[:, some] += nodes[:, [1]]
        return found

    def _sums(self, values: np.ndarray, dtype: type) -> np.ndarray:
        """Sums of (n, h, r, r * w * 3) over the pixels of each block, (n, 3)."""
        lines = np.add.reduce(values.reshape(len(values), -1, values.shape[3]), axis=1, dtype=dtype)
        return lines.reshape(len(values), -1, 3).sum(axis=1, dtype=dtype)
