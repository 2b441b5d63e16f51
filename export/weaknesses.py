"""Shows where a model does worst, on drawings that nothing was trained on, and notes it in its card.

python -m export.weaknesses CARD.json -o SHEET.png --text TEXT [--overwrite]

Looks at drawings of every kind for the square with the largest error, lays those squares beside the
original, and puts the text and the sheet's name into the card. Write the text after looking: run it twice.
"""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from export.cards import load_exported_card, replace_card
from export.pictures import training_degradation
from waifu4x_tf.cli.console import run_program
from waifu4x_tf.data.degradations import Degradation, degrade
from waifu4x_tf.data.procedural import KINDS, draw_rgb
from waifu4x_tf.errors import UsageError
from waifu4x_tf.evaluation.comparison import draw_sheet, heaviest_square
from waifu4x_tf.imaging.interpolation import resize
from waifu4x_tf.inference.loading import load_upscaler
from waifu4x_tf.inference.upscaler import Upscaler

SQUARE_LR_PX = 32
_SEED = 3_000_017
_SIDE_PX, _ROUNDS, _ROWS = 512, 3, 4


@dataclass(frozen=True)
class Place:
    """A square that came back badly.

    Attributes:
        kind: Of the drawing.
        error: Root mean square over the square, in levels.
        panels: "small", "bicubic", the model's name and "original", uint8 ``(H, W, 3)`` of one size.
    """

    kind: str
    error: float
    panels: dict[str, np.ndarray]


def main(argv: list[str] | None = None) -> int:
    """Print a line a square; 0, or 2 for a mistake of the user."""
    parser = argparse.ArgumentParser(prog="python -m export.weaknesses", description=__doc__)
    parser.add_argument("card", type=Path, help="the .json beside an exported model")
    parser.add_argument("-o", "--out", type=Path, required=True, metavar="SHEET", help="a .png to write")
    parser.add_argument("--text", required=True, help="what the sheet shows, in words, for the card")
    parser.add_argument("--overwrite", action="store_true", help="replace a sheet that exists")
    arguments = parser.parse_args(argv)
    return run_program("export.weaknesses", _run, arguments)


def _run(arguments: argparse.Namespace) -> None:
    if arguments.out.exists() and not arguments.overwrite:
        raise UsageError(
            f"A sheet that exists is kept. Received: {arguments.out}. Add --overwrite to replace it."
        )
    card, model = load_exported_card(arguments.card)
    upscaler = load_upscaler(str(model), raw=True)
    upscaler.name = card.name
    places = worst_places(upscaler, training_degradation(card), _drawings())[:_ROWS]
    panels = {f"{place.kind}: {label}": panel for place in places for label, panel in place.panels.items()}
    sheet = draw_sheet(panels, f"{card.name}: where its error is largest", columns=4)
    arguments.out.parent.mkdir(parents=True, exist_ok=True)
    sheet.save(arguments.out, optimize=True)
    weaknesses = {"text": arguments.text, "sheet": arguments.out.name}
    replace_card(arguments.card, {**card.document, "weaknesses": weaknesses})
    for place in places:
        print(f"{place.kind:14} {place.error:5.1f} levels")


def worst_places(
    upscaler: Upscaler, how: Degradation, drawings: Sequence[tuple[str, np.ndarray]]
) -> list[Place]:
    """The worst square of each kind of drawing, worst first.

    Args:
        upscaler: The model.
        how: What makes the drawings small.
        drawings: Kind, and uint8 ``(H, W, 3)``, both sides multiples of the scale.
    """
    worst: dict[str, Place] = {}
    for index, (kind, large) in enumerate(drawings):
        small = degrade(large, upscaler.scale, np.random.default_rng([_SEED, index]), how)
        results = {
            "small": resize(small, large.shape[:2], "nearest"),
            "bicubic": resize(small, large.shape[:2], "bicubic"),
            upscaler.name: upscaler.upscale(small),
        }
        squared = np.square(results[upscaler.name].astype(np.float64) - large).mean(axis=2)
        left, top, width, height = heaviest_square(squared, SQUARE_LR_PX * upscaler.scale)
        cut = slice(top, top + height), slice(left, left + width)
        error = float(np.sqrt(squared[cut].mean()))
        if kind not in worst or error > worst[kind].error:
            panels = {label: result[cut].copy() for label, result in {**results, "original": large}.items()}
            worst[kind] = Place(kind, error, panels)
    return sorted(worst.values(), key=lambda place: -place.error)


def _drawings() -> list[tuple[str, np.ndarray]]:
    return [
        (KINDS[index % len(KINDS)], draw_rgb(index, seed=_SEED, width=_SIDE_PX, height=_SIDE_PX))
        for index in range(_ROUNDS * len(KINDS))
    ]


if __name__ == "__main__":
    sys.exit(main())
