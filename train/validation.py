"""Whole pictures that are never trained on: PSNR and SSIM beside bicubic, and a sheet to look at."""

from collections.abc import Iterable, Sequence
from pathlib import Path

import keras
import numpy as np
from PIL import Image

from train.growing import living_channels
from waifu4x_tf.data.degradations import CLEAN, Degradation
from waifu4x_tf.data.sources import judged_pairs
from waifu4x_tf.evaluation.comparison import busiest_square
from waifu4x_tf.evaluation.scores import Scores, field_scores, mean, score
from waifu4x_tf.imaging.interpolation import resize
from waifu4x_tf.inference.upscaler import Upscaler

_SHEET_CROP_LR_PX = 48
_MOST_MIDDLES = 8


class Validation:
    """Shrinks the pictures once and measures generators on them.

    Args:
        pictures: uint8 ``(H, W, 3)``; cropped to a multiple of ``scale``.
        scale: Enlargement factor.
        degradation: What makes them small, as `waifu4x_tf.data.sources.judged_pairs` has it.
    """

    def __init__(self, pictures: Sequence[np.ndarray], scale: int, degradation: Degradation = CLEAN) -> None:
        self._scale = scale
        self._pairs = list(judged_pairs(pictures, scale, degradation))

    def bicubic(self) -> Scores:
        """What plain bicubic interpolation reaches on the same pictures."""
        return self._mean(resize(small, large.shape[:2], "bicubic") for large, small in self._pairs)

    def measure(self, upscaler: Upscaler) -> Scores:
        """Mean PSNR and SSIM (Y, border = scale) of a generator on the whole pictures."""
        return self._mean(upscaler.upscale(small) for _, small in self._pairs)

    def field(self, upscaler: Upscaler, count: int) -> dict[str, Scores]:
        """Mean scores in each kind of `waifu4x_tf.data.field.FIELD`, over some pictures' busiest squares.

        Args:
            upscaler: The network's.
            count: Of how many pictures at most, evenly spread; 0 measures nothing.
        """
        if not count:
            return {}
        originals = [large for large, _ in self._pairs[:: -(-len(self._pairs) // count)]]
        return field_scores(upscaler.upscale, originals, scale=self._scale)

    def middles(self) -> tuple[np.ndarray, np.ndarray]:
        """The middles of the pictures, small and large, float32 ``(N, S, S, 3)`` in [0, 1], of one size."""
        side = min(_SHEET_CROP_LR_PX, *(min(small.shape[:2]) for _, small in self._pairs))
        small_parts, large_parts = [], []
        for large, small in self._pairs[:_MOST_MIDDLES]:
            top, left = ((length - side) // 2 for length in small.shape[:2])
            small_parts.append(small[top : top + side, left : left + side])
            top, left, large_side = (value * self._scale for value in (top, left, side))
            large_parts.append(large[top : top + large_side, left : left + large_side])
        small, large = (
            np.stack(parts).astype(np.float32) / np.float32(255) for parts in (small_parts, large_parts)
        )
        return small, large

    def silent_layers(self, generator: keras.Model) -> list[str]:
        """Names of the convolutions that ReLU leaves nothing of, anywhere in the pictures' middles.

        Such a layer has died: no gradient reaches it any more, and its block only costs time.
        """
        small, _ = self.middles()
        return [name for name, living in living_channels(generator, small).items() if not living.any()]

    def sheet(self, upscaler: Upscaler, path: Path, count: int) -> None:
        """Write a PNG: a row a picture, with nearest, bicubic, the generator and the original."""
        rows = []
        for large, small in self._pairs[:count]:
            left, top, width, height = busiest_square(small, _SHEET_CROP_LR_PX)
            crop = small[top : top + height, left : left + width]
            size = (height * self._scale, width * self._scale)
            y, x = top * self._scale, left * self._scale
            cells = [
                resize(crop, size, "nearest"),
                resize(crop, size, "bicubic"),
                upscaler.upscale(np.ascontiguousarray(crop)),
                large[y : y + size[0], x : x + size[1]],
            ]
            side = _SHEET_CROP_LR_PX * self._scale
            padded = [np.pad(c, ((0, side - c.shape[0]), (0, side - c.shape[1]), (0, 0))) for c in cells]
            rows.append(np.concatenate(padded, axis=1))
        Image.fromarray(np.concatenate(rows, axis=0)).save(path)

    def _mean(self, enlarged: Iterable[np.ndarray]) -> Scores:
        scores = [
            score(large, result, self._scale)
            for (large, _), result in zip(self._pairs, enlarged, strict=True)
        ]
        return mean(scores)
