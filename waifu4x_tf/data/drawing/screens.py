"""Screens: gradients, skies, buttons with text, dithers and sprites, drawn at the size they are shown at.

Nothing made them small, and yet they have what looks like traces of that: bands, stairs, repeated pixels.
"""

import numpy as np
from PIL import Image, ImageDraw, ImageFont

_TEXTS = ("OK", "Cancel", "Start game", "Level 7", "100 %", "Settings", "New", "Play now", "Back", "12:45")
_BAYER = np.array([[0, 8, 2, 10], [12, 4, 14, 6], [3, 11, 1, 9], [15, 7, 13, 5]]) / 16
_FINE = 4  # What is smooth is drawn so many times larger.


def draw_screen(rng: np.random.Generator, side: int) -> np.ndarray:
    """One of them at random, uint8 ``(side, side, 3)``."""
    kinds = (_gradient, _sky, _buttons, _buttons, _dither, _sprites)
    return kinds[int(rng.integers(len(kinds)))](rng, side)


def _gradient(rng: np.random.Generator, side: int) -> np.ndarray:
    down, across = np.mgrid[:side, :side] / side
    angle = rng.choice([0.0, np.pi / 2, rng.uniform(0, np.pi)])
    way = [
        across * np.cos(angle) + down * np.sin(angle),
        np.hypot(across - rng.uniform(), down - rng.uniform()),
        down ** rng.uniform(0.4, 2.5),
    ][int(rng.integers(3))]
    way = (way - way.min()) / max(np.ptp(way), 1e-6)
    ends = rng.integers(0, 256, (2, 3))
    if rng.random() < 0.5:  # of few levels, which shows as bands
        ends[1] = np.clip(ends[0] + rng.integers(-40, 41, 3), 0, 255)
    return np.rint(ends[0] + (ends[1] - ends[0]) * way[..., None]).astype(np.uint8)


def _sky(rng: np.random.Generator, side: int) -> np.ndarray:
    sky = _gradient(rng, side)
    for row, column in rng.integers(0, side, (int(rng.integers(5, 80)), 2)):
        size = 1 + int(rng.integers(2))
        sky[row : row + size, column : column + size] = rng.integers(150, 256)
    return sky


def _buttons(rng: np.random.Generator, side: int) -> np.ndarray:
    fine = _FINE if rng.random() < 0.5 else 1
    page = Image.fromarray(_gradient(rng, side * fine))
    pen = ImageDraw.Draw(page)
    for _ in range(int(rng.integers(2, 7))):
        left, top = (int(at) * fine for at in rng.integers(-8, side - 20, 2))
        box = (
            left,
            top,
            left + int(rng.integers(24, 80)) * fine,
            top + int(rng.integers(12, 40)) * fine,
        )
        fill, line, ink = (tuple(rng.integers(0, 256, 3).tolist()) for _ in range(3))
        pen.rounded_rectangle(
            box, int(rng.integers(0, 12)) * fine, fill, line, int(rng.integers(0, 3)) * fine
        )
        font = ImageFont.load_default(int(rng.integers(9, 24)) * fine)
        pen.text((left + 4 * fine, top + 2 * fine), str(rng.choice(_TEXTS)), ink, font)
    return np.asarray(page.resize((side, side), Image.Resampling.BOX))


def _dither(rng: np.random.Generator, side: int) -> np.ndarray:
    steps = int(rng.integers(1, 5))
    levels = _gradient(rng, side) / 255 * steps
    threshold = np.tile(_BAYER, (side // 4 + 1, side // 4 + 1))[:side, :side, None]
    return np.rint(np.clip(np.floor(levels + threshold), 0, steps) * (255 / steps)).astype(np.uint8)


def _sprites(rng: np.random.Generator, side: int) -> np.ndarray:
    """Mirrored blots of a small palette, each pixel once or repeated."""
    page = np.broadcast_to(rng.integers(0, 256, 3).astype(np.uint8), (side, side, 3)).copy()
    palette = rng.integers(0, 256, (int(rng.integers(3, 9)), 3)).astype(np.uint8)
    times = int(rng.choice([1, 1, 2, 4]))
    for _ in range(int(rng.integers(3, 12))):
        height, half = rng.integers(6, 20, 2)
        chosen = rng.integers(-len(palette), len(palette), (height, half)).repeat(
            1 + int(rng.integers(2)), axis=1
        )
        sprite = np.concatenate([chosen, chosen[:, ::-1]], axis=1).repeat(times, axis=0).repeat(times, axis=1)
        top, left = rng.integers(0, side, 2)
        place = page[top : top + sprite.shape[0], left : left + sprite.shape[1]]
        sprite = sprite[: place.shape[0], : place.shape[1]]
        place[sprite >= 0] = palette[sprite[sprite >= 0]]
    return page
