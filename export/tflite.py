"""Keras -> .tflite: float32, float16 and full-integer int8, dynamic height and width, built-in ops only.

python -m export.tflite MODEL.keras -o FOLDER [--calibration DIR] [--validation DIR] [--precisions ...]
[--remarks TEXT] [--overwrite]

Writes <name>_<precision>_dynamic.tflite, <name>.keras with its weights stored as float16, and the card
<name>.json with every file's sha256 and figures. A file that loses too much on the validation pictures is not
written, and then nothing is.
"""

import argparse
import hashlib
import itertools
import sys
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np

from export.quiet import native_noise_held, tensorflow_import

with tensorflow_import(__name__):
    import keras
    import tensorflow as tf
    from tensorflow.lite.python.convert_phase import ConverterError

from export.cards import card_text, load_card
from export.halving import halved_keras
from export.pictures import as_batch, calibration_pictures, training_degradation, validation_pictures
from export.ranges import Judge, narrow_ranges
from export.rewrite import clip_by_saturation
from export.rounding import with_rounded_kernels
from export.saved_model import load_generator, temporary_saved_model
from export.tflite_graph import TfliteGraph
from export.verify import Fidelity, Reference, keras_upscaler, verify
from waifu4x_tf.cli.console import run_program
from waifu4x_tf.data.degradations import CLEAN, Degradation, degrade
from waifu4x_tf.errors import ConfigError, ModelError, UsageError
from waifu4x_tf.imaging.atomic_files import replacing

PRECISIONS = ("float32", "float16", "dynamic", "int8")
USUAL_PRECISIONS = ("float32", "float16", "int8")
LARGEST_LOSS_DB = {"float32": 1e-3, "float16": 0.01, "dynamic": 0.1, "int8": 0.1, "int16x8": 0.1}
_INTEGER_OPERATORS = {
    "int8": tf.lite.OpsSet.TFLITE_BUILTINS_INT8,
    "int16x8": tf.lite.OpsSet.EXPERIMENTAL_TFLITE_BUILTINS_ACTIVATIONS_INT16_WEIGHTS_INT8,
}
_FLAT_FIELDS = [(v, v, v) for v in (64, 192)] + list(itertools.product((0, 128, 255), repeat=3))


def calibration_patches(
    pictures: Sequence[np.ndarray],
    *,
    scale: int,
    degradation: Degradation = CLEAN,
    count: int = 96,
    lr_size: int = 64,
    seed: int = 0,
) -> list[np.ndarray]:
    """Small pictures as a user has them: degraded patches, and flat, black, white and saturated fields.

    Args:
        pictures: uint8 ``(H, W, 3)``, the large ones.
        scale: Enlargement factor of the network.
        degradation: What makes the patches small, as in the network's training.
        count: Patches cut from the pictures; the fields come on top.
        lr_size: Edge of a patch in small pixels.
        seed: Of the choice.

    Returns:
        uint8 arrays ``(lr_size, lr_size, 3)``.

    Raises:
        ConfigError: No picture is large enough.
    """
    side = lr_size * scale
    usable = [p for p in pictures if min(p.shape[:2]) >= side]
    if not usable:
        raise ConfigError(
            f"Calibration needs a picture with both sides of at least {side} px. Received: {len(pictures)}"
            " picture(s), all smaller. Add larger ones or leave --calibration out."
        )
    rng = np.random.default_rng(seed)
    patches = []
    for index in range(count):
        picture = usable[index % len(usable)]
        top = int(rng.integers(0, picture.shape[0] - side + 1))
        left = int(rng.integers(0, picture.shape[1] - side + 1))
        crop = np.ascontiguousarray(picture[top : top + side, left : left + side])
        patches.append(degrade(crop, scale, rng, degradation))
    fields = [np.full((lr_size, lr_size, 3), colour, np.uint8) for colour in _FLAT_FIELDS]
    return patches + fields


def convert(model: keras.Model, precision: str, calibration: Sequence[np.ndarray] = ()) -> bytes:
    """The bytes of the file that `converted_graph` gives, arguments as of that."""
    return converted_graph(model, precision, calibration).packed()


def converted_graph(
    model: keras.Model, precision: str, calibration: Sequence[np.ndarray] = ()
) -> TfliteGraph:
    """Convert a float32 generator.

    Args:
        model: Keras generator, float32 NHWC RGB in [0, 1].
        precision: "float32", "float16" (weights; input and output stay float32), "dynamic" (weights int8,
            activations as the values come; input and output stay float32) or "int8" (everything; uint8 input
            and output, where a value is the pixel).
        calibration: uint8 small pictures for int8, as from `calibration_patches`.

    Returns:
        One input ``(1, H, W, 3)``, one output ``(1, r * H, r * W, 3)``, H and W dynamic.

    Raises:
        ConfigError: Unknown precision, or int8 without calibration pictures.
    """
    if precision not in PRECISIONS:
        raise ConfigError(
            f"A precision is one of {', '.join(PRECISIONS)}. Received: {precision!r}. Choose one of these."
        )
    if precision == "int8" and not calibration:
        raise ConfigError("int8 needs calibration pictures. Received: none. Use calibration_patches().")
    if precision != "int8":
        return TfliteGraph(converter_output(model, precision, calibration))

    def network(small: np.ndarray) -> np.ndarray:
        return np.asarray(model(as_batch(small), training=False))[0] * 255

    graph = TfliteGraph(converter_output(with_rounded_kernels(model, calibration), precision, calibration))
    clip_by_saturation(graph)
    narrow_ranges(graph, Judge(calibration, network))
    graph.drop_unused_data()
    return graph


def converter_output(
    model: keras.Model, precision: str, calibration: Sequence[np.ndarray] = (), side_px: int | None = None
) -> bytes:
    """What TensorFlow's converter gives, before this project's rewrites; arguments as of `converted_graph`.

    Args:
        model: Keras generator.
        precision: As of `converted_graph`, or "int16x8": weights int8, activations int16; edges stay float32.
        calibration: For "int8" and "int16x8".
        side_px: Take tiles of this size alone.

    Raises:
        ModelError: The network holds an operator that LiteRT does not have in this precision.
    """
    with temporary_saved_model(model, side_px) as folder:
        converter = tf.lite.TFLiteConverter.from_saved_model(str(folder))
        converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS]
        if precision == "float16":
            converter.optimizations = [tf.lite.Optimize.DEFAULT]
            converter.target_spec.supported_types = [tf.float16]
        elif precision == "dynamic":
            converter.optimizations = [tf.lite.Optimize.DEFAULT]
        elif precision in ("int8", "int16x8"):
            converter.optimizations = [tf.lite.Optimize.DEFAULT]
            converter.representative_dataset = lambda: ([as_batch(small)] for small in calibration)
            converter.target_spec.supported_ops = [_INTEGER_OPERATORS[precision]]
        if precision == "int8":
            converter.inference_input_type = tf.uint8
            converter.inference_output_type = tf.uint8
        try:
            return converter.convert()
        except (ConverterError, RuntimeError) as error:
            # The converter's message holds the graph's whole text; the operators' names come first in a line.
            line = next((each for each in str(error).splitlines() if "op" in each.lower()), str(error))
            raise ModelError(
                f"A network is made of operators that LiteRT has in {precision}. Received: {model.name}:"
                f" {line.strip()[:200]}. Replace that operator, or leave {precision} out."
            ) from error


def export(
    model_path: Path,
    out: Path,
    *,
    precisions: Sequence[str] = USUAL_PRECISIONS,
    calibration: Path | None = None,
    validation: Path | None = None,
    remarks: str = "",
    overwrite: bool = False,
    report: Callable[[str], object] = print,
) -> dict[str, Fidelity]:
    """Convert, verify, and only then write; nothing is left behind when a file is refused.

    ``report`` takes a line before each step.

    Raises:
        UsageError: ``out`` is no folder, or has a file of that name and ``overwrite`` is off.
        ModelError: No card, a network that cannot be exported, or a file that loses too much.
        ConfigError: Folders without usable pictures.
    """
    if out.exists() and not out.is_dir():
        raise UsageError(f"Export writes into a folder. Received: {out}, which is a file. Give a folder.")
    steps = itertools.count(1)

    def begin(step: str) -> None:
        report(f"{next(steps)} of {len(precisions) + 3}: {step}")

    begin(f"reading {model_path.name}")
    model = load_generator(model_path)
    card = load_card(model_path)
    names = {precision: f"{card.name}_{precision}_dynamic.tflite" for precision in precisions}
    targets = [*names.values(), f"{card.name}.keras", f"{card.name}.json"]
    taken = [name for name in targets if (out / name).exists()]
    if taken and not overwrite:
        raise UsageError(
            f"Export overwrites nothing by itself. Received: {out}, which has {', '.join(taken)}."
            " Add --overwrite."
        )
    begin("preparing pictures to calibrate and to validate with")
    how = training_degradation(card)
    patches = calibration_patches(calibration_pictures(calibration, card), scale=card.scale, degradation=how)
    judges = validation_pictures(validation, card)
    reference = Reference(keras_upscaler(model_path, card))
    contents, results = {}, {}
    for precision in precisions:
        begin(f"converting and validating {names[precision]}")
        content = convert(model, precision, patches)
        fidelity = verify(content, reference, judges, how)
        if found := shortcomings(precision, fidelity):
            raise ModelError(f"{found[0]} Nothing was written.")
        contents[names[precision]], results[precision] = content, fidelity
    begin(f"writing {out}")
    contents[f"{card.name}.keras"] = halved_keras(model_path)
    files: dict[str, dict[str, Any]] = {
        name: {"sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)}
        for name, content in contents.items()
    }
    for precision, name in names.items():
        files[name]["validation"] = results[precision].as_card()
    document = {
        **card.document,
        "files": files,
        **({"remarks": remarks} if remarks else {}),
        "engines": {"keras": f"{card.name}.keras", "litert": names[min(precisions, key=_preference)]},
    }
    contents[f"{card.name}.json"] = card_text(document).encode()
    _place(contents, out)
    return results


def _preference(precision: str) -> int:
    return ("int8", "float32", "float16", "dynamic").index(precision)


def shortcomings(precision: str, fidelity: Fidelity) -> list[str]:
    """Why a file should not be used, each in a sentence; none for a good one."""
    found = []
    allowed = LARGEST_LOSS_DB[precision]
    if not fidelity.loss_db <= allowed:  # not a number is one too
        found.append(
            f"A {precision} file loses at most {allowed} dB on the validation pictures. Received:"
            f" {fidelity.loss_db:.3f} dB. Calibrate with pictures like those of training."
        )
    allowed_flat = max(1, fidelity.keras_flat_error)
    if fidelity.flat_error > allowed_flat:
        found.append(
            f"A {precision} file changes flat fields by at most {allowed_flat} level(s): 1, or what the Keras"
            f" network does. Received: {fidelity.flat_error}. Train with flat_share, or with more of it."
        )
    if fidelity.black_white_error > 1:
        found.append(
            "Black and white stay themselves within 1 level. Received: a change of"
            f" {fidelity.black_white_error} levels in {precision}. Train longer."
        )
    return found


def _place(contents: dict[str, bytes], out: Path) -> None:
    """Write everything first, then give each file its name; the card, the last one, at the end."""
    out.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        for name, content in reversed(contents.items()):
            stack.enter_context(replacing(out / name)).write_bytes(content)


def main(argv: list[str] | None = None) -> int:
    """Run the command line; 0 on success, 2 for a mistake of the user or a refused file."""
    parser = argparse.ArgumentParser(prog="python -m export.tflite", description=__doc__)
    parser.add_argument("model", type=Path, help="trained network (.keras) with its card.json beside it")
    parser.add_argument("-o", "--out", type=Path, required=True, help="folder for the files")
    parser.add_argument("--precisions", nargs="+", choices=PRECISIONS, default=list(USUAL_PRECISIONS))
    parser.add_argument("--calibration", type=Path, help="folder of pictures; default: drawn pictures")
    parser.add_argument("--validation", type=Path, help="folder of pictures; default: drawn pictures")
    parser.add_argument("--remarks", default="", help="for the card: what a reader should know besides")
    parser.add_argument("--overwrite", action="store_true")
    arguments = parser.parse_args(argv)
    return run_program("export.tflite", _run, arguments)


def _run(arguments: argparse.Namespace) -> None:
    with native_noise_held():
        results = export(
            arguments.model,
            arguments.out,
            precisions=arguments.precisions,
            calibration=arguments.calibration,
            validation=arguments.validation,
            remarks=arguments.remarks,
            overwrite=arguments.overwrite,
            report=lambda line: print(line, flush=True),
        )
    for precision, fidelity in results.items():
        print(precision)
        for key, value in fidelity.as_card().items():
            print(f"  {key:20} {value}")


if __name__ == "__main__":
    sys.exit(main())
