"""Whether a picture was enlarged before: exactly by repeated pixels, or by interpolation, as spectra show."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from waifu4x_tf.imaging.picture import Frame

_LONGEST_WINDOW_PX, _SHORTEST_WINDOW_PX = 128, 32
# Rounding to whole levels adds noise of this power, and compression some more.
_NOISE = 1.5 / 12
# Of the edges' energy this share lies below the cut-off, which a drawing at its own size has near the end.
_SHARE = 0.9
_LEAST_FACTOR, _MOST_FACTOR = 1.4, 10.0
# By how much the cut-off alone overstates the factor, on average of bilinear, bicubic and Lanczos.
_OVERSTATED = 1.12
# How far a period must stand out from the usual height of the spectra, rows and columns together.
_LEAST_PROMINENCE = 8.0
# A JPEG's blocks have a period of their own; frequencies so near its multiples say nothing.
_BLOCK_PX, _BLOCK_MARGIN = 8, 0.004
_TRANSFORM_LENGTH = 8192
_MOST_STEP = 16
_STRIP_PX = 2**18


@dataclass(frozen=True)
class Enlargement:
    """An earlier enlargement.

    Attributes:
        factor: By how much.
        is_exact: Whether a period of that length confirms it; without, the picture has no finer detail than
            one enlarged about so much, and may just be soft.
        repeats_pixels: Whether every pixel was repeated, as for pixel art; ``factor`` is whole then.
    """

    factor: float
    is_exact: bool
    repeats_pixels: bool = False

    def __str__(self) -> str:
        """A few words such as "already enlarged by 2"."""
        if self.repeats_pixels:
            return f"pixel art, every pixel repeated {self.factor:g} times"
        if self.is_exact:
            return f"already enlarged by {self.factor:g}"
        return f"soft, as if enlarged by about {self.factor:g}"


def repeated_pixels(frame: Frame) -> int:
    """The whole factor by which every pixel is repeated both ways, exactly; 1 when none is.

    It divides both sides and every place where a row or a column differs from the one before it.
    """
    factor = 0
    for axis in (0, 1):
        edges = _changes(frame.rgb, axis)
        if frame.alpha is not None:
            edges = edges | _changes(frame.alpha, axis)
        places = np.flatnonzero(edges) + 1
        if not len(places):
            continue  # One colour along this axis: it says nothing.
        factor = math.gcd(factor, frame.rgb.shape[axis], *places.tolist())
        if factor == 1:
            break
    return max(factor, 1)


def find_enlargement(luma: np.ndarray, *, has_blocks: bool = False) -> Enlargement | None:
    """The enlargement by interpolation that a picture's spectrum shows; None when it has all its detail.

    An enlarged picture has next to nothing above the old Nyquist frequency. Where interpolated pixels lie
    between the old ones decides how much they differ from each other, which leaves a period as long as the
    factor (Gallagher, "Detection of Linear and Cubic Interpolation in JPEG Compressed Images", 2005).

    Args:
        luma: float32 (H, W), 0 to 255.
        has_blocks: Whether it is or was a JPEG, whose blocks hide a period of 2, 4 or 8 pixels.
    """
    cutoffs = [_cutoff(luma), _cutoff(luma.T)]
    known = [cutoff for cutoff in cutoffs if cutoff is not None]
    if not known:
        return None
    rough = 0.5 / max(known)
    if not _LEAST_FACTOR <= rough <= _MOST_FACTOR:
        return None
    factors = np.arange(max(1.2, rough / 1.6), 1.3 * rough, 0.01)
    frequency = np.minimum(1 / factors, 1 - 1 / factors)  # the second where a period is under two pixels
    prominence = _prominence(luma, frequency) + _prominence(luma.T, frequency)
    if has_blocks:
        off_grid = np.abs(_BLOCK_PX * frequency - np.rint(_BLOCK_PX * frequency)) / _BLOCK_PX
        prominence[off_grid < _BLOCK_MARGIN] = 0
    best = int(prominence.argmax())
    if prominence[best] >= _LEAST_PROMINENCE:
        return Enlargement(round(float(factors[best]), 2), True)
    return Enlargement(round(rough / _OVERSTATED, 1), False)


def _changes(pixels: np.ndarray, axis: int) -> np.ndarray:
    """Where a line differs from the one before it along the axis, bool (edge - 1)."""
    along = pixels if axis == 0 else pixels.swapaxes(0, 1)
    lines = max(1, _STRIP_PX // along[0].size)
    strips = [along[start : start + lines + 1] for start in range(0, len(along) - 1, lines)]
    changed = [(strip[1:] != strip[:-1]).reshape(len(strip) - 1, -1).any(axis=1) for strip in strips]
    return np.concatenate(changed) if changed else np.zeros(0, bool)


def _cutoff(luma: np.ndarray) -> float | None:
    """The frequency in cycles a pixel below which most of the energy of a row's edges lies."""
    window = min(_LONGEST_WINDOW_PX, 2 ** int(math.log2(max(1, luma.shape[1] - 1))))
    if window < _SHORTEST_WINDOW_PX:
        return None
    weights = np.hanning(window).astype(np.float32)
    steps = np.diff(luma, axis=1)
    power = np.zeros(window // 2 + 1)
    windows = np.lib.stride_tricks.sliding_window_view(steps, window, axis=1)[:, :: window // 2]
    # Few rows have many windows: as many at once as make up for that.
    together = max(1, _STRIP_PX // (len(luma) * window))
    for first in range(0, windows.shape[1], together):
        spectra = np.fft.rfft(windows[:, first : first + together] * weights, axis=2)
        power += np.square(np.abs(spectra)).sum(axis=(0, 1))
    count = windows.shape[0] * windows.shape[1]
    frequency = np.arange(1, len(power)) / window
    # Of the pixels themselves, which the difference has weighted; without the noise of rounding.
    own = power[1:] / count / (2 * np.sin(np.pi * frequency)) ** 2 - _NOISE * np.square(weights).sum()
    edges = own.clip(0) * frequency**2
    if not edges.sum():
        return None
    return float(frequency[np.searchsorted(edges.cumsum(), _SHARE * edges.sum())])


def _prominence(luma: np.ndarray, frequency: np.ndarray) -> np.ndarray:
    """How much these frequencies stand out in the mean step from column to column."""
    steps = np.minimum(np.abs(np.diff(luma, axis=1)), _MOST_STEP).mean(axis=0)
    around = np.convolve(np.pad(steps, 8, mode="edge"), np.full(17, 1 / 17), "valid")
    length = max(_TRANSFORM_LENGTH, len(steps))
    spectrum = np.abs(np.fft.rfft((steps - around) * np.hanning(len(steps)), length))
    usual = float(np.median(spectrum[length // 10 :]))
    return spectrum[np.rint(frequency * length).astype(int)] / max(usual, 1e-6)
