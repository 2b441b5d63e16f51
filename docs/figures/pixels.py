"""What a pixel-wise measure does not see, and what a picture is in other colour spaces."""

import numpy as np
from PIL import Image

from docs.figures.canvas import finished, sheet_of_axes, show
from docs.figures.pictures import drawn
from waifu4x_tf.evaluation.metrics import psnr, ssim
from waifu4x_tf.losses.colour import rgb_to_hsv, srgb_to_lab
from waifu4x_tf.method.damages import DAMAGES, damaged_to

EQUAL_PSNR_DB = 23.0
_SIDE = 192


def six_of_equal_psnr() -> Image.Image:
    """The original and six damages of the same PSNR, each with its SSIM."""
    picture = drawn("face", _SIDE)
    figure, axes = sheet_of_axes(2, 4, 12, 6.6)
    show(axes[0, 0], picture, "original")
    axes[1, 0].axis("off")
    for axis, (title, damage) in zip(axes[:, 1:].flat, DAMAGES.items(), strict=True):
        damaged = damaged_to(picture, damage, EQUAL_PSNR_DB)
        text = f"{title}\n{psnr(picture, damaged):.1f} dB, SSIM {ssim(picture, damaged):.3f}"
        show(axis, damaged, text)
    return finished(figure)


def channels_of_colour_spaces() -> Image.Image:
    """One picture's channels in RGB, Lab and HSV, dark is little; a, b and H have colours."""
    picture = drawn("face", _SIDE).astype(np.float32) / 255
    spaces = {
        "RGB": (picture, ("R", "G", "B"), ((0, 1),) * 3),
        "Lab": (np.asarray(srgb_to_lab(picture)), ("L", "a", "b"), ((0, 100), (-60, 60), (-60, 60))),
        "HSV": (np.asarray(rgb_to_hsv(picture)), ("H", "S", "V"), ((0, 1),) * 3),
    }
    figure, axes = sheet_of_axes(3, 4, 10, 8.2)
    for row, (space, (channels, names, ranges)) in zip(axes, spaces.items(), strict=True):
        show(row[0], picture, space)
        for axis, values, name, (least, most) in zip(
            row[1:], np.moveaxis(channels, 2, 0), names, ranges, strict=True
        ):
            colours = {"H": "hsv", "a": "PiYG_r", "b": "RdYlBu_r"}.get(name, "gray")
            show(axis, values, name, cmap=colours, vmin=least, vmax=most)
    return finished(figure)
