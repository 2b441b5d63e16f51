"""What is worn on the hair: bows, bands, clips, cat ears, and the stray lock that stands up."""

import numpy as np

from waifu4x_tf.data.drawing.characters import Sketch
from waifu4x_tf.data.drawing.hair import lock
from waifu4x_tf.data.drawing.rasterizer import ribbon, spline


def draw_back(sketch: Sketch) -> None:
    """Draws cat ears, whose roots the hair in front hides."""
    look = sketch.look
    if look.extra != "cat":
        return
    for s in (-1, 1):
        outer = [
            (s * 0.18, -0.9),
            (s * 0.44, -1.3),
            (s * 0.7, -1.62),
            (s * 0.76, -1.62),
            (s * 0.92, -1.2),
            (s * 0.98, -0.5),
        ]
        sketch.shape(outer, look.hair, weight=1.1)
        inner = [
            (s * 0.42, -0.8),
            (s * 0.52, -1.2),
            (s * 0.7, -1.46),
            (s * 0.74, -1.46),
            (s * 0.83, -1.12),
            (s * 0.84, -0.6),
        ]
        mask = sketch.shape(inner, (225, 225, 225) if look.grey else (246, 172, 176), weight=0.8)
        path = [
            spline(
                [(s * (0.4 + 0.1 * i), -0.8), (s * (0.48 + 0.08 * i), -1.06), (s * (0.58 + 0.06 * i), -1.28)]
            )
            for i in range(3)
        ]
        widths = 0.11 * sketch.place.unit * np.linspace(1, 0, len(path[0]))
        sketch.canvas.fill([ribbon(sketch.place(p), widths) for p in path], look.hair, clip=mask)


def draw_front(sketch: Sketch, cap: np.ndarray) -> None:
    """Draws what is worn on the hair (`cap` is the mask of its front), and a stray lock."""
    look, rng = sketch.look, sketch.rng
    side = look.light
    if look.extra == "ahoge":
        tip = -side * rng.uniform(0.3, 0.5)
        lock(
            sketch,
            [(0.02, -1.08), (0.04 * side, -1.4), (tip * 0.6, -1.56), (tip, -1.36)],
            0.15,
            root=0.7,
            strands=0,
        )
    elif look.extra == "band":
        arc = spline(
            [
                (-1.1, 0.0),
                (-0.93, -0.52),
                (-0.55, -0.88),
                (0.0, -1.0),
                (0.55, -0.88),
                (0.93, -0.52),
                (1.1, 0.0),
            ]
        )
        path = sketch.place(arc)
        sketch.canvas.fill(ribbon(path, 0.15 * sketch.place.unit), look.hair_line, clip=cap)
        sketch.canvas.fill(ribbon(path, 0.15 * sketch.place.unit - 2 * sketch.ink_px), look.accent, clip=cap)
    elif look.extra == "ribbon":
        bow(sketch, (side * 0.82, -0.78), 0.42, angle=0.5 * side)
    elif look.extra == "clip":
        for step in (0.0, 0.13):
            path = sketch.place(np.linspace((side * 0.6, -0.3 + step), (side * 0.86, -0.2 + step), 6))
            sketch.canvas.fill(ribbon(path, 0.09 * sketch.place.unit, round_caps=True), look.hair_line)
            inner = max(0.09 * sketch.place.unit - 2 * sketch.ink_px, 0.8)
            sketch.canvas.fill(ribbon(path, inner, round_caps=True), look.accent)
    if look.back in ("twintails", "ponytail") and look.extra != "ribbon":
        for s in (-1, 1) if look.back == "twintails" else (-look.light,):
            bow(sketch, (s * 0.98, -0.6), 0.3, angle=0.9 * s)


def bow(sketch: Sketch, centre: tuple[float, float], size: float, *, angle: float = 0.0) -> None:
    """Ties a ribbon: two loops, two ends and a knot."""
    cos, sin = np.cos(angle), np.sin(angle)
    spin = np.array([[cos, sin], [-sin, cos]]) * size

    def at(points: list[tuple[float, float]]) -> np.ndarray:
        return np.array(points) @ spin + centre

    accent = sketch.look.accent
    for s in (-1, 1):
        sketch.shape(
            at([(s * 0.05, 0.0), (s * 0.35, 0.35), (s * 0.6, 1.0), (s * 0.75, 0.95), (s * 0.4, 0.2)]),
            accent,
            weight=0.9,
        )
    for s in (-1, 1):
        sketch.shape(
            at(
                [
                    (0.0, 0.0),
                    (s * 0.5, -0.5),
                    (s * 0.95, -0.5),
                    (s * 1.0, 0.1),
                    (s * 0.85, 0.42),
                    (s * 0.4, 0.25),
                ]
            ),
            accent,
        )
        fold = [spline(at([(s * 0.15, -0.02), (s * 0.4, -0.08), (s * 0.66, -0.05)])),
                spline(at([(s * 0.15, 0.05), (s * 0.4, 0.1), (s * 0.6, 0.16)]))]  # fmt: skip
        sketch.ink(fold, 0.7, ends=(0.1, 0.8), tip=0.1)
    sketch.shape(at([(-0.16, -0.16), (0.16, -0.16), (0.17, 0.16), (-0.17, 0.16)]), accent)
