"""Writes what a bundle measured into docs/mobile.md, between its two marks, and keeps the figures beside it.

python -m export.tables BUNDLE [--page docs/mobile.md]
"""

import argparse
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from export.costs import SIDE_PX
from waifu4x_tf.cli.console import run_program
from waifu4x_tf.errors import ConfigError, UsageError
from waifu4x_tf.imaging.atomic_files import replace_file

_CHECKOUT = Path(__file__).resolve().parents[1]
PAGE = _CHECKOUT / "docs" / "mobile.md"
BEGIN, END = "<!-- written by export.tables -->", "<!-- end of what export.tables wrote -->"
_KEPT = ("name", "licence", "calibration", "machine", "files")
_KEPT_OF_A_FILE = (
    *("file", "precision", "size", "bytes", "seconds_a_megapixel", "time_against_float32", "memory_mb"),
    "trial",
)
_COLUMNS = (
    *("file", "MB", "loss in dB, mean, worst", "flat fields, levels", "seconds a megapixel"),
    *("time against float32", "memory for a tile, MB"),
)


def figures_path(page: Path) -> Path:
    """Where the figures of a page are kept."""
    return page.with_name(f"{page.stem}_figures.json")


def figures_of(document: Mapping[str, Any]) -> dict[str, Any]:
    """The part of a model.json that the page shows."""
    figures = {key: document[key] for key in _KEPT}
    figures["files"] = [{key: entry[key] for key in _KEPT_OF_A_FILE} for entry in document["files"]]
    return figures


def table(figures: Mapping[str, Any]) -> str:
    """Markdown: on what the figures were measured, and a line a file."""
    machine = figures["machine"]
    lines = [
        f"`{figures['name']}` on {machine['cpu']}, {machine['threads']} thread(s), with"
        f" {', '.join(machine['instructions'])}; int8 is calibrated with {figures['calibration']['with']}."
        " Seconds are of processor time for a million pixels of the small picture, of a tile its core counts"
        " alone; memory is what a tile adds to a process that has loaded the file, of"
        f" {SIDE_PX} px where any size goes.",
        "",
        f"| {' | '.join(_COLUMNS)} |",
        f"|{'---|' * len(_COLUMNS)}",
    ]
    return "\n".join([*lines, *(f"| {' | '.join(_cells(entry))} |" for entry in figures["files"])])


def with_table(text: str, figures: Mapping[str, Any], page: Path) -> str:
    """A page's text with the table between its marks.

    Raises:
        ConfigError: The marks are not there.
    """
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ConfigError(
            f"The table goes between {BEGIN} and {END}. Received: {page} without them. Add both lines."
        )
    return f"{before}{BEGIN}\n\n{table(figures)}\n\n{END}{after}"


def _cells(entry: Mapping[str, Any]) -> list[str]:
    trial = entry["trial"]

    def number(key: str, digits: int) -> str:
        return "" if entry[key] is None else f"{entry[key]:.{digits}f}"

    is_whole = "loss_db" in trial
    losses = [max(0.0, trial[key]) for key in ("loss_db", "worst_loss_db")] if is_whole else []
    return [
        f"`{entry['file']}`",
        f"{entry['bytes'] / 1e6:.2f}",
        ", ".join(f"{loss:.3f}" for loss in losses) or "as for any size",
        str(trial["flat_error"]) if is_whole else "as for any size",
        number("seconds_a_megapixel", 2),
        number("time_against_float32", 2),
        number("memory_mb", 0),
    ]


def main(argv: list[str] | None = None) -> int:
    """Run the command line; 0 on success, 2 for a mistake of the user."""
    parser = argparse.ArgumentParser(
        prog="python -m export.tables",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("bundle", type=Path, help="folder that export.bundle wrote")
    parser.add_argument("--page", type=Path, default=PAGE, help="the page; default: docs/mobile.md")
    return run_program("export.tables", _run, parser.parse_args(argv))


def _run(arguments: argparse.Namespace) -> None:
    described = arguments.bundle / "model.json"
    if not described.is_file():
        raise UsageError(f"A bundle has a model.json. Received: {arguments.bundle}. Export it first.")
    figures = figures_of(json.loads(described.read_text(encoding="utf-8")))
    text = with_table(arguments.page.read_text(encoding="utf-8"), figures, arguments.page)
    content = json.dumps(figures, indent=2, ensure_ascii=False) + "\n"
    replace_file(figures_path(arguments.page), content.encode())
    replace_file(arguments.page, text.encode())
    print(f"{arguments.page}: {len(figures['files'])} files")


if __name__ == "__main__":
    sys.exit(main())
