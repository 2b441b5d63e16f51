"""Comics: panels in black, white and screentone, speech bubbles with lettering, speed lines."""

import numpy as np

from waifu4x_tf.data.drawing import backgrounds, bodies, characters, lettering
from waifu4x_tf.data.drawing.characters import BLACK, WHITE, Sketch
from waifu4x_tf.data.drawing.paints import picture, screentone
from waifu4x_tf.data.drawing.rasterizer import Canvas, Paint, Place, box, ellipse, spline


def tone_pitch(canvas: Canvas, rng: np.random.Generator) -> float:
    """Picks a screentone pitch in pixels."""
    return max(3.5, canvas.short_side * float(rng.uniform(0.009, 0.02)))


def focus_lines(
    canvas: Canvas, rng: np.random.Generator, centre: tuple[float, float], clear: float, paint: Paint
) -> None:
    """Draws thorns of ink from the edge towards a centre that stays clear (as a share of the short side)."""
    far = np.hypot(canvas.width, canvas.height)
    thorns = []
    for angle in np.sort(rng.uniform(0, 2 * np.pi, 90)):
        direction = np.array([np.cos(angle), np.sin(angle)])
        across = np.array([-direction[1], direction[0]])
        near = canvas.short_side * clear * rng.uniform(0.9, 1.5)
        half = far * rng.uniform(0.002, 0.012)
        end = np.add(centre, direction * far)
        thorns.append(np.array([np.add(centre, direction * near), end + across * half, end - across * half]))
    # All thorns are wound alike, so that none cancels another where they overlap.
    canvas.fill(thorns, paint)


def speed_lines(canvas: Canvas, rng: np.random.Generator, paint: Paint, *, upright: bool = False) -> None:
    """Draws parallel streaks across the canvas."""
    paths = []
    for _ in range(60):
        across, start = rng.uniform(0, 1), rng.uniform(-0.2, 0.6)
        line = np.array([(start, across), (start + rng.uniform(0.3, 0.9), across)])
        line = line[:, ::-1] if upright else line
        path = line * (canvas.width, canvas.height)
        paths.append(path[0] + (path[1] - path[0]) * np.linspace(0, 1, 8)[:, None])
    canvas.stroke(paths, canvas.short_side * 0.008, paint, ends=(0.5, 0.5))


def _towards(
    centre: tuple[float, float], radius: tuple[float, float], target: tuple[float, float]
) -> tuple[np.ndarray, float]:
    """Returns the unit direction from an oval to a target, and the distance of the oval's rim that way."""
    direction = np.subtract(target, centre) / max(np.hypot(*np.subtract(target, centre)), 1e-6)
    return direction, float(1 / np.hypot(*(direction / radius)))


def _tail(
    centre: tuple[float, float], radius: tuple[float, float], target: tuple[float, float]
) -> np.ndarray:
    """Returns the bent horn of a bubble, pointing at the speaker but short of the face."""
    direction, rim = _towards(centre, radius, target)
    across = np.array([-direction[1], direction[0]]) * min(radius)
    root = direction * rim * 0.7 + centre
    tip = direction * (rim + 0.42 * min(radius)) + across * 0.12 + centre
    middle = direction * (rim + 0.1 * min(radius)) + centre
    # Wound like an ellipse, so that the union has no hole.
    return np.concatenate([spline([tip, middle - across * 0.1, root - across * 0.24]),
                           spline([root + across * 0.24, middle + across * 0.13, tip])])  # fmt: skip


def bubble(
    canvas: Canvas,
    rng: np.random.Generator,
    centre: tuple[float, float],
    radius: tuple[float, float],
    tail: tuple[float, float] | None,
    *,
    japanese: bool,
    ink: Paint = BLACK,
) -> None:
    """Draws a speech bubble and letters it."""
    x, y = centre
    rx, ry = radius
    kind = rng.choice(("oval", "shout", "thought", "box"), p=(0.5, 0.22, 0.14, 0.14))
    line = max(canvas.short_side * 0.006, 1.4)
    forms = []
    if kind == "shout":
        spikes = 15
        angle = np.arange(2 * spikes) * np.pi / spikes + rng.uniform(0, 1)
        reach = np.where(np.arange(2 * spikes) % 2 == 0, rng.uniform(1.18, 1.45, 2 * spikes), 0.94)
        forms.append(np.stack([x + rx * reach * np.cos(angle), y + ry * reach * np.sin(angle)], axis=1))
    elif kind == "thought":
        forms.append(ellipse(x, y, rx * 0.92, ry * 0.92))
        for angle in np.arange(11) * 2 * np.pi / 11:
            forms.append(
                ellipse(x + rx * 0.8 * np.cos(angle), y + ry * 0.8 * np.sin(angle), min(rx, ry) * 0.36)
            )
    elif kind == "box":
        forms.append(box(x - rx * 0.92, y - ry * 0.86, x + rx * 0.92, y + ry * 0.86))
    else:
        angle = np.arange(48) * 2 * np.pi / 48
        round_form = np.stack([np.cos(angle), np.sin(angle)], axis=1)
        # Between an ellipse and a rectangle: hand-drawn bubbles are fuller than ovals.
        fuller = np.sign(round_form) * np.abs(round_form) ** (2 / 2.4)
        forms.append(fuller * (1.02 * rx, 1.02 * ry) + centre)
    if tail is not None and kind == "thought":
        direction, rim = _towards(centre, radius, tail)
        for step, size in ((0.4, 0.2), (0.75, 0.12)):
            spot = direction * (rim + step * min(rx, ry)) + centre
            forms.append(ellipse(float(spot[0]), float(spot[1]), min(rx, ry) * size))
    elif tail is not None and kind == "oval":
        forms.append(_tail(centre, radius, tail))
    for form in forms:
        canvas.outline(form, 2 * line, ink)
    for form in forms:
        canvas.fill(form, WHITE)
    if japanese:
        em = max(min(rx * 1.35 / rng.choice((2.4, 3.5, 4.6)), ry * 0.5), 6.0)
        lettering.write_columns(canvas, rng, centre, rx * 1.35, ry * 1.3, em, ink)
    else:
        lettering.write_latin(
            canvas, lettering.phrase(rng), centre, rx * 1.42, ry * 1.2, ink, bold=bool(rng.uniform() < 0.4)
        )


def shout_letters(
    canvas: Canvas, rng: np.random.Generator, left: float, top: float, size: float, *, ink: Paint, edge: Paint
) -> None:
    """Writes a sound in large brushed katakana, with a border."""
    x, y = left, top
    for _ in range(int(rng.integers(2, 4))):
        strokes = lettering.glyph(rng, "kana")
        lettering.write_glyph(canvas, strokes, x, y, size, edge, weight=0.17, extra_px=max(size * 0.05, 1.5))
        lettering.write_glyph(canvas, strokes, x, y, size, ink, weight=0.17, brush=True)
        x += size * rng.uniform(-0.15, 0.25)
        y += size * 0.95
        size *= rng.uniform(0.8, 1.05)


def manga_page(canvas: Canvas, rng: np.random.Generator) -> None:
    """Draws one to four panels with characters, tone, lines and bubbles."""
    w, h = canvas.width, canvas.height
    gutter = max(canvas.short_side * 0.022, 2.0)
    frame = max(canvas.short_side * 0.007, 1.5)
    pitch = tone_pitch(canvas, rng)
    for number, corners in enumerate(_panels(rng, w, h, gutter)):
        left, top = np.floor(corners.min(axis=0)).astype(int)
        right, bottom = np.ceil(corners.max(axis=0)).astype(int)
        inner = Canvas(max(int(right - left), 2), max(int(bottom - top), 2))
        _panel(inner, rng, pitch, with_person=number == 0 or rng.uniform() < 0.6)
        canvas.fill(corners, picture(inner.pixels, int(left), int(top)))
        canvas.outline(corners, frame, BLACK)


def _panels(rng: np.random.Generator, w: int, h: int, gutter: float) -> list[np.ndarray]:
    edge = gutter * 1.2
    rows = [(edge, h - edge)]
    if h > 0.7 * w and rng.uniform() < 0.6:
        cut = h * rng.uniform(0.4, 0.62)
        rows = [(edge, cut - gutter / 2), (cut + gutter / 2, h - edge)]
    panels = []
    for top, bottom in rows:
        if rng.uniform() < 0.4 and w > 0.7 * (bottom - top):
            cut, slant = w * rng.uniform(0.38, 0.62), w * rng.uniform(-0.035, 0.035)
            panels.append(
                np.array(
                    [
                        (cut + gutter / 2 + slant, top),
                        (w - edge, top),
                        (w - edge, bottom),
                        (cut + gutter / 2 - slant, bottom),
                    ]
                )
            )
            panels.append(
                np.array(
                    [
                        (edge, top),
                        (cut - gutter / 2 + slant, top),
                        (cut - gutter / 2 - slant, bottom),
                        (edge, bottom),
                    ]
                )
            )
        else:
            panels.append(np.array([(edge, top), (w - edge, top), (w - edge, bottom), (edge, bottom)]))
    return panels


def _panel(canvas: Canvas, rng: np.random.Generator, pitch: float, *, with_person: bool) -> None:
    w, h, side = canvas.width, canvas.height, canvas.short_side
    ground = rng.choice(
        ("white", "tone", "fade", "lines", "focus", "speed", "black"),
        p=(0.06, 0.18, 0.28, 0.1, 0.2, 0.1, 0.08),
    )
    whole = box(0, 0, w, h)
    angle = float(rng.choice((np.pi / 4, np.pi / 6, np.pi / 3)))
    if ground == "tone":
        canvas.fill(whole, screentone(pitch, float(rng.uniform(0.1, 0.35)), angle=angle))
    elif ground == "fade":
        canvas.fill(
            whole,
            screentone(pitch, (float(rng.uniform(0.4, 0.7)), 0.0), angle=angle, fade=((0, 0), (0, h * 0.9))),
        )
    elif ground == "lines":
        canvas.fill(whole, screentone(pitch, 0.3, angle=angle, lines=True))
    elif ground == "focus":
        focus_lines(canvas, rng, (w / 2, h * 0.5), 0.42, BLACK)
    elif ground == "speed":
        speed_lines(canvas, rng, BLACK, upright=bool(rng.uniform() < 0.3))
    elif ground == "black":
        canvas.fill(whole, BLACK)
    subject = "person" if with_person else str(rng.choice(("eyes", "street", "sound"), p=(0.4, 0.35, 0.25)))
    face: tuple[float, float, float] | None = None
    if subject in ("person", "eyes"):
        unit = side * float(rng.uniform(0.24, 0.34) if subject == "person" else rng.uniform(0.55, 0.75))
        look = characters.choose_grey(rng, max(3.0, min(pitch, unit * 0.055)))
        x = w * float(
            rng.choice((0.34, 0.66)) if w > 0.8 * h and subject == "person" else rng.uniform(0.45, 0.55)
        )
        y = h * 0.58 if subject == "person" else h * 0.5 - 0.35 * unit
        bodies.draw_bust(
            Sketch(
                canvas, Place(x, y, unit, float(rng.uniform(-0.15, 0.15))), look, rng, max(unit * 0.022, 1.2)
            )
        )
        face = (x, y, unit)
    elif subject == "street":
        _street(canvas, rng, pitch)
    if subject == "sound" or (subject == "person" and rng.uniform() < 0.25):
        size = side * float(rng.uniform(0.13, 0.18) if face else rng.uniform(0.22, 0.3))
        x = w * 0.5 - size / 2 if face is None else (w * 0.08 if face[0] > w / 2 else w * 0.92 - size)
        shout_letters(canvas, rng, x, h * (0.12 if face is None else 0.52), size, ink=BLACK, edge=WHITE)
    elif subject != "eyes" and rng.uniform() < 0.9:
        _speak(canvas, rng, face)


def _speak(canvas: Canvas, rng: np.random.Generator, face: tuple[float, float, float] | None) -> None:
    """Puts a bubble into an upper corner, away from the face (x, y, unit) and never over its eyes."""
    w, side = canvas.width, canvas.short_side
    rx = min(side * rng.uniform(0.17, 0.24), w * 0.3)
    ry = rx * rng.uniform(1.0, 1.35)
    japanese = bool(rng.uniform() < 0.7)
    if face is not None:
        shrink = min(1.0, (face[1] - 0.05 * face[2]) / (2.5 * ry))
        rx, ry = rx * (1 + shrink) / 2, ry * shrink
    # Slanted panels are narrower than their box, shouts wider than their radius.
    left, top = rx * 1.35 + 0.07 * w, ry * 1.25
    if face is None:
        bubble(
            canvas, rng, (left if rng.uniform() < 0.5 else w - left, top), (rx, ry), None, japanese=japanese
        )
        return
    x, y, unit = face
    centre = (left if x > w / 2 else w - left, top)
    bubble(canvas, rng, centre, (rx, ry), (x, y + 0.75 * unit), japanese=japanese)


def _street(canvas: Canvas, rng: np.random.Generator, pitch: float) -> None:
    w, h, side = canvas.width, canvas.height, canvas.short_side
    line = max(side * 0.005, 1.2)
    x = -0.1 * side
    while x < w:
        wide, tall = side * rng.uniform(0.16, 0.34), side * rng.uniform(0.25, 0.6)
        form = box(x, h * 0.92 - tall, x + wide, h)
        canvas.fill(form, WHITE)
        canvas.fill(box(x + wide * 0.68, h * 0.92 - tall, x + wide, h), screentone(pitch, 0.3))
        canvas.outline(form, line, BLACK)
        step = side * 0.06
        corner = np.array([x + wide * 0.1, h * 0.92 - tall + 0.5 * step])
        for column in range(int(wide * 0.55 / step)):
            for row in range(int(tall / step) - 1):
                pane = box(0, 0, 0.6 * step, 0.6 * step) + corner + np.multiply((column, row), step)
                canvas.outline(pane, line * 0.8, BLACK)
        x += wide * 1.05
    backgrounds.poles(canvas, rng, BLACK)


def colour_comic(canvas: Canvas, rng: np.random.Generator) -> None:
    """Draws a coloured panel in which the bubbles have the say."""
    w, h, side = canvas.width, canvas.height, canvas.short_side
    backgrounds.backdrop(canvas, rng)
    if rng.uniform() < 0.3:
        focus_lines(canvas, rng, (w / 2, h / 2), 0.45, WHITE)
    unit = side * float(rng.uniform(0.26, 0.34))
    place = Place(w * 0.5, h - unit * 1.5, unit, float(rng.uniform(-0.1, 0.1)))
    bodies.draw_bust(Sketch(canvas, place, characters.choose(rng), rng, max(unit * 0.02, 1.2)))
    japanese = bool(rng.uniform() < 0.5)
    for s in (-1, 1):
        if s == 1 and rng.uniform() < 0.35:
            continue
        rx, ry = w * rng.uniform(0.15, 0.21), h * rng.uniform(0.13, 0.2)
        centre = (w * (0.5 + s * 0.28), h * (0.22 + 0.1 * rng.uniform()))
        bubble(
            canvas,
            rng,
            centre,
            (rx, ry),
            (w * (0.5 + s * 0.15), h * 0.52),
            japanese=japanese,
            ink=(30, 26, 40),
        )
    if rng.uniform() < 0.4:
        ink = characters.choose(rng).accent
        shout_letters(canvas, rng, w * 0.06, h * 0.5, side * 0.17, ink=ink, edge=WHITE)
