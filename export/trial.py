"""Running a .tflite before it is kept: against Keras, and against other files."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from export.verify import Fidelity, Reference, upscaler_of, verify
from waifu4x_tf.data.degradations import Degradation
from waifu4x_tf.errors import ModelError
from waifu4x_tf.inference.engines import KerasEngine, LiteRTEngine, interpreter_class

LARGEST_FLOAT_DIFFERENCE = 1e-5
_TRIAL_SIDE_PX = 128


@dataclass(frozen=True)
class Trial:
    """What a file did.

    Attributes:
        outputs: Its golden pictures, uint8 ``(r * H, r * W, 3)``, by name.
        golden_difference: Largest distance from the Keras network's, in levels.
        fidelity: Of the file for any size; those for one size give the same.
    """

    outputs: dict[str, np.ndarray]
    golden_difference: int
    fidelity: Fidelity | None = None

    def as_json(self) -> dict[str, Any]:
        """For model.json, which lists the operators of every file elsewhere."""
        measured = {} if self.fidelity is None else self.fidelity.as_card()
        measured.pop("operators", None)
        return {"golden_difference": self.golden_difference, **measured}

    def summary(self) -> str:
        """In one line."""
        if self.fidelity is None:
            return f"at most {self.golden_difference} levels from Keras on the golden pictures"
        return (
            f"loses {max(0.0, self.fidelity.loss_db):.3f} dB, at worst"
            f" {max(0.0, self.fidelity.worst_loss_db):.3f};"
            f" {self.fidelity.mean_difference:.2f} levels from Keras, at worst"
            f" {self.fidelity.largest_difference}; flat fields {self.fidelity.flat_error},"
            f" ramp {self.fidelity.ramp_error:.1f} levels"
        )


def try_any_size(
    content: bytes,
    reference: Reference,
    judges: Sequence[np.ndarray],
    how: Degradation,
    golden: Mapping[str, np.ndarray],
    expected: Mapping[str, np.ndarray],
) -> Trial:
    """Run a file that pads inside on whole pictures, flat fields and a ramp, without any tiler.

    Args:
        content: The file's bytes.
        reference: The Keras network.
        judges: uint8 originals, made small as ``how`` says.
        how: As in the network's training.
        golden: uint8 small pictures by name.
        expected: The Keras network's outputs for them.
    """
    plain = try_tiles(content, reference.scale, 0, golden, expected)
    fidelity = verify(content, reference, judges, how, pads_inside=True)
    return Trial(plain.outputs, plain.golden_difference, fidelity)


def try_tiles(
    content: bytes,
    scale: int,
    radius: int,
    golden: Mapping[str, np.ndarray],
    expected: Mapping[str, np.ndarray],
) -> Trial:
    """Run a file on the golden pictures, in tiles of the size that it takes; arguments as of `try_any_size`.

    Raises:
        ModelError: LiteRT cannot run it.
    """
    upscaler = upscaler_of(content, scale, radius)
    outputs = {key: upscaler.upscale(small) for key, small in golden.items()}
    return Trial(outputs, max(distance(outputs[key], expected[key]) for key in golden))


def try_int8_io(content: bytes, with_uint8: bytes, trial: Trial) -> Trial:
    """Hold a file that takes int8 to its twin that takes uint8, byte by byte; the twin's trial is its own.

    Raises:
        ModelError: Their outputs differ.
    """
    twin = LiteRTEngine(with_uint8, "the uint8 file")
    side = twin.fixed_size or (_TRIAL_SIDE_PX,) * 2
    tile = np.random.default_rng(0).integers(0, 256, (1, *side, 3), np.uint8)
    output = _run_int8(content, (tile.astype(np.int16) - 128).astype(np.int8)).astype(np.int16) + 128
    if (output != twin.run(tile)).any():
        raise ModelError(
            "A file of int8 input and output gives what its twin of uint8 does, less 128. Received: something"
            " else. Nothing was written; leave out --also int8io."
        )
    return trial


def float_difference(
    content: bytes, network: KerasEngine, golden: Mapping[str, np.ndarray], radius: int
) -> float:
    """Largest distance of a float file's outputs from the network's, before any rounding; 1 is white.

    Args:
        content: A file that pads inside.
        network: Shown the same picture, its border repeated by hand.
        golden: uint8 small pictures by name.
        radius: By so many pixels.
    """
    engine, around = LiteRTEngine(content, "the float32 file"), ((radius, radius), (radius, radius), (0, 0))
    differences = []
    for small in golden.values():
        output = engine.run(small[None])
        whole = network.run(np.pad(small, around, mode="edge")[None])
        rim = (whole.shape[1] - output.shape[1]) // 2
        inner = whole[:, rim : rim + output.shape[1], rim : rim + output.shape[2]]
        differences.append(float(np.abs(output - inner).max()))
    return max(differences)


def _run_int8(content: bytes, tile: np.ndarray) -> np.ndarray:
    interpreter = interpreter_class()(model_content=content)
    (entry,), (leaving,) = interpreter.get_input_details(), interpreter.get_output_details()
    interpreter.resize_tensor_input(entry["index"], list(tile.shape))
    interpreter.allocate_tensors()
    interpreter.set_tensor(entry["index"], tile)
    interpreter.invoke()
    return interpreter.get_tensor(leaving["index"])


def distance(one: np.ndarray, other: np.ndarray) -> int:
    """Largest difference of two uint8 pictures, in levels."""
    return int(np.abs(one.astype(np.int16) - other).max())
