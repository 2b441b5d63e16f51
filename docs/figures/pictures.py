"""The drawings that the figures start from; no network is trained on their seed."""

import numpy as np

from waifu4x_tf.data.procedural import draw
from waifu4x_tf.imaging.interpolation import resize

SEED = 20_260


def drawn(kind: str, side: int, seed: int = SEED) -> np.ndarray:
    """A drawing of one of the kinds without alpha, antialiased: uint8 ``(side, side, 3)``."""
    return resize(draw(kind, seed=seed, width=2 * side, height=2 * side), (side, side), "area")
