"""Plain interpolation: the baselines, and the resize of the degradations."""

from __future__ import annotations

import numpy as np
from PIL import Image

from waifu4x_tf.errors import UsageError

METHODS: dict[str, Image.Resampling] = {
    "nearest": Image.Resampling.NEAREST,
    "bilinear": Image.Resampling.BILINEAR,
    "bicubic": Image.Resampling.BICUBIC,
    "lanczos": Image.Resampling.LANCZOS,
    "area": Image.Resampling.BOX,
    "hamming": Image.Resampling.HAMMING,
}


def resize(array: np.ndarray, size: tuple[int, int], method: str) -> np.ndarray:
    """Resizes each channel by itself with Pillow's filter of that name, antialiased when shrinking.

    Args:
        array: uint8 or float32, (H, W) or (H, W, C) with any number of channels. Channels are independent:
            an alpha channel does not weigh the colours.
        size: (height, width) of the result, each at least 1.
        method: One of ``METHODS``.

    Returns:
        An array of the same dtype and number of dimensions, height x width. uint8 is rounded and clipped by
        Pillow; float32 is neither, so bicubic and lanczos may leave the input's range.

    Raises:
        UsageError: The method is unknown, or dtype, shape or size is not as above.

    Example:
        >>> resize(np.zeros((4, 6, 3), np.uint8), (8, 12), "bicubic").shape
        (8, 12, 3)
    """
    if method not in METHODS:
        raise UsageError(
            f"An interpolation method is one of {', '.join(METHODS)}. Received: {method!r}. "
            "Choose one of these."
        )
    if array.dtype not in (np.uint8, np.float32) or array.ndim not in (2, 3) or 0 in array.shape:
        raise UsageError(
            "resize takes a non-empty uint8 or float32 array of shape (H, W) or (H, W, C). "
            f"Received: {array.dtype} {array.shape}. Convert it first."
        )
    height, width = size
    if height < 1 or width < 1:
        raise UsageError(
            f"A size is (height, width), each at least 1. Received: {size}. Give a size of at least 1 x 1."
        )
    if array.ndim == 2:
        return _resize_plane(array, height, width, METHODS[method])
    if array.dtype == np.uint8 and array.shape[2] == 3:
        # One pass over all three channels; the result is that of the planes one by one.
        return _resize_plane(array, height, width, METHODS[method])
    result = np.empty((height, width, array.shape[2]), array.dtype)
    for channel in range(array.shape[2]):
        result[..., channel] = _resize_plane(array[..., channel], height, width, METHODS[method])
    return result


def enlarged_by_interpolation(picture: np.ndarray, scale: int) -> np.ndarray:
    """Each side ``scale`` times longer, by bicubic interpolation.

    Args:
        picture: uint8 or uint16 ``(H, W, 3)``.
        scale: At least 1.

    Returns:
        ``(scale * H, scale * W, 3)`` of its dtype.

    Example:
        >>> enlarged_by_interpolation(np.zeros((4, 6, 3), np.uint8), 3).shape
        (12, 18, 3)
    """
    size = (picture.shape[0] * scale, picture.shape[1] * scale)
    if picture.dtype == np.uint8:
        return resize(picture, size, "bicubic")
    result = resize(picture.astype(np.float32), size, "bicubic")
    return np.rint(result.clip(0, np.iinfo(picture.dtype).max)).astype(picture.dtype)


def cropped_to_multiple(picture: np.ndarray, factor: int) -> np.ndarray:
    """A picture (H, W, C) without what ``factor`` leaves over at the right and the bottom.

    Returns:
        Contiguous, both sides multiples of ``factor``.

    Example:
        >>> cropped_to_multiple(np.zeros((10, 9, 3)), 4).shape
        (8, 8, 3)
    """
    height, width = (side - side % factor for side in picture.shape[:2])
    return np.ascontiguousarray(picture[:height, :width])


def _resize_plane(plane: np.ndarray, height: int, width: int, method: Image.Resampling) -> np.ndarray:
    image = Image.fromarray(np.ascontiguousarray(plane))
    return np.array(image.resize((width, height), method))
