"""How often `--denoise auto` takes the level that is best: python -m benchmarks.levels.

Drawings of a seed are shrunk, saved as JPEG (4:2:0) or lossy WebP and enlarged with the plain model and with
each of its siblings. Told for every quality: the share of drawings where the level that `auto` takes has the
highest PSNR (Y), how much is lost elsewhere, which levels are best how often, and each one's mean PSNR.
"""

import argparse
import io
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image

from benchmarks.measuring import print_table
from waifu4x_tf import metrics
from waifu4x_tf.data.procedural import draw_rgb
from waifu4x_tf.evaluation import shrunk_pair
from waifu4x_tf.imaging.reading import read
from waifu4x_tf.inference.upscaler import load_upscaler
from waifu4x_tf.inspection.damage import denoise_level, find_damage
from waifu4x_tf.models.zoo import denoise_model, shipped_denoise_levels

QUALITIES = (80, 60, 30)
LEAST_SHARE = 0.9
_SCALE = 4
_SAVED_AS: dict[str, dict[str, int]] = {"JPEG": {"subsampling": 2}, "WEBP": {}}  # 2: 4:2:0, WebP's only one

Enlarge = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Choice:
    """What became of one picture.

    Attributes:
        level: The level that was taken.
        psnr: Of every level there is, Y, in dB; 0 is the plain model.
    """

    level: int
    psnr: dict[int, float]

    @property
    def best(self) -> int:
        """The level with the highest PSNR, the lowest of equals."""
        return max(self.psnr, key=lambda level: (self.psnr[level], -level))

    @property
    def loss(self) -> float:
        """How much more the best level has, in dB."""
        return self.psnr[self.best] - self.psnr[self.level]


def main(argv: list[str] | None = None) -> int:
    """Print a table; 0 where `auto` is right nine times in ten at every quality, else 1."""
    options = argparse.ArgumentParser(prog="python -m benchmarks.levels", description=__doc__)
    options.add_argument("--model", default="compact", help="a shipped family (default: compact)")
    options.add_argument("--count", type=int, default=45, help="drawings (default: 45)")
    options.add_argument("--seed", type=int, default=2026, help="of the drawings (default: 2026)")
    options.add_argument("--side", type=int, default=512, help="of a drawing, in pixels (default: 512)")
    options.add_argument("--codec", choices=tuple(_SAVED_AS), default="JPEG")
    options.add_argument("--qualities", type=int, nargs="+", default=QUALITIES, metavar="Q")
    arguments = options.parse_args(argv)
    enlarge = shipped_levels(arguments.model)
    pictures = drawings(arguments.count, arguments.seed, arguments.side)
    rows, holds = [], True
    for quality in arguments.qualities:
        told = choices(enlarge, pictures, quality, arguments.codec)
        rows.append(_row(quality, told))
        holds = holds and share_right(told) >= LEAST_SHARE
    print(
        f"{arguments.count} drawings of seed {arguments.seed}, {arguments.side} px, {arguments.codec},"
        f" {arguments.model}"
    )
    print_table(
        ("quality", "best level taken", "loss dB", "largest", "taken", "best", "mean dB by level"), rows
    )
    print(f"the best level at least {LEAST_SHARE:.0%} of the time: {'OK' if holds else 'NOT reached'}")
    return 0 if holds else 1


def shipped_levels(family: str, threads: int | None = None) -> dict[int, Enlarge]:
    """The plain model and its shipped siblings, by the level of damage."""
    levels = (0, *shipped_denoise_levels(family))
    return {level: load_upscaler(denoise_model(family, level), threads=threads).upscale for level in levels}


def drawings(count: int, seed: int, side: int) -> list[np.ndarray]:
    """Drawings as `draw_rgb` gives them."""
    return [draw_rgb(index, seed=seed, width=side, height=side) for index in range(count)]


def choices(
    enlarge: dict[int, Enlarge], pictures: Sequence[np.ndarray], quality: int, codec: str = "JPEG"
) -> list[Choice]:
    """Shrink each picture, save it, look at the file as `auto` does, and enlarge it in every way."""
    levels = [level for level in enlarge if level]
    told = []
    for picture in pictures:
        large, small = shrunk_pair(picture, _SCALE)
        file = io.BytesIO()
        Image.fromarray(small).save(file, codec, quality=quality, **_SAVED_AS[codec])
        saved = read(file.getvalue())
        level = denoise_level(find_damage(file.getvalue(), saved), levels)
        results = {each: way(saved.frames[0].rgb) for each, way in enlarge.items()}
        told.append(
            Choice(
                level,
                {each: float(metrics.psnr(large, result, border=_SCALE)) for each, result in results.items()},
            )
        )
    return told


def share_right(told: Sequence[Choice]) -> float:
    """Of the pictures whose level is the best, or as good as that."""
    return float(np.mean([each.loss == 0 for each in told]))


def _row(quality: int, told: Sequence[Choice]) -> tuple[str, ...]:
    losses = [each.loss for each in told]

    def counted(levels: list[int]) -> str:
        return " ".join(f"{level}:{levels.count(level)}" for level in sorted(set(levels)))

    means = (f"{np.mean([each.psnr[level] for each in told]):.2f}" for level in sorted(told[0].psnr))
    return (
        str(quality),
        f"{share_right(told):.0%}",
        f"{np.mean(losses):.3f}",
        f"{max(losses):.2f}",
        counted([each.level for each in told]),
        counted([each.best for each in told]),
        " ".join(means),
    )


if __name__ == "__main__":
    sys.exit(main())
