"""A network that every language can compute by hand, and pictures to show it."""

import numpy as np

RADIUS, SCALE = 6, 4


class StandIn:
    """Each pixel is a sum of some around it, to the modulus of 256; beyond a tile's border are zeros.

    kotlin/StandIn.kt and node/stand_in.mjs are the same in their languages.
    """

    name, bytes_per_pixel = "litert", 1

    def __init__(self, fixed_size: tuple[int, int] | None = None) -> None:
        self.fixed_size = fixed_size

    def run(self, tile: np.ndarray) -> np.ndarray:
        """See `Engine.run`."""
        height, width = tile.shape[1:3]
        around = np.pad(tile[0].astype(np.int64), ((RADIUS, RADIUS), (RADIUS, RADIUS), (0, 0)))

        def at(right: int, down: int) -> np.ndarray:
            return around[RADIUS + down :, RADIUS + right :][:height, :width]

        sums = 3 * at(0, 0) + 5 * at(-RADIUS, 0) + 7 * np.roll(at(RADIUS, 0), -1, axis=2)
        sums = sums + 11 * at(0, -RADIUS) + 13 * at(0, RADIUS) + 17 * at(RADIUS, RADIUS)
        large = np.repeat(np.repeat(sums, SCALE, axis=0), SCALE, axis=1)
        offsets = np.tile(np.arange(SCALE * SCALE).reshape(SCALE, SCALE), (height, width))
        return ((large + offsets[..., None]) % 256).astype(np.uint8)[None]


def pixels_of(kind: str, width: int, height: int) -> np.ndarray:
    rng = np.random.default_rng(5)
    colours = rng.integers(0, 256, (height, width, 3), np.uint8)
    rows, columns = np.mgrid[:height, :width]
    soft = np.clip(400 * (1 - np.hypot(2 * rows / height - 1, 2 * columns / width - 1)), 0, 255).astype(
        np.uint8
    )
    alpha = {
        "soft": soft,
        "hard": np.where(soft > 99, np.uint8(255), np.uint8(0)),
        "specks": np.where(colours[..., 0] > 99, colours[..., 1], np.uint8(0)),
        "clear": np.zeros_like(soft),
        "opaque": np.full_like(soft, 255),
    }
    if kind == "grey":
        return colours[..., :1].copy()
    return np.dstack([colours, alpha[kind]]) if kind in alpha else colours
