"""Whether ``denoise="auto"`` chooses well: python -m benchmarks.choice [--pictures DIR] [--model NAME].

Pictures become small and damaged in every way of `waifu4x_tf.data.field`; each is enlarged as the defaults do
and by each network that there is to choose among. Printed for each kind: the mean PSNR (Y) of the defaults
and of each network, what choosing loses against the best of them, and how often each was chosen.
"""

import argparse
import sys
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.measuring import print_table
from waifu4x_tf.data.field import FIELD, field_picture
from waifu4x_tf.data.procedural import draw_rgb
from waifu4x_tf.data.sources import folder_pictures, scan_folder
from waifu4x_tf.evaluation import metrics
from waifu4x_tf.evaluation.comparison import busiest_square
from waifu4x_tf.imaging.picture import Picture
from waifu4x_tf.inference.loading import load_upscaler
from waifu4x_tf.inference.options import ModelOptions
from waifu4x_tf.inference.upscaler import Upscaler

MOST_LOSS_DB = 0.15
_SCALE, _SIDE_PX, _SEED, _DRAWINGS = 4, 384, 2027, 12


@dataclass(frozen=True)
class Kind:
    """What came of one kind of the field, means over the pictures.

    Attributes:
        auto: PSNR of the defaults, in dB.
        fixed: Of each network, as if it were always taken.
        chosen: How often each was chosen, or sharpening with the model itself.
    """

    auto: float
    fixed: Mapping[str, float]
    chosen: Counter[str]

    @property
    def loss(self) -> float:
        """What choosing loses against the best network for the kind, in dB; below 0 it gains."""
        return max(self.fixed.values()) - self.auto


def measure(
    pictures: Sequence[np.ndarray],
    auto: Upscaler,
    fixed: Mapping[str, Callable[[np.ndarray], np.ndarray]],
    kind: str,
) -> Kind:
    """Enlarge what one kind makes of pictures (H, W, 3), in every way."""
    scores: dict[str, list[float]] = {name: [] for name in ("auto", *fixed)}
    chosen: Counter[str] = Counter()
    for number, original in enumerate(pictures):
        small = field_picture(original, kind, number=number)
        treatment = auto.for_picture(Picture.from_array(small)).treatment
        chosen[(treatment.done if treatment else "") or "as it is"] += 1
        for name, enlarge in {"auto": auto.upscale, **fixed}.items():
            scores[name].append(float(metrics.psnr(original, enlarge(small), border=_SCALE)))
    means = {name: float(np.mean(each)) for name, each in scores.items()}
    return Kind(means.pop("auto"), means, chosen)


def main(argv: Sequence[str] | None = None) -> int:
    """Print a table; 0 where choosing never loses more than `MOST_LOSS_DB`, else 1."""
    options = argparse.ArgumentParser(prog="python -m benchmarks.choice", description=__doc__)
    options.add_argument("--pictures", type=Path, help="folder of originals; default: drawings")
    options.add_argument("--model", default="compact", help="a shipped family (default: compact)")
    arguments = options.parse_args(argv)
    names = {name for each in ModelOptions(arguments.model).networks.values() for name in each}
    fixed = {name: load_upscaler(name, denoise="off").upscale for name in sorted(names)}
    pictures = _originals(arguments.pictures)
    auto = load_upscaler(arguments.model)
    kinds = {kind: measure(pictures, auto, fixed, kind) for kind in FIELD}
    rows = [
        (
            name,
            f"{kind.auto:.2f}",
            f"{kind.loss:+.2f}",
            *(f"{value:.2f}" for value in kind.fixed.values()),
            ", ".join(f"{count} {done}" for done, count in _grouped(kind.chosen).most_common()),
        )
        for name, kind in kinds.items()
    ]
    print(f"{len(pictures)} pictures, {arguments.model}")
    print_table(("kind", "auto dB", "loss", *fixed, "chosen"), rows)
    worst = max(kind.loss for kind in kinds.values())
    print(f"never more than {MOST_LOSS_DB} dB lost: {'OK' if worst <= MOST_LOSS_DB else 'NOT reached'}")
    return 0 if worst <= MOST_LOSS_DB else 1


def _originals(folder: Path | None) -> list[np.ndarray]:
    if folder is None:
        return [draw_rgb(index, seed=_SEED, width=_SIDE_PX, height=_SIDE_PX) for index in range(_DRAWINGS)]
    found = []
    for picture in folder_pictures(scan_folder(folder, smallest_side=_SIDE_PX).pictures):
        x, y, width, height = busiest_square(picture, _SIDE_PX)
        found.append(np.ascontiguousarray(picture[y : y + height, x : x + width]))
    return found


def _grouped(chosen: Counter[str]) -> Counter[str]:
    """With all amounts of sharpening as one."""
    grouped: Counter[str] = Counter()
    for done, count in chosen.items():
        grouped["sharpness" if done.startswith("sharpness") else done] += count
    return grouped


if __name__ == "__main__":
    sys.exit(main())
