"""One picture enlarged by plain interpolation and by a model, side by side on a labelled sheet."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from waifu4x_tf.errors import UsageError
from waifu4x_tf.imaging.alpha import flatten
from waifu4x_tf.imaging.depth import with_bits
from waifu4x_tf.imaging.interpolation import resize
from waifu4x_tf.imaging.picture import Picture, in_srgb
from waifu4x_tf.imaging.target import Target

if TYPE_CHECKING:
    from waifu4x_tf.inference.upscaler import Upscaler

INTERPOLATIONS = ("nearest", "bilinear", "bicubic")
# Four panels of 512 px stand two by two on most screens without being shrunk, which would hide differences.
DEFAULT_CROP_PX = 128
# Room for a label, and how far small panels are magnified: to this width, but not beyond this height.
_LEAST_PANEL_PX, _MOST_MAGNIFIED_PX = 320, 1024
_MARGIN_PX, _FONT_PX = 16, 22
_PAPER, _INK = (250, 250, 250), (20, 20, 20)


def flatten_on_white(picture: Picture) -> np.ndarray:
    """The first frame in sRGB over white, of 16 bits per channel rounded to 8.

    Returns:
        uint8 (H, W, 3).
    """
    frame = in_srgb(with_bits(picture, 8)).frames[0]
    if frame.alpha is None:
        return frame.rgb
    return flatten(frame.rgb, frame.alpha, (255, 255, 255))


def busiest_square(picture: np.ndarray, side: int) -> tuple[int, int, int, int]:
    """The square with the largest steps between neighbouring pixels in all.

    Args:
        picture: uint8 (H, W, 3).
        side: Of the square; a shorter side of the picture limits it.

    Returns:
        (x, y, width, height), inside the picture.

    Example:
        >>> picture = np.zeros((32, 32, 3), np.uint8)
        >>> picture[20:28:2, 20:28] = 255
        >>> busiest_square(picture, 16)[2:]
        (16, 16)
    """
    levels = picture.astype(np.float64).mean(axis=2)
    steps = np.zeros_like(levels)
    steps[:, 1:] += np.abs(np.diff(levels, axis=1))
    steps[1:] += np.abs(np.diff(levels, axis=0))
    return heaviest_square(steps, side)


def heaviest_square(weights: np.ndarray, side: int) -> tuple[int, int, int, int]:
    """The square with the largest sum.

    Args:
        weights: float (H, W), 0 or more.
        side: Of the square; a shorter side of the array limits it.

    Returns:
        (x, y, width, height), inside the array.
    """
    height, width = (min(side, length) for length in weights.shape)
    total = np.pad(weights.cumsum(axis=0).cumsum(axis=1), ((1, 0), (1, 0)))
    lower, upper = total[height:], total[:-height]
    inside = lower[:, width:] - lower[:, :-width] - upper[:, width:] + upper[:, :-width]
    top, left = np.unravel_index(int(inside.argmax()), inside.shape)
    return int(left), int(top), width, height


def crop_box(width: int, height: int, crop: tuple[int, int, int, int] | None) -> tuple[int, int, int, int]:
    """The part of a picture that is compared.

    Args:
        width: Of the picture.
        height: Of the picture.
        crop: (x, y, width, height), or ``None`` for at most 128 x 128 pixels of its centre.

    Returns:
        (x, y, width, height), inside the picture.

    Raises:
        UsageError: The crop is empty or leaves the picture.
    """
    if crop is None:
        crop_width, crop_height = min(width, DEFAULT_CROP_PX), min(height, DEFAULT_CROP_PX)
        return (width - crop_width) // 2, (height - crop_height) // 2, crop_width, crop_height
    x, y, crop_width, crop_height = crop
    if (
        min(x, y) < 0
        or min(crop_width, crop_height) < 1
        or x + crop_width > width
        or y + crop_height > height
    ):
        raise UsageError(
            f"A crop lies inside the picture, here {width}x{height}. Received: "
            f"`crop={crop}` (x, y, width, height). Choose a smaller one or move it."
        )
    return crop


def enlarge_by_each(rgb: np.ndarray, upscaler: Upscaler, size: tuple[int, int]) -> dict[str, np.ndarray]:
    """Enlarge by every interpolation and by the model.

    Args:
        rgb: uint8 (H, W, 3).
        upscaler: The model; it takes as many passes as the size needs, and averages down to it.
        size: (height, width) of the results.

    Returns:
        Method name to uint8 (height, width, 3): the interpolations, then the model under its name.
    """
    results = {method: resize(rgb, size, method) for method in INTERPOLATIONS}
    target = Target(size=(size[1], size[0]), fit="stretch")
    enlarged = upscaler.upscale(Picture.from_array(np.ascontiguousarray(rgb)), target=target)
    results[upscaler.name] = enlarged.frames[0].rgb
    return results


def draw_sheet(panels: Mapping[str, np.ndarray], caption: str, columns: int = 2) -> Image.Image:
    """Lay panels in rows, each under its label, above a caption.

    Small panels are magnified by a whole number, all by the same, so that their pixels stay true.

    Args:
        panels: Label to uint8 (H, W, 3), all of one size.
        caption: One line below the panels.
        columns: Panels a row.

    Returns:
        An RGB image.
    """
    height, width = next(iter(panels.values())).shape[:2]
    magnified = max(1, min(-(-_LEAST_PANEL_PX // width), _MOST_MAGNIFIED_PX // height))
    width, height = width * magnified, height * magnified
    font = ImageFont.load_default(_FONT_PX)
    line_px = _FONT_PX + _FONT_PX // 2
    rows = -(-len(panels) // columns)
    label_width = max(width, _LEAST_PANEL_PX)
    cell_width, cell_height = label_width + _MARGIN_PX, line_px + height + _MARGIN_PX
    sheet = Image.new(
        "RGB", (columns * cell_width + _MARGIN_PX, rows * cell_height + line_px + 2 * _MARGIN_PX), _PAPER
    )
    pen = ImageDraw.Draw(sheet)
    for index, (label, panel) in enumerate(panels.items()):
        left = _MARGIN_PX + index % columns * cell_width
        top = _MARGIN_PX + index // columns * cell_height
        pen.text((left, top), _fitted(label, font, label_width), _INK, font)
        image = Image.fromarray(np.ascontiguousarray(panel)).resize((width, height), Image.Resampling.NEAREST)
        sheet.paste(image, (left, top + line_px))
    foot = (_MARGIN_PX, _MARGIN_PX + rows * cell_height)
    pen.text(foot, _fitted(caption, font, sheet.width - 2 * _MARGIN_PX), _INK, font)
    return sheet


def _fitted(text: str, font: ImageFont.FreeTypeFont | ImageFont.ImageFont, width_px: int) -> str:
    if font.getlength(text) <= width_px:
        return text
    while text and font.getlength(text + "...") > width_px:
        text = text[:-1]
    return text + "..."
