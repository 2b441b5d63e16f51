"""Narrower ranges for an int8 graph's activations: fewer levels lost to outliers.

The converter gives every activation the range from its smallest to its largest calibrated value. A handful of
outliers then costs all other values their resolution, most of all at the tail, whose steps become levels of
the picture. Clipping the outliers is often the smaller error; how far, a search on the calibration pictures
shows (as the clipping search of Nahshan et al. 2019, LAPQ, arXiv:1911.07190). What sums add up and give is
moved together first: while their steps are equal, adding rounds nothing.
"""

import functools
from collections.abc import Callable, Iterator, Sequence

import numpy as np
from ai_edge_litert import schema_py_generated as schema

from export.rewrite import has_level_steps, holds_pixels, residual_in_levels
from export.tflite_graph import TfliteGraph
from waifu4x_tf.inference.engines import LiteRTEngine

_COARSE, _FINE = (0.9, 0.8, 0.65, 0.5, 0.35), (0.84, 0.92, 1.1, 1.25)
_FINE_PASSES = 4
_LEAST_GAIN = 0.02
_MOST_TRIALS = 1050  # all that `large` takes; what is many times deeper stops there
_FLAT_WEIGHT = 0.1
_PICTURES = 32  # enough to tell which ranges are too wide
_FIELDS, _FIELD_SIDE = 32, 32


class Judge:
    """How far a file's outputs are from the float network's, on pictures and on flat fields.

    Args:
        calibration: uint8 small pictures ``(H, W, 3)``; those of one colour are judged as flat fields, beside
            others of every part of the colour cube.
        network: The float network: such a picture to its output in levels, ``(r * H, r * W, 3)``.
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

        def output(small: np.ndarray) -> np.ndarray:
            return engine.run(small[None])[0].astype(np.float32)

        def parts() -> Iterator[float]:
            for small, large in self._pairs:
                yield float(np.mean(np.square(output(small) - large))) / len(self._pairs)
            for small, allowed in self._flat:
                yield _FLAT_WEIGHT * max(_flat_change(small, output(small)) - allowed, 0.0) ** 2

        error = 0.0
        for part in parts():
            error += part
            if error > limit:
                break
        return error


def narrow_ranges(graph: TfliteGraph, judge: Judge) -> None:
    """Narrow activation ranges, first together, then one after the other, while the result gains.

    Args:
        graph: A full-integer generator, uint8 in and out; never left with a larger error than it has.
        judge: Of the candidates.
    """
    least = judge.error(graph.packed())
    undo_levels = residual_in_levels(graph)
    if (in_levels := judge.error(graph.packed())) < least:
        least = in_levels
    else:
        undo_levels()
    tensors, summed = narrowable(graph)
    moves = [summed, [tensor for tensor in tensors if tensor not in summed]]
    moves += [[tensor] for tensor in reversed(tensors)]
    trials = 0
    for factors in (_COARSE, *[_FINE] * _FINE_PASSES):
        before = least
        for move in moves:
            if trials >= _MOST_TRIALS:
                return
            for factor in factors:
                trials += 1
                undo = [change_step(graph, tensor, factor) for tensor in move]
                error = judge.error(graph.packed(), limit=least)
                if error < least:
                    least = error
                else:
                    for taken_back in reversed(undo):
                        taken_back()
        if least > (1 - _LEAST_GAIN) * before:
            break


def narrowable(graph: TfliteGraph) -> tuple[list[int], list[int]]:
    """Outputs of convolutions and sums, in the order of the graph, that only convolutions and sums read.

    The enlarged picture is none of them: with steps other than a picture's levels flat fields would move.

    Returns:
        All of them, and of these what a sum adds up or gives, but for those whose steps are levels.
    """
    operators = graph.operators
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
        and graph.tensor(tensor).type == schema.TensorType.INT8
        and not holds_pixels(graph.tensor(tensor))
    ]
    inner = [tensor for tensor in tensors if not has_level_steps(graph.tensor(tensor))]
    return tensors, [tensor for tensor in inner if tensor in summed]


def change_step(graph: TfliteGraph, tensor: int, factor: float) -> Callable[[], None]:
    """Multiply one tensor's step; the biases of the convolutions that read it follow.

    Returns:
        What takes the change back.
    """
    quantization = graph.tensor(tensor).quantization
    scale = np.float32(quantization.scale[0]) * np.float32(factor)
    older: list[Callable[[], None]] = [functools.partial(setattr, quantization, "scale", quantization.scale)]
    quantization.scale = np.asarray([scale], np.float32)
    for operator, kind in graph.operators:
        if kind == "CONV_2D" and int(operator.inputs[0]) == tensor:
            if len(operator.inputs) < 3 or operator.inputs[2] < 0:
                continue
            kernel, bias = (graph.tensor(index) for index in operator.inputs[1:3])
            older += [functools.partial(setattr, bias.quantization, "scale", bias.quantization.scale)]
            older += [functools.partial(setattr, bias, "buffer", bias.buffer)]
            steps = np.asarray(bias.quantization.scale, np.float32)
            stored = graph.data(bias)
            assert stored is not None, "a bias is a constant"
            new_steps = np.asarray(kernel.quantization.scale, np.float32) * scale
            values = np.rint(stored.view(np.int32) * (steps.astype(np.float64) / new_steps))
            # Another layer's bias may lie in the same buffer, so that this one takes a new one.
            bias.buffer = graph.add_data(values.astype(np.int32).tobytes())
            older += [graph.model.buffers.pop]
            bias.quantization.scale = new_steps

    def take_back() -> None:
        for each in reversed(older):
            each()

    return take_back


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
