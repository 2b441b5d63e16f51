"""Route: how a picture of one size comes to its result by one network, and the steps beside the network."""

from __future__ import annotations

from dataclasses import dataclass

from waifu4x_tf.imaging.framing import bled_tile, centred, surrounded
from waifu4x_tf.imaging.picture import Picture
from waifu4x_tf.imaging.shrinking import shrink
from waifu4x_tf.imaging.target import Target


@dataclass(frozen=True)
class Route:
    """The passes from a picture's size to that of its result.

    The network enlarges the whole picture as often as it takes to reach the result's size or more, and what
    is too much is averaged away.

    Attributes:
        sizes: (width, height) before each pass of the network, and after the last.
        margin: Pixels (across, down) of a tile's neighbours that are added around it before the first pass.
        placed_size: (width, height) to which the last of the sizes is averaged.
        result_size: (width, height) to which that is cut or padded.
    """

    sizes: tuple[tuple[int, int], ...]
    margin: tuple[int, int]
    placed_size: tuple[int, int]
    result_size: tuple[int, int]

    @classmethod
    def plan(cls, width: int, height: int, target: Target, *, scale: int, reach: int) -> Route:
        """The route of a picture of this size.

        Args:
            width: Of the picture.
            height: Of the picture.
            target: How large the result is to be.
            scale: The network's factor.
            reach: How far from a pixel of a pass's input its result depends on others, in these pixels.

        Raises:
            UsageError: As `Target.passes`.
        """
        placed = target.placed_size(width, height)
        passes = target.passes(width, height, scale)
        if passes > 0:
            # What reaches so far in the second pass reaches less far in the pixels of the first, and so on.
            reaches = [sum(-(-reach // scale**index) for index in range(passes))] * 2
        elif placed == (width, height):
            reaches = [0, 0]
        else:
            reaches = [-(-width // placed[0]), -(-height // placed[1])]  # of the cosine kernel
        across, down = (
            each if letter in target.wrap else 0 for letter, each in zip("xy", reaches, strict=True)
        )
        sizes = tuple(
            ((width + 2 * across) * scale**count, (height + 2 * down) * scale**count)
            for count in range(passes + 1)
        )
        return cls(sizes, (across, down), placed, target.result_size(width, height))

    @property
    def passes(self) -> int:
        """How often the network enlarges."""
        return len(self.sizes) - 1

    def begin(self, picture: Picture, wrap: str, reach: int) -> Picture:
        """What goes into the first pass."""
        if not any(self.margin):
            return picture
        return surrounded(bled_tile(picture, wrap, reach), *self.margin)

    def end(self, picture: Picture) -> Picture:
        """The result, from what came out of the last pass."""
        factor = picture.width // self.sizes[0][0]
        across, down = (factor * each for each in self.margin)
        inner = (across, down, picture.width - 2 * across, picture.height - 2 * down)
        width, height = self.placed_size
        placed = shrink(picture, (height, width), kernel="area" if self.passes else "cosine", box=inner)
        return centred(placed, self.result_size)

    def shares(self) -> list[float]:
        """What part of the network's work each pass is, the first pass first."""
        pixels = [width * height for width, height in self.sizes[:-1]]
        return [each / sum(pixels) for each in pixels]
