"""Six ways to damage a picture, and each at the strength that gives a wanted PSNR."""

from collections.abc import Callable

import numpy as np
from PIL import Image, ImageFilter

from waifu4x_tf.evaluation.metrics import psnr
from waifu4x_tf.imaging.codecs.recoding import recode

Damage = Callable[[np.ndarray, float], np.ndarray]
"""Functions of a uint8 ``(H, W, 3)`` picture and a strength in [0, 1]; they give the same shape and dtype."""


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


DAMAGES: dict[str, Damage] = {
    "darker": _darker,
    "blurred": _blurred,
    "noise": _noisy,
    "JPEG": _recoded,
    "checkerboard": _chequered,
    "one square gone": _covered,
}


def damaged_to(picture: np.ndarray, damage: Damage, psnr_db: float) -> np.ndarray:
    """The damage at the strength that gives this PSNR, found by bisection.

    Args:
        picture: uint8 ``(H, W, 3)``, larger than the border that `metrics.psnr` leaves out.
        damage: One of ``DAMAGES``.
        psnr_db: On the Y channel.

    Returns:
        uint8 ``(H, W, 3)``. Where even the full strength damages less than that, as a blur does to a flat
        picture, the picture at full strength.
    """
    weak, strong = 0.0, 1.0
    for _ in range(30):
        middle = (weak + strong) / 2
        if psnr(picture, damage(picture, middle)) > psnr_db:
            weak = middle
        else:
            strong = middle
    return damage(picture, strong)
