"""What a drawn character looks like: colours that go together, and choices of hair, eyes and clothes."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from waifu4x_tf.data.drawing.paints import screentone
from waifu4x_tf.data.drawing.rasterizer import Canvas, Colour, Paint, Place, Points, mix, spline

# hair, then eye colours that suit it.
_HAIR: tuple[tuple[Colour, tuple[Colour, ...]], ...] = (
    ((52, 52, 74), ((96, 78, 170), (186, 60, 70), (70, 120, 190))),
    ((112, 72, 56), ((90, 140, 70), (150, 90, 50), (70, 120, 190))),
    ((164, 106, 66), ((70, 150, 120), (120, 80, 50), (60, 110, 180))),
    ((246, 214, 132), ((60, 130, 210), (70, 160, 110), (190, 70, 90))),
    ((250, 168, 190), ((200, 70, 120), (80, 150, 200), (110, 170, 90))),
    ((216, 222, 236), ((190, 60, 80), (90, 120, 210), (130, 90, 180))),
    ((118, 170, 226), ((220, 160, 50), (60, 100, 190), (170, 80, 150))),
    ((124, 206, 196), ((40, 130, 150), (210, 110, 130), (190, 150, 60))),
    ((206, 74, 66), ((90, 140, 80), (200, 140, 50), (150, 50, 60))),
    ((158, 124, 208), ((110, 70, 180), (70, 150, 190), (220, 170, 60))),
    ((240, 150, 86), ((80, 140, 90), (60, 110, 170), (160, 80, 40))),
    ((150, 196, 120), ((190, 120, 50), (70, 130, 90), (180, 80, 110))),
)
_SKIN: tuple[tuple[Colour, Colour], ...] = (
    ((255, 236, 222), (244, 198, 180)),
    ((254, 228, 208), (238, 184, 160)),
    ((250, 218, 192), (228, 168, 136)),
    ((222, 172, 136), (190, 130, 100)),
)
_CLOTH: tuple[tuple[Colour, Colour], ...] = (
    ((250, 250, 252), (56, 72, 128)),
    ((250, 248, 240), (186, 60, 72)),
    ((64, 78, 120), (226, 84, 84)),
    ((232, 120, 140), (255, 246, 230)),
    ((120, 170, 200), (250, 230, 120)),
    ((90, 86, 108), (120, 200, 190)),
    ((246, 206, 110), (120, 80, 60)),
    ((146, 190, 150), (250, 250, 240)),
)
BACKS = ("long", "bob", "twintails", "ponytail", "short", "wavy", "spiky")
BANGS = ("tips", "swept", "hime", "parted", "spiky")
OUTFITS = ("sailor", "shirt", "hoodie", "kimono", "dress")
WHITE: Colour = (255, 255, 255)
BLACK: Colour = (16, 16, 18)


@dataclass(frozen=True)
class Look:
    """One character, settled before the first stroke.

    Colours that may be printed as tone are paints; those that are mixed further are plain colours.
    """

    hair: Paint
    hair_shade: Paint
    hair_light: Paint
    hair_line: Colour
    strand: Colour
    eye: Colour
    skin: Colour
    skin_shade: Paint
    line: Colour
    cloth: Paint
    cloth_shade: Paint
    accent: Paint
    back: str
    bangs: str
    outfit: str
    mouth: str
    eyes: str
    extra: str
    turn: float
    eye_size: float
    light: int
    grey: bool


def shade(colour: Colour, strength: float = 0.32) -> Colour:
    """Returns the cel shadow of a colour: darker, and a little towards violet."""
    return mix(colour, (70, 44, 96), strength)


def choose(rng: np.random.Generator, *, chibi: bool = False) -> Look:
    """Draws a coloured character by lot."""
    hair, eyes = _HAIR[rng.integers(len(_HAIR))]
    skin, skin_shade = _SKIN[rng.choice(len(_SKIN), p=(0.4, 0.3, 0.2, 0.1))]
    cloth, accent = _CLOTH[rng.integers(len(_CLOTH))]
    dark = sum(hair) < 260
    line = mix((62, 34, 44), (26, 22, 34), rng.uniform())
    return Look(
        hair=hair,
        hair_shade=shade(hair, 0.42 if dark else 0.3),
        hair_light=mix(hair, WHITE, 0.38 if dark else 0.62),
        hair_line=mix(shade(hair, 0.8), BLACK, 0.45),
        strand=shade(hair, 0.55),
        eye=eyes[rng.integers(len(eyes))],
        skin=skin,
        skin_shade=skin_shade,
        line=line,
        cloth=cloth,
        cloth_shade=shade(cloth, 0.22),
        accent=accent,
        grey=False,
        **_choices(rng, chibi),
    )


def choose_grey(rng: np.random.Generator, pitch_px: float) -> Look:
    """Draws a character for print: black, white and screentone of the given pitch."""
    style = rng.choice(("white", "black", "tone"), p=(0.42, 0.28, 0.3))
    angle = float(rng.choice((np.pi / 4, np.pi / 6, np.pi / 3)))
    tone = screentone(pitch_px, float(rng.uniform(0.22, 0.4)), angle=angle)
    pale = screentone(pitch_px, 0.16, angle=angle)
    hair: Paint = {"white": WHITE, "black": BLACK, "tone": tone}[str(style)]
    hair_shade: Paint = {"white": pale, "black": (0, 0, 0), "tone": screentone(pitch_px, 0.55, angle=angle)}[
        str(style)
    ]
    white_cloth = rng.uniform() < 0.5
    return Look(
        hair=hair,
        hair_shade=hair_shade,
        hair_light=WHITE,
        hair_line=BLACK if style != "black" else (0, 0, 0),
        strand=BLACK if style != "black" else (130, 130, 130),
        eye=(96, 96, 96),
        skin=WHITE,
        skin_shade=pale,
        line=BLACK,
        cloth=WHITE if white_cloth else BLACK,
        cloth_shade=pale if white_cloth else (0, 0, 0),
        accent=BLACK if white_cloth else WHITE,
        grey=True,
        **_choices(rng, chibi=False),
    )


def _choices(rng: np.random.Generator, chibi: bool) -> dict:
    def one(names: Sequence[str], p: Sequence[float] | None = None) -> str:
        return str(rng.choice(names, p=p))

    return {
        "back": one(BACKS),
        "bangs": one(BANGS),
        "outfit": one(OUTFITS),
        "mouth": one(("smile", "open", "small", "cat", "flat"), (0.34, 0.26, 0.14, 0.12, 0.14)),
        "eyes": one(("open", "happy", "wink"), (0.84, 0.08, 0.08)),
        "extra": one(("none", "ribbon", "clip", "cat", "ahoge", "band"), (0.26, 0.16, 0.16, 0.14, 0.18, 0.1)),
        "turn": float(rng.choice((-1, 1)) * rng.uniform(0.0, 0.3)) if rng.uniform() < 0.7 else 0.0,
        "eye_size": float(rng.uniform(1.16, 1.3) if chibi else rng.uniform(0.94, 1.12)),
        "light": int(rng.choice((-1, 1))),
    }


@dataclass(eq=False)
class Sketch:
    """A character being drawn: points are in head units (skull radius 1, origin at its centre)."""

    canvas: Canvas
    place: Place
    look: Look
    rng: np.random.Generator
    ink_px: float

    def fill(
        self, points: np.ndarray, paint: Paint, *, clip: np.ndarray | None = None, opacity: float = 1.0
    ) -> None:
        """Fills a closed contour."""
        self.canvas.fill(self.place(points), paint, clip=clip, opacity=opacity)

    def ink(
        self,
        points: np.ndarray | Sequence[np.ndarray],
        weight: float = 1.0,
        *,
        ends: tuple[float, float] = (0.3, 0.3),
        tip: float = 0.25,
        paint: Paint | None = None,
        clip: np.ndarray | None = None,
        opacity: float = 1.0,
    ) -> None:
        """Strokes open paths with `weight` times the character's pen."""
        paths = [points] if isinstance(points, np.ndarray) else points
        placed = [self.place(path) for path in paths]
        paint = self.look.line if paint is None else paint
        self.canvas.stroke(
            placed, self.ink_px * weight, paint, ends=ends, tip=tip, clip=clip, opacity=opacity
        )

    def shape(
        self,
        points: Points,
        paint: Paint,
        *,
        weight: float = 1.0,
        curved: bool = True,
        clip: np.ndarray | None = None,
    ) -> np.ndarray:
        """Fills and outlines a closed form; returns its mask."""
        contour = spline(points, closed=True) if curved else np.asarray(points, np.float64)
        placed = self.place(contour)
        self.canvas.fill(placed, paint, clip=clip)
        if weight > 0:
            self.canvas.outline(placed, self.ink_px * weight, self.look.line, clip=clip)
        return self.canvas.mask(placed)

    def turned(self, points: np.ndarray | Sequence[Sequence[float]]) -> np.ndarray:
        """Moves features of the face round the head by the look's turn, the far side foreshortened."""
        points = np.array(points, np.float64)
        radius, turn = 1.5, self.look.turn
        angle = np.arcsin(np.clip(points[:, 0] / radius, -0.99, 0.99)) + turn
        points[:, 0] = radius * (np.sin(angle) - 0.45 * np.sin(turn))
        return points
