"""Tile geometry. A tile carries the model's whole receptive radius around its core, so tiled equals whole."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from waifu4x_tf.errors import UsageError

# So many pixels of context are nobody's concern: a quarter of a second with the smallest network.
_UNCOUNTED_PX = 2**17


@dataclass(frozen=True)
class Tile:
    """One core: a rectangle of the small picture, in its pixels."""

    top: int
    left: int
    height: int
    width: int


@dataclass(frozen=True)
class TilePlan:
    """How a picture is cut.

    Attributes:
        width: Of the small picture.
        height: Of the small picture.
        core_width: Width of every core; all are equal, the last ones overlap their neighbours.
        core_height: Height of every core.
        radius: Context around a core on each side.
        tile_count: Number of tiles; none where the picture is `too_thin` for a network.
        memory_bytes: Estimate of what the network and the result need at once.
    """

    width: int
    height: int
    core_width: int
    core_height: int
    radius: int
    tile_count: int
    memory_bytes: int

    @property
    def is_interpolated(self) -> bool:
        """Whether no network enlarges the picture, as it is `too_thin`."""
        return self.tile_count == 0

    def tiles(self) -> Iterator[Tile]:
        """All tiles, row by row; together they cover the picture, unless it is too thin for any."""
        if self.is_interpolated:
            return
        for top in _starts(self.height, self.core_height):
            for left in _starts(self.width, self.core_width):
                yield Tile(top, left, self.core_height, self.core_width)


def plan_tiles(
    width: int,
    height: int,
    *,
    tile_px: int,
    radius: int,
    fixed_size: tuple[int, int] | None = None,
    bytes_per_tile_pixel: int = 0,
    result_bytes: int = 0,
) -> TilePlan:
    """Cut ``width`` x ``height`` into equal cores of at most ``tile_px``.

    Args:
        width: Of the small picture, at least 1.
        height: Of the small picture, at least 1.
        tile_px: Largest edge of a core; 0 = the whole picture.
        radius: Receptive radius in small pixels.
        fixed_size: ``(height, width)`` the model takes, when it takes no other; then ``tile_px`` is not used.
        bytes_per_tile_pixel: For the estimate of memory.
        result_bytes: For the estimate of memory.

    Raises:
        UsageError: Negative ``tile_px``, or a fixed size that leaves no core.

    Example:
        >>> plan_tiles(600, 400, tile_px=256, radius=14).tile_count
        6
    """
    if tile_px < 0:
        raise UsageError(
            f"A tile is 1 px or more, or 0 for the whole picture. Received: `tile_px={tile_px}`. Use 256."
        )
    if too_thin(width, height, radius):
        return TilePlan(width, height, width, height, radius, 0, result_bytes)
    if fixed_size is not None:
        core_height, core_width = (edge - 2 * radius for edge in fixed_size)
        if min(core_height, core_width) < 1:
            raise UsageError(
                f"A tile is larger than twice the receptive radius of {radius} px. Received: a model of the"
                f" fixed size {fixed_size[0]}x{fixed_size[1]}. Use a larger fixed size or a dynamic file."
            )
    else:
        core_height, core_width = (_even_core(edge, tile_px) for edge in (height, width))
    count = len(_starts(height, core_height)) * len(_starts(width, core_width))
    tile_pixels = (core_height + 2 * radius) * (core_width + 2 * radius)
    memory = tile_pixels * bytes_per_tile_pixel + result_bytes
    return TilePlan(width, height, core_width, core_height, radius, count, memory)


def too_thin(width: int, height: int, radius: int) -> bool:
    """Whether a network would spend most of its work on the context of a long picture's short side.

    A row of pixels is enlarged with ``2 * radius`` more rows around it, each of them a copy of that row: no
    shape of tiles spares them. So a long strip would cost up to thirty times what its pixels do, and has no
    shapes that a network could know. Whether a picture is one depends on its size alone, not on the tiles.
    """
    with_context = (width + 2 * radius) * (height + 2 * radius)
    # What is small costs little, and no square is too thin: its excess is at most 8 * radius**2.
    return with_context > 2 * width * height + max(_UNCOUNTED_PX, 8 * radius**2)


def cut(padded: np.ndarray, tile: Tile, radius: int) -> np.ndarray:
    """The tile with its context, from the edge-replicated picture; contiguous ``(1, h + 2r, w + 2r, 3)``."""
    rows = slice(tile.top, tile.top + tile.height + 2 * radius)
    columns = slice(tile.left, tile.left + tile.width + 2 * radius)
    return np.ascontiguousarray(padded[None, rows, columns])


def pad_edges(picture: np.ndarray, plan: TilePlan) -> np.ndarray:
    """Replicate the edges by the radius, and further where a fixed core is larger than the picture."""
    radius = plan.radius
    below = radius + max(0, plan.core_height - plan.height)
    right = radius + max(0, plan.core_width - plan.width)
    return np.pad(picture, ((radius, below), (radius, right), (0, 0)), mode="edge")


def _even_core(edge: int, tile_px: int) -> int:
    if tile_px == 0 or edge <= tile_px:
        return edge
    count = -(-edge // tile_px)
    return -(-edge // count)


def _starts(edge: int, core: int) -> list[int]:
    """Where cores begin; the last one ends at the edge, so every tile has one shape."""
    if core >= edge:
        return [0]
    return [*range(0, edge - core, core), edge - core]
