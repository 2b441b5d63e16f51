"""At most 255 colours for all frames of an animation, chosen once, so that equal pixels stay equal in time.

There is no dithering: its grains would crawl wherever something moves, and drawings are made of flat areas.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

# Above that many, colours are counted by the upper six bits of each channel: 262144 means at most.
_MOST_DISTINCT = 2**16
# A flat area that covers one part in so many keeps its very colour; so white stays white.
_FLAT_SHARE = 400
_NEAR_FLAT = 3
_CHUNK = 2**14


class Palette:
    """Colours, and which of them is nearest to any other.

    Args:
        colours: uint8 (N, 3), N from 1 to 255.
    """

    def __init__(self, colours: np.ndarray) -> None:
        self.colours = colours
        self._nearest = np.zeros(2**24, np.uint8)
        self._is_known = np.zeros(2**24, bool)

    @classmethod
    def of(cls, pixels: Iterable[np.ndarray], most: int = 255) -> Palette:
        """The palette of all these pixels: exact where they have at most so many colours.

        Colours of large flat areas are kept as they are. The others are cut into boxes, each time by the cut
        that lowers the squared error most (after Wu, "Color Quantization by Dynamic Programming and
        Principal Analysis", 1992), and stand for their mean.

        Args:
            pixels: uint8 (N, 3) arrays, each as many pixels as it is to count.
            most: Number of colours.
        """
        codes, counts = _counted(pixels)
        if len(codes) <= most:
            return cls(_unpacked(codes if len(codes) else np.zeros(1, np.uint32)))
        order = np.argsort(-counts, kind="stable")
        is_flat = counts[order][: most // 2] * _FLAT_SHARE >= counts.sum()
        flat = _unpacked(codes[order[: most // 2][is_flat]])
        colours, weights = _binned(_unpacked(codes), counts)
        if len(flat):
            distance = np.full(len(colours), 255.0, np.float32)
            for colour in flat:
                np.minimum(distance, np.abs(colours - colour).max(axis=1), out=distance)
            colours, weights = colours[distance > _NEAR_FLAT], weights[distance > _NEAR_FLAT]
        means = _means_of_boxes(colours, weights, most - len(flat))
        return cls(np.unique(np.concatenate((flat, means)), axis=0))

    def indices(self, rgb: np.ndarray) -> np.ndarray:
        """uint8 (H, W): the nearest colour of each pixel of uint8 (H, W, 3)."""
        codes = _packed(rgb)
        unknown = np.unique(codes[~self._is_known[codes]])
        for start in range(0, len(unknown), _CHUNK):
            part = unknown[start : start + _CHUNK]
            self._nearest[part] = self._search(_unpacked(part))
        self._is_known[unknown] = True
        return self._nearest[codes]

    def _search(self, colours: np.ndarray) -> np.ndarray:
        # |a - b|^2 without |a|^2, which does not change the order; whole numbers that float32 holds.
        own = self.colours.astype(np.float32)
        return np.argmin((own**2).sum(axis=1) - 2 * colours.astype(np.float32) @ own.T, axis=1)


def _counted(pixels: Iterable[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """uint32 (N,) packed colours, all different, and how many pixels have each."""
    codes, counts = np.zeros(0, np.uint32), np.zeros(0, np.int64)
    for part in pixels:
        more, times = np.unique(_packed(part), return_counts=True)
        codes, places = np.unique(np.concatenate((codes, more)), return_inverse=True)
        counts = np.bincount(places, np.concatenate((counts, times)), len(codes)).astype(np.int64)
    return codes, counts


def _binned(colours: np.ndarray, counts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """float32 (N, 3) colours and their weights: as they are, or means when they are too many."""
    if len(colours) <= _MOST_DISTINCT:
        return colours.astype(np.float32), counts.astype(np.float64)
    _, places = np.unique(_packed(colours >> 2), return_inverse=True)
    weights = np.bincount(places, counts)
    sums = [np.bincount(places, counts * colours[:, channel]) for channel in range(3)]
    return (np.stack(sums, axis=1) / weights[:, None]).astype(np.float32), weights


def _means_of_boxes(colours: np.ndarray, weights: np.ndarray, count: int) -> np.ndarray:
    """uint8 (at most count, 3)."""
    if not len(colours):
        return np.zeros((0, 3), np.uint8)
    boxes = [np.arange(len(colours))]
    cuts = [_best_cut(colours, weights)]
    while len(boxes) < count:
        worst = max(range(len(boxes)), key=lambda number: cuts[number][0])
        gain, low, high = cuts[worst]
        if gain <= 0:
            break
        box = boxes[worst]
        boxes[worst], second = box[low], box[high]
        boxes.append(second)
        cuts[worst] = _best_cut(colours[boxes[worst]], weights[boxes[worst]])
        cuts.append(_best_cut(colours[second], weights[second]))
    means = [np.average(colours[box], axis=0, weights=weights[box]) for box in boxes]
    return np.rint(means).astype(np.uint8)


def _best_cut(colours: np.ndarray, weights: np.ndarray) -> tuple[float, np.ndarray, np.ndarray]:
    """How much the squared error falls by the best cut across one channel, and the two sides' places."""
    best = 0.0, np.zeros(0, int), np.zeros(0, int)
    if len(colours) < 2:
        return best
    weighted = colours * weights[:, None]
    total, total_weight = weighted.sum(axis=0), weights.sum()
    for channel in range(3):
        order = np.argsort(colours[:, channel], kind="stable")
        below = np.cumsum(weighted[order], axis=0)[:-1]
        weight = np.cumsum(weights[order])[:-1]
        gains = (below**2).sum(axis=1) / weight + ((total - below) ** 2).sum(axis=1) / (total_weight - weight)
        place = int(np.argmax(gains))
        gain = float(gains[place] - (total**2).sum() / total_weight)
        if gain > best[0]:
            best = gain, order[: place + 1], order[place + 1 :]
    return best


def _packed(rgb: np.ndarray) -> np.ndarray:
    """uint32 (...): red, green and blue of uint8 (..., 3) in one number."""
    red, green, blue = (rgb[..., channel].astype(np.uint32) for channel in range(3))
    return red << 16 | green << 8 | blue


def _unpacked(codes: np.ndarray) -> np.ndarray:
    """uint8 (N, 3)."""
    return np.stack([codes >> shift & 255 for shift in (16, 8, 0)], axis=1).astype(np.uint8)
