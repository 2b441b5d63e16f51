"""Filters with given numbers: mean, gaussian, median and edges, and what each makes of a picture."""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from PIL import Image

from docs.figures.canvas import finished, sheet_of_axes, show
from docs.figures.pictures import drawn

SOBEL = np.array([[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]], np.float32)


def windows(picture: np.ndarray, side: int) -> np.ndarray:
    """The square round every pixel; the picture is reflected at its borders.

    Args:
        picture: float32 ``(H, W, C)``.
        side: Odd.

    Returns:
        ``(H, W, C, side, side)``.
    """
    reach = side // 2
    padded = np.pad(picture, ((reach, reach), (reach, reach), (0, 0)), "reflect")
    return sliding_window_view(padded, (side, side), axis=(0, 1))


def filtered(picture: np.ndarray, kernel: np.ndarray) -> np.ndarray:
    """Each channel's weighted sums: what a convolution layer with this one kernel gives."""
    return np.einsum("hwcij,ij->hwc", windows(picture, len(kernel)), kernel, dtype=np.float32)


def mean_kernel(side: int = 3) -> np.ndarray:
    """Equal weights that add up to 1."""
    return np.full((side, side), 1 / side**2, np.float32)


def gaussian_kernel(side: int = 3, sigma: float = 1.0) -> np.ndarray:
    """Weights of a gaussian bell that add up to 1."""
    bell = np.exp(-(np.arange(-(side // 2), side // 2 + 1) ** 2) / (2 * sigma**2))
    return (np.outer(bell, bell) / bell.sum() ** 2).astype(np.float32)


def median_filtered(picture: np.ndarray, side: int = 3) -> np.ndarray:
    """The middle value round every pixel: no convolution gives it."""
    return np.median(windows(picture, side), axis=(-2, -1))


def filters_and_their_maps() -> Image.Image:
    """Five kernels over what each makes of one picture."""
    picture = drawn("face", 112).astype(np.float32) / 255
    grey = picture.mean(axis=2, keepdims=True)
    kernels = {"nothing": np.array([[0, 0, 0], [0, 1, 0], [0, 0, 0]], np.float32)}
    kernels |= {"mean": mean_kernel(), "gaussian": gaussian_kernel()}
    kernels |= {"edges across": SOBEL, "edges down": SOBEL.T}
    figure, axes = sheet_of_axes(2, len(kernels), 13, 4.3, height_ratios=[2, 3.4])
    for (above, below), (title, kernel) in zip(axes.T, kernels.items(), strict=True):
        show(above, kernel, title, cmap="coolwarm", vmin=-2, vmax=2)
        for (row, column), value in np.ndenumerate(kernel):
            text = f"{value:.0f}" if value == round(value) else f"{value:.2f}"
            above.text(column, row, text, ha="center", va="center", fontsize=10)
        signed = kernel.min() < 0
        shown = filtered(grey, kernel)[..., 0] if signed else filtered(picture, kernel)
        show(below, shown, "", **({"cmap": "gray", "vmin": -2, "vmax": 2} if signed else {}))
    return finished(figure)
