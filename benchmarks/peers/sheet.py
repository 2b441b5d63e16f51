"""A sheet of small places, each enlarged by every method, side by side and three times magnified."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from waifu4x_tf.evaluation.comparison import busiest_square

CROP_PX = 96
ZOOM = 3

_MOST_COLUMNS = 6
_MARGIN_PX, _FONT_PX, _LINE_PX = 12, 18, 26
_PAPER, _INK, _RULE = (250, 250, 250), (20, 20, 20), (170, 170, 170)


@dataclass(frozen=True)
class Box:
    """A rectangle of a picture, in its pixels."""

    left: int
    top: int
    width: int
    height: int

    def cut(self, picture: np.ndarray) -> np.ndarray:
        """That part of (H, W, C), as a copy."""
        return picture[self.top : self.top + self.height, self.left : self.left + self.width].copy()


@dataclass(frozen=True)
class Place:
    """One place as every method shows it.

    Attributes:
        caption: What it is.
        panels: Label to uint8 (H, W, 3), all of one size, at most `CROP_PX` high and wide.
    """

    caption: str
    panels: Mapping[str, np.ndarray]


def busiest_box(small: np.ndarray, scale: int) -> Box:
    """`waifu4x_tf.evaluation.comparison.busiest_square` of the small picture, in pixels of the large one.

    The small picture is looked at, because what shrinking wiped out shows little of the methods.

    Args:
        small: uint8 (H, W, 3), the shrunk picture.
        scale: How many times larger the picture is that the box lies in.

    Returns:
        A box of `CROP_PX` each way, or of the picture's side where that is shorter.
    """
    return Box(*(scale * value for value in busiest_square(small, CROP_PX // scale)))


def columns_for(panels: int) -> int:
    """How many stand in a line, so that the lines of a place are equally long and none is too wide."""
    lines = -(-panels // _MOST_COLUMNS)
    return -(-panels // lines)


def draw_sheet(places: Sequence[Place]) -> Image.Image:
    """Lay out places from top to bottom, the panels of each in lines below its caption.

    Args:
        places: At least one; all with as many panels.

    Returns:
        An RGB image. Pixels are repeated, not smoothed.
    """
    cell = CROP_PX * ZOOM
    panels = len(places[0].panels)
    columns = columns_for(panels)
    lines = -(-panels // columns)
    line_height = _LINE_PX + cell + _MARGIN_PX
    place_height = _LINE_PX + _MARGIN_PX + lines * line_height
    width = _MARGIN_PX + columns * (cell + _MARGIN_PX)
    sheet = Image.new("RGB", (width, _MARGIN_PX + len(places) * place_height), _PAPER)
    pen = ImageDraw.Draw(sheet)
    font = ImageFont.load_default(_FONT_PX)
    for index, place in enumerate(places):
        top = _MARGIN_PX + index * place_height
        pen.text((_MARGIN_PX, top), place.caption, _INK, font)
        pen.line((_MARGIN_PX, top + _LINE_PX, width - _MARGIN_PX, top + _LINE_PX), _RULE)
        for number, (label, panel) in enumerate(place.panels.items()):
            x = _MARGIN_PX + number % columns * (cell + _MARGIN_PX)
            y = top + _LINE_PX + _MARGIN_PX + number // columns * line_height
            pen.text((x, y), label, _INK, font)
            sheet.paste(_magnified(panel), (x, y + _LINE_PX))
    return sheet


def _magnified(panel: np.ndarray) -> Image.Image:
    return Image.fromarray(panel.repeat(ZOOM, axis=0).repeat(ZOOM, axis=1))
