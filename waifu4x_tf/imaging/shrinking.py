"""A picture made smaller: how every size that is no power of a network's factor is reached.

Pillow's box filter takes whole pixels only: shrinking by 2.5 it averages now two, now three of them, and a
screentone turns into moire. Here every pixel counts by what it really covers.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from waifu4x_tf.errors import UsageError
from waifu4x_tf.imaging.picture import Frame, Picture

Kernel = Literal["area", "cosine"]

# (left, top, width, height) of a part of a picture, in its pixels.
Box = tuple[int, int, int, int]

# Float pixels of the large picture that are held at once.
_STRIP_PX = 2**19


def shrink(
    picture: Picture, size: tuple[int, int], *, kernel: Kernel = "area", box: Box | None = None
) -> Picture:
    """Bring a picture down to a size.

    Both kernels have no negative weights: flat areas stay exact, and nothing rings.

    - ``area``: the mean of what a pixel of the result covers, fractions of pixels included; for what a
      network has enlarged. The sharper one, and at whole factors the plain mean.
    - ``cosine``: a raised cosine (Hann window) twice as wide; for a picture as it came. A pattern as fine as
      the result's pixels, such as the screentone of a page, becomes an even grey, where the mean of areas
      leaves a faint beat.

    Colours are weighted by their alpha, so what lies under transparent pixels never tints an edge. An alpha
    of only its least and largest value comes out so. All else of the picture is carried over.

    Args:
        picture: The picture, of 8 or 16 bits.
        size: (height, width) of the result, each from 1 to that of the box.
        kernel: The weights.
        box: The part of it that becomes the result; None is all. What lies beside the part counts at its
            edges where the kernel reaches that far.

    Returns:
        The smaller picture, or the same one when it has that size already.

    Raises:
        UsageError: The size is not within that of the box.

    Example:
        >>> picture = waifu4x_tf.Picture.from_array(np.array([[10, 20], [30, 40]], np.uint8))
        >>> shrink(picture, (1, 1)).to_array().tolist()
        [[25]]
    """
    left, top, width, height = box or (0, 0, picture.width, picture.height)
    if not (1 <= size[0] <= height and 1 <= size[1] <= width):
        raise UsageError(
            f"A picture is shrunk to a size within its own, {height} x {width}. "
            f"Received: (height, width) = {size}. Give a size within it."
        )
    if size == (picture.height, picture.width):
        return picture
    rows = _taps(top, height, size[0], picture.height, kernel)
    columns = _taps(left, width, size[1], picture.width, kernel)
    is_binary = picture.alpha_is_binary
    return picture.map_frames(lambda frame: _shrink_frame(frame, rows, columns, is_binary))


@dataclass(frozen=True)
class _Taps:
    """Which pixels make each pixel of a result, along one side of a picture.

    Attributes:
        first: int (N,), the first that counts.
        weights: float32 (K, N): of it and of the K - 1 that follow; they add up to 1.
    """

    first: np.ndarray
    weights: np.ndarray

    def sums(self, pixels: np.ndarray, part: slice, offset: int, axis: int) -> np.ndarray:
        """float32: ``pixels``, which begin at pixel ``offset``, averaged to the result's ``part``."""
        first = self.first[part] - offset
        weights = self.weights[:, part]
        shape = (-1, *[1] * (pixels.ndim - 1 - axis))
        last = pixels.shape[axis] - 1
        total = np.take(pixels, first, axis) * weights[0].reshape(shape)
        for step in range(1, len(weights)):
            # The last pixels have zero weights beyond the picture's end.
            total += np.take(pixels, np.minimum(first + step, last), axis) * weights[step].reshape(shape)
        return total


def _taps(start: int, length: int, count: int, limit: int, kernel: Kernel) -> _Taps:
    """Those that bring ``length`` pixels from ``start`` on, of ``limit`` in all, to ``count``."""
    factor = length / count
    reach = factor / 2 if kernel == "area" else factor
    centres = start + (np.arange(count) + 0.5) * factor
    first = np.clip(np.floor(centres - reach), 0, limit - 1).astype(np.intp)
    last = np.clip(np.ceil(centres + reach) - 1, 0, limit - 1).astype(np.intp)
    places = first + np.arange(int((last - first).max()) + 1)[:, None]
    before = (places - centres) / factor
    if kernel == "area":
        weights = np.clip(before + 1 / factor, -0.5, 0.5) - np.clip(before, -0.5, 0.5)
    else:
        weights = 0.5 + 0.5 * np.cos(np.pi * np.clip(before + 0.5 / factor, -1, 1))
    weights[places >= limit] = 0
    return _Taps(first, (weights / weights.sum(axis=0)).astype(np.float32))


def _shrink_frame(frame: Frame, rows: _Taps, columns: _Taps, is_binary: bool) -> Frame:
    height, width = len(rows.first), len(columns.first)
    dtype = frame.rgb.dtype
    opaque = np.iinfo(dtype).max
    rgb = np.empty((height, width, 3), dtype)
    alpha = None if frame.alpha is None else np.empty((height, width), dtype)
    # As many rows of the result as a strip of the large picture gives.
    share = height / (frame.rgb.shape[0] * frame.rgb.shape[1])
    step = max(1, int(_STRIP_PX * share))
    for top in range(0, height, step):
        part = slice(top, min(height, top + step))
        begin = int(rows.first[part.start])
        end = int(rows.first[part.stop - 1]) + len(rows.weights)

        def averaged(pixels: np.ndarray, part: slice = part, begin: int = begin) -> np.ndarray:
            return columns.sums(rows.sums(pixels, part, begin, 0), slice(None), 0, 1)

        strip = frame.rgb[begin:end]
        if frame.alpha is None or alpha is None:
            rgb[part] = np.rint(averaged(strip))
            continue
        opacity = frame.alpha[begin:end].astype(np.float32)
        total = averaged(opacity)
        weighted = averaged(strip * opacity[..., None])
        # What nothing visible covers keeps a plain mean.
        seen = (total > 0)[..., None]
        colour = weighted if seen.all() else averaged(strip)
        np.divide(weighted, total[..., None], out=colour, where=seen)
        rgb[part] = np.rint(colour)
        alpha[part] = np.where(total >= opaque / 2, opaque, 0) if is_binary else np.rint(total)
    return Frame(rgb, alpha)
