"""What GIF, APNG and animated WebP have in common: parts drawn one after the other on a canvas."""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from waifu4x_tf.imaging.picture import Frame


class Disposal(enum.Enum):
    """What becomes of a part's rectangle before the next part is drawn."""

    KEEP = enum.auto()
    CLEAR = enum.auto()
    RESTORE = enum.auto()


@dataclass(frozen=True)
class Part:
    """One part of an animation, not decoded yet.

    Attributes:
        left: Where its rectangle begins on the canvas.
        top: The same.
        width: Of the rectangle.
        height: The same.
        disposal: What becomes of the rectangle afterwards.
        blends: Drawn over what is there by its alpha, rather than replacing it, alpha included.
        file: A still picture file that holds the pixels; None where the rectangle is empty.
    """

    left: int
    top: int
    width: int
    height: int
    disposal: Disposal
    blends: bool
    file: bytes | None


@dataclass(frozen=True)
class Animation:
    """An animation as its file describes it, without a pixel decoded.

    Attributes:
        width: Of the canvas.
        height: The same.
        parts: In the order in which they are drawn.
        durations_ms: How long each stays.
        loop: How often it is played; 0 is for ever.
    """

    width: int
    height: int
    parts: tuple[Part, ...]
    durations_ms: tuple[int, ...]
    loop: int

    @property
    def decoded_px(self) -> int:
        """Pixels of all parts together, what reaches beyond the canvas included."""
        return sum(part.width * part.height for part in self.parts)


def whole_milliseconds(durations_ms: Iterable[Fraction]) -> tuple[int, ...]:
    """Durations in whole milliseconds; remainders are carried on, so that the total stays right."""
    exact, written = Fraction(0), 0
    result = []
    for duration in durations_ms:
        exact += duration
        result.append(round(exact) - written)
        written += result[-1]
    return tuple(result)


def composited(animation: Animation, decode: Callable[[bytes], Frame]) -> Iterator[np.ndarray]:
    """The canvas after each part, from a transparent one.

    A cleared rectangle becomes transparent. GIF and WebP also name a background colour, which no browser
    paints any more, and APNG (W3C PNG, 3rd edition, 11.3.6.2) asks for transparency.

    Args:
        animation: What to play.
        decode: Gives the uint8 frame of a part's file.

    Yields:
        uint8 (H, W, 4) with unassociated alpha; the same array each time, changed.
    """
    canvas = np.zeros((animation.height, animation.width, 4), np.uint8)
    for part in animation.parts:
        # Of a GIF, a part may reach beyond the canvas: what is outside is never seen.
        region = canvas[part.top : part.top + part.height, part.left : part.left + part.width]
        before = region.copy() if part.disposal is Disposal.RESTORE else None
        if part.file is not None and region.size:
            draw(region, decode(part.file), blends=part.blends)
        yield canvas
        if part.disposal is Disposal.CLEAR:
            region[...] = 0
        elif before is not None:
            region[...] = before


def draw(region: np.ndarray, frame: Frame, *, blends: bool) -> None:
    """Draws a frame at the top left of a region, in place.

    Blending is the over operator on unassociated alpha (Porter and Duff, "Compositing Digital Images", 1984),
    rounded to the nearest level.

    Args:
        region: uint8 (H, W, 4), changed; what of the frame reaches beyond it is left out.
        frame: uint8 pixels.
        blends: See `Part`.
    """
    height, width = region.shape[:2]
    rgb = frame.rgb[:height, :width]
    region = region[: rgb.shape[0], : rgb.shape[1]]
    if frame.alpha is None:
        region[..., :3], region[..., 3] = rgb, 255
        return
    alpha = frame.alpha[:height, :width]
    replaced = alpha == 255 if blends else np.ones(alpha.shape, bool)
    region[replaced, :3], region[replaced, 3] = rgb[replaced], alpha[replaced]
    mixed = (alpha > 0) & ~replaced
    if mixed.any():
        region[mixed] = _over(rgb[mixed], alpha[mixed], region[mixed])


def _over(rgb: np.ndarray, alpha: np.ndarray, below: np.ndarray) -> np.ndarray:
    """uint8 (N, 3) with alpha (N,), neither transparent nor opaque, over (N, 4): uint8 (N, 4)."""
    # In units of 1 / 255**2; the largest product is 255**3, which 32 bits hold.
    own = alpha.astype(np.uint32)[:, None]
    share, share_below = own * 255, below[:, 3:] * (255 - own)
    total = share + share_below
    colour = (rgb * share + below[:, :3] * share_below + total // 2) // total
    return np.concatenate((colour, (total + 127) // 255), axis=1).astype(np.uint8)
