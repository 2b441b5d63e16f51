"""Traces of an earlier JPEG in pixels: where its 8 x 8 grid lies, and the quality it was saved with.

A JPEG's coefficients are multiples of its steps. The discrete cosine transform of the decoded pixels, taken
on the same grid, still shows those combs, blurred by the rounding to whole pixels, and a table of the right
quality explains them better than none (Fan and de Queiroz, "Identification of Bitmap Compression History",
2003). A second save at a higher quality leaves the combs of the first, rounded to its own finer steps.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass

import numpy as np

from waifu4x_tf.inspection.jpeg_header import standard_tables
from waifu4x_tf.inspection.luma import Luma

# Low frequencies: the others are nearly all zero, which says nothing of the step.
_MODES = [(v, u) for v in range(6) for u in range(6) if 1 <= u + v <= 5]
# Standard deviation of a coefficient when its pixels are rounded to whole levels, in RGB after a change of
# colour space; the uniform error alone has 0.29.
_ROUNDING = 0.45
# The same where pixels were clipped too.
_CLIPPING = 2.5
# Coefficients nearer to zero fit every comb.
_LEAST = 1.5
_MOST = 160.0
_BINS_PER_UNIT = 4
# Share of coefficients that may lie anywhere, clipped pixels and overlays among them.
_STRAY = 0.05
# Blocks with unknown pixels are left out where at least one block in so many has none.
_LEAST_KNOWN = 16
# What a comb must gain per coefficient, in nats, and how many coefficients of how many modes must say so.
_LEAST_GAIN, _LEAST_COUNT, _LEAST_MODES = 0.12, 60, 6
# How much more that is than on grids half a block away; true ones lose there what they gain.
_LEAST_CONTRAST = 0.3
# What no wrong grid ever gains.
_PLAIN_GAIN = 0.5
_MOST_BLOCKS = 8192


@dataclass(frozen=True)
class FormerJpeg:
    """Traces of an earlier JPEG in the pixels.

    Attributes:
        quality: 1 to 100, as libjpeg counts it.
        phase: (row, column), each 0 to 7, of the first whole block's corner.
        gain: How much better its table explains the coefficients than none does, in nats per coefficient.
    """

    quality: int
    phase: tuple[int, int]
    gain: float


def former_jpeg(luma: Luma) -> FormerJpeg | None:
    """Finds the JPEG that a picture once was, if its pixels have not been resampled since.

    Of qualities above about 92 the steps are as small as the rounding of pixels, and few are found. A comb
    that other grids show as well is the picture's own: a gradient has few values, and they repeat.
    """
    found = []
    for phase in _likely_phases(luma.values):
        former = _best_quality(luma, phase)
        if former is None or former.gain - _gain_elsewhere(luma, former) < _LEAST_CONTRAST:
            continue
        if former.gain > _PLAIN_GAIN:
            return former
        found.append(former)
    return max(found, key=lambda each: each.gain, default=None)


def earlier_quality(luma: Luma, table: np.ndarray) -> int | None:
    """The quality of an earlier save of a JPEG on the same grid, coarser than its last one.

    Args:
        luma: Of the decoded JPEG.
        table: int (8, 8), the steps of its last save.
    """
    coefficients, _ = block_coefficients(luma, (0, 0))
    steps = standard_tables()
    gains, count = np.zeros(len(steps)), 0
    for mode in _MODES:
        levels = np.rint(np.abs(coefficients[:, *mode]) / table[mode]).astype(np.int64)
        histogram = np.bincount(np.minimum(levels, 255), minlength=256)[1:255].astype(np.float32)
        count += int(histogram.sum())
        gains += (_kept_gains(int(table[mode])) @ histogram)[steps[:, *mode]]
    best = int(gains.argmax())
    if count < _LEAST_COUNT or gains[best] < _LEAST_GAIN * count:
        return None
    return best + 1


def block_coefficients(luma: Luma, phase: tuple[int, int]) -> tuple[np.ndarray, float]:
    """The orthonormal discrete cosine transform of 8 x 8 blocks (T.81, A.3.3).

    Blocks with unknown pixels are left out, unless too few would be left.

    Args:
        luma: Of the picture.
        phase: (row, column) of the first block's corner.

    Returns:
        float32 (N, 8, 8) by vertical and horizontal frequency, N at most 8192, evenly spread; and the
        standard deviation that a coefficient has from the rounding and clipping of its pixels.
    """
    rows, columns = ((edge - start) // 8 for edge, start in zip(luma.values.shape, phase, strict=True))
    stride = max(1, -(-rows * columns // _MOST_BLOCKS))
    blocks, unknown = (
        plane[phase[0] : phase[0] + 8 * rows, phase[1] : phase[1] + 8 * columns]
        .reshape(rows, 8, columns, 8)
        .swapaxes(1, 2)
        .reshape(-1, 8, 8)[::stride]
        for plane in (luma.values, luma.unknown)
    )
    known = ~unknown.any(axis=(1, 2))
    is_enough = np.count_nonzero(known) * _LEAST_KNOWN >= len(blocks)
    basis = _cosines()
    return basis @ blocks[known if is_enough else ...] @ basis.T, _ROUNDING if is_enough else _CLIPPING


@functools.cache
def _cosines() -> np.ndarray:
    """float32 (8, 8): row k is the cosine of frequency k, of length one."""
    frequency, place = np.mgrid[:8, :8]
    basis = np.cos((2 * place + 1) * frequency * np.pi / 16) / 2
    basis[0] /= np.sqrt(2)
    return basis.astype(np.float32)


def _best_quality(luma: Luma, phase: tuple[int, int]) -> FormerJpeg | None:
    gains, counts = _gains(luma, phase)
    best = int(gains.argmax())
    count = counts.sum()
    is_enough = count >= _LEAST_COUNT and np.count_nonzero(counts) >= _LEAST_MODES
    if not is_enough or gains[best] < _LEAST_GAIN * count:
        return None
    return FormerJpeg(best + 1, phase, float(gains[best] / count))


def _gain_elsewhere(luma: Luma, former: FormerJpeg) -> float:
    """What the same table gains at most on grids half a block away."""
    row, column = former.phase
    gains = []
    for down, across in ((4, 0), (0, 4), (4, 4)):
        by_quality, counts = _gains(luma, ((row + down) % 8, (column + across) % 8))
        gains.append(float(by_quality[former.quality - 1] / max(1, counts.sum())))
    return max(gains)


def _gains(luma: Luma, phase: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    """Nats that the table of each quality gains on a grid, (100,), and the coefficients behind them by mode.

    Blocks that are alike count once: a gradient's rows say the same over and over.
    """
    coefficients, deviation = block_coefficients(luma, phase)
    coefficients = np.unique(np.stack([coefficients[:, *mode] for mode in _MODES], axis=1), axis=0)
    histograms = np.stack([_histogram(column) for column in coefficients.T], axis=1)
    by_step = _comb_gains(deviation) @ histograms
    steps = standard_tables()
    gains = np.sum([by_step[steps[:, *mode], index] for index, mode in enumerate(_MODES)], axis=0)
    return gains, histograms.sum(axis=0)


def _histogram(coefficients: np.ndarray) -> np.ndarray:
    size = np.abs(coefficients)
    size = size[(size > _LEAST) & (size < _MOST)]
    bins = np.rint(size * _BINS_PER_UNIT).astype(np.int64)
    return np.bincount(bins, minlength=int(_MOST * _BINS_PER_UNIT) + 1).astype(np.float32)


@functools.cache
def _comb_gains(deviation: float) -> np.ndarray:
    """How much likelier a coefficient is under a comb than under a smooth density.

    Args:
        deviation: Standard deviation around the comb's teeth.

    Returns:
        float32 (256, bins): nats by step and by size of the coefficient; row 0 is not used.
    """
    step = np.arange(256, dtype=np.float32)[:, None]
    step[0] = 1
    size = np.arange(int(_MOST * _BINS_PER_UNIT) + 1, dtype=np.float32) / _BINS_PER_UNIT
    offset = size - step * np.rint(size / step)
    density = np.zeros_like(offset)
    for neighbour in (-2, -1, 0, 1, 2):
        density += np.exp(-0.5 * ((offset + neighbour * step) / deviation) ** 2)
    density *= step / (deviation * np.sqrt(2 * np.pi))
    return np.log((1 - _STRAY) * density + _STRAY)


@functools.lru_cache(maxsize=64)
def _kept_gains(last_step: int) -> np.ndarray:
    """The same for coefficients that a later save rounded to multiples of its own step.

    Args:
        last_step: Of the later save.

    Returns:
        float32 (256, 254): nats by earlier step and by multiple of the later one, from 1.
    """
    earlier = np.arange(256, dtype=np.float32)[:, None]
    earlier[0] = 1
    size = last_step * np.arange(1, 255, dtype=np.float32)
    off = np.abs(size - earlier * np.rint(size / earlier))
    kept = (off <= last_step / 2 + 2 * _ROUNDING) & (np.rint(size / earlier) > 0)
    # What a smooth density would put there: as if all multiples up to some of the comb's teeth were alike.
    share = np.clip(kept.mean(axis=1, keepdims=True), 1e-3, 1)
    return np.log(np.where(kept, (1 - _STRAY) / share + _STRAY, _STRAY))


def _likely_phases(luma: np.ndarray) -> list[tuple[int, int]]:
    """The corner itself, then where steps between neighbouring pixels stand out from those beside them."""
    rows, columns = _likely_starts(luma), _likely_starts(luma.T)
    return list(dict.fromkeys([(0, 0), *((row, column) for row in rows for column in columns)]))


def _likely_starts(luma: np.ndarray) -> list[int]:
    """The two likeliest rows of a block's upper edge, 0 to 7."""
    if luma.shape[0] < 16:
        return [0]
    # A block's edge: a step unlike the mean of those beside it. Capped, so that lines do not count for more.
    step = np.diff(luma, axis=0)
    edge = np.minimum(np.abs(step[1:-1] - (step[:-2] + step[2:]) / 2), 3).mean(axis=1)
    strength = [edge[(start - 2) % 8 :: 8].mean() for start in range(8)]
    return [int(start) for start in np.argsort(strength)[:-3:-1]]
