"""The sharpness of small pictures, changed by one number: the kernels that made them small differ in it."""

from __future__ import annotations

import numpy as np


def sharpen(picture: np.ndarray, amount: float) -> np.ndarray:
    """Add ``amount`` times the difference of each pixel from the mean of its four neighbours.

    Args:
        picture: uint8 or uint16 ``(H, W, C)``.
        amount: Above 0 sharpens, below 0 softens, 0 changes nothing.

    Returns:
        The same dtype and shape, rounded and clipped.

    Example:
        >>> picture = np.array([[100, 100, 140]], np.uint8)[..., None]
        >>> sharpen(picture, 1.0)[0, :, 0].tolist()
        [100, 90, 150]
    """
    if amount == 0:
        return picture
    values = picture.astype(np.float32)
    changed = values + np.float32(amount) * detail(values)
    return np.rint(np.clip(changed, 0, np.iinfo(picture.dtype).max)).astype(picture.dtype)


def detail(values: np.ndarray) -> np.ndarray:
    """The difference of each pixel of a float array ``(H, W, C)`` from the mean of its four neighbours."""
    around = np.pad(values, ((1, 1), (1, 1), (0, 0)), mode="edge")
    neighbours = around[:-2, 1:-1] + around[2:, 1:-1] + around[1:-1, :-2] + around[1:-1, 2:]
    return values - neighbours / np.float32(4)


def amount_between(picture: np.ndarray, wanted: np.ndarray) -> float:
    """The amount for `sharpen` that brings a picture nearest to another of its size, by least squares."""
    values = picture.astype(np.float32)
    own = detail(values)
    power = float(np.sum(own * own))
    return float(np.sum(own * (wanted.astype(np.float32) - values))) / power if power else 0.0
