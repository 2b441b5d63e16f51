"""What saving in a lossy format does to pixels."""

import io

import numpy as np
from PIL import Image


def recode(picture: np.ndarray, codec: str, **options: int) -> np.ndarray:
    """Save a uint8 ``(H, W, 3)`` picture with a Pillow codec and open it again; same shape and dtype."""
    buffer = io.BytesIO()
    Image.fromarray(picture).save(buffer, codec, **options)
    with Image.open(buffer) as image:
        return np.asarray(image.convert("RGB"))
