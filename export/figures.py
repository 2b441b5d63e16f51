"""Writes a model's figures on sets of pictures into its card: the report, once everything is decided.

python -m export.figures CARD.json NAME=FOLDER [NAME=FOLDER ...] [--jpeg Q]

Each folder is measured as `waifu4x evaluate` does it, with the file that the library runs by default. A set
that the card has already is measured anew.
"""

import argparse
import contextlib
import io
import json
import sys
from pathlib import Path
from typing import Any

from export.cards import load_exported_card, replace_card
from waifu4x_tf import cli
from waifu4x_tf.errors import UsageError, Waifu4xError


def main(argv: list[str] | None = None) -> int:
    """Print a line a set; 0, or 2 for a mistake of the user."""
    parser = argparse.ArgumentParser(prog="python -m export.figures", description=__doc__)
    parser.add_argument("card", type=Path, help="the .json beside an exported model")
    parser.add_argument("sets", nargs="+", metavar="NAME=FOLDER", help="name and folder of originals")
    parser.add_argument("--jpeg", type=int, metavar="Q", help="save the shrunk pictures as JPEG first")
    arguments = parser.parse_args(argv)
    try:
        for title, figures in add_figures(arguments.card, arguments.sets, arguments.jpeg).items():
            print(
                f"{title}: {figures['psnr']:.2f} dB / {figures['ssim']:.4f}"
                f"  (bicubic {figures['bicubic_psnr']:.2f} / {figures['bicubic_ssim']:.4f})"
            )
    except (Waifu4xError, OSError) as error:
        print(f"export.figures: error: {error}", file=sys.stderr)
        return 2
    return 0


def add_figures(path: Path, sets: list[str], jpeg: int | None = None) -> dict[str, dict[str, Any]]:
    """Measure every set, and only then write the card.

    Args:
        path: The card.
        sets: "NAME=FOLDER" each.
        jpeg: Quality in which the small pictures are saved first.

    Returns:
        What was added to the card's "figures", by title.

    Raises:
        UsageError: A set without name or folder, or one that could not be measured as a whole.
        ConfigError: ``path`` is no card of an exported model.
    """
    card, model = load_exported_card(path)
    pairs = [entry.partition("=") for entry in sets]
    for entry, (name, _, folder) in zip(sets, pairs, strict=True):
        if not name or not Path(folder).is_dir() or not folder:
            raise UsageError(f"A set is NAME=FOLDER. Received: {entry!r}. Name a folder of originals.")
    added = {}
    for name, _, folder in pairs:
        title = f"{name}, JPEG {jpeg}" if jpeg is not None else name
        added[title] = {"file": model.name, **_measured(folder, model, jpeg)}
    card.setdefault("figures", {}).update(added)
    replace_card(path, card)
    return added


def _measured(folder: str, model: Path, jpeg: int | None) -> dict[str, Any]:
    options = [] if jpeg is None else ["--jpeg", str(jpeg)]
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        code = cli.main(["evaluate", folder, "--model", str(model), "--json", "--quiet", *options])
    if code != 0:
        raise UsageError(
            f"Figures are of whole sets. Received: {folder}, which waifu4x evaluate did not measure (see"
            " above). Take out what is no picture."
        )
    report = json.loads(printed.getvalue().splitlines()[-1])
    *_, ours = report["mean"].values()
    bicubic = report["mean"]["bicubic"]
    return {
        "pictures": report["pictures"],
        "psnr": round(ours["psnr"], 3),
        "ssim": round(ours["ssim"], 4),
        "bicubic_psnr": round(bicubic["psnr"], 3),
        "bicubic_ssim": round(bicubic["ssim"], 4),
    }


if __name__ == "__main__":
    sys.exit(main())
