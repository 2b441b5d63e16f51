"""What the page shows beside a result: the same picture enlarged by bicubic, equally large and lossless."""

import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, UnidentifiedImageError

from waifu4x_tf.batch.outcome import Outcome
from waifu4x_tf.imaging import reading
from waifu4x_tf.imaging.alpha import bleed
from waifu4x_tf.imaging.depth import with_bits
from waifu4x_tf.imaging.framing import centred
from waifu4x_tf.imaging.guard import guarded
from waifu4x_tf.imaging.interpolation import resize
from waifu4x_tf.imaging.picture import Frame, Picture
from waifu4x_tf.imaging.pil import to_pil
from waifu4x_tf.imaging.target import Target

# A browser draws this much at once without stuttering; of more, the middle is shown.
_MOST_SHOWN_PX = 12_000_000
_PART_SIDE_PX = 2048
# The same of an animation, of which it draws one frame after the other.
_MOST_MOVING_PX = 60_000_000


@dataclass(frozen=True)
class Shown:
    """Two pictures of equal size for the slider.

    Attributes:
        before: Bicubic.
        after: The result itself, or what the browser can show of it.
        part: Whether they are a part.
        still: Whether they are the first frame of an animation. Two animations side by side would not keep
            step in a browser.
        moving: The result, when it is an animation that the browser can play.
    """

    before: Path
    after: Path
    part: bool = False
    still: bool = False
    moving: Path | None = None


def before_and_after(picture: Picture, outcome: Outcome, target: Target, stem: Path) -> Shown:
    """Write what the slider shows.

    Args:
        picture: What was enlarged, with the metadata that the result has.
        outcome: What came of it.
        target: How large it was to be.
        stem: Where new files go, without a suffix.

    Raises:
        PictureError: The result cannot be decoded again.
        MissingExtraError: The same, for want of the codecs for its 16 bits.
    """
    result = Path(str(outcome.output))
    width, height = target.result_size(picture.width, picture.height)
    picture = with_bits(picture, 8)
    is_small = width * height <= _MOST_SHOWN_PX
    still = picture.is_animated
    moving = result if still and len(picture.frames) * width * height <= _MOST_MOVING_PX else None
    picture = picture.still(picture.frames[0])
    before, after = stem.with_suffix(".png"), stem.with_name(f"{stem.name}_result.png")
    if is_small and not still and outcome.bits == 8 and result.suffix != ".tiff":
        after = result
    elif is_small:
        _save(_opened(result, (width, height)), after)
    if is_small:
        _save(to_pil(_bicubic(picture, target)), before)
        return Shown(before, after, still=still, moving=moving)
    small, large = _middle(picture, target)
    _save(_opened(result, (width, height), large), after)
    _save(to_pil(_bicubic(_cut(picture, small), Target(size=_size(large), fit="stretch"))), before)
    return Shown(before, after, part=True, still=still, moving=moving)


def save_fast(pixels: np.ndarray, path: Path) -> None:
    """As PNG, quickly rather than small."""
    _save(Image.fromarray(pixels), path)


def _save(image: Image.Image, path: Path) -> None:
    image.save(path, "PNG", compress_level=1)


def _bicubic(picture: Picture, target: Target) -> Picture:
    """The picture as the result is framed, without colour from under its transparency."""
    width, height = target.placed_size(picture.width, picture.height)

    def resized(frame: Frame) -> Frame:
        if frame.alpha is None:
            return Frame(resize(frame.rgb, (height, width), "bicubic"))
        rgb = resize(bleed(frame.rgb, frame.alpha), (height, width), "bicubic")
        return Frame(rgb, resize(frame.alpha, (height, width), "bicubic"))

    return centred(picture.map_frames(resized), target.result_size(picture.width, picture.height))


def _opened(result: Path, size: tuple[int, int], box: tuple[int, int, int, int] | None = None) -> Image.Image:
    """The result's first frame, or a part of it, in 8 bits."""
    with guarded(result.name, max_megapixels=size[0] * size[1] / 1e6 + 1):
        try:
            with Image.open(result) as opened:
                image = opened.crop(box or (0, 0, *size))
        except UnidentifiedImageError:  # grey TIFF of 16 bits with alpha
            pixels = to_pil(with_bits(reading.read(result, max_megapixels=size[0] * size[1] / 1e6 + 1), 8))
            image = pixels.crop(box or (0, 0, *size))
        if image.mode.startswith("I;16"):
            return Image.fromarray((np.asarray(image) >> 8).astype(np.uint8))
        return image


def _middle(picture: Picture, target: Target) -> tuple[tuple[int, int, int, int], tuple[int, int, int, int]]:
    """A square in the middle of what the result shows of the picture, in pixels of the one and of the other.

    Returns:
        Two times (left, top, right, bottom).
    """
    sides = picture.width, picture.height
    edges = []
    placed_sides, framed_sides = target.placed_size(*sides), target.result_size(*sides)
    for side, placed, framed in zip(sides, placed_sides, framed_sides, strict=True):
        factor = placed / side
        length = max(1, math.floor(min(placed, framed, _PART_SIDE_PX) / factor))
        least = (side - length) // 2
        offset = int((placed - framed) / 2)  # as `framing.centred` cuts and pads
        large = (round(edge * factor) - offset for edge in (least, least + length))
        edges.append((least, least + length, *(min(max(each, 0), framed) for each in large)))
    (left, right, *across), (top, bottom, *down) = edges
    return (left, top, right, bottom), (across[0], down[0], across[1], down[1])


def _size(box: tuple[int, int, int, int]) -> tuple[int, int]:
    return box[2] - box[0], box[3] - box[1]


def _cut(picture: Picture, box: tuple[int, int, int, int]) -> Picture:
    left, top, right, bottom = box

    def part(frame: Frame) -> Frame:
        rgb = np.ascontiguousarray(frame.rgb[top:bottom, left:right])
        return Frame(rgb, None if frame.alpha is None else frame.alpha[top:bottom, left:right].copy())

    return picture.map_frames(part)
