"""Line studies: strands, straight lines, arcs and hatching in many angles and widths on calm fields.

They show nothing in particular; they are for a network to learn what a clean edge is.
"""

from collections.abc import Callable

import numpy as np

from waifu4x_tf.data.drawing.paints import gradient, screentone
from waifu4x_tf.data.drawing.rasterizer import (
    Canvas,
    Colour,
    box,
    ellipse,
    from_hsv,
    mix,
    ribbon,
    spline,
    taper,
)

Layer = Callable[[Canvas, np.random.Generator, Colour], None]


def _colour(rng: np.random.Generator) -> Colour:
    hue, value, saturation = rng.uniform(0, 6), rng.uniform(0.35, 1.0), rng.uniform(0.0, 0.75)
    return from_hsv(hue, saturation, value)


def draw_lines(canvas: Canvas, rng: np.random.Generator) -> None:
    """Fills the canvas with two or three layers of lines."""
    w, h = canvas.width, canvas.height
    first, second = _colour(rng), _colour(rng)
    if rng.uniform() < 0.5:
        first, second = mix(first, (255, 255, 255), 0.7), mix(second, (255, 255, 255), 0.7)
    ground = rng.choice(("flat", "gradient", "cells"))
    whole = box(0, 0, w, h)
    canvas.fill(
        whole, first if ground == "flat" else gradient((0, 0), (w * rng.uniform(-0.5, 1), h), (first, second))
    )
    if ground == "cells":
        _cells(canvas, rng, first)
    layers: list[Layer] = [
        (_edges, _arcs, _hatching)[rng.integers(3)],
        (_slanted, _crossing)[rng.integers(2)],
        _strands,
    ]
    if rng.uniform() < 0.6:
        del layers[rng.integers(3)]
    for layer in layers:
        dark = mix(_colour(rng), (10, 6, 20), float(rng.uniform(0.4, 0.85)))
        layer(canvas, rng, dark if rng.uniform() < 0.75 else mix(dark, (255, 255, 255), 0.92))


def _cells(canvas: Canvas, rng: np.random.Generator, base: Colour) -> None:
    w, h = canvas.width, canvas.height
    for _ in range(4):
        middle = rng.uniform(0, 1, 2) * (w, h)
        angles = np.sort(rng.uniform(0, 2 * np.pi, 6))
        radius = rng.uniform(0.15, 0.5, 6) * canvas.short_side
        points = np.stack([middle[0] + radius * np.cos(angles), middle[1] + radius * np.sin(angles)], axis=1)
        canvas.fill(spline(points, closed=True), mix(base, _colour(rng), 0.5))


def _width(canvas: Canvas, rng: np.random.Generator) -> float:
    return max(
        1.2,
        canvas.short_side * float(rng.choice((0.003, 0.005, 0.008, 0.014, 0.024))) * rng.uniform(0.8, 1.25),
    )


def _strands(canvas: Canvas, rng: np.random.Generator, paint: Colour) -> None:
    scale = np.array([canvas.width, canvas.height])
    spread, bend = rng.uniform(0.3, 1.2), rng.uniform(-0.5, 0.5)
    tint = mix(_colour(rng), (255, 255, 255), float(rng.uniform(0, 0.4)))
    # The strands grow from somewhere at the rim towards the middle.
    turn = rng.uniform(0, 2 * np.pi)
    root = rng.uniform(0.35, 0.65, 2) - 0.6 * np.array([np.cos(turn), np.sin(turn)])
    for _ in range(int(rng.integers(24, 64))):
        angle = turn + rng.uniform(-0.5, 0.5) * spread
        length = rng.uniform(0.4, 1.4)
        side = np.array([-np.sin(angle), np.cos(angle)])
        ahead = np.array([np.cos(angle), np.sin(angle)])
        points = [
            root + ahead * length * t + side * bend * t * t + rng.normal(0, 0.01, 2)
            for t in (0.1, 0.4, 0.7, 1.0)
        ]
        path = spline(np.array(points) * scale)
        canvas.fill(
            ribbon(path, _width(canvas, rng) * taper(len(path), 0.3, 0.7)),
            mix(paint, tint, float(rng.uniform(0, 1))),
        )


def _slanted(canvas: Canvas, rng: np.random.Generator, paint: Colour) -> None:
    size = np.array([canvas.width, canvas.height])
    lines = []
    for _ in range(int(rng.integers(6, 22))):
        middle, angle = rng.uniform(0, 1, 2) * size, rng.uniform(0, np.pi)
        reach = np.array([np.cos(angle), np.sin(angle)]) * canvas.short_side * rng.uniform(0.2, 1.2)
        lines.append(ribbon(np.array([middle - reach, middle + reach]), _width(canvas, rng)))
    canvas.fill(lines, paint)


def _arcs(canvas: Canvas, rng: np.random.Generator, paint: Colour) -> None:
    x, y = rng.uniform(-0.2, 1.2) * canvas.width, rng.uniform(-0.2, 1.2) * canvas.height
    gap = canvas.short_side * rng.uniform(0.03, 0.12)
    width = min(_width(canvas, rng), gap * 0.3)
    stretch = rng.uniform(0.6, 1.4)
    for step in range(1, int(1.6 * max(canvas.width, canvas.height) / gap)):
        canvas.outline(ellipse(x, y, step * gap, step * gap * stretch, points=90), width, paint)


def _crossing(canvas: Canvas, rng: np.random.Generator, paint: Colour) -> None:
    size = np.array([canvas.width, canvas.height])
    for _ in range(int(rng.integers(6, 18))):
        start, end = rng.uniform(-0.1, 1.1, 2), rng.uniform(-0.1, 1.1, 2)
        bend = rng.normal(0, 0.25, (2, 2))
        path = spline(
            np.array([start, start * 0.66 + end * 0.34 + bend[0], start * 0.34 + end * 0.66 + bend[1], end])
            * size,
            per_span=20,
        )
        ends = (0.4, 0.4) if rng.uniform() < 0.6 else (0.0, 0.0)
        canvas.stroke(path, _width(canvas, rng), paint, ends=ends)


def _hatching(canvas: Canvas, rng: np.random.Generator, paint: Colour) -> None:
    x, y = rng.uniform(0.2, 0.8) * canvas.width, rng.uniform(0.2, 0.8) * canvas.height
    wide, tall = rng.uniform(0.25, 0.5, 2) * canvas.short_side
    clip = canvas.mask(ellipse(x, y, wide, tall))
    r, g, b = (int(value) for value in canvas.pixels[int(y), int(x)])
    tone = screentone(
        max(4.0, canvas.short_side * rng.uniform(0.015, 0.05)),
        float(rng.uniform(0.2, 0.45)),
        angle=rng.uniform(0, np.pi),
        lines=bool(rng.uniform() < 0.6),
        ink=paint,
        paper=(r, g, b),
    )
    canvas.fill(box(0, 0, canvas.width, canvas.height), tone, clip=clip)


def _edges(canvas: Canvas, rng: np.random.Generator, paint: Colour) -> None:
    size = np.array([canvas.width, canvas.height])
    for _ in range(int(rng.integers(3, 9))):
        corner = rng.uniform(0, 1, 2)
        points = (corner + rng.uniform(-0.35, 0.35, (3, 2))) * size
        canvas.fill(points, mix(paint, _colour(rng), 0.6), opacity=float(rng.choice((1.0, 1.0, 0.5))))
        canvas.outline(points, _width(canvas, rng), paint)
