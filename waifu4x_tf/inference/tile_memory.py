"""What animations save: parts of a frame that an earlier frame had are copied, never enlarged again.

An output pixel depends on the input pixels within the network's receptive radius and on nothing else, and
tiled equals whole bit for bit. So a copied pixel is the very one that the network would give, and only
rectangles around what changed, grown by the radius, have to be run.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict, deque
from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass

import numpy as np

from waifu4x_tf.imaging.frame_differences import differing
from waifu4x_tf.inference.tiling import Tile, TilePlan

# Rectangles begin and end at multiples of this, so that a mouth that opens again gives the same tile again.
_CELL_PX = 8
# Colours and alpha of the last few frames: a blinking eye looks like the frame before the one before.
_MOST_PICTURES = 6
_MOST_BYTES = 2**27


@dataclass(frozen=True)
class _Known:
    kind: Hashable
    small: np.ndarray
    large: np.ndarray


class TileMemory:
    """The last enlarged pictures, and the cores of the last tiles by the bytes that made them.

    The arrays that it is given are kept, not copied; nobody may change them afterwards.
    """

    def __init__(self) -> None:
        self._pictures: deque[_Known] = deque()
        self._cores: OrderedDict[bytes, np.ndarray] = OrderedDict()
        self._core_bytes = 0

    def most_alike(self, small: np.ndarray, kind: Hashable) -> tuple[np.ndarray, np.ndarray] | None:
        """Where a picture differs from the most similar one that was kept, and that one's enlargement.

        Args:
            small: (H, W, 3), about to be enlarged.
            kind: How; only what was enlarged in the same way is looked at.

        Returns:
            bool (H, W) and (r * H, r * W, 3); None when there is nothing to compare with.
        """
        alike = [
            (differing(known.small, small), known.large)
            for known in self._pictures
            if (known.kind, known.small.shape, known.small.dtype) == (kind, small.shape, small.dtype)
        ]
        return min(alike, key=lambda pair: np.count_nonzero(pair[0])) if alike else None

    def keep(self, small: np.ndarray, large: np.ndarray, kind: Hashable) -> None:
        """Remember an enlarged picture, and forget the oldest ones beyond the bounds."""
        self._pictures.append(_Known(kind, small, large))
        # Two at least: alpha must not push out the colours it belongs to.
        while len(self._pictures) > 2 and (
            len(self._pictures) > _MOST_PICTURES
            or sum(known.large.nbytes for known in self._pictures) > _MOST_BYTES
        ):
            self._pictures.popleft()

    def core(self, tile: np.ndarray, kind: Hashable, run: Callable[[], np.ndarray]) -> np.ndarray:
        """What ``run`` gives for a tile, from memory when these very bytes were run before."""
        key = hashlib.blake2b(tile.data, digest_size=20, person=b"tile").digest()
        key += repr((tile.shape, tile.dtype.str, kind)).encode()
        if key in self._cores:
            self._cores.move_to_end(key)
            return self._cores[key]
        core = np.ascontiguousarray(run())  # not a view into the tile with its context
        self._cores[key] = core
        self._core_bytes += core.nbytes
        while self._core_bytes > _MOST_BYTES and len(self._cores) > 1:
            _, oldest = self._cores.popitem(last=False)
            self._core_bytes -= oldest.nbytes
        return core


def tiles_to_run(changed: np.ndarray, plan: TilePlan, *, tile_px: int, has_fixed_size: bool) -> list[Tile]:
    """The tiles that make all of a picture right again, where only a part of it has changed.

    Args:
        changed: bool (H, W), which input pixels changed.
        plan: How the whole picture is cut.
        tile_px: Largest edge of a core; 0 is without limit.
        has_fixed_size: The network takes tiles of the plan's size only.

    Returns:
        As few pixels as possible, context included, and never more than the plan itself would run.
    """
    cells = _grown_cells(changed, plan.radius)
    if has_fixed_size:
        return [
            tile
            for tile in plan.tiles()
            if cells[_cells_of(tile.top, tile.height), _cells_of(tile.left, tile.width)].any()
        ]
    tiles = [
        part
        for rows, columns in _boxes(cells, -(-2 * plan.radius // _CELL_PX))
        for part in _cut_up(_pixels(rows, plan.height), _pixels(columns, plan.width), tile_px)
    ]
    context = 2 * plan.radius
    cost = sum((tile.height + context) * (tile.width + context) for tile in tiles)
    whole = plan.tile_count * (plan.core_height + context) * (plan.core_width + context)
    return tiles if cost < whole else list(plan.tiles())


def _grown_cells(changed: np.ndarray, radius: int) -> np.ndarray:
    """The cells, bool (rows, columns), that hold a pixel within the radius of a changed one."""
    for axis in (0, 1):
        changed = _cells_near(changed, radius, axis)
    return changed


def _cells_near(changed: np.ndarray, radius: int, axis: int) -> np.ndarray:
    changed = np.moveaxis(changed, axis, 0)
    length = changed.shape[0]
    starts = np.arange(0, length, _CELL_PX)
    # How many changed pixels come before each row; a cell is near where that number grows around it.
    before = np.zeros((length + 1, changed.shape[1]), np.int32)
    np.cumsum(changed, axis=0, out=before[1:])
    first = np.maximum(starts - radius, 0)
    end = np.minimum(starts + _CELL_PX + radius, length)
    return np.moveaxis(before[end] > before[first], 0, axis)


def _boxes(cells: np.ndarray, least_gap: int) -> Iterator[tuple[range, range]]:
    """Rectangles around all true cells, cut apart where a gap spares more than the context costs."""
    rows, columns = range(cells.shape[0]), range(cells.shape[1])
    row_runs = _runs(np.asarray(cells.any(axis=1)), least_gap)
    column_runs = _runs(np.asarray(cells.any(axis=0)), least_gap)
    if [row_runs, column_runs] == [[rows], [columns]]:
        yield rows, columns
        return
    for row_run in row_runs:
        for column_run in column_runs:
            part = cells[row_run.start : row_run.stop, column_run.start : column_run.stop]
            for inner_rows, inner_columns in _boxes(part, least_gap):
                yield (
                    row_run[inner_rows.start : inner_rows.stop],
                    column_run[inner_columns.start : inner_columns.stop],
                )


def _runs(is_true: np.ndarray, least_gap: int) -> list[range]:
    """Where a line is true, with gaps that are too short closed."""
    places = np.flatnonzero(is_true)
    if not len(places):
        return []
    breaks = np.flatnonzero(np.diff(places) > least_gap)
    first = places[np.concatenate(([0], breaks + 1))]
    last = places[np.concatenate((breaks, [len(places) - 1]))]
    return [range(int(a), int(b) + 1) for a, b in zip(first, last, strict=True)]


def _cells_of(start: int, length: int) -> slice:
    return slice(start // _CELL_PX, -(-(start + length) // _CELL_PX))


def _pixels(cells: range, edge: int) -> range:
    return range(cells.start * _CELL_PX, min(edge, cells.stop * _CELL_PX))


def _cut_up(rows: range, columns: range, tile_px: int) -> Iterator[Tile]:
    """A rectangle as tiles whose cores have no edge above the limit."""
    step = tile_px or max(len(rows), len(columns))
    for top in rows[::step]:
        for left in columns[::step]:
            yield Tile(top, left, min(step, rows.stop - top), min(step, columns.stop - left))
