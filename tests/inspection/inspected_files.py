"""Pictures in memory, saved as the tests of the inspection need them."""

import functools
import io

import numpy as np
from PIL import Image

from waifu4x_tf.data.procedural import draw_rgb
from waifu4x_tf.imaging import reading
from waifu4x_tf.imaging.interpolation import resize
from waifu4x_tf.inspection.damage import Damage, find_damage


@functools.cache
def drawing(index: int = 0, width: int = 96, height: int = 88) -> np.ndarray:
    """A drawing shrunk to the size of the small pictures people have."""
    pixels = resize(draw_rgb(index, seed=5, width=2 * width, height=2 * height), (height, width), "bicubic")
    pixels.flags.writeable = False
    return pixels


def saved(pixels: np.ndarray | bytes, format_name: str, **options) -> bytes:
    """A file of pixels, or of those in another file."""
    buffer = io.BytesIO()
    image = Image.open(io.BytesIO(pixels)) if isinstance(pixels, bytes) else Image.fromarray(pixels)
    image.save(buffer, format_name, **options)
    return buffer.getvalue()


def decoded(content: bytes) -> np.ndarray:
    with Image.open(io.BytesIO(content)) as image:
        return np.asarray(image.convert("RGB"))


def damage_of(content: bytes) -> Damage:
    return find_damage(content, reading.read(content))
