"""Everything an app maker needs of one network, in one folder that proves itself.

python -m export.bundle MODEL.keras -o FOLDER [--calibration DIR] [--also int8edges int16x8] [--overwrite]

Writes a SavedModel; .tflite files in float32, float16, dynamic-range and full int8, for any size and for
tiles of 128 and 256 px; model.json, which says what each takes and gives; golden pictures with each file's
answer, as load_upscaler(FILE, raw=True) gives it; report.html and report.md. Every file is run before it is
kept, and when one fails nothing is written.
"""

import argparse
import hashlib
import json
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
import keras
import numpy as np
from PIL import Image

from export.cards import load_card
from export.pictures import calibration_pictures, golden_pictures, training_degradation, validation_pictures
from export.placing import check_place
from export.report import write_report
from export.rewrite import with_metadata
from export.saved_model import load_generator, write_saved_model
from export.targets import falls_off
from export.tflite import calibration_patches, shortcomings
from export.trial import (
    LARGEST_FLOAT_DIFFERENCE,
    Trial,
    distance,
    float_difference,
    relative_speeds,
    try_dynamic,
    try_fixed,
    try_int8_edges,
)
from export.variants import ON_REQUEST, Variant, converted
from export.verify import operators
from waifu4x_tf.cli.console import run_program
from waifu4x_tf.errors import ModelError
from waifu4x_tf.imaging.atomic_files import replacing_folder
from waifu4x_tf.inference.engines import KerasEngine
from waifu4x_tf.inference.upscaler import Upscaler
from waifu4x_tf.models.zoo import MODELS

METADATA_NAME = "waifu4x"
_DYNAMIC_REMARK = (
    "Files of dynamic range choose the steps of their activations for each tile anew, so that neighbouring"
    " tiles may differ by a few levels: take int8 for pictures of several tiles."
)


def bundle(
    model_path: Path,
    out: Path,
    *,
    calibration: Path | None = None,
    also: Sequence[str] = (),
    overwrite: bool = False,
    tell: Callable[[str], object] = print,
) -> dict[str, Any]:
    """Convert, try every file, and only then put the folder in its place.

    Args:
        model_path: Trained network with its card beside it.
        out: The folder; it does not exist yet, or it is an older bundle and ``overwrite`` is on.
        calibration: Folder of large pictures for int8; by default drawings.
        also: Of `ON_REQUEST`.
        overwrite: Replace an older bundle.
        tell: Is told what was found, a line a file.

    Returns:
        What stands in model.json.

    Raises:
        UsageError: ``out`` is taken.
        ModelError: No card, a network that cannot be exported, or a file that does not answer what Keras
            answers.
        ConfigError: A calibration folder without usable pictures.
    """
    check_place(out, "bundle", marks=("model.json",), overwrite=overwrite)
    model, card = load_generator(model_path), load_card(model_path)
    scale, radius = card.scale, card.receptive_radius
    how = training_degradation(card)
    patches = calibration_patches(calibration_pictures(calibration, card), scale=scale, degradation=how)
    network, golden = KerasEngine(model), golden_pictures(scale)
    reference = Upscaler(network, name=card.name, scale=scale, radius=radius, raw=True)
    expected = {name: reference.upscale(small) for name, small in golden.items()}
    judges = validation_pictures(None, card)

    contents: dict[Variant, bytes] = {}
    trials: dict[Variant, Trial] = {}
    for variant, content in converted(model, patches, radius, also):
        described = {"name": card.name, "licence": card.licence, **variant.description(scale, radius)}
        contents[variant] = with_metadata(content, METADATA_NAME, json.dumps(described))
        any_size = Variant(variant.precision, None)
        if variant.precision == "int8edges":
            uint8 = Variant("int8", variant.edge_px)
            trials[variant] = try_int8_edges(contents[variant], contents[uint8], trials[uint8])
        elif variant == any_size:
            trials[variant] = try_dynamic(contents[variant], reference, judges, how, golden, expected)
        else:
            trials[variant] = try_fixed(contents[variant], scale, radius, golden, expected)
            _check_same(variant, trials[variant], trials[any_size])
        tell(f"{variant.file_name(card.name)}: {trials[variant].told()}")
    wrong = {
        variant.precision: shortcomings(variant.precision, trial.verdict)
        for variant, trial in trials.items()
        if trial.verdict is not None and variant.precision != "int8edges"
    }
    wrong["float32"] += _float_shortcoming(contents[Variant("float32", None)], network, golden)
    _refuse(card.name, wrong)
    speeds = relative_speeds(
        {v: (content, v.edge_px) for v, content in contents.items() if v.precision != "int8edges"},
        Variant("float32", None),
    )
    document = {
        "name": card.name,
        "scale": scale,
        "receptive_radius": radius,
        "licence": card.licence,
        "data": {
            key: value for key, value in card.document.get("data", {}).items() if key != "validation_pictures"
        },
        "recommended": _recommended(card.name, wrong, max((v.edge_px or 0) for v in contents) or None),
        "remarks": [_DYNAMIC_REMARK, *(remark for remarks in wrong.values() for remark in remarks)],
        "files": [
            {
                "file": variant.file_name(card.name),
                **variant.description(scale, radius),
                "sha256": hashlib.sha256(content).hexdigest(),
                "bytes": len(content),
                "time_against_float32": speeds.get(variant),
                "trial": trials[variant].as_json(),
                "operators": operators(content),
                "falls_off": falls_off(content),
            }
            for variant, content in contents.items()
        ],
    }
    _write(out, model, document, contents, trials, golden, expected)
    return document


def _check_same(variant: Variant, fixed: Trial, any_size: Trial) -> None:
    """A tiled picture is the same whatever the tiles; float kernels may round one value the other way."""
    if variant.precision == "dynamic":
        return  # see _DYNAMIC_REMARK
    allowed = 0 if variant.precision == "int8" else 1
    for name, answer in fixed.answers.items():
        difference = distance(answer, any_size.answers[name])
        if difference > allowed:
            raise ModelError(
                f"A {variant.precision} file for {variant.edge_px} px answers what the one for any size does,"
                f" within {allowed} level(s). Received: {difference} levels on {name}. Nothing was written."
            )


def _float_shortcoming(content: bytes, network: KerasEngine, golden: dict[str, np.ndarray]) -> list[str]:
    difference = float_difference(content, network, golden)
    if difference <= LARGEST_FLOAT_DIFFERENCE:
        return []
    return [
        f"A float32 file answers what Keras answers within {LARGEST_FLOAT_DIFFERENCE}. Received: a difference"
        f" of {difference:.1e}. Report it."
    ]


def _refuse(name: str, wrong: dict[str, list[str]]) -> None:
    """Of the compact family, and of networks nobody knows, every file must be good."""
    found = [remark for remarks in wrong.values() for remark in remarks]
    if found and (name not in MODELS or MODELS[name].module == "compact"):
        raise ModelError(f"{found[0]} Nothing was written.")


def _recommended(name: str, wrong: dict[str, list[str]], edge_px: int | None) -> dict[str, str]:
    """The file for each kind of device; for CPUs and browsers the first that nothing is wrong with."""
    good = next(p for p in ("int8", "float16", "float32") if not wrong[p] or p == "float32")
    best = {"cpu": Variant(good, None), "gpu": Variant("float16", edge_px), "npu": Variant("int8", edge_px)}
    best["browser"] = Variant(good, edge_px)
    return {device: variant.file_name(name) for device, variant in best.items()}


def _write(
    out: Path,
    model: keras.Model,
    document: dict[str, Any],
    contents: dict[Variant, bytes],
    trials: dict[Variant, Trial],
    golden: dict[str, np.ndarray],
    expected: dict[str, np.ndarray],
) -> None:
    """Everything aside first; the old folder goes only when the new one is whole."""
    with replacing_folder(out) as folder:
        (folder / "golden").mkdir()
        for variant, content in contents.items():
            (folder / variant.file_name(document["name"])).write_bytes(content)
        document["golden"] = [
            {
                "input": f"golden/{name}.png",
                "outputs": {
                    variant.file_name(document["name"]): _golden_answer(folder, name, variant, trials)
                    for variant in contents
                },
            }
            for name in golden
        ]
        for name, small in golden.items():
            Image.fromarray(small).save(folder / "golden" / f"{name}.png")
        write_saved_model(model, folder / "saved_model")
        (folder / "model.json").write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
        sheet = {name: (small, expected[name]) for name, small in golden.items()}
        answers = {variant.file_name(document["name"]): trial.answers for variant, trial in trials.items()}
        write_report(folder, document, sheet, answers)


def _golden_answer(folder: Path, name: str, variant: Variant, trials: dict[Variant, Trial]) -> str:
    """Write an answer; where the file for any size answers the same, that one's picture serves both."""
    answer, any_size = trials[variant].answers[name], Variant(variant.precision, None)
    same = (answer == trials[any_size].answers[name]).all()
    path = f"golden/{name}_{variant.precision}_{'dynamic' if same else variant.size}.png"
    if not (folder / path).exists():
        Image.fromarray(answer).save(folder / path)
    return path


def main(argv: list[str] | None = None) -> int:
    """Run the command line; 0 on success, 2 for a mistake of the user or a refused file."""
    parser = argparse.ArgumentParser(
        prog="python -m export.bundle",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("model", type=Path, help="trained network (.keras) with its card beside it")
    parser.add_argument("-o", "--out", type=Path, required=True, help="new folder")
    parser.add_argument("--calibration", type=Path, help="folder of pictures; default: drawn pictures")
    parser.add_argument("--also", nargs="+", choices=ON_REQUEST, default=[], help="int8 edges; int16 x int8")
    parser.add_argument("--overwrite", action="store_true", help="replace an older bundle")
    arguments = parser.parse_args(argv)
    return run_program("export.bundle", _run, arguments)


def _run(arguments: argparse.Namespace) -> None:
    document = bundle(
        arguments.model,
        arguments.out,
        calibration=arguments.calibration,
        also=arguments.also,
        overwrite=arguments.overwrite,
    )
    for remark in document["remarks"]:
        print(f"note: {remark}")
    print(f"recommended for CPUs: {document['recommended']['cpu']}")
    print(f"{arguments.out}: {len(document['files'])} files, model.json, golden/, saved_model/, report.html")


if __name__ == "__main__":
    sys.exit(main())
