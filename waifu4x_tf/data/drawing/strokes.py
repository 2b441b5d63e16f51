"""Strokes of full ink on calm grounds: waves, nets, zigzags, spirals, blobs, tufts and scribbles.

In a small picture a thin line of strong ink hardly differs from a wide one of weak ink: which of the two it
was is a matter of habit. Line art is inked: one ink, opaque, from a hair to a few pixels wide, many lines
side by side or one over the other. A network that has seen too little of it draws coloured lines wide and
pale.
"""

from collections.abc import Callable
from itertools import pairwise

import numpy as np

from waifu4x_tf.data.drawing.rasterizer import Canvas, Colour, Place, blob, from_hsv, ribbon, spline, taper

Layer = Callable[[Canvas, np.random.Generator], None]

_WIDTHS_PX = (1.3, 7.0)
_GAPS_PX = (7.0, 30.0)


def draw_strokes(canvas: Canvas, rng: np.random.Generator) -> None:
    """Fills the canvas: a ground of a few fields, then layers of strokes, each of one ink or of several."""
    _fields(canvas, rng)
    for index in rng.permutation(len(_LAYERS))[: int(rng.integers(2, 5))]:
        _LAYERS[index](canvas, rng)


def _ground(rng: np.random.Generator) -> Colour:
    """White, pastel or of middling strength, as what lies behind line art is; seldom dark."""
    if rng.random() < 0.12:
        return from_hsv(rng.uniform(0, 6), rng.uniform(0.1, 0.8), rng.uniform(0.1, 0.5))
    return from_hsv(rng.uniform(0, 6), rng.uniform(0, 0.55) ** 1.5, rng.uniform(0.78, 1.0))


def _ink(rng: np.random.Generator) -> Colour:
    """Nearly black, or a colour as it comes from the tube; seldom white."""
    kind = rng.random()
    if kind < 0.5:
        return from_hsv(rng.uniform(0, 6), rng.uniform(0, 0.8), rng.uniform(0.03, 0.3))
    if kind < 0.92:
        return from_hsv(rng.uniform(0, 6), rng.uniform(0.7, 1.0), rng.uniform(0.4, 0.95))
    return from_hsv(rng.uniform(0, 6), rng.uniform(0, 0.1), rng.uniform(0.92, 1.0))


def _inks(rng: np.random.Generator) -> Callable[[], Colour]:
    """One ink for a whole layer, now and then another."""
    ink, strays = _ink(rng), float(rng.choice((0.0, 0.15, 0.5)))
    return lambda: _ink(rng) if rng.random() < strays else ink


def _width(rng: np.random.Generator) -> float:
    return float(rng.uniform(*_WIDTHS_PX))


def _fields(canvas: Canvas, rng: np.random.Generator) -> None:
    """Fields that meet in bent borders."""
    canvas.pixels[...] = _ground(rng)
    w, h = canvas.width, canvas.height
    for _ in range(int(rng.integers(1, 6))):
        heights = rng.uniform(0, 1, 4) * h
        border = spline(np.stack([np.linspace(-1, w + 1, 4), heights], axis=1))
        if rng.random() < 0.5:
            border = border[:, ::-1] * (w / h, h / w)
        far = border[[-1, 0]] + (border[0] - border[-1])[::-1] * (-1, 1) * rng.choice((-3, 3))
        canvas.fill(np.concatenate([border, far]), _ground(rng))


def _somewhere(canvas: Canvas, rng: np.random.Generator) -> np.ndarray:
    return rng.uniform(-0.05, 1.05, 2) * (canvas.width, canvas.height)


def _waves(canvas: Canvas, rng: np.random.Generator) -> None:
    """Lines side by side through the whole picture, all bent the same way and each a little otherwise."""
    inks, width, gap = _inks(rng), _width(rng), rng.uniform(*_GAPS_PX)
    reach = float(np.hypot(canvas.width, canvas.height)) / 2
    along = np.linspace(-reach, reach, 60)
    swing, length = rng.uniform(0, 0.12) * reach, rng.uniform(0.2, 1.5) * reach
    phase, drift = rng.uniform(0, 2 * np.pi), rng.normal(0, 0.15)
    place = Place(canvas.width / 2, canvas.height / 2, 1.0, rng.uniform(0, np.pi))
    for start in np.arange(-reach, reach, gap + width):
        aside = start + swing * np.sin(along * (2 * np.pi / length) + phase + drift * start / gap)
        path = place(np.stack([along, aside], axis=1))
        canvas.fill(ribbon(path, width * float(rng.uniform(0.8, 1.2))), inks())


def _net(canvas: Canvas, rng: np.random.Generator) -> None:
    """A net that hangs: knots of a grid, moved about, and the strings between them."""
    inks, width, gap = _inks(rng), _width(rng), rng.uniform(1.2, 2) * rng.uniform(*_GAPS_PX)
    other = inks()
    rows, columns = (int(side / gap) + 6 for side in (canvas.height, canvas.width))
    angle = rng.uniform(0, np.pi)
    grid = np.stack(np.meshgrid(np.arange(columns), np.arange(rows)), axis=2) - (columns / 2, rows / 2)
    grid = (grid + rng.normal(0, 0.12, grid.shape)) * gap
    knots = Place(canvas.width / 2, canvas.height / 2, 1.0, angle)(grid)
    for strings, ink in ((knots, other), (knots.swapaxes(0, 1), inks())):
        canvas.fill([ribbon(spline(string, per_span=4), width) for string in strings], ink)


def _zigzags(canvas: Canvas, rng: np.random.Generator) -> None:
    """Broken lines of random steps and turns."""
    inks = _inks(rng)
    for _ in range(int(rng.integers(8, 26))):
        count = int(rng.integers(3, 9))
        turns = np.cumsum(rng.normal(0, 1.1, count)) + rng.uniform(0, 2 * np.pi)
        steps = np.stack([np.cos(turns), np.sin(turns)], axis=1) * rng.uniform(14, 70, count)[:, None]
        path = _somewhere(canvas, rng) + np.cumsum(steps, axis=0)
        ink, width = inks(), _width(rng)
        canvas.fill([ribbon(np.array(pair), width, round_caps=True) for pair in pairwise(path)], ink)


def _spirals(canvas: Canvas, rng: np.random.Generator) -> None:
    """Lines wound up, an even way apart."""
    inks = _inks(rng)
    for _ in range(int(rng.integers(2, 9))):
        width = _width(rng)
        pitch, turns = width + rng.uniform(3, 24), rng.uniform(1.2, 4)
        angle = np.linspace(0.3, turns * 2 * np.pi, int(40 * turns))
        radius = pitch * angle / (2 * np.pi)
        aim = rng.choice((-1, 1)) * angle + rng.uniform(0, 2 * np.pi)
        path = np.stack([np.cos(aim), np.sin(aim) * rng.uniform(0.5, 1)], axis=1) * radius[:, None]
        canvas.fill(ribbon(_somewhere(canvas, rng) + path, width), inks())


def _blobs(canvas: Canvas, rng: np.random.Generator) -> None:
    """Closed shapes without corners, from dots to puddles, filled, hollow or filled and inked."""
    inks = _inks(rng)
    for _ in range(int(rng.integers(8, 30))):
        count = int(rng.integers(5, 10))
        radius = float(np.exp(rng.uniform(np.log(3), np.log(60)))) * rng.uniform(0.7, 1.3, count)
        outline = blob(_somewhere(canvas, rng), radius)
        if rng.random() < 0.7:
            canvas.fill(outline, inks() if rng.random() < 0.5 else _ground(rng))
        if rng.random() < 0.7:
            canvas.outline(outline, min(_width(rng), float(radius.min())), inks())


def _tufts(canvas: Canvas, rng: np.random.Generator) -> None:
    """Grass, fur or a lock: strokes from roots beside each other that run out to nothing."""
    inks = _inks(rng)
    for _ in range(int(rng.integers(2, 8))):
        angle, length, lean = rng.uniform(0, 2 * np.pi), rng.uniform(40, 200), rng.normal(0, 0.5)
        ahead = np.array([np.cos(angle), np.sin(angle)])
        aside = ahead[::-1] * (-1, 1)
        root, gap = _somewhere(canvas, rng), rng.uniform(3, 14)
        for index in range(int(rng.integers(5, 18))):
            bend = lean + rng.normal(0, 0.2)
            own = length * float(rng.uniform(0.5, 1.1))
            t = np.linspace(0, 1, 24)[:, None]
            path = root + aside * (gap * index) + own * (t * ahead + bend * t**2 * aside)
            canvas.fill(ribbon(path, 1.4 * _width(rng) * taper(24, 0.15, 0.85)), inks())


def _scribbles(canvas: Canvas, rng: np.random.Generator) -> None:
    """Handwriting of nobody: loops along a line."""
    inks = _inks(rng)
    for _ in range(int(rng.integers(2, 9))):
        size, angle = rng.uniform(8, 34), rng.uniform(0, 2 * np.pi)
        places = np.cumsum(rng.uniform(0.2, 0.8, (int(rng.integers(6, 24)), 1)), axis=0)
        knots = np.concatenate([places, rng.uniform(-1, 1, places.shape)], axis=1) * size
        x, y = _somewhere(canvas, rng)
        path = spline(Place(x, y, 1.0, angle)(knots))
        canvas.fill(_pieces(path, min(_width(rng), size / 4)), inks())


def _pieces(path: np.ndarray, width: float) -> list[np.ndarray]:
    """A path in short overlapping outlines: where it crosses itself one outline would cancel itself out."""
    return [ribbon(path[start : start + 8], width, round_caps=True) for start in range(0, len(path) - 1, 6)]


_LAYERS: tuple[Layer, ...] = (_waves, _net, _zigzags, _spirals, _blobs, _tufts, _scribbles)
