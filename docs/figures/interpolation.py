"""A grid of 3 x 2 numbers enlarged to 6 x 4 by plain interpolation."""

import numpy as np
from PIL import Image

from docs.figures.canvas import finished, sheet_of_axes
from waifu4x_tf.method.grid import GRID, METHODS, enlarged_grid, outside


def numbers_of_each_method() -> Image.Image:
    """The grid and its enlargements, every number in its cell."""
    figure, axes = sheet_of_axes(1, 4, 14, 2.9, width_ratios=[3, 6, 6, 6])
    grids = {"3 x 2": GRID} | {f"{method}, 6 x 4": enlarged_grid(GRID, method) for method in METHODS}
    for axis, (title, grid) in zip(axes[0], grids.items(), strict=True):
        axis.imshow(grid, cmap="gray", vmin=-40, vmax=280)
        axis.set_title(title, fontsize=11)
        axis.axis("off")
        beyond = outside(grid, GRID)
        for (row, column), value in np.ndenumerate(grid):
            axis.text(
                column,
                row,
                f"{value:.0f}",
                ha="center",
                va="center",
                fontsize=11,
                weight="bold" if beyond[row, column] else "normal",
                color="#d03030" if beyond[row, column] else "black" if value > 110 else "white",
            )
    return finished(figure)
