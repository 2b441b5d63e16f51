"""Whole pictures that are never trained on: PSNR and SSIM beside bicubic, and a sheet to look at."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from waifu4x_tf.imaging.interpolation import resize
from waifu4x_tf.metrics import psnr, ssim

_SHEET_CROP_LR_PX = 48


@dataclass(frozen=True)
class Score:
    """Means over the validation pictures."""

    psnr: float
    ssim: float


class Validation:
    """Shrinks the pictures once with antialiased bicubic and measures generators on them.

    Args:
        pictures: uint8 ``(H, W, 3)``; cropped to a multiple of ``scale``.
        scale: Enlargement factor.
    """

    def __init__(self, pictures: Sequence[np.ndarray], scale: int) -> None:
        self._scale = scale
        self._large = [p[: p.shape[0] // scale * scale, : p.shape[1] // scale * scale] for p in pictures]
        self._small = [resize(p, (p.shape[0] // scale, p.shape[1] // scale), "bicubic") for p in self._large]

    def bicubic(self) -> Score:
        """What plain bicubic interpolation reaches on the same pictures."""
        return self._score(
            [resize(s, g.shape[:2], "bicubic") for s, g in zip(self._small, self._large, strict=True)]
        )

    def measure(self, generator: Any) -> Score:
        """Mean PSNR and SSIM (Y, border = scale) of a Keras generator on the whole pictures."""
        return self._score([enlarge(generator, small, self._scale) for small in self._small])

    def sheet(self, generator: Any, path: Path, count: int) -> None:
        """Write a PNG: a row a picture, with nearest, bicubic, the generator and the original."""
        rows = []
        for small, large in list(zip(self._small, self._large, strict=True))[:count]:
            top, left = _busiest(small, _SHEET_CROP_LR_PX)
            crop = small[top : top + _SHEET_CROP_LR_PX, left : left + _SHEET_CROP_LR_PX]
            size = (crop.shape[0] * self._scale, crop.shape[1] * self._scale)
            y, x = top * self._scale, left * self._scale
            cells = [
                resize(crop, size, "nearest"),
                resize(crop, size, "bicubic"),
                enlarge(generator, crop, self._scale),
                large[y : y + size[0], x : x + size[1]],
            ]
            side = _SHEET_CROP_LR_PX * self._scale
            padded = [np.pad(c, ((0, side - c.shape[0]), (0, side - c.shape[1]), (0, 0))) for c in cells]
            rows.append(np.concatenate(padded, axis=1))
        Image.fromarray(np.concatenate(rows, axis=0)).save(path)

    def _score(self, enlarged: Sequence[np.ndarray]) -> Score:
        pairs = list(zip(enlarged, self._large, strict=True))
        return Score(
            float(np.mean([psnr(a, b, border=self._scale) for a, b in pairs])),
            float(np.mean([ssim(a, b, border=self._scale) for a, b in pairs])),
        )


def enlarge(
    generator: Any, small: np.ndarray, scale: int, *, tile_px: int = 256, overlap_px: int = 16
) -> np.ndarray:
    """Run a Keras generator on a uint8 ``(H, W, 3)`` picture in overlapping tiles; to measure while training.

    The upscaling path has its own exact tiling; this one needs no card and bounds memory.
    """
    padded = np.pad(small, ((overlap_px, overlap_px), (overlap_px, overlap_px), (0, 0)), mode="edge")
    out = np.empty((small.shape[0] * scale, small.shape[1] * scale, 3), np.uint8)
    for top in range(0, small.shape[0], tile_px):
        for left in range(0, small.shape[1], tile_px):
            height, width = min(tile_px, small.shape[0] - top), min(tile_px, small.shape[1] - left)
            tile = padded[top : top + height + 2 * overlap_px, left : left + width + 2 * overlap_px]
            y = np.asarray(generator(tile[None].astype(np.float32) / np.float32(255), training=False))[0]
            inner = y[overlap_px * scale : -overlap_px * scale, overlap_px * scale : -overlap_px * scale]
            place = (
                slice(top * scale, (top + height) * scale),
                slice(left * scale, (left + width) * scale),
            )
            out[place] = np.rint(np.clip(inner, 0, 1) * 255).astype(np.uint8)
    return out


def _busiest(picture: np.ndarray, side: int) -> tuple[int, int]:
    """Corner of the square with most detail, on a coarse grid."""
    grey = picture.mean(axis=2)
    best, place = -1.0, (0, 0)
    for top in range(0, max(1, picture.shape[0] - side + 1), side // 2):
        for left in range(0, max(1, picture.shape[1] - side + 1), side // 2):
            detail = float(grey[top : top + side, left : left + side].std())
            if detail > best:
                best, place = detail, (top, left)
    return place
