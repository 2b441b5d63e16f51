"""The kernel that made a picture small, found by making it small again.

What a network makes of a picture is turned back into that picture by the kernel that shrunk it, nearly, and
less so by another. So a part of the picture is enlarged, the output is shrunk by area averaging and by
antialiased bicubic, and the errors are compared: back-projection (Irani and Peleg 1991) as a test. Other
kernels are nearer to bicubic.
"""

from __future__ import annotations

import functools
import math
import threading

import numpy as np

from waifu4x_tf.imaging.interpolation import resize
from waifu4x_tf.inference.networks import Network, load_network

# One that was trained on each of the two kernels; a family of larger networks is compared to the same ones.
_NETWORKS = ("compact", "compact_area")
# Of these pixels the network sees only some of the neighbours.
_BORDER_PX = 8
_LEAST_ERROR = 0.05
# Chosen on 28 held-out pictures and 8 photographs, see docs/experiments.md.
_WEIGHT, _EVEN = 1.5, 0.6
_lock = threading.Lock()


def area_gain(square: np.ndarray) -> float:
    """By how much more the area variant gains than the picture alone lets expect, in dB.

    Args:
        square: A part of a small picture, uint8 ``(H, W, 3)``, both sides above 16; the busier, the better.

    Returns:
        Around 1 where it was shrunk by area averaging, around -1 where it was by another kernel.

    Raises:
        ModelError: A network of the installation is missing or damaged.

    Example:
        >>> from waifu4x_tf.data.procedural import draw_rgb
        >>> large = draw_rgb(0, seed=41, width=256, height=256)
        >>> averaged, bicubic = (resize(large, (64, 64), each) for each in ("area", "bicubic"))
        >>> area_gain(averaged) > 0 > area_gain(bicubic)
        True
    """
    preference = sum(_preference(square, name) for name in _NETWORKS)
    return _WEIGHT * (preference + _EVEN)


def _preference(square: np.ndarray, name: str) -> float:
    """The logarithm of bicubic's error over that of area averaging; above 0 area averaging is nearer."""
    with _lock:
        large = _network(name).engine.run(square[None])[0]
    inner = (slice(_BORDER_PX, -_BORDER_PX),) * 2
    errors = []
    for kernel in ("bicubic", "area"):
        again = resize(large, square.shape[:2], kernel)[inner].astype(np.float64)
        errors.append(max(math.sqrt(np.mean((again - square[inner]) ** 2)), _LEAST_ERROR))
    return math.log(errors[0] / errors[1])


@functools.cache
def _network(name: str) -> Network:
    return load_network(name, "litert", 1)
