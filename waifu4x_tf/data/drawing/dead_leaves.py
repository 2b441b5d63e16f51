"""Dead leaves: shapes of all sizes that hide each other, textured, shaded and partly out of focus.

Pictures of the world have edges and textures at every scale because things hide things. Shapes whose sizes
follow a power law, laid one over the other, share that, and so teach a network much of what photographs do.
Sources: Matheron's dead leaves model; for training of restoration networks Achddou, Gousseau, Ladjal,
"Synthetic images as a regularity prior for image restoration neural networks" (2021).
"""

from collections.abc import Callable

import numpy as np

from waifu4x_tf.data.degradations import blur
from waifu4x_tf.data.drawing.rasterizer import (
    Canvas,
    Colour,
    Paint,
    PaintField,
    Place,
    blob,
    ellipse,
    from_hsv,
    mix,
    ribbon,
    spline,
    taper,
)

_LEAVES = (500, 1200)
_SMALLEST_PX = (14.0, 1.5)  # of the first leaf and of the last
_LARGEST = 0.4  # of the shorter side


def dead_leaves(canvas: Canvas, rng: np.random.Generator) -> None:
    """Covers the canvas, back to front."""
    side = canvas.short_side
    palette = _palette(rng)
    grain = _Grain(rng, side)
    canvas.pixels[...] = palette(rng)
    count = int(rng.integers(*_LEAVES))
    # Pictures differ in what they are made of: some of pieces, some of lines, most of both.
    lines = float(rng.choice((0.05, 0.2, 0.5)))
    textured = float(rng.choice((0.0, 0.4, 0.9)))
    # What lies far away may be out of focus.
    blurred_until = float(rng.choice((0.0, 0.0, 0.3, 0.7)))
    for index in range(count):
        if blurred_until and index == int(count * blurred_until):
            _blur(canvas, float(rng.uniform(0.6, 3.0)))
        # Sizes fall off with the third power: each scale covers the same area.
        smallest = _SMALLEST_PX[0] * (_SMALLEST_PX[1] / _SMALLEST_PX[0]) ** (index / count)
        low, high = smallest**-2, (_LARGEST * side) ** -2
        size = (low - rng.random() * (low - high)) ** -0.5
        colour = palette(rng)
        paint: Paint = colour
        if size > 4 and rng.random() < textured:
            paint = grain.paint(colour, palette(rng), rng)
        elif size > 4:
            paint = _shaded(colour, palette(rng), size, rng)
        at = rng.uniform(0, 1, 2) * (canvas.width, canvas.height)
        opacity = float(rng.choice((1.0, 1.0, 1.0, 0.6)))
        if rng.random() < lines:
            canvas.fill(_stroke(at, size, rng), colour, opacity=opacity)
            continue
        outline = _SHAPES[int(rng.integers(len(_SHAPES)))](at, size, rng)
        canvas.fill(outline, paint, opacity=opacity)
        if size > 6 and rng.random() < 0.3:
            ink = mix(colour, (8, 6, 12), float(rng.uniform(0.3, 1.0)))
            canvas.outline(outline, float(rng.uniform(1.2, 4.0)), ink)
    if rng.random() < 0.3:
        _blur(canvas, float(rng.uniform(0.3, 0.8)))


def _palette(rng: np.random.Generator) -> Callable[[np.random.Generator], Colour]:
    """Draws colours that go together: a few hues, each in many lights."""
    hues, saturations = rng.uniform(0, 6, 3), rng.uniform(0.0, 0.9, 3)
    middle, reach = float(rng.uniform(0.3, 0.7)), float(rng.uniform(0.2, 0.6))

    def colour(rng: np.random.Generator) -> Colour:
        which = int(rng.integers(3))
        hue = hues[which] + rng.normal(0, 0.25)
        light = float(np.clip(rng.normal(middle, reach), 0.02, 1))
        saturation = float(np.clip(saturations[which] + rng.normal(0, 0.15), 0, 1))
        return from_hsv(hue, saturation, light)

    return colour


def _shaded(colour: Colour, other: Colour, size: float, rng: np.random.Generator) -> Paint:
    """Flat, or running towards another colour."""
    if rng.random() < 0.5:
        return colour
    angle, share = rng.uniform(0, 2 * np.pi), float(rng.uniform(0.1, 0.8))
    start, end = np.asarray([colour, mix(colour, other, share)], np.float32)
    cos, sin, length = np.cos(angle), np.sin(angle), size * rng.uniform(1, 3)
    phase = rng.uniform(0, 2 * np.pi)

    def paint(ys: np.ndarray, xs: np.ndarray) -> np.ndarray:
        t = 0.5 + 0.5 * np.sin((xs * cos + ys * sin) * (np.pi / length) + phase)
        return start + (end - start) * t[..., None].astype(np.float32)

    return paint


class _Grain:
    """Fields of random texture as large as the picture, from cloudy to grainy, that leaves are cut from."""

    def __init__(self, rng: np.random.Generator, side: int) -> None:
        down, across = np.fft.fftfreq(side)[:, None], np.fft.rfftfreq(side)[None, :]
        frequency = np.hypot(down, across)
        frequency[0, 0] = 1
        self._fields = []
        for _ in range(3):
            spectrum = np.fft.rfft2(rng.normal(0, 1, (side, side)))
            spectrum = spectrum * frequency ** -float(rng.uniform(0.6, 1.6))
            if rng.random() < 0.5:  # brushed: stretched along a direction
                angle = rng.uniform(0, np.pi)
                aside = down * np.cos(angle) + across * np.sin(angle)
                spectrum = spectrum * np.exp(-((aside / rng.uniform(0.01, 0.06)) ** 2))
            field = np.fft.irfft2(spectrum, (side, side))
            self._fields.append((field / max(float(field.std()), 1e-9)).astype(np.float32))

    def paint(self, colour: Colour, other: Colour, rng: np.random.Generator) -> PaintField:
        """A paint between two colours, through one of the fields at a random place."""
        field = self._fields[int(rng.integers(len(self._fields)))]
        top, left = rng.integers(0, len(field), 2)
        strength = float(rng.uniform(0.05, 0.5))
        start = np.asarray(colour, np.float32)
        way = np.asarray(other, np.float32) - start

        def paint(ys: np.ndarray, xs: np.ndarray) -> np.ndarray:
            rows, columns = (ys[:, 0].astype(int) + top) % len(field), (xs[0].astype(int) + left) % len(field)
            t = np.clip(strength * field[rows[:, None], columns[None, :]], -1, 1)
            return start + way * t[..., None]

        return paint


def _blur(canvas: Canvas, sigma_px: float) -> None:
    canvas.pixels[...] = blur(canvas.finish(), sigma_px)


def _stroke(at: np.ndarray, size: float, rng: np.random.Generator) -> list[np.ndarray]:
    """One line or several side by side, straight or bent, from hair to bar."""
    angle, length = rng.uniform(0, 2 * np.pi), size * rng.uniform(2, 8) + 8
    ahead = np.array([np.cos(angle), np.sin(angle)])
    aside = ahead[::-1] * (-1, 1)
    width = float(np.exp(rng.uniform(np.log(1.0), np.log(9.0))))
    gap = width * float(rng.uniform(1.3, 5.0))
    bend, fan = rng.normal(0, 0.25) * length, rng.normal(0, 0.3)
    tapered = rng.random() < 0.5
    paths = []
    for index in range(int(rng.choice((1, 1, 1, 2, 4, 8)))):
        root = at + aside * gap * index
        tip = root + ahead * length + aside * (fan * gap * index)
        middle = (root + tip) / 2 + aside * bend
        path = spline(np.array([root, middle, tip]), per_span=10)
        paths.append(ribbon(path, width * taper(len(path), 0.3, 0.6) if tapered else width))
    return paths


def _oval(at: np.ndarray, size: float, rng: np.random.Generator) -> np.ndarray:
    outline = ellipse(0, 0, size, size * rng.uniform(0.3, 1.0))
    return Place(at[0], at[1], 1.0, rng.uniform(0, np.pi))(outline)


def _corners(at: np.ndarray, size: float, rng: np.random.Generator) -> np.ndarray:
    angles = np.sort(rng.uniform(0, 2 * np.pi, int(rng.integers(3, 8))))
    return at + size * rng.uniform(0.5, 1.3) * np.stack([np.cos(angles), np.sin(angles)], axis=1)


def _bar(at: np.ndarray, size: float, rng: np.random.Generator) -> np.ndarray:
    angle = rng.choice((0, np.pi / 2, rng.uniform(0, np.pi)))
    ahead = np.array([np.cos(angle), np.sin(angle)]) * size
    aside = ahead[::-1] * (-1, 1) * rng.uniform(0.1, 1.0)
    return at + np.array([-ahead - aside, ahead - aside, ahead + aside, -ahead + aside])


def _blob(at: np.ndarray, size: float, rng: np.random.Generator) -> np.ndarray:
    return blob(at, size * rng.uniform(0.4, 1.2, int(rng.integers(5, 12))))


_SHAPES = (_oval, _corners, _bar, _blob)
