"""Faces: the head's shape, large eyes with highlights, lashes that taper, brows, nose, mouth, blush."""

from collections.abc import Callable

import numpy as np

from waifu4x_tf.data.drawing.characters import BLACK, WHITE, Sketch
from waifu4x_tf.data.drawing.paints import gradient
from waifu4x_tf.data.drawing.rasterizer import Colour, ellipse, mix, ribbon, spline, taper

EyeMap = Callable[[np.ndarray], np.ndarray]
EYE_X, EYE_Y = 0.43, 0.4
_LID = ((-0.98, 0.08), (-0.78, -0.46), (-0.24, -0.88), (0.36, -0.9), (0.84, -0.56), (0.99, -0.1))
_LOWER = ((0.93, 0.42), (0.64, 0.84), (0.12, 0.97), (-0.42, 0.9), (-0.8, 0.56))


def face_outline(sketch: Sketch) -> np.ndarray:
    """Returns the closed contour of the face in head units, the chin moved with the turn."""
    right = [
        (0.55, -0.84),
        (0.86, -0.42),
        (0.93, 0.02),
        (0.91, 0.38),
        (0.8, 0.68),
        (0.54, 0.96),
        (0.24, 1.13),
    ]
    left = [(-x, y) for x, y in reversed(right)]
    points = np.array([*right, (0.0, 1.19), *left, (0.0, -0.98)])
    turn = np.sin(sketch.look.turn)
    low = np.clip((points[:, 1] + 0.3) / 1.4, 0, 1)
    points[:, 0] += 0.55 * turn * low
    # The far cheek is seen edge-on, so it comes nearer to the middle at the height of the eyes.
    far = (points[:, 0] * np.sign(turn) > 0.5) & (points[:, 1] > 0.0)
    points[far, 0] -= 0.22 * turn * (1 - np.abs(points[far, 1] - 0.35))
    return spline(points, closed=True)


def draw_face(sketch: Sketch) -> np.ndarray:
    """Paints the bare face with blush and outline; returns its mask."""
    look, place = sketch.look, sketch.place
    contour = face_outline(sketch)
    for side in (-1, 1):
        ear = np.array([(0.88, 0.2), (1.03, 0.14), (1.07, 0.34), (0.98, 0.6), (0.86, 0.62)]) * (side, 1)
        sketch.shape(ear, look.skin)
    sketch.fill(contour, look.skin)
    mask = sketch.canvas.mask(place(contour))
    lit = np.add(contour, (0.16 * -look.light, -0.06))
    # What the lit copy of the face leaves uncovered is the cheek turned from the light.
    side = np.clip(mask - sketch.canvas.mask(place(lit)), 0, 1)
    low = sketch.canvas.mask(place(np.array([(-2, 0.3), (2, 0.3), (2, 2), (-2, 2)], np.float64)))
    sketch.fill(contour, look.skin_shade, clip=side * low)
    _blush(sketch, mask)
    chin_first = np.roll(contour, -12, axis=0)
    sketch.ink(chin_first[: 14 * 12], 1.15, ends=(0.25, 0.25), tip=0.5)
    return mask


def _blush(sketch: Sketch, mask: np.ndarray) -> None:
    look = sketch.look
    for side in (-1, 1):
        centre = sketch.turned([(side * 0.58, 0.74)])[0]
        if not look.grey:
            unit = sketch.place.unit
            paint = mix(look.skin, (244, 96, 104), 0.6)
            sketch.canvas.airbrush(
                sketch.place(centre[None])[0], (0.25 * unit, 0.16 * unit), paint, clip=mask, opacity=0.7
            )
        marks = [
            np.linspace(
                (centre[0] + dx + 0.035, centre[1] - 0.045), (centre[0] + dx - 0.035, centre[1] + 0.045), 8
            )
            for dx in (-0.07, 0.0, 0.07)
        ]
        hue: Colour = BLACK if look.grey else mix(look.skin, (220, 70, 80), 0.7)
        sketch.ink(marks, 0.6, paint=hue, clip=mask)


def draw_features(sketch: Sketch) -> None:
    """Draws eyes, nose and mouth."""
    kind = sketch.look.eyes
    winking = -sketch.look.light
    for side in (-1, 1):
        if kind == "happy" or (kind == "wink" and side == winking):
            _closed_eye(sketch, side)
        else:
            _open_eye(sketch, side)
    nose_x = 0.02 * sketch.look.light
    nose = spline(sketch.turned([(nose_x, 0.69), (nose_x + 0.035, 0.75), (nose_x - 0.01, 0.77)]))
    sketch.ink(nose, 0.75, ends=(0.6, 0.4), tip=0.1)
    _mouth(sketch)


def _eye_map(sketch: Sketch, side: int, points: np.ndarray) -> np.ndarray:
    """Maps eye units (1 = half an eye, outer corner towards +x) to head units."""
    size = sketch.look.eye_size
    half = np.array([0.25, 0.285]) * size
    inner_first = np.asarray(points, np.float64) * (side, 1)
    # The outer corner stands a little higher.
    lift = -0.05 * side * inner_first[:, 0]
    centre = (side * EYE_X * (1 + 0.12 * (size - 1)), EYE_Y)
    return sketch.turned(np.stack([inner_first[:, 0], inner_first[:, 1] + lift], axis=1) * half + centre)


def _open_eye(sketch: Sketch, side: int) -> None:
    look, canvas, place = sketch.look, sketch.canvas, sketch.place

    def at(points: np.ndarray) -> np.ndarray:
        return _eye_map(sketch, side, points)

    def both(points: np.ndarray) -> np.ndarray:
        """Places what is not mirrored: the light comes from one side for both eyes."""
        return _eye_map(sketch, side, points * (side, 1))

    opening = at(spline([*_LID, *_LOWER], closed=True))
    mask = canvas.mask(place(opening))
    white = WHITE if look.grey else (255, 253, 252)
    sketch.fill(opening, white)
    shadow = (206, 206, 206) if look.grey else (206, 200, 222)
    sketch.fill(
        at(np.array([(-1.3, -1.3), (1.3, -1.3), (1.3, -0.35), (0.5, -0.5), (-0.4, -0.5), (-1.3, -0.1)])),
        shadow,
        clip=mask,
    )
    _iris(sketch, at, both, mask)
    _lashes(sketch, at)


def _iris(sketch: Sketch, at: EyeMap, both: EyeMap, mask: np.ndarray) -> None:
    look, place = sketch.look, sketch.place
    dark = mix(look.eye, (24, 12, 40), 0.72)
    bright = mix(look.eye, WHITE, 0.42)
    if look.grey:
        dark, bright = (10, 10, 12), (208, 208, 208)
    x, y = -0.04, 0.04
    wide, tall = 0.7, 0.94
    top, bottom = place(at(np.array([(x, y - tall), (x, y + tall)])))
    sketch.fill(at(ellipse(x, y, wide, tall)), dark, clip=mask)
    inner = at(ellipse(x, y + 0.02, wide * 0.86, tall * 0.88))
    sketch.fill(inner, gradient(top, bottom, (dark, look.eye, bright), (0.15, 0.52, 0.95)), clip=mask)
    # Light that came in from above gathers in the lower part, with a hard edge.
    crescent = at(ellipse(x, y + 0.52, wide * 0.56, tall * 0.3))
    sketch.fill(crescent, mix(bright, WHITE, 0.35), clip=mask, opacity=0.85)
    sketch.fill(at(ellipse(x, y + 0.04, wide * 0.4, tall * 0.42)), mix(dark, (0, 0, 0), 0.5), clip=mask)
    sketch.fill(
        at(np.array([(-1.2, -1.2), (1.2, -1.2), (1.2, -0.42), (0.4, -0.5), (-0.4, -0.5), (-1.2, -0.42)])),
        mix(dark, (0, 0, 0), 0.3),
        clip=mask,
        opacity=0.6,
    )
    lit = look.light
    sketch.fill(both(ellipse(lit * 0.3, -0.4, 0.25, 0.27)), WHITE, clip=mask)
    sketch.fill(both(ellipse(-lit * 0.33, 0.46, 0.13, 0.13)), WHITE, clip=mask)
    sketch.fill(both(ellipse(lit * 0.42, 0.02, 0.07, 0.08)), WHITE, clip=mask)


def _lashes(sketch: Sketch, at: EyeMap) -> None:
    look, place, canvas = sketch.look, sketch.place, sketch.canvas
    unit = place.unit
    dark: Colour = BLACK if look.grey else mix(look.line, (20, 10, 24), 0.6)
    lid = at(spline([(-1.02, 0.16), *_LID[1:-2], (0.86, -0.6), (1.14, -0.36), (1.36, -0.3)]))
    width = (
        np.interp(np.linspace(0, 1, len(lid)), (0, 0.25, 0.6, 0.8, 1), (0.012, 0.05, 0.075, 0.085, 0.0))
        * unit
    )
    canvas.fill(ribbon(place(lid), width), dark)
    # (path, width at its root): the outer rim of the eye, then two lashes.
    flicks = (
        ([(0.9, -0.5), (1.0, -0.16), (0.97, 0.24)], 0.06),
        ([(0.6, -0.82), (0.86, -1.0), (1.14, -1.08)], 0.055),
        ([(0.84, -0.62), (1.1, -0.72), (1.36, -0.74)], 0.06),
    )
    outlines = []
    for points, root in flicks:
        path = place(at(spline(points)))
        outlines.append(ribbon(path, root * unit * np.linspace(1, 0, len(path)) ** 0.8))
    canvas.fill(outlines, dark)
    lower = at(spline([(0.98, 0.22), *_LOWER[:3]]))
    sketch.ink(lower, 0.8, ends=(0.2, 0.7), tip=0.1, paint=dark)
    crease = at(spline([(-0.62, -1.0), (-0.1, -1.22), (0.5, -1.16), (0.95, -0.86)]))
    sketch.ink(crease, 0.6, ends=(0.5, 0.4), tip=0.1, opacity=0.8)


def _closed_eye(sketch: Sketch, side: int) -> None:
    look, place = sketch.look, sketch.place
    dark: Colour = BLACK if look.grey else mix(look.line, (20, 10, 24), 0.6)
    arc = _eye_map(
        sketch, side, spline([(-1.0, 0.42), (-0.5, -0.02), (0.05, -0.14), (0.6, 0.04), (1.08, 0.44)])
    )
    path = place(arc)
    sketch.canvas.fill(ribbon(path, 0.075 * place.unit * taper(len(path), 0.4, 0.4, 0.15)), dark)
    lashes = [
        spline([(0.7, 0.1), (0.95, 0.06), (1.15, -0.06)]),
        spline([(0.88, 0.24), (1.1, 0.24), (1.28, 0.16)]),
    ]
    paths = [place(_eye_map(sketch, side, lash)) for lash in lashes]
    sketch.canvas.fill([ribbon(lash, 0.04 * place.unit * taper(len(lash), 0, 0.9)) for lash in paths], dark)


def draw_brows(sketch: Sketch) -> None:
    """Draws the brows; over the fringe, as the genre has it."""
    look = sketch.look
    paint = mix(look.hair_line, look.line, 0.3)
    raised = 0.02 if look.mouth in ("open", "smile") else -0.01
    for side in (-1, 1):
        brow = spline(
            [(side * 0.22, 0.045 - raised), (side * 0.42, -0.025 - raised), (side * 0.66, 0.03 - raised)]
        )
        path = sketch.place(sketch.turned(brow))
        sketch.canvas.fill(
            ribbon(path, np.maximum(0.04 * sketch.place.unit, 1.0) * taper(len(path), 0.3, 0.9, 0.1)),
            paint,
            opacity=0.85,
        )


def _mouth(sketch: Sketch) -> None:
    look, kind = sketch.look, sketch.look.mouth
    y = 0.93
    if kind == "open":
        lips = spline(sketch.turned([(-0.15, y - 0.03), (0.0, y - 0.01), (0.15, y - 0.03), (0.1, y + 0.08),
                                     (0.0, y + 0.125), (-0.1, y + 0.08)]), closed=True)  # fmt: skip
        inside = (60, 60, 60) if look.grey else (178, 66, 76)
        tongue = (180, 180, 180) if look.grey else (240, 140, 140)
        mask = sketch.canvas.mask(sketch.place(lips))
        sketch.fill(lips, inside)
        sketch.fill(sketch.turned(ellipse(0.0, y + 0.12, 0.1, 0.06)), tongue, clip=mask)
        sketch.fill(sketch.turned(ellipse(0.0, y - 0.03, 0.12, 0.03)), WHITE, clip=mask)
        sketch.canvas.outline(sketch.place(lips), sketch.ink_px * 0.85, look.line)
        return
    if kind == "small":
        contour = sketch.turned(ellipse(0.0, y + 0.02, 0.05, 0.045))
        sketch.fill(contour, (70, 70, 70) if look.grey else (196, 84, 92))
        sketch.canvas.outline(sketch.place(contour), sketch.ink_px * 0.8, look.line)
        return
    lines = {
        "smile": [(-0.15, y - 0.015), (-0.06, y + 0.035), (0.06, y + 0.035), (0.15, y - 0.015)],
        "cat": [(-0.15, y - 0.01), (-0.075, y + 0.045), (0.0, y), (0.075, y + 0.045), (0.15, y - 0.01)],
        "flat": [(-0.09, y + 0.01), (0.0, y), (0.09, y + 0.01)],
    }
    sketch.ink(spline(sketch.turned(lines[kind])), 0.95, ends=(0.25, 0.25), tip=0.3)
