"""Writes a model's figures on sets of pictures into its card: the report, once everything is decided.

python -m export.figures CARD.json NAME=FOLDER [NAME=FOLDER ...] [--jpeg Q] [--field] [--vgg-weights FILE]

Each folder is measured as `waifu4x evaluate` does it, with the file that the library runs by default. A set
that the card has already is measured anew. With --field each kind of `waifu4x_tf.data.field` is measured too,
on the pictures' busiest squares. With weights of VGG19 the distance of its features (conv2_2 and conv3_1) is
added, of the middle of each picture.
"""

import argparse
import contextlib
import io
import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
import numpy as np

from export.cards import load_exported_card, replace_card
from export.pictures import as_batch
from waifu4x_tf.batch.inputs import list_sources
from waifu4x_tf.cli.console import run_program
from waifu4x_tf.cli.main import main as run_waifu4x
from waifu4x_tf.errors import UsageError
from waifu4x_tf.evaluation.comparison import flatten_on_white
from waifu4x_tf.evaluation.scores import field_scores, shrunk_pair
from waifu4x_tf.imaging.interpolation import resize
from waifu4x_tf.imaging.reading import read
from waifu4x_tf.inference.loading import load_upscaler
from waifu4x_tf.losses.perceptual import PerceptualLoss

_VGG_LAYERS, _VGG_MIDDLE_PX = ("conv2_2", "conv3_1"), 512


def main(argv: list[str] | None = None) -> int:
    """Print a line a set; 0, or 2 for a mistake of the user."""
    parser = argparse.ArgumentParser(prog="python -m export.figures", description=__doc__)
    parser.add_argument("card", type=Path, help="the .json beside an exported model")
    parser.add_argument("sets", nargs="+", metavar="NAME=FOLDER", help="name and folder of originals")
    parser.add_argument("--jpeg", type=int, metavar="Q", help="save the shrunk pictures as JPEG first")
    parser.add_argument("--field", action="store_true", help="measure every kind of the field too")
    parser.add_argument("--vgg-weights", metavar="imagenet|FILE", help="measure VGG distance too")
    arguments = parser.parse_args(argv)
    return run_program("export.figures", _run, arguments)


def _run(arguments: argparse.Namespace) -> None:
    added = add_figures(
        arguments.card, arguments.sets, arguments.jpeg, arguments.vgg_weights, with_field=arguments.field
    )
    for title, figures in added.items():
        ours, bicubic = (
            f"{figures[f'{of}psnr']:.2f} dB / {figures[f'{of}ssim']:.4f}"
            + (f" / VGG {figures[f'{of}vgg']:.4f}" if "vgg" in figures else "")
            for of in ("", "bicubic_")
        )
        print(f"{title}: {ours}  (bicubic {bicubic})")
        for kind, (psnr, bicubic_psnr) in figures.get("field", {}).items():
            print(f"  {kind}: {psnr:.2f} dB  (bicubic {bicubic_psnr:.2f})")


def add_figures(
    path: Path,
    sets: list[str],
    jpeg: int | None = None,
    vgg_weights: str | None = None,
    *,
    with_field: bool = False,
) -> dict[str, dict[str, Any]]:
    """Measure every set, and only then write the card.

    Args:
        path: The card.
        sets: "NAME=FOLDER" each.
        jpeg: Quality in which the small pictures are saved first.
        vgg_weights: As `PerceptualLoss` takes them; None leaves the distance out.
        with_field: Whether the PSNR in each kind of the field is added, of the model and of bicubic.

    Returns:
        What was added to the card's "figures", by title.

    Raises:
        UsageError: A set without name or folder, or one that could not be measured as a whole.
        ModelError: ``path`` is no card of an exported model.
        ConfigError: ``vgg_weights`` are none.
    """
    card, model = load_exported_card(path)
    pairs = [entry.partition("=") for entry in sets]
    for entry, (name, _, folder) in zip(sets, pairs, strict=True):
        if not name or not Path(folder).is_dir() or not folder:
            raise UsageError(f"A set is NAME=FOLDER. Received: {entry!r}. Name a folder of originals.")
    vgg = None if vgg_weights is None else PerceptualLoss(_VGG_LAYERS, vgg_weights, normalise=False)
    added = {}
    for name, _, folder in pairs:
        title = f"{name}, JPEG {jpeg}" if jpeg is not None else name
        added[title] = {"file": model.name, **_measured(folder, model, jpeg)}
        if with_field:
            added[title]["field"] = _field(folder, model)
        if vgg is not None:
            added[title] |= _distances(folder, model, jpeg, vgg)
    replace_card(path, {**card.document, "figures": {**card.figures, **added}})
    return added


def _measured(folder: str, model: Path, jpeg: int | None) -> dict[str, Any]:
    options = [] if jpeg is None else ["--jpeg", str(jpeg)]
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        code = run_waifu4x(["evaluate", folder, "--model", str(model), "--json", "--quiet", *options])
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


def _originals(folder: str) -> Iterator[np.ndarray]:
    """The pictures of a folder, uint8 (H, W, 3) over white."""
    for source in list_sources([folder], out="-").sources:
        yield flatten_on_white(read(Path(source.label)))


def _field(folder: str, model: Path) -> dict[str, tuple[float, float]]:
    """PSNR in each kind of the field, of the model and of bicubic."""
    upscaler = load_upscaler(str(model))
    pictures = list(_originals(folder))
    ours = field_scores(upscaler.upscale, pictures, scale=upscaler.scale)
    plain = field_scores(
        lambda small: resize(small, tuple(side * upscaler.scale for side in small.shape[:2]), "bicubic"),
        pictures,
        scale=upscaler.scale,
    )
    return {kind: (round(ours[kind].psnr, 3), round(plain[kind].psnr, 3)) for kind in ours}


def _distances(folder: str, model: Path, jpeg: int | None, vgg: PerceptualLoss) -> dict[str, float]:
    """Mean distance of VGG19's features to the originals' middles, of the model and of bicubic."""
    upscaler = load_upscaler(str(model))
    found = []
    for picture in _originals(folder):
        top, left = (max(0, length - _VGG_MIDDLE_PX) // 2 for length in picture.shape[:2])
        middle = picture[top : top + _VGG_MIDDLE_PX, left : left + _VGG_MIDDLE_PX]
        large, small = shrunk_pair(middle, upscaler.scale, jpeg_quality=jpeg)
        outputs = (upscaler.upscale(small), resize(small, large.shape[:2], "bicubic"))
        found.append([float(np.asarray(vgg(as_batch(large), as_batch(output)))) for output in outputs])
    ours, bicubic = np.mean(found, axis=0)
    return {"vgg": round(float(ours), 4), "bicubic_vgg": round(float(bicubic), 4)}


if __name__ == "__main__":
    sys.exit(main())
