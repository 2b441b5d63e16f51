"""Filters with given numbers: mean, gaussian, median and edges."""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

SOBEL = np.array([[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]], np.float32)
"""Finds edges across; its transpose finds edges down."""


def windows(picture: np.ndarray, side: int) -> np.ndarray:
    """The square round every pixel; the picture is reflected at its borders.

    Args:
        picture: float32 ``(H, W, C)``, both sides larger than half a square.
        side: Odd.

    Returns:
        ``(H, W, C, side, side)``.
    """
    reach = side // 2
    padded = np.pad(picture, ((reach, reach), (reach, reach), (0, 0)), "reflect")
    return sliding_window_view(padded, (side, side), axis=(0, 1))


def filtered(picture: np.ndarray, kernel: np.ndarray) -> np.ndarray:
    """Each channel's weighted sums: what a convolution layer with this one kernel gives.

    Args:
        picture: float32 ``(H, W, C)``.
        kernel: float32 ``(side, side)``, odd.

    Returns:
        float32 ``(H, W, C)``.
    """
    return np.einsum("hwcij,ij->hwc", windows(picture, len(kernel)), kernel, dtype=np.float32)


def mean_kernel(side: int = 3) -> np.ndarray:
    """Equal weights that add up to 1."""
    return np.full((side, side), 1 / side**2, np.float32)


def gaussian_kernel(side: int = 3, sigma: float = 1.0) -> np.ndarray:
    """Weights of a gaussian bell that add up to 1; sigma is in pixels."""
    bell = np.exp(-(np.arange(-(side // 2), side // 2 + 1) ** 2) / (2 * sigma**2))
    return (np.outer(bell, bell) / bell.sum() ** 2).astype(np.float32)


def median_filtered(picture: np.ndarray, side: int = 3) -> np.ndarray:
    """The middle value round every pixel: no convolution gives it."""
    return np.median(windows(picture, side), axis=(-2, -1))
