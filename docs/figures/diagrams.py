"""Networks and losses as boxes and arrows; sizes and numbers of weights are computed, not written down."""

from typing import Any

import keras
import numpy as np
from matplotlib.patches import Rectangle
from PIL import Image

from docs.figures.canvas import (
    BLUE,
    GREEN,
    GREY,
    INK,
    ORANGE,
    PALE,
    RED,
    arrow,
    box,
    cells,
    diagram,
    finished,
)
from waifu4x_tf.losses.vgg import vgg_features
from waifu4x_tf.losses.vgg_weights import LAYERS
from waifu4x_tf.models.zoo import build_generator

_LIGHT = {"R": "#e88", "G": "#9c9", "B": "#9ae", "Y": "#ed8"}


def srcnn() -> Image.Image:
    """Bicubic first, then three convolutions at the large size."""
    network = build_generator("srcnn")
    figure, axis = diagram(12, 2.3)
    box(axis, 0.2, 0.9, 1.3, 0.9, "small picture\nH x W x 3", GREY)
    box(axis, 2.2, 0.6, 1.6, 1.5, "bicubic, x4\n4H x 4W x 3", GREY)
    left = 4.5
    roles = ("patches to features", "features to features", "features to pixels")
    for layer, role in zip(_convolutions(network), roles, strict=True):
        rows, columns, _, filters = layer.kernel.shape
        text = f"{rows} x {columns} convolution\n{role}\n4H x 4W x {filters}"
        box(axis, left, 0.6, 1.9, 1.5, text, BLUE if filters > 3 else GREEN)
        arrow(axis, (left - (0.7 if left == 4.5 else 0.4), 1.35), (left, 1.35))
        left += 2.3
    arrow(axis, (1.5, 1.35), (2.2, 1.35))
    axis.text(6, 0.2, f"{_weights(network):,} weights, all at the large size", ha="center", color=INK)
    return finished(figure)


def sub_pixel() -> Image.Image:
    """Convolutions at the small size, then channels become pixels."""
    network = build_generator("espcn")
    figure, axis = diagram(12, 3.6)
    box(axis, 0.2, 1.9, 1.3, 0.9, "small picture\nH x W x 3", GREY)
    left = 2.0
    for layer in _convolutions(network):
        rows, columns, _, filters = layer.kernel.shape
        last = filters == 48
        text = f"{rows} x {columns} convolution\nH x W x {filters}" + (
            "\n= H x W x 3 x 4 x 4" if last else ""
        )
        box(axis, left, 1.75, 1.7, 1.2, text, GREEN if last else BLUE)
        arrow(axis, (left - (0.5 if left == 2.0 else 0.3), 2.35), (left, 2.35))
        left += 2.0
    box(axis, 8.2, 1.75, 1.5, 1.2, "depth_to_space", ORANGE)
    arrow(axis, (7.7, 2.35), (8.2, 2.35))
    box(axis, 10.2, 1.6, 1.6, 1.5, "large picture\n4H x 4W x 3", GREY)
    arrow(axis, (9.7, 2.35), (10.2, 2.35))
    axis.text(4.7, 3.3, f"{_weights(network):,} weights, all at the small size", ha="center", color=INK)
    # Below: four maps of 2 x 2 become one of 4 x 4.
    names = np.array(["R", "G", "B", "Y"])
    for index, name in enumerate(names):
        numbers = np.array([["1", "2"], ["3", "4"]])
        cells(axis, 1.3 + index * 0.95, 0.45, 0.36, np.full((2, 2), _LIGHT[name]), numbers)
    arrow(axis, (5.1, 0.8), (6.3, 0.8), text="r = 2")
    large = np.tile(names.reshape(2, 2), (2, 2))
    numbers = np.repeat(np.repeat(np.array([["1", "2"], ["3", "4"]]), 2, axis=0), 2, axis=1)
    cells(axis, 6.6, 0.1, 0.34, np.vectorize(_LIGHT.get)(large), numbers)
    text = "four maps of 2 x 2 become one of 4 x 4:\nnothing is computed, pixels only move"
    axis.text(8.4, 0.8, text, va="center", fontsize=9, color=INK)
    return finished(figure)


def vgg19() -> Image.Image:
    """VGG19's convolutions by the papers' names with the true sizes for a 96 x 96 picture."""
    features = vgg_features(LAYERS["vgg19"], weights=None)(np.zeros((1, 96, 96, 3), np.float32))
    figure, axis = diagram(13, 3.6)
    left = 0.3
    for name, values in features.items():
        rows, columns, channels = values.shape[1:]
        height, width = 0.5 + rows / 96 * 1.7, 0.3 + channels / 512 * 0.3
        used = name in ("conv2_2", "conv3_1", "conv5_4")
        colour = ORANGE if used else BLUE
        place = (left, 1.9 - height / 2)
        axis.add_patch(Rectangle(place, width, height, fc=PALE[colour], ec=colour))
        axis.text(left + width / 2, 0.72, name, rotation=60, ha="center", va="top", fontsize=8, color=INK)
        if name.endswith("_1"):
            axis.text(left, 3.1, f"{rows} x {columns} x {channels}", fontsize=9, color=INK)
        left += width + (0.45 if _ends_block(name) else 0.17)
    return finished(figure)


def stacks_of_3x3() -> Image.Image:
    """What one 5 x 5 or 7 x 7 filter sees, two or three of 3 x 3 see with fewer weights."""
    figure, axis = diagram(12, 3.4)
    left = 0.4
    for size in (5, 7):
        layers = (size - 1) // 2
        shades = np.empty((size, size), object)
        for (row, column), _ in np.ndenumerate(shades):
            ring = max(abs(row - size // 2), abs(column - size // 2))
            shades[row, column] = ("#f2b26b", "#f8d3a5", "#fbe6cf", "#fdf3e7")[ring]
        side = 2.0 / size
        cells(axis, left, 0.9, side, np.full((size, size), "#dbe6f8"))
        cells(axis, left + 2.9, 0.9, side, shades)
        axis.text(left + 2.45, 1.9, "=", fontsize=18, ha="center", va="center", color=INK)
        axis.text(left + 1, 3.05, f"one {size} x {size}", ha="center", color=INK)
        axis.text(left + 3.9, 3.05, f"{layers} of 3 x 3, one after another", ha="center", color=INK)
        axis.text(left + 1, 0.5, f"{size * size} weights", ha="center", color=INK)
        text = f"{layers} x 9 = {9 * layers} weights, {layers} activations"
        axis.text(left + 3.9, 0.5, text, ha="center", color=INK)
        left += 6.0
    return finished(figure)


def srgan() -> Image.Image:
    """What the generator's output is compared with in SRGAN."""
    figure, axis = diagram(12, 4.2)
    box(axis, 0.2, 1.7, 1.4, 0.9, "small picture", GREY)
    box(axis, 2.1, 1.6, 1.6, 1.1, "generator G", BLUE)
    box(axis, 4.3, 1.7, 1.5, 0.9, "output", GREY)
    box(axis, 4.3, 3.1, 1.5, 0.8, "original", GREY)
    arrow(axis, (1.6, 2.15), (2.1, 2.15))
    arrow(axis, (3.7, 2.15), (4.3, 2.15))
    objectives = {
        3.05: ("pixels", "mean |output - original|", GREEN, "pixel_weight"),
        1.7: ("VGG19, fixed", "distance of the features", ORANGE, "perceptual_weight"),
        0.35: ("discriminator D", "-log D(output)", RED, "adversarial_weight"),
    }
    for bottom, (name, term, colour, weight) in objectives.items():
        box(axis, 6.9, bottom, 1.7, 0.9, name, colour)
        arrow(axis, (5.8, 2.15), (6.3, 2.15), (6.3, bottom + 0.35), (6.9, bottom + 0.35))
        arrow(axis, (5.8, 3.5), (6.6, 3.5), (6.6, bottom + 0.6), (6.9, bottom + 0.6))
        axis.text(8.75, bottom + 0.62, term, fontsize=9, color=INK)
        axis.text(8.75, bottom + 0.22, f"x {weight}", fontsize=8, color="#666666")
        arrow(axis, (8.6, bottom + 0.45), (10.9, bottom + 0.45), (10.9, 2.15), (11.2, 2.15))
    axis.text(11.45, 2.15, "sum", ha="center", va="center", color=INK)
    learned = "D itself learns to distinguish originals from outputs"
    axis.text(7.75, 0.08, learned, ha="center", fontsize=8, color=INK)
    return finished(figure)


def _convolutions(network: keras.Model) -> list[Any]:
    """The layers that are trained: srcnn's bicubic enlargement is a fixed one."""
    return [layer for layer in network.layers if isinstance(layer, keras.layers.Conv2D) and layer.trainable]


def _weights(network: keras.Model) -> int:
    return sum(int(np.prod(variable.shape)) for variable in network.trainable_variables)


def _ends_block(name: str) -> bool:
    return name in ("conv1_2", "conv2_2", "conv3_4", "conv4_4")
