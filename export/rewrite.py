"""Exact rewrites of a converted .tflite graph: its clip, its residual, its size, its input and output."""

import copy
from collections.abc import Callable
from typing import Any

import numpy as np
from ai_edge_litert import schema_py_generated as schema

from export.tflite_graph import TfliteGraph

_PIXEL_SCALE = 1 / 255
_INT8_BLACK = -128


def clip_by_saturation(graph: TfliteGraph) -> None:
    """Let int8 saturation do the final clip of an int8 generator.

    The converter gives the sum before ``clip(x, 0, 1)`` the sum's own range, say [-0.2, 1.2], in 256 steps:
    coarser than the 256 levels of the picture, and the two clip operators run outside the accelerated part.
    When that tensor's steps are the picture's levels (scale 1/255, -128 = black) instead, what lies outside
    [0, 1] saturates, which is the clip, and nothing inside is rounded twice.

    Args:
        graph: Left as it is when it does not end in sum, clip, depth_to_space in int8.
    """
    maker = {int(operator.outputs[0]): (operator, kind) for operator, kind in graph.operators}
    shuffles = [operator for operator, kind in graph.operators if kind == "DEPTH_TO_SPACE"]
    if len(shuffles) != 1:
        return
    shuffle, clips = shuffles[0], []
    tensor = int(shuffle.inputs[0])
    while tensor in maker and _is_clip(*maker[tensor], graph):
        clips.append(maker[tensor][0])
        tensor = int(clips[-1].inputs[0])
    is_sum = tensor in maker and maker[tensor][1] == "ADD"
    clipped = graph.tensor(shuffle.inputs[0])
    if not clips or not is_sum or clipped.type != schema.TensorType.INT8 or not holds_pixels(clipped):
        return
    graph.tensor(tensor).quantization = clipped.quantization
    shuffle.inputs = np.asarray([tensor, *shuffle.inputs[1:]], np.int32)
    graph.main.operators = [operator for operator in graph.main.operators if operator not in clips]


def residual_in_levels(graph: TfliteGraph) -> Callable[[], None]:
    """Give the residual that is added to the enlarged picture steps of one level, from -128 to 127 levels.

    The sum of the two is then a sum of whole numbers: nothing is rounded there, and a residual below half a
    level leaves flat fields exactly as they are. Corrections of more than half the full range saturate: one
    value in 8,000 for `compact`, and no measurable loss on its validation pictures.

    Args:
        graph: As `clip_by_saturation` leaves it; left as it is when it does not end in such a sum.

    Returns:
        What takes the change back.
    """
    for operator, kind in graph.operators:
        tensors = [graph.tensor(index) for index in (*operator.inputs, *operator.outputs)]
        if kind == "ADD" and all(tensor.type == schema.TensorType.INT8 for tensor in tensors):
            residuals = [tensor for tensor in tensors[:2] if not holds_pixels(tensor)]
            if holds_pixels(tensors[2]) and len(residuals) == 1:
                (residual,) = residuals
                older, residual.quantization = residual.quantization, copy.copy(residual.quantization)
                residual.quantization.scale = np.asarray([_PIXEL_SCALE], np.float32)
                residual.quantization.zeroPoint = np.asarray([0], np.int64)
                return lambda: setattr(residual, "quantization", older)
    return lambda: None


def fix_size(graph: TfliteGraph, side_px: int) -> None:
    """Make it a network for tiles of one size, as GPU delegates and browsers want it.

    Every tensor's shape is written down; the arithmetic is untouched.

    Args:
        graph: Of dynamic height and width.
        side_px: Height and width of its input from now on; the batch is 1.
    """
    from ai_edge_litert.interpreter import Interpreter, OpResolverType

    # Not by `interpreter_class`: it hides the line of the first delegate, and there is none here.
    interpreter = Interpreter(
        model_content=graph.packed(),
        experimental_op_resolver_type=OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES,
    )
    interpreter.resize_tensor_input(graph.source, [1, side_px, side_px, 3])
    interpreter.allocate_tensors()
    interpreter.invoke()  # some shapes are known only then
    shapes = {details["index"]: details["shape"] for details in interpreter.get_tensor_details()}
    for index, tensor in enumerate(graph.main.tensors):
        tensor.shape = np.asarray(shapes[index], np.int32)
        tensor.shapeSignature = None


def take_int8(graph: TfliteGraph) -> None:
    """Make a full-integer graph of uint8 input and output take and give int8: a pixel less 128."""
    source, result = graph.source, graph.result
    conversions = []
    for operator, kind in graph.operators:
        before, after = int(operator.inputs[0]), int(operator.outputs[0])
        if kind == "QUANTIZE" and before == graph.source:
            source = after
            conversions.append(operator)
        elif kind == "QUANTIZE" and after == graph.result:
            result = before
            conversions.append(operator)
    graph.main.operators = [operator for operator in graph.main.operators if operator not in conversions]
    graph.set_ends(source, result)


def _is_clip(operator: Any, kind: str, graph: TfliteGraph) -> bool:
    """Whether it is a lower clip at 0 or an upper clip at 1."""
    if kind in ("RELU", "RELU_0_TO_1"):
        return True
    bounds = {"MINIMUM": 1.0, "MAXIMUM": 0.0}
    if kind not in bounds:
        return False
    constant = graph.tensor(operator.inputs[1])
    stored = graph.data(constant)
    if stored is None or len(stored) != 1 or constant.quantization.scale is None:
        return False
    level = float(stored.view(np.int8)[0])
    step = float(constant.quantization.scale[0])
    value = (level - float(constant.quantization.zeroPoint[0])) * step
    return abs(value - bounds[kind]) <= step


def has_level_steps(tensor: Any) -> bool:
    """Whether a tensor's steps are levels of 255, as those of a picture or of what is added to one."""
    return abs(float(tensor.quantization.scale[0]) - _PIXEL_SCALE) < 1e-6


def holds_pixels(tensor: Any) -> bool:
    """Whether a tensor's int8 values are those of a picture less 128."""
    return has_level_steps(tensor) and int(tensor.quantization.zeroPoint[0]) == _INT8_BLACK
