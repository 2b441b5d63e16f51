"""Everything an app maker needs of one network, in one folder that proves itself.

python -m export.bundle MODEL.keras -o FOLDER [--calibration DIR] [--also VARIANT ...] [--overwrite]

Writes a SavedModel; .tflite files in float32, float16, dynamic-range and full int8, for any size and for
tiles of 128 and 256 px; model.json, which says what each takes and gives, with its JSON schema; golden
pictures with each file's output, as load_upscaler(FILE, raw=True) gives it; report.html and report.md. A file
for any size pads by itself; of a tile the caller pads. Every file is run before it is kept, and when one
fails nothing is written. Where a full int8 file of the network lies beside it, as the shipped ones do, that
one is taken; with --calibration a new one is made, and the better of the two is taken.
"""

import argparse
import hashlib
import json
import shutil
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from export.quiet import native_noise_held, tensorflow_import

with tensorflow_import(__name__):
    import keras
    import tensorflow  # noqa: F401

from export.cards import load_card
from export.costs import SIDE_PX, memory_megabytes, seconds_a_megapixel, this_machine
from export.pictures import calibration_pictures, golden_pictures, training_degradation, validation_pictures
from export.placing import check_place
from export.report import write_report
from export.saved_model import load_generator, write_saved_model
from export.targets import left_to_cpu
from export.tflite import calibration_patches, convert, shortcomings
from export.trial import (
    LARGEST_FLOAT_DIFFERENCE,
    Trial,
    distance,
    float_difference,
    try_any_size,
    try_int8_io,
    try_tiles,
)
from export.variants import ON_REQUEST, Converter, Variant
from export.verify import Reference, keras_upscaler, operators, verify
from waifu4x_tf.cli.console import run_program
from waifu4x_tf.errors import ModelError
from waifu4x_tf.imaging.atomic_files import replacing_folder
from waifu4x_tf.inference.engines import KerasEngine
from waifu4x_tf.models.cards import ModelCard
from waifu4x_tf.models.zoo import MODELS

SCHEMA_VERSION = 1
SCHEMA = Path(__file__).with_name("model.schema.json")
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
    report: Callable[[str], object] = print,
) -> dict[str, Any]:
    """Convert, try every file, and only then put the folder in its place.

    Args:
        model_path: Trained network with its card beside it.
        out: The folder; it does not exist yet, or it is an older bundle and ``overwrite`` is on.
        calibration: Folder of large pictures for int8; by default the int8 file beside the network, or
            drawings where there is none.
        also: Of `ON_REQUEST`.
        overwrite: Replace an older bundle.
        report: Takes a line for each step.

    Returns:
        What stands in model.json.

    Raises:
        UsageError: ``out`` is taken.
        ModelError: No card, a network that cannot be exported, or a file whose output is not Keras'.
        ConfigError: A calibration folder without usable pictures.
    """
    check_place(out, "bundle", marks=("model.json",), overwrite=overwrite)
    report(f"reading {model_path.name}")
    model, card = load_generator(model_path), load_card(model_path)
    scale, radius = card.scale, card.receptive_radius
    how = training_degradation(card)
    report("enlarging the golden pictures with Keras")
    network, golden = KerasEngine(model), golden_pictures(scale)
    reference = Reference(keras_upscaler(model_path, card))
    expected = {name: reference.upscale(small) for name, small in golden.items()}
    judges = validation_pictures(None, card)

    shipped = int8_beside(model_path, card)
    patches: list[np.ndarray] = []
    if shipped is None or calibration is not None or "int16x8" in also:
        pictures = calibration_pictures(calibration, card)
        patches = calibration_patches(pictures, scale=scale, degradation=how)
    int8, calibrated = shipped, _named_calibration(shipped, calibration, patches)
    if shipped is not None and calibration is not None:
        report(f"int8: calibrating with {calibration}, to hold it to the file beside the network")
        int8 = convert(model, "int8", patches)
        ours, theirs = (verify(content, reference, judges, how).psnr for content in (int8, shipped))
        calibrated["psnr"], calibrated["psnr_of_the_file_beside"] = round(ours, 3), round(theirs, 3)
        if theirs >= ours:
            int8 = shipped
            calibrated |= _named_calibration(shipped, None, patches)
    report(f"int8 is calibrated with {calibrated['with']}")

    converter = Converter(
        model,
        {"name": card.name, "licence": card.licence},
        scale=scale,
        radius=radius,
        patches=patches,
        int8=int8,
        also=also,
    )
    count, started = len(converter.variants()), time.monotonic()
    contents: dict[Variant, bytes] = {}
    trials: dict[Variant, Trial] = {}
    facts: dict[Variant, dict[str, Any]] = {}
    for variant, graph in converter.files():
        contents[variant] = content = graph.packed()
        facts[variant] = {"operators": operators(graph), "left_to_cpu": left_to_cpu(graph)}
        any_size = variant.whole
        if variant.precision == "int8io":
            uint8 = Variant("int8", variant.side_px)
            trials[variant] = try_int8_io(content, contents[uint8], trials[uint8])
        elif variant == any_size:
            trials[variant] = try_any_size(content, reference, judges, how, golden, expected)
        else:
            trials[variant] = try_tiles(content, scale, radius, golden, expected)
            _check_same(variant, trials[variant], trials[any_size])
        seconds, started = time.monotonic() - started, time.monotonic()
        name, found = variant.file_name(card.name), trials[variant].summary()
        report(f"{len(contents)} of {count}, {seconds:.0f} s: {name}: {found}")
    wrong = {
        variant.precision: shortcomings(variant.precision, trial.fidelity)
        for variant, trial in trials.items()
        if trial.fidelity is not None and variant.precision != "int8io"
    }
    wrong["float32"] += _float_shortcoming(contents[Variant("float32", None)], network, golden, radius)
    _refuse(card.name, wrong)
    report("measuring time and memory")
    costs = _costs(contents, radius)
    document = {
        "$schema": SCHEMA.name,
        "schema_version": SCHEMA_VERSION,
        "name": card.name,
        "scale": scale,
        "receptive_radius": radius,
        "licence": card.licence,
        "data": {
            key: value for key, value in card.document.get("data", {}).items() if key != "validation_pictures"
        },
        "calibration": calibrated,
        "machine": asdict(this_machine()),
        "recommended": _recommended(card.name, wrong, max((v.side_px or 0) for v in contents) or None),
        "remarks": [_DYNAMIC_REMARK, *(remark for remarks in wrong.values() for remark in remarks)],
        "files": [
            {
                "file": variant.file_name(card.name),
                **variant.description(scale, radius),
                "sha256": hashlib.sha256(content).hexdigest(),
                "bytes": len(content),
                **costs[variant],
                "trial": trials[variant].as_json(),
                **facts[variant],
            }
            for variant, content in contents.items()
        ],
    }
    _write(out, model, document, contents, trials, golden, expected)
    return document


def int8_beside(model_path: Path, card: ModelCard) -> bytes | None:
    """The full int8 file for any size that the card beside a network names, if it lies there unchanged."""
    name = f"{card.name}_int8_dynamic.tflite"
    path = model_path.with_name(name)
    if name not in card.files or not path.is_file():
        return None
    content = path.read_bytes()
    return content if hashlib.sha256(content).hexdigest() == card.files[name].sha256 else None


def _named_calibration(
    shipped: bytes | None, folder: Path | None, patches: Sequence[np.ndarray]
) -> dict[str, Any]:
    """What full int8 was calibrated with, for model.json and the report."""
    if folder is not None:
        return {"with": f"the pictures of the folder {folder.name}", "patches": len(patches)}
    if shipped is not None:
        return {
            "with": "the int8 file beside the network, whose arithmetic these files have unchanged",
            "sha256": hashlib.sha256(shipped).hexdigest(),
        }
    return {"with": "drawings of waifu4x_tf.data.procedural", "patches": len(patches)}


def _check_same(variant: Variant, tiles: Trial, any_size: Trial) -> None:
    """A tiled picture is the same as a whole one; float kernels may round one value the other way."""
    if variant.precision == "dynamic":
        return  # see _DYNAMIC_REMARK
    allowed = 0 if variant.precision == "int8" else 1
    for name, output in tiles.outputs.items():
        difference = distance(output, any_size.outputs[name])
        if difference > allowed:
            raise ModelError(
                f"A {variant.precision} file for tiles of {variant.side_px} px gives what the one for any"
                f" size gives for the whole picture, within {allowed} level(s). Received: {difference} levels"
                f" on {name}. Nothing was written. Correct the card's receptive_radius."
            )


def _float_shortcoming(
    content: bytes, network: KerasEngine, golden: dict[str, np.ndarray], radius: int
) -> list[str]:
    difference = float_difference(content, network, golden, radius)
    if difference <= LARGEST_FLOAT_DIFFERENCE:
        return []
    return [
        f"A float32 file gives what Keras gives within {LARGEST_FLOAT_DIFFERENCE}. Received: a difference"
        f" of {difference:.1e}. Report it."
    ]


def _refuse(name: str, wrong: dict[str, list[str]]) -> None:
    """Of the compact family, and of networks nobody knows, every file must be good."""
    found = [remark for remarks in wrong.values() for remark in remarks]
    if found and (name not in MODELS or MODELS[name].module == "compact"):
        raise ModelError(f"{found[0]} Nothing was written.")


def _costs(contents: dict[Variant, bytes], radius: int) -> dict[Variant, dict[str, Any]]:
    """Seconds and megabytes of each file; None of those that the library does not run."""
    runs = {variant: content for variant, content in contents.items() if variant.precision != "int8io"}
    seconds, base = seconds_a_megapixel(runs, radius), Variant("float32", None)
    costs = {}
    for variant, content in contents.items():
        is_run = variant in runs
        costs[variant] = {
            "seconds_a_megapixel": round(seconds[variant], 2) if is_run else None,
            "time_against_float32": round(seconds[variant] / seconds[base], 2) if is_run else None,
            "memory_mb": memory_megabytes(content, variant.side_px or SIDE_PX) if is_run else None,
        }
    return costs


def _recommended(name: str, wrong: dict[str, list[str]], side_px: int | None) -> dict[str, str]:
    """The file for each kind of device; for CPUs and browsers the first that nothing is wrong with."""
    good = next(p for p in ("int8", "float16", "float32") if not wrong[p] or p == "float32")
    best = {"cpu": Variant(good, None), "gpu": Variant("float16", side_px), "npu": Variant("int8", side_px)}
    best["browser"] = Variant(good, side_px)
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
                    variant.file_name(document["name"]): _golden_output(folder, name, variant, trials)
                    for variant in contents
                },
            }
            for name in golden
        ]
        for name, small in golden.items():
            Image.fromarray(small).save(folder / "golden" / f"{name}.png")
        write_saved_model(model, folder / "saved_model")
        shutil.copyfile(SCHEMA, folder / SCHEMA.name)
        (folder / "model.json").write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
        sheet = {name: (small, expected[name]) for name, small in golden.items()}
        outputs = {variant.file_name(document["name"]): trial.outputs for variant, trial in trials.items()}
        write_report(folder, document, sheet, outputs)


def _golden_output(folder: Path, name: str, variant: Variant, trials: dict[Variant, Trial]) -> str:
    """Write an output; where the file for any size gives the same, that one's picture serves both."""
    output, any_size = trials[variant].outputs[name], variant.whole
    same = (output == trials[any_size].outputs[name]).all()
    path = f"golden/{name}_{any_size.precision}_dynamic.png"
    if not same:
        path = f"golden/{name}_{variant.precision}_{variant.size}.png"
    if not (folder / path).exists():
        Image.fromarray(output).save(folder / path)
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
    parser.add_argument("--calibration", type=Path, help="folder of pictures for int8; see above")
    parser.add_argument(
        "--also",
        nargs="+",
        choices=ON_REQUEST,
        default=[],
        help="int8 input and output; int16 x int8; float16 tiles with depth_to_space itself",
    )
    parser.add_argument("--overwrite", action="store_true", help="replace an older bundle")
    arguments = parser.parse_args(argv)
    return run_program("export.bundle", _run, arguments)


def _run(arguments: argparse.Namespace) -> None:
    started = time.monotonic()
    with native_noise_held():
        document = bundle(
            arguments.model,
            arguments.out,
            calibration=arguments.calibration,
            also=arguments.also,
            overwrite=arguments.overwrite,
            report=lambda line: print(line, flush=True),
        )
    for remark in document["remarks"]:
        print(f"note: {remark}")
    print(f"recommended for CPUs: {document['recommended']['cpu']}")
    print(
        f"{arguments.out}: {len(document['files'])} files, model.json, golden/, saved_model/, report.html;"
        f" {time.monotonic() - started:.0f} s"
    )


if __name__ == "__main__":
    sys.exit(main())
