"""Does a .tflite give what its Keras network gives? Loss in dB, flat fields, banding, operators.

python -m export.verify MODEL.keras FILE.tflite [FILE.tflite ...] [--validation DIR]
"""

import argparse
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from export.cards import load_card
from export.pictures import training_degradation, validation_pictures
from export.tflite_graph import TfliteGraph
from waifu4x_tf.cli.console import run_program
from waifu4x_tf.data.degradations import CLEAN, Degradation
from waifu4x_tf.data.sources import judged_pairs
from waifu4x_tf.evaluation.scores import mean, score
from waifu4x_tf.inference.engines import KerasEngine, LiteRTEngine
from waifu4x_tf.inference.upscaler import Upscaler
from waifu4x_tf.models.cards import ModelCard

_FLAT_COLOURS = [(v, v, v) for v in (0, 1, 32, 64, 96, 128, 160, 192, 224, 254, 255)] + [
    (255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 0), (0, 255, 255), (255, 0, 255),
    (250, 224, 205), (96, 150, 214), (238, 130, 160),
]  # fmt: skip


@dataclass(frozen=True)
class Fidelity:
    """What was measured of one file.

    Attributes:
        psnr: Mean over the pictures, Y, border = scale, of the bare network as the library tiles it.
        ssim: Likewise.
        loss_db: PSNR of the Keras network minus that of the file, of the means over the pictures.
        worst_loss_db: The same of the picture on which it is largest.
        largest_difference: From the Keras network's 8-bit output, in levels, over all pictures.
        mean_difference: Likewise.
        flat_error: Largest change of a flat field (greys, saturated and skin colours), in levels.
        keras_flat_error: The same of the Keras network.
        black_white_error: Largest change of pure black and white, in levels.
        ramp_error: Largest distance from a straight ramp, in levels.
        ramp_plateau_px: Longest run of one value on a ramp of one level a small pixel; ideal = scale.
        operators: Count of each operator.
    """

    psnr: float
    ssim: float
    loss_db: float
    worst_loss_db: float
    largest_difference: int
    mean_difference: float
    flat_error: int
    keras_flat_error: int
    black_white_error: int
    ramp_error: float
    ramp_plateau_px: int
    operators: dict[str, int]

    def as_card(self) -> dict[str, Any]:
        """Rounded values for a card."""
        return {k: round(v, 4) if isinstance(v, float) else v for k, v in asdict(self).items()}


class Reference:
    """The Keras network behind the library's tiling, which enlarges each picture once.

    Every file of a network is held to the same pictures, and Keras is the slowest of all.

    Args:
        upscaler: The network, raw.
    """

    def __init__(self, upscaler: Upscaler) -> None:
        self.scale, self.radius = upscaler.scale, upscaler.radius
        self._upscaler = upscaler
        self._known: dict[tuple[tuple[int, ...], bytes], np.ndarray] = {}

    def upscale(self, small: np.ndarray) -> np.ndarray:
        """uint8 ``(H, W, 3)`` to ``(r * H, r * W, 3)``."""
        key = (small.shape, small.tobytes())
        if key not in self._known:
            self._known[key] = self._upscaler.upscale(small)
        return self._known[key]


def verify(
    content: bytes,
    reference: Reference | Upscaler,
    pictures: Sequence[np.ndarray],
    how: Degradation = CLEAN,
    *,
    pads_inside: bool = False,
) -> Fidelity:
    """Measure a .tflite against the Keras network it was made of.

    Args:
        content: The file's bytes.
        reference: The Keras network, raw.
        pictures: uint8 ``(H, W, 3)`` originals, made small here.
        how: What makes them small in the network's training, as for `waifu4x_tf.data.sources.judged_pairs`.
        pads_inside: Whether the file takes whole pictures and pads them itself.
    """
    scale = reference.scale
    candidate = upscaler_of(content, scale, 0 if pads_inside else reference.radius)
    scores, reference_scores, largest, means = [], [], 0, []
    for large, small in judged_pairs(pictures, scale, how):
        got, expected = candidate.upscale(small), reference.upscale(small)
        difference = np.abs(got.astype(np.int16) - expected)
        largest = max(largest, int(difference.max()))
        means.append(float(difference.mean()))
        scores.append(score(large, got, scale))
        reference_scores.append(score(large, expected, scale))
    reached = mean(scores)
    flat = {colour: _flat_error(candidate, colour) for colour in _FLAT_COLOURS}
    ramp_error, plateau = _ramp(candidate)
    return Fidelity(
        psnr=reached.psnr,
        ssim=reached.ssim,
        loss_db=mean(reference_scores).psnr - reached.psnr,
        worst_loss_db=max(a.psnr - b.psnr for a, b in zip(reference_scores, scores, strict=True)),
        largest_difference=largest,
        mean_difference=float(np.mean(means)),
        flat_error=max(flat.values()),
        keras_flat_error=max(_flat_error(reference, colour) for colour in _FLAT_COLOURS),
        black_white_error=max(flat[0, 0, 0], flat[255, 255, 255]),
        ramp_error=ramp_error,
        ramp_plateau_px=plateau,
        operators=operators(TfliteGraph(content)),
    )


def upscaler_of(content: bytes, scale: int, radius: int) -> Upscaler:
    """A .tflite behind the library's tiling, raw; behind none, whole pictures at once, for a radius of 0."""
    engine, name = LiteRTEngine(content, "the converted file"), "the converted file"
    tile_px = None if radius else 0
    return Upscaler(engine, name=name, scale=scale, radius=radius, tile_px=tile_px, raw=True)


def operators(graph: TfliteGraph) -> dict[str, int]:
    """Names and counts of a graph's operators; custom and Flex ones by their own names."""
    return dict(sorted(Counter(kind for _, kind in graph.operators).items()))


def _flat_error(upscaler: Reference | Upscaler, colour: tuple[int, int, int]) -> int:
    field = np.full((24, 24, 3), colour, np.uint8)
    enlarged = upscaler.upscale(field)
    return int(np.abs(enlarged.astype(np.int16) - np.asarray(colour, np.int16)).max())


def _ramp(upscaler: Upscaler) -> tuple[float, int]:
    """Deviation from a straight line and longest plateau on a ramp of one level a small pixel."""
    row = np.arange(256, dtype=np.uint8)
    ramp = np.ascontiguousarray(np.broadcast_to(row[None, :, None], (24, 256, 3)))
    scale = upscaler.scale
    line = upscaler.upscale(ramp)[12 * scale, :, 1].astype(np.float64)
    ideal = (np.arange(256 * scale) + 0.5) / scale - 0.5
    inner = slice(4 * scale, -4 * scale)
    error = float(np.abs(line - ideal)[inner].max())
    changes = np.flatnonzero(np.diff(line[inner])) + 1
    runs = np.diff(np.concatenate([[0], changes, [line[inner].size]]))
    return error, int(runs.max())


def main(argv: list[str] | None = None) -> int:
    """Print a block of figures for each file; 0, or 2 for a mistake of the user."""
    parser = argparse.ArgumentParser(prog="python -m export.verify", description=__doc__)
    parser.add_argument("model", type=Path, help="the .keras network")
    parser.add_argument("files", type=Path, nargs="+", help=".tflite files made of it")
    parser.add_argument("--validation", type=Path, help="folder of pictures; default: drawn pictures")
    arguments = parser.parse_args(argv)
    return run_program("export.verify", _run, arguments)


def _run(arguments: argparse.Namespace) -> None:
    card = load_card(arguments.model)
    reference = Reference(keras_upscaler(arguments.model, card))
    pictures = validation_pictures(arguments.validation, card)
    for path in arguments.files:
        fidelity = verify(path.read_bytes(), reference, pictures, training_degradation(card))
        print(path.name)
        for key, value in fidelity.as_card().items():
            print(f"  {key:20} {value}")


def keras_upscaler(path: Path, card: ModelCard) -> Upscaler:
    """The Keras network behind the same tiling as the files, so that only the arithmetic differs."""
    return Upscaler(
        KerasEngine.load(path),
        name=card.name,
        scale=card.scale,
        radius=card.receptive_radius,
        raw=True,
    )


if __name__ == "__main__":
    sys.exit(main())
