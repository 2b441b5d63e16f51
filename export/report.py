"""The bundle's report: one table of all files and the pictures, as a page and as Markdown."""

import html
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from export.targets import TARGETS
from waifu4x_tf.evaluation.comparison import draw_sheet

Tables = tuple[list[list[str]], list[list[str]]]

TARGET_NAMES = [target.name for target in TARGETS]
_DIFFERENCE_GAIN = 16
_COLUMNS = ("file", "kB", "loss (dB)", "worst loss", "levels from Keras", "flat", "ramp", "time", "MB")
_LEGEND = {
    "loss (dB)": "mean PSNR of the Keras network less that of the file, on drawings shrunk as in training",
    "worst loss": "the same on the drawing where it is largest",
    "levels from Keras": "difference in 8 bits, the mean and the largest, on those drawings; of files for"
    " tiles the largest on the golden pictures",
    "flat": "largest change of a field of one colour, in levels",
    "ramp": "largest distance from a straight ramp, in levels: banding",
    "time": "of the processor for a pixel, against the float32 file of any size; of a tile its core counts"
    " alone",
    "MB": "what running the file adds to a process that has loaded it, for one tile; of 128 px for any size",
}
_GPU = (
    "The float files for tiles hold their depth_to_space as a transposed convolution of ones and zeros, which"
    " every GPU delegate's sources list; --also float16shuffle keeps depth_to_space itself, which the current"
    " ones list too. Both are exact; neither was run on a GPU."
)
_LINT = "What each target leaves to the CPU, read off its sources and documentation; nothing was run there."
_STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 75rem; padding: 0 1rem; }
table { border-collapse: collapse; display: block; overflow-x: auto; }
th, td { border-bottom: 1px solid #ccc; padding: .3rem .8rem .3rem 0; text-align: left; vertical-align: top; }
img { image-rendering: pixelated; max-width: 100%; }
code { font-size: .95em; }
"""


def write_report(
    folder: Path,
    document: Mapping[str, Any],
    golden: Mapping[str, tuple[np.ndarray, np.ndarray]],
    outputs: Mapping[str, Mapping[str, np.ndarray]],
) -> None:
    """Write report.html, report.md and the pictures that both show into a bundle's folder.

    Args:
        folder: Of the bundle.
        document: What stands in model.json.
        golden: By name, the small picture and the Keras network's output, uint8.
        outputs: By file, that file's golden pictures by name.
    """
    (folder / "report").mkdir()
    shown = document["recommended"]["cpu"]
    pictures = {}
    for name, (small, expected) in golden.items():
        pictures[name] = f"report/{name}.png"
        _sheet(name, small, expected, outputs[shown][name], shown).save(folder / pictures[name])
    tables = (
        [list(_COLUMNS), *(_row(entry) for entry in document["files"])],
        [["file", *TARGET_NAMES], *(_lint(entry) for entry in document["files"])],
    )
    title = f"{document['name']}, {document['scale']} times larger: what each file does"
    facts = [
        f"Receptive radius and overlap of tiles: {document['receptive_radius']} px."
        f" Licence: {document['licence']}. The pictures it was trained on, their authors and licences are in"
        " model.json: keep it with the files when you pass them on.",
        f"int8 is calibrated with {document['calibration']['with']}."
        + _held_to_the_older(document["calibration"]),
        f"Measured on {document['machine']['cpu']}, {document['machine']['threads']} thread(s), with"
        f" {', '.join(document['machine']['instructions']) or 'no instruction set that is known here'}.",
        "A file for any size pads by itself: it takes a whole picture. Of a tile the caller pads, by the"
        " overlap in model.json.",
        _GPU,
        f"Recommended: {', '.join(f'{device}: {file}' for device, file in document['recommended'].items())}.",
        *document["remarks"],
    ]
    caption = f"golden picture {{}}: small, Keras, {shown}, their difference {_DIFFERENCE_GAIN} times"
    (folder / "report.md").write_text(_markdown(title, facts, tables, pictures, caption), encoding="utf-8")
    (folder / "report.html").write_text(_page(title, facts, tables, pictures, caption), encoding="utf-8")


def _sheet(name: str, small: np.ndarray, expected: np.ndarray, output: np.ndarray, file: str) -> Image.Image:
    difference = np.abs(output.astype(np.int16) - expected) * _DIFFERENCE_GAIN
    scale = expected.shape[0] // small.shape[0]
    panels = {
        "small": small.repeat(scale, axis=0).repeat(scale, axis=1),
        "Keras": expected,
        file: output,
        f"difference x {_DIFFERENCE_GAIN}": np.minimum(difference, 255).astype(np.uint8),
    }
    return draw_sheet(panels, f"golden picture {name}")


def _row(entry: Mapping[str, Any]) -> list[str]:
    trial, time = entry["trial"], entry["time_against_float32"]
    return [
        entry["file"],
        f"{entry['bytes'] / 1000:.0f}",
        f"{max(0.0, trial['loss_db']):.3f}" if "loss_db" in trial else "as above",
        f"{max(0.0, trial['worst_loss_db']):.3f}" if "loss_db" in trial else "as above",
        f"{trial['mean_difference']:.2f}, {trial['largest_difference']}"
        if "loss_db" in trial
        else str(trial["golden_difference"]),
        str(trial.get("flat_error", "")),
        str(trial.get("ramp_error", "")),
        "" if time is None else f"{time:.2f}",
        "" if entry["memory_mb"] is None else f"{entry['memory_mb']:.0f}",
    ]


def _held_to_the_older(calibration: Mapping[str, Any]) -> str:
    """How a new int8 file did beside the one that was there, in a sentence; nothing where there was none."""
    if "psnr" not in calibration:
        return ""
    ours, theirs = calibration["psnr"], calibration["psnr_of_the_file_beside"]
    kept = "the new one was taken" if ours > theirs else "the older one was kept"
    return f" A new calibration reached {ours:.3f} dB, the file beside the network {theirs:.3f} dB: {kept}."


def _lint(entry: Mapping[str, Any]) -> list[str]:
    return [entry["file"], *("; ".join(entry["left_to_cpu"][name]) or "nothing" for name in TARGET_NAMES)]


def _markdown(title: str, facts: list[str], tables: Tables, pictures: Mapping[str, str], caption: str) -> str:
    def table(rows: list[list[str]]) -> str:
        lines = [rows[0], ["---"] * len(rows[0]), *rows[1:]]
        return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)

    legend = "\n".join(f"- {column}: {meaning}" for column, meaning in _LEGEND.items())
    shown = [f"![{caption.format(name)}]({path})" for name, path in pictures.items()]
    return (
        "\n\n".join([f"# {title}", *facts, table(tables[0]), legend, _LINT, table(tables[1]), *shown]) + "\n"
    )


def _page(title: str, facts: list[str], tables: Tables, pictures: Mapping[str, str], caption: str) -> str:
    def tagged(tag: str, text: str) -> str:
        return f"<{tag}>{html.escape(text)}</{tag}>"

    def table(rows: list[list[str]]) -> str:
        head = "".join(tagged("th", cell) for cell in rows[0])
        body = "".join(f"<tr>{''.join(tagged('td', cell) for cell in row)}</tr>\n" for row in rows[1:])
        return f"<table><thead><tr>{head}</tr></thead><tbody>\n{body}</tbody></table>\n"

    legend = "".join(tagged("li", f"{column}: {meaning}") for column, meaning in _LEGEND.items())
    shown = "".join(
        f'<figure><img src="{path}" alt="{html.escape(caption.format(name))}">'
        f"{tagged('figcaption', caption.format(name))}</figure>\n"
        for name, path in pictures.items()
    )
    return (
        f'<!doctype html>\n<html lang="en"><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width"><title>{html.escape(title)}</title>\n'
        f"<style>{_STYLE}</style>\n{tagged('h1', title)}\n{''.join(tagged('p', fact) for fact in facts)}\n"
        f"{table(tables[0])}<ul>{legend}</ul>\n{tagged('p', _LINT)}\n{table(tables[1])}{shown}</html>\n"
    )
