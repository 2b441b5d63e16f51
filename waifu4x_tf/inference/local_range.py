"""What range the colours around a small pixel have, and by how much a result may overshoot it.

Natural overshoot is the network's merit: a line finer than a pixel is darker than any pixel that shows it.
But where several pixels have the very end of the range, that is a field, or a line of pixel art, and what
goes beyond is a halo; and nothing that pixels show faintly is many times as strong between them.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

REACH_PX = 2
"""A neighbourhood is 5 x 5 small pixels."""
_SPAN = 2 * REACH_PX + 1
# Of 25: as many as a line one pixel wide has. With less, lines finer than pixels lose contrast.
_FIELD_PX = 5
_OVERSHOOT_LEVELS = 4


def local_range(around: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The least and the largest value of each neighbourhood, each channel by itself.

    Args:
        around: uint8 or uint16 (h + 4, w + 4, ..., 3), pixels with what lies within `REACH_PX`.

    Returns:
        Both (h, w, ..., 3).
    """
    return _over_neighbours(np.minimum, around), _over_neighbours(np.maximum, around)


def limits(around: np.ndarray, least: np.ndarray, most: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """How low and how high the result may go: 4 levels beyond the range where a field has its end.

    Elsewhere by 1.5 times the range: a line keeps its contrast, and faint grain gets no dots.

    Args:
        around: As of `local_range`.
        least: What that gave.
        most: The same.
    """
    end = np.iinfo(around.dtype).max
    margin = around.dtype.type(_OVERSHOOT_LEVELS * (end // 255))
    span = most - least
    # 1.5 times the span, which does not fit the type where it is a large one.
    free = np.maximum(np.minimum(span, end - span // 2) + span // 2, margin)
    below, above = (np.where(_count(around, ends) < _FIELD_PX, free, margin) for ends in (least, most))
    return np.maximum(least, below) - below, np.minimum(most, end - above) + above


def is_flat(least: np.ndarray, most: np.ndarray) -> np.ndarray:
    """Where a neighbourhood is all of one colour, (h, w, ...)."""
    same = least == most
    return same[..., 0] & same[..., 1] & same[..., 2]


def limit_rows(place: np.ndarray, lowest: np.ndarray, highest: np.ndarray, scale: int) -> None:
    """Bring a result to between its limits, in place.

    Args:
        place: Its rows (r * h, r * w * 3).
        lowest: Of its small pixels, (h, w, 3).
        highest: The same.
        scale: r.
    """
    end = np.iinfo(place.dtype).max
    for bound, limit, free in ((lowest, np.maximum, 0), (highest, np.minimum, end)):
        if (bound == free).all():
            continue
        wide = np.repeat(bound, scale, axis=1).reshape(bound.shape[0], -1)
        for phase in range(scale):
            limit(place[phase::scale], wide, out=place[phase::scale])


def _over_neighbours(extreme: np.ufunc, around: np.ndarray) -> np.ndarray:
    rows, columns = (edge - _SPAN + 1 for edge in around.shape[:2])
    line = _reduced(extreme, [around[by : by + rows] for by in range(_SPAN)])
    return _reduced(extreme, [line[:, by : by + columns] for by in range(_SPAN)])


def _reduced(extreme: np.ufunc, arrays: Sequence[np.ndarray]) -> np.ndarray:
    found = extreme(arrays[0], arrays[1])
    for each in arrays[2:]:
        extreme(found, each, out=found)
    return found


def _count(around: np.ndarray, value: np.ndarray) -> np.ndarray:
    """How many of the neighbours have this value."""
    rows, columns = value.shape[:2]
    count, equal = np.zeros(value.shape, np.uint8), np.empty(value.shape, bool)
    for down in range(_SPAN):
        for across in range(_SPAN):
            np.equal(around[down : down + rows, across : across + columns], value, out=equal)
            count += equal.view(np.uint8)
    return count
