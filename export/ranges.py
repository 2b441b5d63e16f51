"""Narrower ranges for an int8 graph's activations: fewer levels lost to outliers.

The converter gives every activation the range from its smallest to its largest calibrated value. A handful of
outliers then costs all other values their resolution, most of all at the tail, whose steps become levels of
the picture. Clipping the outliers is often the smaller error; how far, a search on the calibration pictures
tells (as the clipping search of Nahshan et al. 2019, LAPQ, arXiv:1911.07190). What sums add up and give is
moved together first: while their steps are equal, adding rounds nothing.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
from ai_edge_litert import schema_py_generated as schema

from export.rewrite import has_level_steps, holds_pixels, packed, residual_in_levels
from waifu4x_tf.inference.engines import LiteRTEngine
from waifu4x_tf.inference.graph import operator_kinds, parse_tflite

_COARSE, _FINE = (0.9, 0.8, 0.65, 0.5, 0.35), (0.84, 0.92, 1.1, 1.25)
_FINE_PASSES = 4
_LEAST_GAIN = 0.02
_MOST_TRIALS = 1050  # all that `large` takes; what is many times deeper stops there
_FLAT_WEIGHT = 0.1
_PICTURES = 32  # enough to tell which ranges are too wide
_FIELDS, _FIELD_SIDE = 32, 32


class Judge:
    """How far a file's answers are from the float network's, on pictures and on flat fields.

    Args:
        calibration: uint8 small pictures ``(H, W, 3)``; those of one colour are judged as flat fields, beside
            others of every part of the colour cube.
        network: The float network: such a picture to its answer in levels, ``(r * H, r * W, 3)``.
    """

    def __init__(
        self, calibration: Sequence[np.ndarray], network: Callable[[np.ndarray], np.ndarray]
    ) -> None:
        flat, pictures = [], []
        for small in calibration:
            (flat if (small == small[0, 0]).all() else pictures).append(small)
        flat += [
            np.full((_FIELD_SIDE, _FIELD_SIDE, 3), colour, np.uint8) for colour in spread_colours(_FIELDS)
        ]
        judged = pictures[:: -(-len(pictures) // _PICTURES) or 1]
        self._pairs = [(small, network(small)) for small in judged]
        self._flat = [(small, max(1.0, _flat_change(small, network(small)))) for small in flat]

    def error(self, content: bytes, limit: float = float("inf")) -> float:
        """Mean squared error in levels, plus a tenth for each level squared that a flat field is off too far.

        Allowed are one level, or what the float network changes. Flat fields count by themselves, each of
        them: they are few, and a band where a sky was flat is seen at once. Above ``limit`` the rest is not
        looked at: what is returned then is at least above it.
        """
        engine = LiteRTEngine(content, "a file with narrower ranges")

        def answer(small: np.ndarray) -> np.ndarray:
            return engine.run(small[None])[0].astype(np.float32)

        def parts() -> Iterator[float]:
            for small, large in self._pairs:
                yield float(np.mean(np.square(answer(small) - large))) / len(self._pairs)
            for small, allowed in self._flat:
                yield _FLAT_WEIGHT * max(_flat_change(small, answer(small)) - allowed, 0.0) ** 2

        error = 0.0
        for part in parts():
            error += part
            if error > limit:
                break
        return error


def narrow_ranges(content: bytes, judge: Judge) -> bytes:
    """Narrow activation ranges, first together, then one after the other, while the result gains.

    Args:
        content: A full-integer .tflite generator, uint8 in and out.
        judge: Of the candidates.

    Returns:
        The rewritten file, never with a larger error than ``content`` has.
    """
    starts = (content, residual_in_levels(content))
    least, best = min((judge.error(candidate), candidate) for candidate in starts)
    tensors, summed = narrowable(best)
    moves = [summed, [tensor for tensor in tensors if tensor not in summed]]
    moves += [[tensor] for tensor in reversed(tensors)]
    trials = 0
    for factors in (_COARSE, *[_FINE] * _FINE_PASSES):
        before = least
        for move in moves:
            if trials >= _MOST_TRIALS:
                return best
            for factor in factors:
                trials += 1
                candidate = best
                for tensor in move:
                    candidate = with_step(candidate, tensor, factor)
                error = judge.error(candidate, limit=least)
                if error < least:
                    least, best = error, candidate
        if least > (1 - _LEAST_GAIN) * before:
            break
    return best


def narrowable(content: bytes) -> tuple[list[int], list[int]]:
    """Outputs of convolutions and sums, in the order of the graph, that only convolutions and sums read.

    The enlarged picture is none of them: with steps other than a picture's levels flat fields would move.

    Returns:
        All of them, and of these what a sum adds up or gives, but for those whose steps are levels.
    """
    model = parse_tflite(content)
    graph = model.subgraphs[0]
    operators = list(zip(graph.operators, operator_kinds(model), strict=True))
    plain = ("CONV_2D", "ADD")
    made = [int(operator.outputs[0]) for operator, kind in operators if kind in plain]
    read_otherwise = {int(t) for operator, kind in operators if kind not in plain for t in operator.inputs}
    summed = {
        int(tensor)
        for operator, kind in operators
        if kind == "ADD"
        for tensor in (*operator.inputs, *operator.outputs)
    }
    tensors = [
        tensor
        for tensor in made
        if tensor not in read_otherwise
        and graph.tensors[tensor].type == schema.TensorType.INT8
        and not holds_pixels(graph.tensors[tensor])
    ]
    inner = [tensor for tensor in tensors if not has_level_steps(graph.tensors[tensor])]
    return tensors, [tensor for tensor in inner if tensor in summed]


def with_step(content: bytes, tensor: int, factor: float) -> bytes:
    """A file in which one tensor's step is multiplied; the biases of the convolutions that read it follow."""
    model = parse_tflite(content)
    graph = model.subgraphs[0]
    scale = np.float32(graph.tensors[tensor].quantization.scale[0]) * np.float32(factor)
    graph.tensors[tensor].quantization.scale = np.asarray([scale], np.float32)
    for operator, kind in zip(graph.operators, operator_kinds(model), strict=True):
        if kind == "CONV_2D" and int(operator.inputs[0]) == tensor:
            if len(operator.inputs) < 3 or operator.inputs[2] < 0:
                continue
            kernel, bias = (graph.tensors[int(index)] for index in operator.inputs[1:3])
            steps = np.asarray(bias.quantization.scale, np.float32)
            stored = np.asarray(model.buffers[bias.buffer].data, np.uint8).view(np.int32)
            new_steps = np.asarray(kernel.quantization.scale, np.float32) * scale
            values = np.rint(stored * (steps.astype(np.float64) / new_steps)).astype(np.int32)
            buffer: Any = schema.BufferT()
            buffer.data = values.view(np.uint8)
            model.buffers.append(buffer)
            bias.buffer = len(model.buffers) - 1
            bias.quantization.scale = new_steps
    return packed(model)


def spread_colours(count: int) -> np.ndarray:
    """Colours that fill the cube evenly, uint8 ``(count, 3)``.

    A Kronecker sequence whose steps are powers of the root of ``x**4 = x + 1`` (Roberts' R3).
    """
    steps = 1.2207440846057596 ** -np.arange(1.0, 4.0)
    return np.floor(256 * ((0.5 + np.arange(1, count + 1)[:, None] * steps) % 1.0)).astype(np.uint8)


def _flat_change(small: np.ndarray, large: np.ndarray) -> float:
    """Largest change of a flat field in levels, away from its borders, where the network sees zeros."""
    height, width = (side * 3 // 8 for side in large.shape[:2])
    inner = large[height : large.shape[0] - height, width : large.shape[1] - width]
    return float(np.abs(inner - small[0, 0]).max())
