"""Collages: one picture cut out and glued upon another, inked along the cut as often as not.

Two patches give an edge that neither has, of any shape, between the colours and textures of real pictures.
Sources: CutMix (Yun et al. 2019, arXiv:1905.04899); copy-paste (Ghiasi et al. 2021, arXiv:2012.07177).
"""

from collections.abc import Callable

import numpy as np

from waifu4x_tf.data.drawing.rasterizer import (
    Canvas,
    PaintField,
    Place,
    blob,
    from_hsv,
    ribbon,
    spline,
    taper,
)

Shape = Callable[[float, np.random.Generator], list[np.ndarray]]

_INKED = 0.5
_DARK = 0.7
_INK_PX = (1.2, 9.0)


def collage(ground: np.ndarray, cutting: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Glues parts of one picture upon another, each pixel of both staying in its place.

    Args:
        ground: uint8 ``(H, W, 3)``.
        cutting: uint8, of the same shape.
        rng: The only source of chance.

    Returns:
        uint8 ``(H, W, 3)``; along the cut the exact share that each has of a pixel.
    """
    height, width = ground.shape[:2]
    canvas, paint = Canvas(width, height, _paint_of(ground)), _paint_of(cutting)
    inked = rng.random() < _INKED
    value = rng.uniform(0, 0.35) if rng.random() < _DARK else rng.uniform(0.2, 1)
    ink = from_hsv(rng.uniform(0, 6), rng.uniform(0, 1), value)
    ink_px = float(np.exp(rng.uniform(*np.log(_INK_PX))))
    for contour in _SHAPES[int(rng.integers(len(_SHAPES)))](min(height, width), rng):
        placed = contour + rng.uniform(0.15, 0.85, 2) * (width, height)
        canvas.fill(placed, paint)
        if inked:
            canvas.outline(placed, ink_px, ink)
    return canvas.finish()


def _paint_of(picture: np.ndarray) -> PaintField:
    def paint(ys: np.ndarray, xs: np.ndarray) -> np.ndarray:
        top, left = int(ys[0, 0]), int(xs[0, 0])
        return picture[top : top + len(ys), left : left + xs.shape[1]].astype(np.float32)

    return paint


def _half(side: float, rng: np.random.Generator) -> list[np.ndarray]:
    """Everything beyond a bent border."""
    sway = rng.uniform(0, 0.2) * side
    border = spline(np.stack([np.linspace(-2, 2, 9) * side, rng.normal(0, sway, 9)], axis=1))
    beyond = np.concatenate([border, [(2 * side, 3 * side), (-2 * side, 3 * side)]])
    return [_turned(beyond, rng)]


def _patch(side: float, rng: np.random.Generator) -> list[np.ndarray]:
    """A closed shape without corners."""
    size = side * np.exp(rng.uniform(np.log(0.04), np.log(0.6)))
    return [blob(np.zeros(2), size * rng.uniform(0.6, 1.4, int(rng.integers(5, 10))))]


def _band(side: float, rng: np.random.Generator) -> list[np.ndarray]:
    """A strip that winds through the picture."""
    sway, width = rng.uniform(0, 0.2) * side, side * np.exp(rng.uniform(np.log(0.015), np.log(0.35)))
    path = spline(np.stack([np.linspace(-1.5, 1.5, 8) * side, rng.normal(0, sway, 8)], axis=1))
    return [_turned(ribbon(path, float(width)), rng)]


def _locks(side: float, rng: np.random.Generator) -> list[np.ndarray]:
    """Strands that are wide at the root and run out to a point."""
    turn, bend = rng.uniform(0, 2 * np.pi), rng.normal(0, 0.6)
    t = np.linspace(0, 1, 24)
    locks = []
    for _ in range(int(rng.integers(2, 8))):
        length, width = side * rng.uniform(0.3, 1.2), side * rng.uniform(0.03, 0.2)
        path = np.stack([t, (bend + rng.normal(0, 0.2)) * t**2], axis=1) * length
        strand = ribbon(path, width * taper(24, 0.15, 0.85))
        locks.append(Place(0, 0, 1.0, turn + rng.normal(0, 0.25))(strand))
    return locks


def _turned(contour: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    return Place(0, 0, 1.0, rng.uniform(0, 2 * np.pi))(contour)


_SHAPES: tuple[Shape, ...] = (_half, _patch, _band, _locks)
