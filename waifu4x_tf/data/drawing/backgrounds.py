"""Backgrounds and scenery: skies, cel clouds, mountains, sea, towns, wires, petals, and plain patterns."""

import numpy as np

from waifu4x_tf.data.drawing.paints import glow, gradient, screentone
from waifu4x_tf.data.drawing.rasterizer import Canvas, Colour, Paint, box, ellipse, mix, ribbon, spline

_SKIES: dict[str, tuple[Colour, ...]] = {
    "day": ((58, 132, 220), (126, 190, 244), (214, 238, 252)),
    "noon": ((30, 100, 200), (70, 160, 236), (170, 220, 250)),
    "sunset": ((72, 62, 130), (206, 96, 120), (252, 166, 92), (255, 226, 150)),
    "dawn": ((126, 150, 214), (220, 178, 214), (255, 214, 196)),
    "night": ((14, 18, 52), (34, 46, 104), (84, 92, 158)),
}
_PASTELS: tuple[Colour, ...] = (
    (255, 226, 232), (222, 240, 255), (232, 248, 226), (255, 244, 214), (236, 228, 252), (250, 250, 250),
    (200, 226, 232), (255, 214, 190), (120, 140, 190), (60, 64, 96), (240, 130, 140), (110, 190, 180),
)  # fmt: skip


def backdrop(canvas: Canvas, rng: np.random.Generator) -> None:
    """Covers the canvas with a simple background for a portrait."""
    w, h, side = canvas.width, canvas.height, canvas.short_side
    whole = box(0, 0, w, h)
    base = _PASTELS[rng.integers(len(_PASTELS))]
    other = mix(base, (255, 255, 255) if sum(base) < 640 else _PASTELS[rng.integers(len(_PASTELS))], 0.45)
    kind = rng.choice(("flat", "gradient", "dots", "stripes", "burst", "sky", "circles"))
    canvas.fill(whole, base)
    if kind == "gradient":
        canvas.fill(whole, gradient((0, 0), (w * rng.uniform(-0.3, 0.5), h), (base, other)))
    elif kind == "dots":
        canvas.fill(whole, screentone(side * rng.uniform(0.05, 0.11), 0.25, ink=other, paper=base))
    elif kind == "stripes":
        angle = rng.choice((np.pi / 4, -np.pi / 4, np.pi / 3))
        canvas.fill(
            whole,
            screentone(side * rng.uniform(0.08, 0.16), 0.5, angle=angle, lines=True, ink=other, paper=base),
        )
    elif kind == "burst":
        rays(canvas, (w / 2, h * 0.45), 20, other)
    elif kind == "sky":
        sky(canvas, rng, str(rng.choice(("day", "noon", "sunset", "dawn"))), h)
        clouds(canvas, rng, h * 0.8, 2)
    elif kind == "circles":
        for _ in range(14):
            spot = ellipse(rng.uniform(0, w), rng.uniform(0, h), rng.uniform(0.02, 0.12) * side)
            canvas.fill(spot, other, opacity=float(rng.uniform(0.3, 0.9)))


def rays(canvas: Canvas, centre: tuple[float, float], count: int, paint: Paint) -> None:
    """Paints wedges that run out from a centre."""
    far = canvas.width + canvas.height
    x, y = centre
    wedges = []
    for i in range(count):
        a, b = (2 * np.pi * (i + s) / count for s in (0.0, 0.5))
        wedges.append(
            np.array(
                [
                    (x, y),
                    (x + far * np.cos(a), y + far * np.sin(a)),
                    (x + far * np.cos(b), y + far * np.sin(b)),
                ]
            )
        )
    canvas.fill(wedges, paint)


def sky(canvas: Canvas, rng: np.random.Generator, hour: str, horizon: float) -> None:
    """Paints a sky down to `horizon`, with sun, moon or stars."""
    w, side = canvas.width, canvas.short_side
    canvas.fill(box(0, 0, w, canvas.height), gradient((0, 0), (0, horizon), _SKIES[hour]))
    if hour == "night":
        stars = []
        for _ in range(60):
            radius = max(side * rng.uniform(0.001, 0.004), 0.5)
            stars.append(ellipse(rng.uniform(0, w), rng.uniform(0, horizon), radius, points=8))
        canvas.fill(stars, (250, 248, 230))
        x, y, r = rng.uniform(0.15, 0.85) * w, rng.uniform(0.12, 0.4) * horizon, side * rng.uniform(0.05, 0.1)
        canvas.fill(
            ellipse(x, y, r * 1.9), glow((x, y), r * 1.9, ((140, 146, 200), (60, 70, 130))), opacity=0.35
        )
        canvas.fill(ellipse(x, y, r), (255, 250, 220))
        canvas.fill(ellipse(x + r * 0.3, y - r * 0.1, r * 0.2), (240, 230, 190))
    elif hour == "sunset":
        x, y, r = rng.uniform(0.2, 0.8) * w, horizon * rng.uniform(0.75, 0.98), side * rng.uniform(0.08, 0.14)
        canvas.fill(ellipse(x, y, r * 2.2), (255, 236, 170), opacity=0.25)
        canvas.fill(ellipse(x, y, r * 1.5), (255, 240, 190), opacity=0.35)
        canvas.fill(ellipse(x, y, r), (255, 250, 226))


def clouds(
    canvas: Canvas, rng: np.random.Generator, horizon: float, count: int, *, hour: str = "day"
) -> None:
    """Paints heaped clouds of two flat tones with hard edges."""
    w, side = canvas.width, canvas.short_side
    light, dark = {
        "sunset": ((255, 214, 170), (214, 128, 140)),
        "night": ((74, 84, 144), (48, 58, 112)),
        "dawn": ((255, 240, 236), (222, 188, 214)),
    }.get(hour, ((255, 255, 255), (198, 220, 244)))
    for _ in range(count):
        x, y = rng.uniform(-0.1, 1.1) * w, rng.uniform(0.35, 0.95) * horizon
        size = side * rng.uniform(0.1, 0.26)
        puffs = []
        for o in np.linspace(-1.7, 1.7, 10):
            radius = size * rng.uniform(0.3, 0.42) * (1 - 0.3 * abs(o) / 1.7)
            puffs.append(ellipse(x + o * size, y - 0.8 * radius, radius))
        for o in rng.uniform(-1.1, 1.1, 8):
            radius = size * rng.uniform(0.3, 0.6) * (1 - 0.35 * abs(o))
            puffs.append(
                ellipse(x + o * size, y - size * (0.35 + 0.75 * (1 - o * o) * rng.uniform(0.3, 1)), radius)
            )
        mask = canvas.mask(*puffs)
        canvas.fill(puffs, dark)
        lit = [np.add(p, (-side * 0.012, -size * 0.24)) for p in puffs]
        canvas.fill(lit, light, clip=mask)


def ridge(
    rng: np.random.Generator, width: int, level: float, height: float, rough: float = 0.5
) -> np.ndarray:
    """Returns a mountain line across the picture by midpoint displacement; (N, 2) from left to right."""
    line = np.array([0.0, 1.0, 0.0]) * height + rng.uniform(-0.3, 0.3, 3) * height
    for step in range(5):
        middle = (line[:-1] + line[1:]) / 2 + rng.uniform(-1, 1, len(line) - 1) * height * 0.35 * rough**step
        line = np.insert(line, np.arange(1, len(line)), middle)
    return np.stack([np.linspace(-1, width + 1, len(line)), level - np.maximum(line, 0)], axis=1)


def land(canvas: Canvas, line: np.ndarray, paint: Paint) -> np.ndarray:
    """Fills from a ridge to the bottom; returns the mask."""
    contour = np.concatenate([line, [(canvas.width + 1, canvas.height + 1), (-1, canvas.height + 1)]])
    canvas.fill(contour, paint)
    return canvas.mask(contour)


def sea(canvas: Canvas, rng: np.random.Generator, horizon: float, hour: str) -> None:
    """Paints water with glints that shorten towards the horizon."""
    w, h = canvas.width, canvas.height
    top = _SKIES[hour][-1]
    deep = mix(_SKIES[hour][0], (10, 60, 110), 0.4)
    canvas.fill(box(0, horizon, w, h), gradient((0, horizon), (0, h), (mix(top, deep, 0.4), deep)))
    glints = []
    for _ in range(90):
        depth = rng.uniform(0.01, 1.0) ** 1.5
        y = horizon + depth * (h - horizon)
        x, length = rng.uniform(0, w), w * (0.015 + 0.1 * depth) * rng.uniform(0.5, 1.5)
        glints.append(spline([(x - length, y), (x, y + length * 0.04), (x + length, y)], per_span=6))
    canvas.stroke(
        glints, max(canvas.short_side * 0.005, 1.2), mix(top, (255, 255, 255), 0.5), ends=(0.5, 0.5)
    )


def town(
    canvas: Canvas, rng: np.random.Generator, ground: float, near: Colour, lit: Colour, dark: bool
) -> None:
    """Paints a skyline with windows."""
    side = canvas.short_side
    x = -side * 0.05
    while x < canvas.width:
        wide, tall = side * rng.uniform(0.07, 0.18), side * rng.uniform(0.1, 0.42)
        tint = mix(near, (255, 255, 255), float(rng.uniform(0, 0.16)))
        canvas.fill(box(x, ground - tall, x + wide, canvas.height), tint)
        canvas.fill(
            box(x + wide * 0.72, ground - tall, x + wide, canvas.height), mix(tint, (20, 16, 50), 0.22)
        )
        pitch = max(side * 0.026, 4.0)
        panes = []
        for row in range(int(tall / pitch) - 1):
            for column in range(int(wide * 0.7 / pitch)):
                if rng.uniform() < (0.45 if dark else 0.8):
                    px, py = x + (column + 0.35) * pitch, ground - tall + (row + 0.7) * pitch
                    panes.append(box(px, py, px + pitch * 0.55, py + pitch * 0.55))
        canvas.fill(panes, lit)
        x += wide * rng.uniform(0.9, 1.25)


def poles(canvas: Canvas, rng: np.random.Generator, paint: Colour) -> None:
    """Paints utility poles with hanging wires."""
    w, h, side = canvas.width, canvas.height, canvas.short_side
    thick = max(side * 0.012, 1.5)
    xs = np.array([-0.2, rng.uniform(0.12, 0.3), rng.uniform(0.65, 0.9), 1.25]) * w
    tops = h * np.array([0.05, 0.12, 0.3, 0.36])
    sizes = (1.2, 1.0, 0.7, 0.6)
    wires = []
    for x, top, scale in zip(xs, tops, sizes, strict=True):
        canvas.fill(ribbon(np.array([(x, top), (x, h + 1.0)]), thick * scale), paint)
        for beam in (0.04, 0.09):
            reach = side * 0.09 * scale
            y = top + h * beam * scale
            canvas.fill(ribbon(np.array([(x - reach, y), (x + reach, y)]), thick * 0.7 * scale), paint)
            canvas.fill(
                [box(x + s * reach * 0.8 - 1, y - thick, x + s * reach * 0.8 + 1, y) for s in (-1, 1)], paint
            )
    for left in range(3):
        for beam in (0.04, 0.09):
            for s in (-0.8, 0.8):
                start, end = (
                    np.array([xs[i] + s * side * 0.09 * sizes[i], tops[i] + h * beam * sizes[i]])
                    for i in (left, left + 1)
                )
                wires.append(spline([start, (start + end) / 2 + (0, side * 0.07), end]))
    canvas.stroke(wires, max(side * 0.003, 1.2), paint, ends=(0, 0), tip=1)


def petals(canvas: Canvas, rng: np.random.Generator, count: int, paint: Colour) -> None:
    """Scatters falling petals."""
    for _ in range(count):
        size = canvas.short_side * rng.uniform(0.008, 0.024)
        angle = rng.uniform(0, 2 * np.pi)
        form = spline(
            [(-1, 0), (-0.3, -0.55), (0.7, -0.4), (0.55, 0.0), (0.7, 0.4), (-0.3, 0.55)],
            closed=True,
            per_span=5,
        )
        cos, sin = np.cos(angle), np.sin(angle)
        place = (rng.uniform(0, canvas.width), rng.uniform(0, canvas.height))
        canvas.fill(
            form @ np.array([[cos, sin], [-sin * 0.7, cos * 0.7]]) * size + place,
            mix(paint, (255, 255, 255), float(rng.uniform(0, 0.5))),
        )


def scenery(canvas: Canvas, rng: np.random.Generator) -> None:
    """Paints a whole landscape."""
    w, h, side = canvas.width, canvas.height, canvas.short_side
    hour = str(rng.choice(("day", "noon", "sunset", "dawn", "night")))
    horizon = h * rng.uniform(0.55, 0.75)
    sky(canvas, rng, hour, horizon)
    clouds(canvas, rng, horizon, int(rng.integers(2, 6)), hour=hour)
    haze = _SKIES[hour][-1]
    dark = hour in ("night", "sunset")
    kind = rng.choice(("sea", "hills", "town"))
    far = ridge(rng, w, horizon, side * 0.22)
    land(canvas, far, mix(haze, (60, 80, 140), 0.4))
    if kind == "sea":
        sea(canvas, rng, horizon, hour)
    elif kind == "hills":
        green = (40, 60, 70) if dark else (104, 170, 96)
        for step in range(3):
            line = spline(ridge(rng, w, horizon + h * (0.08 + 0.1 * step), side * 0.1, 0.3)[::4])
            mask = land(canvas, line, mix(mix(green, haze, 0.3 - 0.15 * step), (20, 50, 60), 0.16 * step))
            land_shadow = np.add(line, (side * 0.06, side * 0.05))
            contour = np.concatenate([land_shadow, [(w + side, h + 1), (-1, h + 1)]])
            canvas.fill(contour, mix(green, (20, 50, 70), 0.25 + 0.16 * step), clip=mask)
        blades = []
        for _ in range(70):
            x, tall = rng.uniform(0, w), side * rng.uniform(0.03, 0.12)
            lean = rng.uniform(-0.5, 0.5) * tall
            blades.append(
                spline([(x, h + 2), (x + lean * 0.3, h - tall * 0.6), (x + lean, h - tall)], per_span=5)
            )
        canvas.stroke(blades, max(side * 0.008, 1.4), mix(green, (10, 40, 40), 0.55), ends=(0, 0.95))
    else:
        near = (40, 38, 78) if dark else (150, 166, 196)
        lit = (255, 222, 130) if dark else (224, 238, 250)
        town(canvas, rng, horizon + h * 0.04, mix(near, haze, 0.45), lit, dark)
        town(canvas, rng, horizon + h * 0.22, near, lit, dark)
    if rng.uniform() < 0.45:
        poles(canvas, rng, (34, 32, 52))
    if rng.uniform() < 0.4:
        petals(canvas, rng, 40, (255, 190, 206))
