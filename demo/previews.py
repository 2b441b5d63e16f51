"""What the page shows beside a result: the same picture enlarged by bicubic, equally large and lossless."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from waifu4x_tf.imaging.alpha import bleed
from waifu4x_tf.imaging.interpolation import resize
from waifu4x_tf.imaging.picture import Picture

# A browser draws this much at once without stuttering; of more, the middle is shown.
_MOST_SHOWN_PX = 12_000_000
_PART_SIDE_PX = 2048


@dataclass(frozen=True)
class Shown:
    """Two pictures of equal size for the slider.

    Attributes:
        before: Bicubic.
        after: The result itself, or the same part of it.
        part: Whether they are a part.
    """

    before: Path
    after: Path
    part: bool


def before_and_after(picture: Picture, result: Path, size: tuple[int, int], stem: Path) -> Shown:
    """Write what the slider shows.

    Args:
        picture: What was enlarged.
        result: The file written.
        size: (width, height) of it.
        stem: Where new files go, without a suffix.
    """
    width, height = size
    before = stem.with_suffix(".png")
    if width * height <= _MOST_SHOWN_PX:
        save_fast(bicubic(picture, (height, width)), before)
        return Shown(before, result, part=False)
    small = _middle(picture.width, picture.height, _PART_SIDE_PX * picture.width // width)
    left, top, right, bottom = (round(edge * width / picture.width) for edge in small)
    after = stem.with_name(f"{stem.name}_result.png")
    with Image.open(result) as image:
        cut = image.crop((left, top, right, bottom))
        cut.save(after, compress_level=1)
    part = Picture.from_array(_cut(picture, small))
    save_fast(bicubic(part, (cut.height, cut.width)), before)
    return Shown(before, after, part=True)


def bicubic(picture: Picture, size: tuple[int, int]) -> np.ndarray:
    """The picture at this (height, width), without colour from under its transparency.

    Returns:
        uint8 ``(H, W, 3)``, or ``(H, W, 4)`` with alpha.
    """
    frame = picture.frames[0]
    if frame.alpha is None:
        return resize(frame.rgb, size, "bicubic")
    rgb = resize(bleed(frame.rgb, frame.alpha), size, "bicubic")
    return np.dstack((rgb, resize(frame.alpha, size, "bicubic")))


def save_fast(pixels: np.ndarray, path: Path) -> None:
    """As PNG, quickly rather than small."""
    Image.fromarray(pixels).save(path, compress_level=1)


def _middle(width: int, height: int, side: int) -> tuple[int, int, int, int]:
    """(left, top, right, bottom) of the square in the middle, or of what there is of it."""
    least = (max(0, (width - side) // 2), max(0, (height - side) // 2))
    return (*least, min(width, least[0] + side), min(height, least[1] + side))


def _cut(picture: Picture, box: tuple[int, int, int, int]) -> np.ndarray:
    left, top, right, bottom = box
    frame = picture.frames[0]
    rgb = frame.rgb[top:bottom, left:right]
    return rgb if frame.alpha is None else np.dstack((rgb, frame.alpha[top:bottom, left:right]))
