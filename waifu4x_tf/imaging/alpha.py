"""Alpha: colour under transparency, and the alpha channel's own enlargement.

A network sees whatever colour lies under transparent pixels, mostly black, and mixes it into the edge: the
dark or white fringe of so many enlarged stickers. So the colours are bled outwards before, and alpha goes its
own way.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from waifu4x_tf.errors import UsageError

# Rows worked on together, to keep the wide types of the arithmetic away from whole pictures.
_STRIP_ROWS = 128
# More rows of a narrow picture, so that there are not many strips of few pixels.
_STRIP_PX = 2**16
# Visible pixels count where one of these blocks, or one beside it, has a hidden pixel.
_BLOCK_PX = 8
# Colours are averaged up to cells of 2**4 px and spread from there over three cells, 48 px: farther than the
# receptive radius of every shipped network.
_LEVELS = 4
_RINGS = 3
# What holds the sums and products of values of so many bytes.
_WIDE = {1: np.uint16, 2: np.uint32}


def bleed(rgb: np.ndarray, alpha: np.ndarray) -> np.ndarray:
    """Fills the colour under fully transparent pixels smoothly from the visible ones.

    A push-pull pyramid (Gortler et al., "The Lumigraph", 1996, section 3.4): colours weighted by alpha are
    averaged 2 x 2, and on the way back every pixel that saw no colour takes the interpolated colour of the
    coarser level. Linear in the number of pixels, whatever the size of the hole.

    The reach is finite, so that in an animation what moves at one place leaves the others as they are: only
    visible pixels beside hidden ones count, and what is farther from them than any network looks is black.

    Args:
        rgb: uint8 or uint16 (H, W, 3).
        alpha: The same dtype, (H, W).

    Returns:
        The same dtype, (H, W, 3): equal to ``rgb`` wherever alpha is not 0. ``rgb`` itself, not a copy, when
        nothing is transparent or nothing is visible.
    """
    hidden = alpha == 0
    if not hidden.any() or hidden.all():
        return rgb
    colour, weight = _halved_pixels(rgb, alpha, _near(hidden))
    filled = _filled(colour, weight, _LEVELS - 1)
    result = rgb.copy()
    for top, bottom in _strips(rgb):
        mask = hidden[top:bottom]
        if mask.any():
            smooth = _doubled(filled, top, bottom, rgb.shape[1])
            np.copyto(result[top:bottom], np.rint(smooth).astype(rgb.dtype), where=mask[..., None])
    return result


def enlarge_alpha(
    alpha: np.ndarray,
    scale: int,
    enlarge: Callable[[np.ndarray], np.ndarray],
    *,
    is_binary: bool | None = None,
) -> np.ndarray:
    """Enlarges alpha through the same network as the colours, then holds it to what the input allows.

    Each output pixel is clamped to the minimum and maximum of the 3 x 3 input pixels around it, so that
    transparent interiors stay 0, opaque ones opaque, and no edge rings.

    Args:
        alpha: uint8 or uint16 (H, W).
        scale: The whole factor by which ``enlarge`` enlarges.
        enlarge: Takes a grey picture of that dtype, (H, W, 3), and returns (scale * H, scale * W, 3) of it.
            Not called when alpha is the same everywhere.
        is_binary: Whether the result has only both ends; None is when ``alpha`` has only these. All frames of
            an animation need one decision, or edges that stand still would be now hard, now soft.

    Returns:
        The same dtype, (scale * H, scale * W); only 0 and the largest value when ``is_binary``.

    Raises:
        UsageError: ``enlarge`` returned another shape or dtype.
    """
    height, width = alpha.shape
    lowest, highest = int(alpha.min()), int(alpha.max())
    if lowest == highest:
        return np.full((height * scale, width * scale), lowest, alpha.dtype)
    enlarged = enlarge(np.repeat(alpha[..., None], 3, axis=2))
    expected = (height * scale, width * scale, 3)
    if enlarged.shape != expected or enlarged.dtype != alpha.dtype:
        raise UsageError(
            f"enlarge returns {alpha.dtype} of shape {expected}. "
            f"Received: {enlarged.dtype} {enlarged.shape}. Give a function that enlarges by {scale}."
        )
    opaque = np.iinfo(alpha.dtype).max
    if is_binary is None:
        is_binary = bool(np.all((alpha == 0) | (alpha == opaque)))
    wide = _WIDE[alpha.dtype.itemsize]
    lower, upper = _neighbourhood(alpha, np.minimum), _neighbourhood(alpha, np.maximum)
    result = np.empty(expected[:2], alpha.dtype)
    for top, bottom in _strips(alpha):
        rows = slice(top, bottom)
        target = slice(rows.start * scale, rows.stop * scale)
        # The mean of the three channels, rounded.
        red, green, blue = (enlarged[target, :, channel] for channel in range(3))
        strip = ((red.astype(wide) + green + blue + 1) // 3).astype(alpha.dtype)
        if is_binary:
            strip = np.where(strip > opaque // 2, alpha.dtype.type(opaque), alpha.dtype.type(0))
        np.clip(strip, _repeated(lower[rows], scale), _repeated(upper[rows], scale), out=result[target])
    return result


def flatten(rgb: np.ndarray, alpha: np.ndarray, colour: tuple[int, int, int]) -> np.ndarray:
    """Composites a picture over one colour, rounded to the nearest level.

    Args:
        rgb: uint8 or uint16 (H, W, 3).
        alpha: The same dtype, (H, W), unassociated.
        colour: Red, green and blue of the background, 0 to 255.

    Returns:
        The same dtype, (H, W, 3).

    Example:
        >>> black, half = np.zeros((1, 1, 3), np.uint8), np.full((1, 1), 128, np.uint8)
        >>> flatten(black, half, (255, 255, 255)).tolist()
        [[[127, 127, 127]]]
    """
    result = np.empty_like(rgb)
    opaque = np.iinfo(rgb.dtype).max
    wide = _WIDE[rgb.itemsize]
    background = np.array(colour, wide) * (opaque // 255)
    for top, bottom in _strips(rgb):
        rows = slice(top, bottom)
        opacity = alpha[rows, :, None].astype(wide)
        # At most 255 * 255 + 127, which 16 bits hold, or 65535 * 65535 + 32767, which 32 bits hold.
        result[rows] = (rgb[rows] * opacity + background * (opaque - opacity) + opaque // 2) // opaque
    return result


def _strips(picture: np.ndarray) -> Iterator[tuple[int, int]]:
    """First and last row, exclusive, of the strips of (H, W, ...); they begin at whole blocks."""
    height, width = picture.shape[:2]
    rows = max(_STRIP_ROWS, _STRIP_PX // width // _BLOCK_PX * _BLOCK_PX)
    for top in range(0, height, rows):
        yield top, min(height, top + rows)


def _near(hidden: np.ndarray) -> np.ndarray:
    """The blocks, bool (h, w), with a hidden pixel in them or in a block beside them."""
    rows, columns = (np.arange(0, edge, _BLOCK_PX) for edge in hidden.shape)
    blocks = np.logical_or.reduceat(np.logical_or.reduceat(hidden, rows, axis=0), columns, axis=1)
    return _neighbourhood(blocks, np.logical_or)


def _halved_pixels(rgb: np.ndarray, alpha: np.ndarray, counts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The first level: mean colours by alpha, float32 (h, w, 3), and their weights, float32 (h, w), 0 to 1.

    Only pixels in blocks that count have weight.

    Strip by strip, because at this size a float copy of the picture would be the largest thing in memory.
    """
    height, width = alpha.shape
    half_height, half_width = -(-height // 2), -(-width // 2)
    colour = np.empty((half_height, half_width, 3), np.float32)
    weight = np.empty((half_height, half_width), np.float32)
    for top, bottom in _strips(alpha):
        opacity = alpha[top:bottom].astype(np.float32) / np.iinfo(alpha.dtype).max
        blocks = counts[top // _BLOCK_PX : -(-bottom // _BLOCK_PX)]
        opacity *= _repeated(blocks, _BLOCK_PX)[: bottom - top, :width]
        target = slice(top // 2, -(-bottom // 2))
        colour[target], weight[target] = _halved(rgb[top:bottom].astype(np.float32), opacity)
    return colour, weight


def _halved(colour: np.ndarray, weight: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Push: 2 x 2 means of colours by weight, and the sum of weights, saturated at 1."""
    height, width = weight.shape
    padding = ((0, height % 2), (0, width % 2))
    premultiplied = np.pad(colour * weight[..., None], (*padding, (0, 0)))
    weight = np.pad(weight, padding)
    total = (weight[0::2] + weight[1::2])[:, 0::2] + (weight[0::2] + weight[1::2])[:, 1::2]
    rows = premultiplied[0::2] + premultiplied[1::2]
    colour = (rows[:, 0::2] + rows[:, 1::2]) / np.maximum(total, 1e-12)[..., None]
    return colour, np.minimum(total, 1)


def _filled(colour: np.ndarray, weight: np.ndarray, coarser_levels: int) -> np.ndarray:
    """Pull: the level with every pixel coloured, float32 (h, w, 3)."""
    height, width = weight.shape
    if height == width == 1 or bool((weight >= 1).all()):
        return colour
    if coarser_levels == 0:
        return _spread(colour, weight)
    coarser = _filled(*_halved(colour, weight), coarser_levels - 1)
    smooth = _doubled(coarser, 0, height, width)
    smooth += (colour - smooth) * weight[..., None]
    return smooth


def _spread(colour: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """The coarsest level with its colours spread ring by ring, float32 (h, w, 3); beyond the rings 0."""
    for _ in range(_RINGS):
        total = _sum_of_nine(weight)
        smooth = _sum_of_nine(colour * weight[..., None]) / np.maximum(total, 1e-12)[..., None]
        smooth += (colour - smooth) * weight[..., None]
        colour, weight = smooth, np.minimum(total, 1)
    return colour


def _sum_of_nine(values: np.ndarray) -> np.ndarray:
    """Sums of 3 x 3 neighbourhoods of (h, w) or (h, w, C), with zeros outside."""
    padded = np.pad(values, ((1, 1), (1, 1), *[(0, 0)] * (values.ndim - 2)))
    rows = padded[:-2] + padded[1:-1] + padded[2:]
    return rows[:, :-2] + rows[:, 1:-1] + rows[:, 2:]


def _doubled(colour: np.ndarray, top: int, bottom: int, width: int) -> np.ndarray:
    """Rows top to bottom of the bilinear enlargement by two of float32 (h, w, 3), cut to width."""
    rows = _interpolated(colour, np.arange(top, bottom), axis=0)
    return _interpolated(rows, np.arange(width), axis=1)


def _interpolated(colour: np.ndarray, positions: np.ndarray, axis: int) -> np.ndarray:
    """Bilinear between pixel centres: three quarters of the nearest, a quarter of the one beyond."""
    near = positions // 2
    beyond = np.clip(near + np.where(positions % 2, 1, -1), 0, colour.shape[axis] - 1)
    return 0.75 * np.take(colour, near, axis) + 0.25 * np.take(colour, beyond, axis)


def _neighbourhood(alpha: np.ndarray, pick: Callable[..., np.ndarray]) -> np.ndarray:
    """The minimum or maximum of each pixel's 3 x 3 neighbourhood within the picture."""
    padded = np.pad(alpha, 1, mode="edge")
    rows = pick(pick(padded[:-2], padded[1:-1]), padded[2:])
    return pick(pick(rows[:, :-2], rows[:, 1:-1]), rows[:, 2:])


def _repeated(values: np.ndarray, scale: int) -> np.ndarray:
    return np.repeat(np.repeat(values, scale, axis=0), scale, axis=1)
