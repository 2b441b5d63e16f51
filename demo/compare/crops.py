"""Which part of a picture is compared: the one to begin with, and what a visitor's may be."""

import numpy as np

from waifu4x_tf.errors import UsageError
from waifu4x_tf.evaluation import comparison
from waifu4x_tf.imaging.interpolation import resize

Box = tuple[int, int, int, int]

# What every method starts from has sides of this length: above, eight results no longer fit on a page; below,
# SSIM's window does not fit into the result.
MOST_CROP_PX, LEAST_CROP_PX = 192, 8
_PREVIEW_PX = 1024


def preview(rgb: np.ndarray) -> np.ndarray:
    """The picture, or a smaller one for the eye alone."""
    height, width = rgb.shape[:2]
    factor = max(height, width) / _PREVIEW_PX
    if factor <= 1:
        return rgb
    return resize(rgb, (max(1, round(height / factor)), max(1, round(width / factor))), "area")


def crop_unit(is_original: bool, scale: int) -> int:
    """Pixels of the given picture that become one pixel of what the methods start from."""
    return scale if is_original else 1


def default_crop(rgb: np.ndarray, unit: int, side_px: int = comparison.DEFAULT_CROP_PX) -> Box:
    """The busiest square, found on the preview: the search takes some fifty bytes a pixel.

    Args:
        rgb: uint8 (H, W, 3).
        unit: Of `crop_unit`.
        side_px: Of the square, in units.

    Returns:
        (x, y, width, height) in pixels of ``rgb``, all multiples of the unit.

    Raises:
        UsageError: An original too small to be measured.
    """
    _check_original(rgb, unit)
    shown = preview(rgb)
    factor = rgb.shape[0] / shown.shape[0], rgb.shape[1] / shown.shape[1]
    wanted = side_px * unit
    left, top, *_ = comparison.busiest_square(shown, max(1, round(wanted / max(factor))))
    height, width = (side - side % unit for side in rgb.shape[:2])
    crop_width, crop_height = min(wanted, width), min(wanted, height)
    x, y = min(round(left * factor[1]), width - crop_width), min(round(top * factor[0]), height - crop_height)
    return x - x % unit, y - y % unit, crop_width, crop_height


def parse_crop(text: str | None) -> Box | None:
    """Four numbers with commas between them; None for an empty text.

    Raises:
        UsageError: Something else.
    """
    if not text or not text.strip():
        return None
    try:
        x, y, width, height = (int(part) for part in text.split(","))
    except ValueError:
        raise UsageError(
            f"A crop is four whole numbers, X,Y,WIDTH,HEIGHT. Received: {text[:80]!r}. Leave it empty for the"
            " part with most detail."
        ) from None
    return x, y, width, height


def checked_crop(rgb: np.ndarray, crop: Box, unit: int) -> Box:
    """A crop that can be compared.

    Args:
        rgb: uint8 (H, W, 3).
        crop: (x, y, width, height) in its pixels.
        unit: Of `crop_unit`.

    Returns:
        The crop, narrowed to multiples of the unit.

    Raises:
        UsageError: It is too small, too large or leaves the picture; an original too small to be measured.
    """
    _check_original(rgb, unit)
    height, width = rgb.shape[:2]
    x, y, crop_width, crop_height = (
        length - length % unit for length in comparison.crop_box(width, height, crop)
    )
    least, most = LEAST_CROP_PX * unit, MOST_CROP_PX * unit
    if (
        crop_width < min(least, width)
        or crop_height < min(least, height)
        or max(crop_width, crop_height) > most
    ):
        raise UsageError(
            f"A crop is {least}x{least} to {most}x{most} pixels here. Received: {crop[2]}x{crop[3]}. Give"
            " another size."
        )
    return x, y, crop_width, crop_height


def _check_original(rgb: np.ndarray, unit: int) -> None:
    least = LEAST_CROP_PX * unit
    if unit > 1 and min(rgb.shape[:2]) < least:
        raise UsageError(
            f"An original is at least {least}x{least} pixels. Received: {rgb.shape[1]}x{rgb.shape[0]}."
            " Compare it as a small picture."
        )
