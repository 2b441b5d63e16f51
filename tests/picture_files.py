"""Pictures on disk, made and looked at in the current folder."""

import io
from pathlib import Path

import numpy as np
from PIL import Image


def draw(name: str, width: int = 6, height: int = 4, mode: str = "RGB") -> np.ndarray:
    """Write noise as a picture; the name's digits make it differ from others."""
    path = Path(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    channels = len(Image.new(mode, (1, 1)).getbands())
    rng = np.random.default_rng(len(name) + sum(name.encode()))
    pixels = rng.integers(0, 256, (height, width, channels), np.uint8).squeeze()
    Image.fromarray(pixels, mode if mode == "LA" else None).save(
        path, **({"lossless": True} if path.suffix == ".webp" else {})
    )
    return pixels


def opened(name: str) -> np.ndarray:
    with Image.open(name) as image:
        return np.asarray(image)


def files(folder: str = ".") -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in Path(folder).rglob("*") if path.is_file())


def saved(image: Image.Image, format_name: str, **settings: object) -> bytes:
    """The file that Pillow writes."""
    buffer = io.BytesIO()
    image.save(buffer, format_name, **settings)
    return buffer.getvalue()
