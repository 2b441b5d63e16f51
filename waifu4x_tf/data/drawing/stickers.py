"""Stickers: a chibi or a head, cut out with a thick border, alpha soft or of one bit."""

from dataclasses import replace

import numpy as np

from waifu4x_tf.data.drawing import bodies, characters
from waifu4x_tf.data.drawing.characters import Sketch
from waifu4x_tf.data.drawing.rasterizer import Canvas, Colour, Place

_BORDERS: tuple[Colour, ...] = (
    (255, 255, 255),
    (255, 255, 255),
    (255, 240, 180),
    (255, 200, 214),
    (190, 226, 255),
    (58, 54, 84),
)


def _blur(mask: np.ndarray, radius: float) -> np.ndarray:
    """Blurs float32 (H, W) by three box means of fractional width, near to a Gaussian of sigma `radius`."""
    half = int(radius)
    rest = radius - half
    for axis in (0, 1, 0, 1, 0, 1):
        length = mask.shape[axis]
        padding = [(0, 0), (0, 0)]
        padding[axis] = (half + 2, half + 1)
        total = np.cumsum(np.pad(mask.astype(np.float64), padding), axis=axis)
        total = np.moveaxis(total, axis, 0)
        narrow = total[2 * half + 2 : 2 * half + 2 + length] - total[1 : 1 + length]
        wide = total[2 * half + 3 : 2 * half + 3 + length] - total[:length]
        mean = (narrow * (1 - rest) + wide * rest) / (2 * half + 1 + 2 * rest)
        mask = np.moveaxis(mean, 0, axis)
    return mask


def grown(silhouette: np.ndarray, border_px: float) -> np.ndarray:
    """Returns the silhouette widened by a round border with a crisp edge; float32 (H, W) in [0, 1]."""
    level = 0.08
    field = _blur(silhouette, border_px * 0.62)
    slope = np.hypot(*np.gradient(field))
    cover = (field - level) / np.maximum(slope, 1e-3) + 0.5
    return np.maximum(np.clip(cover, 0, 1), silhouette).astype(np.float32)


def _sticker(rng: np.random.Generator, width: int, height: int) -> tuple[np.ndarray, np.ndarray]:
    side = min(width, height)
    border: Colour = _BORDERS[rng.integers(len(_BORDERS))]
    canvas = Canvas(width, height, border)
    silhouette = canvas.trace()
    whole = rng.uniform() < 0.65
    look = characters.choose(rng, chibi=True)
    if not whole and look.back in ("long", "wavy", "ponytail"):
        look = replace(look, back=str(rng.choice(("short", "bob", "twintails", "spiky"))))
    # (share of the short side that a head unit takes, how far above the middle the skull's centre stands)
    tails = look.back == "twintails"
    scale, rise = (0.186 if tails else 0.196, 0.68) if whole else (0.215, 0.12) if tails else (0.29, -0.1)
    unit = side * scale
    place = Place(width / 2, height / 2 - unit * rise, unit, float(rng.uniform(-0.1, 0.1)))
    sketch = Sketch(canvas, place, look, rng, max(unit * 0.026, 1.2))
    (bodies.draw_chibi if whole else bodies.draw_mascot)(sketch)
    return canvas.finish(), grown(silhouette, max(side * 0.02, 1.5))


def soft(rng: np.random.Generator, width: int, height: int) -> np.ndarray:
    """Draws a sticker whose alpha has an anti-aliased edge; uint8 (height, width, 4)."""
    rgb, cover = _sticker(rng, width, height)
    alpha = np.round(cover * 255).astype(np.uint8)
    return _joined(rgb, alpha)


def hard(rng: np.random.Generator, width: int, height: int) -> np.ndarray:
    """Draws a sticker whose alpha is only 0 or 255; uint8 (height, width, 4)."""
    rgb, cover = _sticker(rng, width, height)
    return _joined(rgb, np.where(cover >= 0.5, 255, 0).astype(np.uint8))


def _joined(rgb: np.ndarray, alpha: np.ndarray) -> np.ndarray:
    # Most editors write black where nothing is seen; so do these, for what reads them must cope with it.
    rgb = np.where(alpha[..., None] > 0, rgb, 0).astype(np.uint8)
    return np.concatenate([rgb, alpha[..., None]], axis=2)
