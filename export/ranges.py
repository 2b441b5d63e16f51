"""Narrower ranges for an int8 graph's activations: fewer levels lost to outliers.

The converter gives every activation the range from its smallest to its largest calibrated value. A handful of
outliers then costs all other values their resolution, most of all at the tail, whose steps become levels of
the picture. Clipping the outliers is often the smaller error; how far, a search on the calibration pictures
tells (as the clipping search of Nahshan et al. 2019, LAPQ, arXiv:1911.07190, here one tensor at a time).
"""

from collections.abc import Sequence

import numpy as np
from ai_edge_litert import schema_py_generated as schema

from export.rewrite import packed
from waifu4x_tf.inference.engines import LiteRTEngine
from waifu4x_tf.inference.graph import operator_kinds, parse_tflite

_FACTOR = 0.85
_SMALLEST_RANGE = 0.1
_PASSES = 2


def narrow_ranges(content: bytes, calibration: Sequence[np.ndarray], expected: Sequence[np.ndarray]) -> bytes:
    """Narrow activation ranges one after the other, from the output to the input, while the result gains.

    Args:
        content: A full-integer .tflite generator, uint8 in and out.
        calibration: uint8 small pictures ``(H, W, 3)``.
        expected: The float network's answers to them, uint8 or float32 in levels, ``(r * H, r * W, 3)``.

    Returns:
        The rewritten file, never with a larger mean squared error on these pictures than ``content`` has.
    """
    best, least = content, _squared_error(content, calibration, expected)
    for _ in range(_PASSES):
        before = least
        for tensor in reversed(narrowable(content)):
            reached = 1.0
            while reached * _FACTOR >= _SMALLEST_RANGE:
                candidate = with_step(best, tensor, _FACTOR)
                error = _squared_error(candidate, calibration, expected)
                if error >= least:
                    break
                best, least, reached = candidate, error, reached * _FACTOR
        if least > 0.99 * before:
            break
    return best


def _squared_error(
    content: bytes, calibration: Sequence[np.ndarray], expected: Sequence[np.ndarray]
) -> float:
    engine = LiteRTEngine(content, "a file with narrower ranges")
    errors = [
        np.mean(np.square(engine.run(small[None])[0].astype(np.float32) - large))
        for small, large in zip(calibration, expected, strict=True)
    ]
    return float(np.mean(errors))


def narrowable(content: bytes) -> list[int]:
    """Outputs of convolutions and sums, in the order of the graph, that only convolutions and sums read."""
    model = parse_tflite(content)
    graph = model.subgraphs[0]
    operators = list(zip(graph.operators, operator_kinds(model), strict=True))
    plain = ("CONV_2D", "ADD")
    made = [int(operator.outputs[0]) for operator, kind in operators if kind in plain]
    read_otherwise = {int(t) for operator, kind in operators if kind not in plain for t in operator.inputs}
    return [
        tensor
        for tensor in made
        if tensor not in read_otherwise and graph.tensors[tensor].type == schema.TensorType.INT8
    ]


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
            buffer = schema.BufferT()
            buffer.data = values.view(np.uint8)
            model.buffers.append(buffer)
            bias.buffer = len(model.buffers) - 1
            bias.quantization.scale = new_steps
    return packed(model)
