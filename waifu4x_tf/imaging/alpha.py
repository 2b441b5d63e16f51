"""Alpha: colour under transparency, and the alpha channel's own enlargement.

A network sees whatever colour lies under transparent pixels, mostly black, and mixes it into the edge: the
dark or white fringe of so many enlarged stickers. So the colours are bled outwards before, and alpha goes its
own way.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from waifu4x_tf.errors import UsageError

# Rows worked on together, to keep the wide types of the arithmetic away from whole pictures.
_STRIP_ROWS = 128


def bleed(rgb: np.ndarray, alpha: np.ndarray) -> np.ndarray:
    """Fills the colour under fully transparent pixels smoothly from the visible ones.

    A push-pull pyramid (Gortler et al., "The Lumigraph", 1996, section 3.4): colours weighted by alpha are
    averaged 2 x 2 until one pixel is left, and on the way back every pixel that saw no colour takes the
    interpolated colour of the coarser level. Linear in the number of pixels, whatever the size of the hole.

    Args:
        rgb: uint8 (H, W, 3).
        alpha: uint8 (H, W).

    Returns:
        uint8 (H, W, 3): equal to ``rgb`` wherever alpha is not 0. ``rgb`` itself, not a copy, when nothing is
        transparent or nothing is visible.
    """
    hidden = alpha == 0
    if not hidden.any() or hidden.all():
        return rgb
    colour, weight = _halved_pixels(rgb, alpha)
    filled = _filled(colour, weight)
    result = rgb.copy()
    for top in range(0, rgb.shape[0], _STRIP_ROWS):
        bottom = min(rgb.shape[0], top + _STRIP_ROWS)
        mask = hidden[top:bottom]
        if mask.any():
            smooth = _doubled(filled, top, bottom, rgb.shape[1])
            np.copyto(result[top:bottom], np.rint(smooth).astype(np.uint8), where=mask[..., None])
    return result


def enlarge_alpha(alpha: np.ndarray, scale: int, enlarge: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
    """Enlarges alpha through the same network as the colours, then holds it to what the input allows.

    Each output pixel is clamped to the minimum and maximum of the 3 x 3 input pixels around it, so that
    transparent interiors stay 0, opaque ones 255, and no edge rings.

    Args:
        alpha: uint8 (H, W).
        scale: The whole factor by which ``enlarge`` enlarges.
        enlarge: Takes a grey picture uint8 (H, W, 3) and returns uint8 (scale * H, scale * W, 3). Not called
            when alpha is the same everywhere.

    Returns:
        uint8 (scale * H, scale * W); only 0 and 255 when ``alpha`` has only these.

    Raises:
        UsageError: ``enlarge`` returned another shape or dtype.
    """
    height, width = alpha.shape
    lowest, highest = int(alpha.min()), int(alpha.max())
    if lowest == highest:
        return np.full((height * scale, width * scale), lowest, np.uint8)
    enlarged = enlarge(np.repeat(alpha[..., None], 3, axis=2))
    expected = (height * scale, width * scale, 3)
    if enlarged.shape != expected or enlarged.dtype != np.uint8:
        raise UsageError(
            f"enlarge returns uint8 of shape {expected}. Received: {enlarged.dtype} {enlarged.shape}. "
            f"Give a function that enlarges by {scale}."
        )
    is_binary = bool(np.all((alpha == 0) | (alpha == 255)))
    lower, upper = _neighbourhood(alpha, np.minimum), _neighbourhood(alpha, np.maximum)
    result = np.empty(expected[:2], np.uint8)
    for top in range(0, height, _STRIP_ROWS):
        rows = slice(top, min(height, top + _STRIP_ROWS))
        target = slice(rows.start * scale, rows.stop * scale)
        # The mean of the three channels, rounded.
        strip = ((enlarged[target].sum(axis=2, dtype=np.uint16) + 1) // 3).astype(np.uint8)
        if is_binary:
            strip = np.where(strip >= 128, np.uint8(255), np.uint8(0))
        np.clip(strip, _repeated(lower[rows], scale), _repeated(upper[rows], scale), out=result[target])
    return result


def flatten(rgb: np.ndarray, alpha: np.ndarray, colour: tuple[int, int, int]) -> np.ndarray:
    """Composites a picture over one colour, rounded to the nearest level.

    Args:
        rgb: uint8 (H, W, 3).
        alpha: uint8 (H, W), unassociated.
        colour: Red, green and blue of the background, 0 to 255.

    Returns:
        uint8 (H, W, 3).
    """
    result = np.empty_like(rgb)
    background = np.array(colour, np.uint16)
    for top in range(0, rgb.shape[0], _STRIP_ROWS):
        rows = slice(top, top + _STRIP_ROWS)
        opacity = alpha[rows, :, None].astype(np.uint16)
        # At most 255 * 255 + 127, which 16 bits hold.
        result[rows] = (rgb[rows] * opacity + background * (255 - opacity) + 127) // 255
    return result


def _halved_pixels(rgb: np.ndarray, alpha: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The first level: mean colours by alpha, float32 (h, w, 3), and their weights, float32 (h, w), 0 to 1.

    Strip by strip, because at this size a float copy of the picture would be the largest thing in memory.
    """
    height, width = alpha.shape
    half_height, half_width = -(-height // 2), -(-width // 2)
    colour = np.empty((half_height, half_width, 3), np.float32)
    weight = np.empty((half_height, half_width), np.float32)
    for top in range(0, height, _STRIP_ROWS):
        bottom = min(height, top + _STRIP_ROWS)
        opacity = alpha[top:bottom].astype(np.float32) / 255
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


def _filled(colour: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Pull: the level with every pixel coloured, float32 (h, w, 3)."""
    height, width = weight.shape
    if height == width == 1 or bool((weight >= 1).all()):
        return colour
    coarser = _filled(*_halved(colour, weight))
    smooth = _doubled(coarser, 0, height, width)
    smooth += (colour - smooth) * weight[..., None]
    return smooth


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
