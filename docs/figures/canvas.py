"""What the figures are drawn on: Matplotlib's axes, boxes and arrows, and rows of small pictures."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import matplotlib as mpl
import numpy as np
from PIL import Image

mpl.use("Agg")
from matplotlib import pyplot
from matplotlib.patches import FancyBboxPatch, Rectangle

INK, PAPER, LINE = "#222222", "#ffffff", "#777777"
BLUE, ORANGE, GREEN, RED, GREY = "#4c78c8", "#e0862e", "#4f9d58", "#c84c4c", "#b8b8b8"
PALE = {BLUE: "#dbe6f8", ORANGE: "#fbe6cf", GREEN: "#dcefdc", RED: "#f6dcdc", GREY: "#eeeeee"}
DOTS_PER_INCH = 100


def sheet_of_axes(
    rows: int, columns: int, width: float, height: float, **options: Any
) -> tuple[Any, np.ndarray]:
    """A figure of so many inches and its axes, ``(rows, columns)``."""
    figure, axes = pyplot.subplots(
        rows, columns, figsize=(width, height), squeeze=False, layout="constrained", **options
    )
    return figure, axes


def diagram(width: float, height: float) -> tuple[Any, Any]:
    """A figure and one bare axis whose units are inches, the origin at the bottom left."""
    figure = pyplot.figure(figsize=(width, height))
    axis = figure.add_axes((0, 0, 1, 1))
    axis.set(xlim=(0, width), ylim=(0, height))
    axis.axis("off")
    return figure, axis


def finished(figure: Any) -> Image.Image:
    """The figure's pixels, RGB; the figure is closed."""
    figure.set_dpi(DOTS_PER_INCH)
    figure.canvas.draw()
    pixels = np.asarray(figure.canvas.buffer_rgba())[..., :3].copy()
    pyplot.close(figure)
    return Image.fromarray(pixels)


def show(axis: Any, picture: np.ndarray, title: str, **options: Any) -> None:
    """A picture with hard pixels under a title, without scales."""
    axis.imshow(picture, interpolation="nearest", **options)
    axis.set_title(title, fontsize=10, color=INK)
    axis.axis("off")


def box(axis: Any, left: float, bottom: float, width: float, height: float, text: str, colour: str) -> None:
    """A rounded box with lines of text in its middle."""
    shape = FancyBboxPatch(
        (left, bottom), width, height, "round,pad=0,rounding_size=0.08", fc=PALE[colour], ec=colour, lw=1.4
    )
    axis.add_patch(shape)
    axis.text(left + width / 2, bottom + height / 2, text, ha="center", va="center", fontsize=9, color=INK)


def arrow(axis: Any, *corners: Sequence[float], text: str = "") -> None:
    """A line through the corners that ends in an arrow head; the text stands above its first part."""
    for start, end in pairwise(corners[:-1]):
        axis.plot(*zip(start, end, strict=True), color=LINE, lw=1.2)
    axis.annotate("", corners[-1], corners[-2], arrowprops={"arrowstyle": "->", "color": LINE, "lw": 1.2})
    if text:
        (left, bottom), (right, top) = corners[:2]
        axis.text((left + right) / 2, (bottom + top) / 2 + 0.06, text, ha="center", fontsize=8, color=INK)


def cells(
    axis: Any, left: float, bottom: float, side: float, colours: np.ndarray, texts: np.ndarray | None = None
) -> None:
    """A grid of squares, row 0 on top; ``colours`` is ``(rows, columns)`` of names, or RGB in [0, 1]."""
    rows, columns = colours.shape[:2]
    for row in range(rows):
        for column in range(columns):
            corner = (left + column * side, bottom + (rows - 1 - row) * side)
            face = colours[row, column]
            axis.add_patch(Rectangle(corner, side, side, fc=face, ec=LINE, lw=0.6))
            if texts is not None:
                x, y = corner[0] + side / 2, corner[1] + side / 2
                axis.text(x, y, str(texts[row, column]), ha="center", va="center", fontsize=8, color=INK)
