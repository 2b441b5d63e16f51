"""A grid of a few numbers enlarged by plain interpolation."""

import numpy as np

from waifu4x_tf.imaging.interpolation import resize

GRID = np.array([[40, 40, 200], [40, 200, 120]], np.float32)
METHODS = ("nearest", "bilinear", "bicubic")
# Interpolation in float32 may miss the range's ends by this much.
_ROUNDING = 0.05


def enlarged_grid(grid: np.ndarray, method: str) -> np.ndarray:
    """The grid twice as large.

    Args:
        grid: float32 ``(H, W)``.
        method: One of ``METHODS``.

    Returns:
        float32 ``(2 * H, 2 * W)``, not clipped.
    """
    height, width = grid.shape
    return resize(grid, (2 * height, 2 * width), method)


def outside(enlarged: np.ndarray, grid: np.ndarray) -> np.ndarray:
    """Where an enlargement leaves the range of the numbers it was made from: bool, in its shape."""
    return (enlarged < grid.min() - _ROUNDING) | (enlarged > grid.max() + _ROUNDING)
