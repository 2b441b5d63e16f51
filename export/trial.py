"""Running a .tflite before it is kept: against Keras, against other files, and against the clock."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np

from export.verify import Verdict, verify
from waifu4x_tf.data.degradations import Degradation
from waifu4x_tf.errors import ModelError
from waifu4x_tf.inference.engines import KerasEngine, LiteRTEngine
from waifu4x_tf.inference.upscaler import Upscaler

LARGEST_FLOAT_DIFFERENCE = 1e-5
_ROUNDS, _SPEED_EDGE_PX = 3, 128
Key = TypeVar("Key")


@dataclass(frozen=True)
class Trial:
    """What a file did.

    Attributes:
        answers: Its golden pictures, uint8 ``(r * H, r * W, 3)``, by name.
        golden_difference: Largest distance from the Keras network's, in levels.
        verdict: Of the file for any size; those for one size answer the same.
    """

    answers: dict[str, np.ndarray]
    golden_difference: int
    verdict: Verdict | None = None

    def as_json(self) -> dict[str, Any]:
        """For model.json, which lists the operators of every file elsewhere."""
        measured = {} if self.verdict is None else self.verdict.as_card()
        measured.pop("operators", None)
        return {"golden_difference": self.golden_difference, **measured}

    def told(self) -> str:
        """In one line."""
        if self.verdict is None:
            return f"at most {self.golden_difference} levels from Keras on the golden pictures"
        return (
            f"loses {max(0.0, self.verdict.loss_db):.3f} dB, at most {self.verdict.largest_difference} levels"
            f" from Keras; flat fields {self.verdict.flat_error}, ramp {self.verdict.ramp_error:.1f} levels"
        )


def try_dynamic(
    content: bytes,
    reference: Upscaler,
    judges: Sequence[np.ndarray],
    how: Degradation,
    golden: Mapping[str, np.ndarray],
    expected: Mapping[str, np.ndarray],
) -> Trial:
    """Judge a file for any size on pictures, flat fields and a ramp; answer the golden pictures.

    Args:
        content: The file's bytes.
        reference: The Keras network.
        judges: uint8 originals, made small as ``how`` says.
        how: As in the network's training.
        golden: uint8 small pictures by name.
        expected: The Keras network's answers to them.
    """
    plain = try_fixed(content, reference.scale, reference.radius, golden, expected)
    return Trial(plain.answers, plain.golden_difference, verify(content, reference, judges, how))


def try_fixed(
    content: bytes,
    scale: int,
    radius: int,
    golden: Mapping[str, np.ndarray],
    expected: Mapping[str, np.ndarray],
) -> Trial:
    """Answer the golden pictures, in tiles of the size that the file takes; arguments as of `try_dynamic`.

    Raises:
        ModelError: LiteRT cannot run it.
    """
    name = "the converted file"
    upscaler = Upscaler(LiteRTEngine(content, name), name=name, scale=scale, radius=radius, raw=True)
    answers = {key: upscaler.upscale(small) for key, small in golden.items()}
    return Trial(answers, max(distance(answers[key], expected[key]) for key in golden))


def try_int8_edges(content: bytes, with_uint8: bytes, trial: Trial) -> Trial:
    """Hold a file with int8 edges to its twin with uint8 edges, byte by byte; the twin's trial is its own.

    Raises:
        ModelError: They answer differently.
    """
    edge = LiteRTEngine(with_uint8, "the uint8 file").fixed_size or (_SPEED_EDGE_PX,) * 2
    tile = np.random.default_rng(0).integers(0, 256, (1, *edge, 3), np.uint8)
    answer = _run_int8(content, (tile.astype(np.int16) - 128).astype(np.int8)).astype(np.int16) + 128
    if (answer != LiteRTEngine(with_uint8, "the uint8 file").run(tile)).any():
        raise ModelError(
            "A file with int8 edges answers what its twin with uint8 edges does, less 128. Received: another"
            " answer. Nothing was written; leave out --also int8edges."
        )
    return trial


def float_difference(content: bytes, network: KerasEngine, golden: Mapping[str, np.ndarray]) -> float:
    """Largest distance of a float file's answers from the network's, before any rounding; 1 is white."""
    engine = LiteRTEngine(content, "the float32 file")
    return max(
        float(np.abs(engine.run(small[None]) - network.run(small[None])).max()) for small in golden.values()
    )


def relative_speeds(files: Mapping[Key, tuple[bytes, int | None]], base: Key) -> dict[Key, float]:
    """Seconds for a pixel against those of one file, the best of a few rounds in turn.

    Args:
        files: Each file's bytes and the edge of its tiles; None = any.
        base: The file that is 1.
    """
    engines = {key: LiteRTEngine(content, "a file") for key, (content, _) in files.items()}
    tiles = {}
    for key, (_, edge) in files.items():
        side = edge or _SPEED_EDGE_PX
        tiles[key] = np.random.default_rng(0).integers(0, 256, (1, side, side, 3), np.uint8)
    seconds = dict.fromkeys(files, float("inf"))
    for _ in range(_ROUNDS + 1):  # the first allocates, and is seldom the best
        for key, engine in engines.items():
            started = time.perf_counter()
            engine.run(tiles[key])
            taken = (time.perf_counter() - started) / tiles[key].size
            seconds[key] = min(seconds[key], taken)
    return {key: round(seconds[key] / seconds[base], 2) for key in files}


def _run_int8(content: bytes, tile: np.ndarray) -> np.ndarray:
    from ai_edge_litert.interpreter import Interpreter

    interpreter = Interpreter(model_content=content)
    (entry,), (leaving,) = interpreter.get_input_details(), interpreter.get_output_details()
    interpreter.resize_tensor_input(entry["index"], list(tile.shape))
    interpreter.allocate_tensors()
    interpreter.set_tensor(entry["index"], tile)
    interpreter.invoke()
    return interpreter.get_tensor(leaving["index"])


def distance(one: np.ndarray, other: np.ndarray) -> int:
    """Largest difference of two uint8 pictures, in levels."""
    return int(np.abs(one.astype(np.int16) - other).max())
