"""Pictures that were never shrunk: what a network takes for something else, drawn pixel by pixel."""

import numpy as np
from PIL import Image

_BAYER = np.array([[0, 8, 2, 10], [12, 4, 14, 6], [3, 11, 1, 9], [15, 7, 13, 5]])


def aliased_pictures(edge: int = 48) -> dict[str, np.ndarray]:
    """By name, uint8 (edge, edge, 3)."""
    down, across = np.mgrid[:edge, :edge]
    odd = (down + across) % 2
    ramp = (across * 255 // (edge - 1)).astype(np.uint8)
    threshold = np.tile(_BAYER, (edge // 4 + 1, edge // 4 + 1))[:edge, :edge] * 16 + 8
    greys = {
        "checker": odd * 255,
        "soft_checker": odd * 80 + 90,
        "columns": across % 2 * 255,
        "rows_of_two": down // 2 % 2 * 255,
        "bayer": (ramp > threshold) * 255,
        "floyd_steinberg": np.asarray(Image.fromarray(ramp).convert("1")) * 255,
        "diagonal_line": np.where(np.abs(down - across) < 1, 20, 190),
    }
    pictures = {name: np.repeat(grey[..., None], 3, axis=2).astype(np.uint8) for name, grey in greys.items()}
    pictures["coloured_checker"] = np.where(odd[..., None] == 1, (255, 230, 180), (40, 0, 90)).astype(
        np.uint8
    )
    rng = np.random.default_rng(1)
    palette = rng.integers(0, 256, (8, 3)).astype(np.uint8)
    sprite = palette[rng.integers(0, 8, (edge // 4, edge // 4))].repeat(2, axis=0).repeat(2, axis=1)
    pictures["sprite"] = np.full((edge, edge, 3), 255, np.uint8)
    pictures["sprite"][edge // 4 : edge // 4 + len(sprite), edge // 4 : edge // 4 + len(sprite)] = sprite
    ink = rng.random((edge, edge // 6)).repeat(6, axis=1)[:, :edge] < 0.3
    pictures["yellowed_page"] = np.where(ink[..., None], (38, 30, 25), (250, 240, 212)).astype(np.uint8)
    return pictures
