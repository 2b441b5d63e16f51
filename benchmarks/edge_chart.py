"""A chart of slanted lines, rings, discs and hair strands, and how far off an enlarged one is at its edges.

The figure is for line art what PSNR is for pictures: flat ground, where every method is right, does not
dilute it. The shapes and seeds are none of those that training pictures are drawn with.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

SIDE_PX = 1024
SEED = 70_211
BAND_PX = 3

_CELL_PX = 256
_SUPERSAMPLING = 8
# A step between neighbours that counts as an edge: of a slanted edge between two grounds, which anti-aliasing
# spreads over three pixels, each step is above it.
_LEAST_STEP = 12

Colour = tuple[int, int, int]
_GROUNDS: tuple[Colour, ...] = (
    (255, 255, 255),
    (252, 236, 218),
    (212, 233, 250),
    (248, 209, 222),
    (190, 222, 192),
    (250, 214, 120),
    (150, 190, 226),
    (226, 170, 150),
)
_DARK_INKS: tuple[Colour, ...] = ((12, 10, 14), (34, 20, 30), (16, 28, 62), (58, 22, 12))
_SATURATED_INKS: tuple[Colour, ...] = (
    (208, 18, 44),
    (20, 62, 196),
    (0, 116, 70),
    (122, 20, 146),
    (214, 84, 0),
    (0, 120, 150),
)


@dataclass(frozen=True)
class EdgeChart:
    """The chart and where its edges are.

    Attributes:
        picture: uint8 (H, W, 3).
        band: bool (H, W), true within `BAND_PX` of an edge.
    """

    picture: np.ndarray
    band: np.ndarray

    def error(self, result: np.ndarray) -> float:
        """RMS difference of a result from the chart within the band, in levels of 0 to 255 over R, G and B.

        Args:
            result: uint8, the shape of the chart.

        Raises:
            ValueError: Another shape.
        """
        if result.shape != self.picture.shape:
            raise ValueError(
                f"A result has the shape of the chart, {self.picture.shape}. Received: {result.shape}."
                " Enlarge by the factor that the chart was shrunk by."
            )
        difference = result[self.band].astype(np.float64) - self.picture[self.band]
        return float(np.sqrt(np.mean(difference**2)))


def draw_chart(side_px: int = SIDE_PX, *, seed: int = SEED) -> EdgeChart:
    """Draw the chart: the same side and seed give the same pixels.

    Args:
        side_px: Width and height, at least 1.
        seed: Any integer from 0.
    """
    shapes = list(_shapes(side_px, np.random.default_rng(seed)))
    picture = np.empty((side_px, side_px, 3), np.uint8)
    for top in range(0, side_px, _CELL_PX):
        for left in range(0, side_px, _CELL_PX):
            place = picture[top : top + _CELL_PX, left : left + _CELL_PX]
            place[...] = _drawn_cell(shapes, left, top)[: place.shape[0], : place.shape[1]]
    return EdgeChart(picture, edge_band(picture))


def edge_band(picture: np.ndarray) -> np.ndarray:
    """Where a picture has edges, and `BAND_PX` around: uint8 (H, W, 3) to bool (H, W)."""
    levels = picture.astype(np.int16)
    edges = np.zeros(picture.shape[:2], bool)
    across = np.abs(np.diff(levels, axis=1)).max(axis=2) >= _LEAST_STEP
    down = np.abs(np.diff(levels, axis=0)).max(axis=2) >= _LEAST_STEP
    for half in (edges[:, :-1], edges[:, 1:]):
        half |= across
    for half in (edges[:-1], edges[1:]):
        half |= down
    widened = Image.fromarray(edges.astype(np.uint8)).filter(ImageFilter.MaxFilter(2 * BAND_PX + 1))
    return np.asarray(widened) > 0


def _drawn_cell(shapes: list[tuple[np.ndarray, Colour]], left: int, top: int) -> np.ndarray:
    """The part of the chart that begins there, drawn large and averaged: uint8 (256, 256, 3)."""
    side = _CELL_PX * _SUPERSAMPLING
    large = Image.new("RGB", (side, side), _GROUNDS[0])
    pen = ImageDraw.Draw(large)
    for outline, colour in shapes:
        points = outline - (left, top)
        if (points.max(axis=0) >= 0).all() and (points.min(axis=0) <= _CELL_PX).all():
            pen.polygon([(x, y) for x, y in points * _SUPERSAMPLING - 0.5], fill=colour)
    return np.asarray(large.reduce(_SUPERSAMPLING))


def _shapes(side: int, rng: np.random.Generator) -> Iterator[tuple[np.ndarray, Colour]]:
    """Outlines, float64 (N, 2) of x and y in pixels of the chart, with their colours, from the ground up."""
    yield from _grounds(side, rng)
    motifs = (_fan, _rings, _strands, _crossed_lines)
    for row, top in enumerate(range(0, side, _CELL_PX)):
        for column, left in enumerate(range(0, side, _CELL_PX)):
            middle = np.array([left, top]) + _CELL_PX * rng.uniform(0.42, 0.58, 2)
            # Each motif comes once in every row and in every column of a chart of 4 x 4.
            yield from motifs[(column + 2 * row + row // 2) % len(motifs)](middle, rng)


def _grounds(side: int, rng: np.random.Generator) -> Iterator[tuple[np.ndarray, Colour]]:
    """Slanted fields, so that where two meet is an edge at a slant too."""
    reach = 2.0 * side
    for index, share in enumerate(np.linspace(0, 1, len(_GROUNDS))[:-1]):
        angle = np.pi * (0.29 + 0.06 * rng.uniform(-1, 1))
        start = np.array([(1.7 * share - 0.45) * side, 0.0])
        along, aside = np.array([np.cos(angle), np.sin(angle)]) * reach, np.array([reach, 0.0])
        corners = [start - along, start - along + aside, start + along + aside, start + along]
        yield np.array(corners), _GROUNDS[index + 1]


def _ink(rng: np.random.Generator) -> Colour:
    inks = _DARK_INKS if rng.uniform() < 0.6 else _SATURATED_INKS
    return inks[int(rng.integers(len(inks)))]


def _fan(middle: np.ndarray, rng: np.random.Generator) -> Iterator[tuple[np.ndarray, Colour]]:
    """Lines from a point outward, in slants all around the circle."""
    count, turn = 18, rng.uniform(0, 2 * np.pi)
    for index in range(count):
        angle = turn + 2 * np.pi * (index + rng.uniform(-0.2, 0.2)) / count
        ahead = np.array([np.cos(angle), np.sin(angle)])
        path = middle + np.outer([rng.uniform(28, 44), rng.uniform(90, 124)], ahead)
        yield _widened(path, np.full(2, rng.uniform(1.5, 6))), _ink(rng)


def _crossed_lines(middle: np.ndarray, rng: np.random.Generator) -> Iterator[tuple[np.ndarray, Colour]]:
    """Groups of nearly parallel lines, one group over the other."""
    for angle in rng.uniform(0, np.pi) + np.array([0.0, 0.9, 2.1]):
        ink, width, gap = _ink(rng), rng.uniform(1.5, 6), rng.uniform(14, 26)
        for index in range(-2, 3):
            slant = angle + 0.03 * index
            ahead = np.array([np.cos(slant), np.sin(slant)])
            centre = middle + index * gap * np.array([-np.sin(angle), np.cos(angle)])
            path = centre + np.outer([-rng.uniform(70, 118), rng.uniform(70, 118)], ahead)
            yield _widened(path, np.full(2, width)), ink


def _rings(middle: np.ndarray, rng: np.random.Generator) -> Iterator[tuple[np.ndarray, Colour]]:
    """Rings and discs from 4 to 55 pixels of radius."""
    turn = rng.uniform(0, 2 * np.pi)
    for index, radius in enumerate((55, 4, 30, 7, 38, 11, 22, 15)):
        angle = turn + index * 2.4
        place = middle + (0 if index == 0 else 84) * np.array([np.cos(angle), np.sin(angle)])
        ink, line = _ink(rng), rng.uniform(1.5, 6)
        yield _circle(place, radius), ink
        if index % 3 == 0:
            yield _circle(place, radius - line), _GROUNDS[int(rng.integers(len(_GROUNDS)))]
            yield _circle(place, 0.45 * radius), _ink(rng)


def _strands(middle: np.ndarray, rng: np.random.Generator) -> Iterator[tuple[np.ndarray, Colour]]:
    """A lock of curved strands that swell and run out to nothing."""
    turn = rng.uniform(0, 2 * np.pi)
    ahead = np.array([np.cos(turn), np.sin(turn)])
    aside = ahead[::-1] * (-1, 1)
    ink, t = _ink(rng), np.linspace(0, 1, 48)
    for index in np.linspace(-1, 1, 10):
        bend = rng.uniform(-30, 50)
        knots = [
            middle - 120 * ahead + 52 * index * aside,
            middle - 50 * ahead + (66 * index + bend) * aside,
            middle + 30 * ahead + (82 * index - bend) * aside,
            middle + rng.uniform(70, 122) * ahead + (98 * index + rng.uniform(-15, 15)) * aside,
        ]
        weights = ((1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t**2 * (1 - t), t**3)
        path = sum(np.outer(weight, knot) for weight, knot in zip(weights, knots, strict=True))
        width = rng.uniform(2, 6) * np.minimum(1, 6 * t) * (1 - t) ** 0.7
        yield _widened(np.asarray(path), width), ink if rng.uniform() < 0.8 else _ink(rng)


def _circle(middle: np.ndarray, radius: float) -> np.ndarray:
    angle = np.linspace(0, 2 * np.pi, 181)[:-1]
    return middle + radius * np.stack([np.cos(angle), np.sin(angle)], axis=1)


def _widened(path: np.ndarray, width: np.ndarray) -> np.ndarray:
    """The outline of a path (N, 2) that is so wide (N,) at each of its points."""
    along = np.gradient(path, axis=0)
    along /= np.hypot(along[:, 0], along[:, 1])[:, None]
    offset = along[:, ::-1] * (-0.5, 0.5) * width[:, None]
    return np.concatenate([path + offset, (path - offset)[::-1]])
