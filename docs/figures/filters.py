"""Filters with given numbers and what each makes of a picture."""

import numpy as np
from PIL import Image

from docs.figures.canvas import finished, sheet_of_axes, show
from docs.figures.pictures import drawn
from waifu4x_tf.method.filters import SOBEL, filtered, gaussian_kernel, mean_kernel


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
