"""Target: how large a result is to be, and what has to be done to a picture to get there."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, get_args

from waifu4x_tf.errors import UsageError

MOST_SCALE = 16.0
DEFAULT_SCALE = 4.0

Fit = Literal["inside", "cover", "pad", "stretch"]
FITS: tuple[Fit, ...] = get_args(Fit)
WRAPS = ("", "x", "y", "xy")


@dataclass(frozen=True)
class Target:
    """How large a result is to be: by a factor, by its size, or by its shorter side.

    Attributes:
        scale: The factor, from 1 to `MOST_SCALE`. Where nothing is asked for it is `DEFAULT_SCALE`.
        size: (width, height).
        fit: What is done to a picture of another shape than the size: "inside", as large as fits in it;
            "cover", so large that it covers it, and what is too much cut off evenly; "pad", inside, and the
            rest transparent; "stretch", out of shape.
        min_side: The shorter side in pixels.
        wrap: The directions, "x", "y" or "xy", in which the picture is a tile that is laid side by side.
        bits: 8 or 16 bits per channel; None keeps those of the picture.
        cleans: Whether a picture goes through the network even if it does not become larger, because the
            network cleans it. Otherwise one that becomes smaller is only shrunk, which is faster by far, and
            one that keeps its size keeps its pixels.

    Raises:
        UsageError: On making one whose numbers make no sense, or that asks for two things at once.

    Example:
        >>> Target(size=(1920, 1080), fit="cover").result_size(300, 200)
        (1920, 1080)
    """

    scale: float | None = None
    size: tuple[int, int] | None = None
    fit: Fit = "inside"
    min_side: int | None = None
    wrap: str = ""
    bits: int | None = None
    cleans: bool = False

    def __post_init__(self) -> None:
        asked = [name for name in ("scale", "size", "min_side") if getattr(self, name) is not None]
        if len(asked) > 1:
            received = " and ".join(f"`{name}`" for name in asked)
            raise UsageError(f"A result has one size. Received: {received}. Keep one of them.")
        if not asked:
            object.__setattr__(self, "scale", DEFAULT_SCALE)
        if self.scale is not None and not 1 <= self.scale <= MOST_SCALE:
            raise UsageError(
                f"A factor is from 1 to {MOST_SCALE:g}. Received: `scale={self.scale:g}`. Choose another."
            )
        least = min(side for side in (*(self.size or (1,)), self.min_side) if side is not None)
        if least < 1:
            wrong = f"min_side={self.min_side}" if self.size is None else f"size={self.size}"
            raise UsageError(
                f"A side of a result has at least 1 pixel. Received: `{wrong}`. Choose a larger one."
            )
        if self.fit not in FITS or (self.fit != "inside" and self.size is None):
            raise UsageError(
                f"A fit is one of {', '.join(FITS)}, and says how a picture goes into a `size`. Received: "
                f"`fit={self.fit!r}`{'' if self.size else ' without `size`'}. Add `size`, or leave it out."
            )
        if self.bits not in (None, 8, 16):
            raise UsageError(
                f"A channel has 8 or 16 bits. Received: `bits={self.bits}`. Choose one of these."
            )
        if self.wrap not in WRAPS:
            raise UsageError(
                f"A tile wraps in x, y or xy. Received: `wrap={self.wrap!r}`. Choose one of these."
            )
        if self.wrap and self.fit in ("cover", "pad"):
            raise UsageError(
                "A tile that is cut or padded is none any more. "
                f"Received: `wrap={self.wrap!r}` with `fit={self.fit!r}`. Use `fit='inside'` or 'stretch'."
            )

    def placed_size(self, width: int, height: int) -> tuple[int, int]:
        """(width, height) of a picture of this size before it is cut or padded, at least 1 each."""
        if self.size is None:
            factor = self.scale or 0.0
            if self.min_side is not None:
                factor = self.min_side / min(width, height)
            return max(1, round(width * factor)), max(1, round(height * factor))
        if self.fit == "stretch":
            return self.size
        pick = max if self.fit == "cover" else min
        factor = pick(self.size[0] / width, self.size[1] / height)
        # The side that decides is met exactly, whatever the rounding of the factor; the other one stays on
        # its side of what was asked for.
        placed_width, placed_height = (
            max(1, pick(asked, round(side * factor)))
            for asked, side in zip(self.size, (width, height), strict=True)
        )
        return placed_width, placed_height

    def result_size(self, width: int, height: int) -> tuple[int, int]:
        """(width, height) of the result of a picture of this size, at least 1 each."""
        if self.size is not None and self.fit in ("cover", "pad"):
            return self.size
        return self.placed_size(width, height)

    def pads(self, width: int, height: int) -> bool:
        """Whether the result of a picture of this size has transparent bars."""
        return self.fit == "pad" and self.placed_size(width, height) != self.size

    def passes(self, width: int, height: int, network_scale: int) -> int:
        """How often a network of this factor has to enlarge a picture of this size.

        One that does not become larger is not enlarged first, unless ``cleans``, or it keeps its size and so
        does the network.

        Raises:
            UsageError: The network does not enlarge, and the result is to be larger than the picture.
        """
        placed = self.placed_size(width, height)
        larger = placed[0] > width or placed[1] > height
        if not larger and not self.cleans and (network_scale > 1 or placed != (width, height)):
            return 0
        if larger and network_scale < 2:
            raise UsageError(
                "A network that does not enlarge gives pictures of their own size. Received: "
                f"{width}x{height} to {placed[0]}x{placed[1]}. Use `scale=1`, or another `model`."
            )
        count = 1
        while width * network_scale**count < placed[0] or height * network_scale**count < placed[1]:
            count += 1
        return count

    def factor(self, width: int, height: int) -> float:
        """How many times larger a picture of this size becomes.

        It is what was asked for, where that was a factor, which is met to half a pixel; else the geometric
        mean of both directions, before anything is cut or padded.
        """
        if self.scale is not None:
            return self.scale
        placed_width, placed_height = self.placed_size(width, height)
        return math.sqrt(placed_width / width * (placed_height / height))

    @property
    def label(self) -> str:
        """What is added to a picture's name: 4x, 1920x1080, or min720."""
        if self.size is not None:
            return f"{self.size[0]}x{self.size[1]}"
        return f"min{self.min_side}" if self.min_side is not None else f"{self.scale:g}x"
