"""What a pixel-wise measure does not see, and what a picture is in other colour spaces."""

from collections.abc import Callable

import numpy as np
from PIL import Image, ImageFilter

from docs.figures.canvas import finished, sheet_of_axes, show
from docs.figures.pictures import drawn
from waifu4x_tf.imaging.recoding import recode
from waifu4x_tf.losses.colour import rgb_to_hsv, srgb_to_lab
from waifu4x_tf.metrics import psnr, ssim

EQUAL_PSNR_DB = 23.0
_SIDE = 192


def _as_pixels(values: np.ndarray) -> np.ndarray:
    return np.rint(np.clip(values, 0, 255)).astype(np.uint8)


def _darker(picture: np.ndarray, amount: float) -> np.ndarray:
    return _as_pixels(picture * (1 - amount))


def _blurred(picture: np.ndarray, amount: float) -> np.ndarray:
    return np.asarray(Image.fromarray(picture).filter(ImageFilter.GaussianBlur(12 * amount)))


def _noisy(picture: np.ndarray, amount: float) -> np.ndarray:
    noise = np.random.default_rng(0).normal(0, 128 * amount, picture.shape)
    return _as_pixels(picture + noise)


def _recoded(picture: np.ndarray, amount: float) -> np.ndarray:
    """Halfway between JPEG's whole qualities lies a mixture of the two, so that any PSNR can be met."""
    quality = 1 + 94 * (1 - amount)
    low, share = int(quality), quality % 1
    worse, better = (recode(picture, "JPEG", quality=each).astype(float) for each in (low, low + 1))
    return _as_pixels(worse + (better - worse) * share)


def _chequered(picture: np.ndarray, amount: float) -> np.ndarray:
    board = np.indices(picture.shape[:2]).sum(axis=0) % 2 * 2 - 1
    return _as_pixels(picture + 128 * amount * board[..., None])


def _covered(picture: np.ndarray, amount: float) -> np.ndarray:
    """A grey square in the middle, its outermost pixels partly grey."""
    centre = (np.array(picture.shape[:2]) - 1) / 2
    far = np.abs(np.indices(picture.shape[:2]) - centre[:, None, None]).max(axis=0)
    cover = np.clip(amount * picture.shape[0] / 2 - far, 0, 1)[..., None]
    return _as_pixels(picture * (1 - cover) + 128 * cover)


DAMAGES: dict[str, Callable[[np.ndarray, float], np.ndarray]] = {
    "darker": _darker,
    "blurred": _blurred,
    "noise": _noisy,
    "JPEG": _recoded,
    "checkerboard": _chequered,
    "one square gone": _covered,
}


def damaged_to(
    picture: np.ndarray, damage: Callable[[np.ndarray, float], np.ndarray], psnr_db: float
) -> np.ndarray:
    """The damage at the strength that gives this PSNR, found by bisection."""
    weak, strong = 0.0, 1.0
    for _ in range(30):
        middle = (weak + strong) / 2
        if psnr(picture, damage(picture, middle)) > psnr_db:
            weak = middle
        else:
            strong = middle
    return damage(picture, strong)


def six_of_equal_psnr() -> Image.Image:
    """The original and six damages of the same PSNR, each with its SSIM."""
    picture = drawn("face", _SIDE)
    figure, axes = sheet_of_axes(2, 4, 12, 6.6)
    show(axes[0, 0], picture, "original")
    axes[1, 0].axis("off")
    for axis, (title, damage) in zip(axes[:, 1:].flat, DAMAGES.items(), strict=True):
        damaged = damaged_to(picture, damage, EQUAL_PSNR_DB)
        told = f"{title}\n{psnr(picture, damaged):.1f} dB, SSIM {ssim(picture, damaged):.3f}"
        show(axis, damaged, told)
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
