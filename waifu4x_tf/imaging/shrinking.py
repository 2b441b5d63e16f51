"""A picture made smaller by area averaging: how a factor below the network's own is reached."""

import dataclasses

import numpy as np

from waifu4x_tf.errors import UsageError
from waifu4x_tf.imaging.interpolation import resize
from waifu4x_tf.imaging.picture import Frame, Picture


def shrink(picture: Picture, size: tuple[int, int]) -> Picture:
    """Average areas down to a size.

    Colours are weighted by their alpha, so what lies under transparent pixels never tints an edge. An alpha
    of only 0 and 255 comes out as only 0 and 255. All else of the picture is carried over.

    Args:
        picture: The picture.
        size: (height, width) of the result, each from 1 to the picture's own.

    Returns:
        The smaller picture, or the same one when it has that size already.

    Raises:
        UsageError: The size is not within the picture's own.
    """
    height, width = size
    if (height, width) == (picture.height, picture.width):
        return picture
    if not (1 <= height <= picture.height and 1 <= width <= picture.width):
        raise UsageError(
            f"A picture is shrunk to a size within its own, {picture.height} x {picture.width}. "
            f"Received: (height, width) = {size}. Give a size within it."
        )
    is_binary = picture.alpha_is_binary
    frames = tuple(_shrink_frame(frame, size, is_binary) for frame in picture.frames)
    return dataclasses.replace(picture, frames=frames)


def _shrink_frame(frame: Frame, size: tuple[int, int], alpha_is_binary: bool) -> Frame:
    # In float, because Pillow rounds bytes up after each direction, which would brighten the picture. One
    # plane after the other, because float planes of a large picture are the peak of this function's memory.
    planes = [resize(frame.rgb[..., channel].astype(np.float32), size, "area") for channel in range(3)]
    if frame.alpha is None:
        return Frame(np.stack([_rounded(plane) for plane in planes], axis=-1))
    weight = frame.alpha.astype(np.float32)
    total = resize(weight, size, "area")
    for channel, plane in enumerate(planes):
        weighted = resize(frame.rgb[..., channel] * weight, size, "area")
        np.divide(weighted, total, out=plane, where=total > 0)
    alpha = np.where(total >= 127.5, 255, 0).astype(np.uint8) if alpha_is_binary else _rounded(total)
    return Frame(np.stack([_rounded(plane) for plane in planes], axis=-1), alpha)


def _rounded(plane: np.ndarray) -> np.ndarray:
    return np.clip(np.rint(plane), 0, 255).astype(np.uint8)
