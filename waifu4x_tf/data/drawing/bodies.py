"""Bodies: neck, shoulders and clothes for a bust, and the small round body of a chibi."""

import numpy as np

from waifu4x_tf.data.drawing import faces, hair, headwear
from waifu4x_tf.data.drawing.characters import WHITE, Sketch
from waifu4x_tf.data.drawing.rasterizer import Paint, ellipse, ribbon, spline


def draw_bust(sketch: Sketch) -> None:
    """Draws a character from the chest up, back to front."""
    hair.draw_back(sketch)
    headwear.draw_back(sketch)
    _behind_neck(sketch)
    _neck(sketch)
    _clothes(sketch)
    draw_head(sketch)


def draw_head(sketch: Sketch) -> None:
    """Draws the head without the hair behind it."""
    face_mask = faces.draw_face(sketch)
    faces.draw_features(sketch)
    cap = hair.draw_front(sketch, face_mask)
    faces.draw_brows(sketch)
    headwear.draw_front(sketch, cap)


def _behind_neck(sketch: Sketch) -> None:
    """Draws the part of the collar that the neck hides."""
    look = sketch.look
    if look.outfit == "hoodie":
        hood = [(-0.86, 1.66), (-0.84, 1.3), (-0.5, 1.1), (0.5, 1.1), (0.84, 1.3), (0.86, 1.66), (0.0, 1.9)]
        sketch.shape(hood, look.cloth_shade)
    elif look.outfit in ("kimono", "sailor", "shirt"):
        paint = look.cloth_shade if look.outfit == "shirt" else look.accent
        reach = 0.62 if look.outfit == "kimono" else 0.46
        collar = [(-reach, 1.56), (-0.4, 1.28), (0.0, 1.22), (0.4, 1.28), (reach, 1.56), (0.0, 1.7)]
        sketch.shape(collar, paint)


def _neck(sketch: Sketch) -> None:
    look = sketch.look
    lean = 0.25 * np.sin(look.turn)
    side = spline([(0.27 + lean, 0.8), (0.27 + lean / 2, 1.3), (0.36, 1.52), (0.7, 1.66)])
    other = spline([(-0.7, 1.66), (-0.36, 1.52), (-0.27 + lean / 2, 1.3), (-0.27 + lean, 0.8)])
    contour = np.concatenate([side, [(0.7, 2.6), (-0.7, 2.6)], other])
    sketch.fill(contour, look.skin)
    mask = sketch.canvas.mask(sketch.place(contour))
    cast = spline([(-0.5, 0.8), (-0.4, 1.25), (0.02 - 0.1 * look.light, 1.42), (0.4, 1.25), (0.5, 0.8)])
    sketch.fill(cast, look.skin_shade, clip=mask)
    sketch.ink([side, other], 1.1, ends=(0.1, 0.1), tip=0.5)
    _collarbones(sketch)


def _collarbones(sketch: Sketch) -> None:
    bones = [spline([(s * 0.1, 1.74), (s * 0.3, 1.69), (s * 0.52, 1.68)]) for s in (-1, 1)]
    sketch.ink(bones, 0.8, ends=(0.5, 0.5), tip=0.1)


def _torso(
    sketch: Sketch, paint: Paint, shade: Paint, *, slope: float = 1.72, neck: float = 0.42
) -> np.ndarray:
    """Fills the shoulders and chest; returns their mask."""
    right = spline(
        [(neck, 1.52), (0.7, slope - 0.1), (1.12, slope + 0.02), (1.4, 2.04), (1.55, 2.6), (1.66, 3.6)]
    )
    left = (right * (-1, 1))[::-1]
    dip = spline([(-neck, 1.52), (-0.2, 1.7), (0.0, 1.74), (0.2, 1.7), (neck, 1.52)])
    contour = np.concatenate([right, left, dip[1:-1]])
    sketch.fill(contour, paint)
    mask = sketch.canvas.mask(sketch.place(contour))
    s = -sketch.look.light
    for dark in (
        [(s * 1.0, 1.75), (s * 1.2, 2.2), (s * 1.0, 2.6), (s * 1.1, 3.7), (s * 2.2, 3.7), (s * 2.0, 1.7)],
        [(-s * 1.0, 2.35), (-s * 0.93, 2.9), (-s * 0.98, 3.7), (-s * 1.12, 3.7), (-s * 1.06, 2.9)],
    ):
        sketch.fill(spline(dark, closed=True), shade, clip=mask)
    sketch.ink([right, left], 1.2, ends=(0.05, 0.05), tip=0.5)
    arms = [spline([(t * 1.02, 2.2), (t * 0.99, 2.7), (t * 1.06, 3.6)]) for t in (-1, 1)]
    arms += [spline([(t * 0.98, 2.3), (t * 0.84, 2.42), (t * 0.76, 2.6)]) for t in (-1, 1)]
    sketch.ink(arms, 1.0, ends=(0.5, 0.1), tip=0.1)
    return mask


def _clothes(sketch: Sketch) -> None:
    {"sailor": _sailor, "shirt": _shirt, "hoodie": _hoodie, "kimono": _kimono, "dress": _dress}[
        sketch.look.outfit
    ](sketch)


def _sailor(sketch: Sketch) -> None:
    look = sketch.look
    mask = _torso(sketch, look.cloth, look.cloth_shade)
    skin_v = np.array([(-0.42, 1.48), (0.42, 1.48), (0.0, 2.22)])
    sketch.fill(skin_v, look.skin, clip=mask)
    sketch.fill(np.add(skin_v, (0, -0.28)), look.skin_shade, clip=mask)
    for side in (-1, 1):
        collar = [(side * 0.44, 1.42), (side * 0.9, 1.62), (side * 1.0, 1.95), (side * 0.66, 2.12),
                  (side * 0.02, 2.36), (side * 0.0, 2.2), (side * 0.24, 1.86)]  # fmt: skip
        sketch.shape(collar, look.accent, curved=False)
        stripe = np.array([(side * 0.88, 1.7), (side * 0.93, 1.92), (side * 0.62, 2.05), (side * 0.1, 2.27)])
        stripe_paint = look.cloth
        sketch.canvas.stroke(
            sketch.place(spline(stripe)), 0.05 * sketch.place.unit, stripe_paint, ends=(0.0, 0.0), tip=1
        )
    headwear.bow(sketch, (0.0, 2.36), 0.4)


def _shirt(sketch: Sketch) -> None:
    look = sketch.look
    _torso(sketch, look.cloth, look.cloth_shade)
    tie = [(-0.1, 1.8), (0.1, 1.8), (0.07, 1.95), (0.2, 2.9), (0.0, 3.15), (-0.2, 2.9), (-0.07, 1.95)]
    sketch.shape(tie, look.accent, curved=False)
    sketch.ink(np.array([(-0.09, 1.96), (0.09, 1.96)]), 1.0, ends=(0.0, 0.0), tip=1)
    for side in (-1, 1):
        collar = [
            (side * 0.36, 1.38),
            (side * 0.5, 1.54),
            (side * 0.44, 2.02),
            (side * 0.03, 1.8),
            (side * 0.2, 1.62),
        ]
        sketch.shape(collar, look.cloth, curved=False)


def _hoodie(sketch: Sketch) -> None:
    look = sketch.look
    mask = _torso(sketch, look.cloth, look.cloth_shade, slope=1.78)
    sketch.fill(np.array([(-0.4, 1.45), (0.4, 1.45), (0.0, 1.95)]), look.skin, clip=mask)
    for side in (-1, 1):
        hood = [(side * 0.4, 1.5), (side * 0.74, 1.36), (side * 0.88, 1.62), (side * 0.5, 1.98),
                (side * 0.02, 2.14), (side * 0.0, 1.94), (side * 0.26, 1.74)]  # fmt: skip
        sketch.shape(hood, look.cloth)
        cord = spline([(side * 0.2, 2.02), (side * 0.24, 2.3), (side * 0.2, 2.6)])
        path = sketch.place(cord)
        sketch.canvas.stroke(path, 0.07 * sketch.place.unit, look.line, ends=(0.0, 0.0), tip=1)
        sketch.canvas.stroke(path, 0.035 * sketch.place.unit, look.accent, ends=(0.0, 0.0), tip=1)
        fold = spline([(side * 0.5, 1.9), (side * 0.62, 1.72), (side * 0.64, 1.56)])
        sketch.ink(fold, 0.8, ends=(0.1, 0.8), tip=0.1)
    sketch.ink(np.array([(0.0, 2.12), (0.0, 3.6)]), 1.0, ends=(0.02, 0.02), tip=0.5)


def _kimono(sketch: Sketch) -> None:
    look = sketch.look
    mask = _torso(sketch, look.cloth, look.cloth_shade, slope=1.8)
    sketch.fill(np.array([(-0.44, 1.45), (0.44, 1.45), (0.0, 2.1)]), look.skin, clip=mask)
    for _ in range(16):
        x, y = sketch.rng.uniform(-1.4, 1.4), sketch.rng.uniform(2.0, 3.4)
        turn = sketch.rng.uniform(0, 6.3)
        petals = [ellipse(x + 0.09 * np.cos(a + turn), y + 0.09 * np.sin(a + turn), 0.06, points=14)
                  for a in np.arange(5) * 2 * np.pi / 5]  # fmt: skip
        sketch.canvas.fill([sketch.place(p) for p in petals], look.accent, clip=mask)
    for side, paint in ((1, WHITE), (-1, WHITE), (1, look.accent), (-1, look.accent)):
        inset = 0.0 if paint == WHITE else 0.1
        band = [(side * (0.32 + inset), 1.34 + inset / 2), (side * (0.5 + inset), 1.46 + inset),
                (side * (0.36 + inset), 1.9), (-side * 0.1, 2.62 + inset), (-side * 0.32, 2.46 + inset),
                (side * (0.14 + inset), 1.9)]  # fmt: skip
        sketch.shape(band, paint, curved=False)
    sketch.shape([(-1.0, 2.8), (0.0, 2.84), (1.0, 2.8), (1.04, 3.8), (-1.04, 3.8)], look.accent, curved=False)
    cord = sketch.place(spline([(-1.0, 3.1), (0.0, 3.15), (1.0, 3.1)]))
    sketch.canvas.stroke(cord, 0.1 * sketch.place.unit, WHITE, ends=(0.0, 0.0), tip=1)


def _dress(sketch: Sketch) -> None:
    look = sketch.look
    skin = _torso(sketch, look.skin, look.skin_shade, slope=1.8, neck=0.36)
    _collarbones(sketch)
    bodice = [(-1.06, 2.14), (-0.6, 2.2), (-0.3, 2.06), (0.0, 2.2), (0.3, 2.06), (0.6, 2.2), (1.06, 2.14),
              (1.05, 2.8), (1.15, 3.7), (-1.15, 3.7), (-1.05, 2.8)]  # fmt: skip
    sketch.shape(bodice, look.cloth, clip=skin)
    for side in (-1, 1):
        strap = np.array([(side * 0.66, 1.68), (side * 0.71, 1.9), (side * 0.66, 2.2)])
        path = sketch.place(spline(strap))
        sketch.canvas.stroke(path, 0.12 * sketch.place.unit, look.line, ends=(0.0, 0.0), tip=1)
        sketch.canvas.stroke(
            path, 0.12 * sketch.place.unit - 2 * sketch.ink_px, look.cloth, ends=(0.0, 0.0), tip=1
        )
    lean = 0.12 * np.sin(look.turn)
    choker = spline([(lean - 0.268, 1.31), (lean, 1.38), (lean + 0.268, 1.31)])
    path = sketch.place(choker)
    sketch.canvas.fill(ribbon(path, 0.11 * sketch.place.unit), look.line)
    sketch.canvas.fill(ribbon(path, 0.11 * sketch.place.unit - 1.6 * sketch.ink_px), look.accent)
    headwear.bow(sketch, (0.0, 2.28), 0.22)


def draw_chibi(sketch: Sketch) -> None:
    """Draws a whole small figure under a large head, one hand raised."""
    look = sketch.look
    wave = look.light
    # The border closes the gap between the raised arm and the head, as stickers are cut.
    gap = [(wave * 0.25, 0.7), (wave * 0.9, 0.6), (wave * 1.08, 0.95), (wave * 0.8, 1.4), (wave * 0.3, 1.45)]
    sketch.fill(np.array(gap), sketch.canvas.ground)
    hair.draw_back(sketch)
    headwear.draw_back(sketch)
    for side in (-1, 1):
        leg = [(side * 0.34, 2.0), (side * 0.36, 2.6), (side * 0.34, 2.82), (side * 0.12, 2.82),
               (side * 0.08, 2.6), (side * 0.04, 2.0)]  # fmt: skip
        sketch.shape(leg, look.skin)
        shoe = [
            (side * 0.08, 2.72),
            (side * 0.36, 2.72),
            (side * 0.5, 2.88),
            (side * 0.36, 3.0),
            (side * 0.1, 2.98),
        ]
        sketch.shape(shoe, look.accent)
    for side in (-1, 1):
        if side == wave:
            arm = [(side * 0.34, 1.32), (side * 0.72, 1.3), (side * 1.02, 0.96), (side * 1.16, 0.98),
                   (side * 1.06, 1.3), (side * 0.76, 1.58), (side * 0.36, 1.62)]  # fmt: skip
            hand = (side * 1.13, 0.88)
        else:
            arm = [
                (side * 0.3, 1.3),
                (side * 0.58, 1.5),
                (side * 0.82, 1.88),
                (side * 0.7, 2.0),
                (side * 0.4, 1.7),
            ]
            hand = (side * 0.8, 2.02)
        sketch.shape(ellipse(*hand, 0.14, points=16).tolist(), look.skin)
        sketch.shape(arm, look.cloth)
    dress = [(-0.3, 1.15), (0.3, 1.15), (0.42, 1.6), (0.56, 2.0), (0.7, 2.3), (0.3, 2.38), (-0.3, 2.38),
             (-0.7, 2.3), (-0.56, 2.0), (-0.42, 1.6)]  # fmt: skip
    mask = sketch.shape(dress, look.cloth)
    s = -look.light
    sketch.fill(
        spline(
            [(s * 0.2, 1.2), (s * 0.24, 1.8), (s * 0.36, 2.5), (s * 0.9, 2.4), (s * 0.6, 1.2)], closed=True
        ),
        look.cloth_shade,
        clip=mask,
    )
    folds = [np.array([(x, 2.3), (x * 0.8, 2.0)]) for x in (-0.42, -0.15, 0.15, 0.42)]
    sketch.ink(folds, 0.9, ends=(0.05, 0.9), tip=0.1)
    sketch.ink(
        spline([(-0.64, 2.18), (-0.3, 2.26), (0.3, 2.26), (0.64, 2.18)]),
        2.0,
        paint=look.accent,
        clip=mask,
        tip=1,
    )
    headwear.bow(sketch, (0.0, 1.36), 0.22)
    draw_head(sketch)


def draw_mascot(sketch: Sketch) -> None:
    """Draws a head alone, with the hair behind it."""
    hair.draw_back(sketch)
    headwear.draw_back(sketch)
    draw_head(sketch)
