"""Exact rewrites of a converted .tflite graph: its clip, its sizes, its edges, its metadata."""

from typing import Any

import numpy as np
from ai_edge_litert import schema_py_generated as schema

from waifu4x_tf.inference.graph import operator_kinds, parse_tflite

_PIXEL_SCALE = 1 / 255
_INT8_BLACK = -128


def clip_by_saturation(content: bytes) -> bytes:
    """Let int8 saturation do the final clip of an int8 generator.

    The converter gives the sum before ``clip(x, 0, 1)`` the sum's own range, say [-0.2, 1.2], in 256 steps:
    coarser than the 256 levels of the picture, and the two clip operators run outside the accelerated part.
    When that tensor's steps are the picture's levels (scale 1/255, -128 = black) instead, what lies outside
    [0, 1] saturates, which is the clip, and nothing inside is rounded twice.

    Args:
        content: A .tflite file.

    Returns:
        The rewritten file; the same bytes when the graph does not end in sum, clip, depth_to_space in int8.
    """
    model = parse_tflite(content)
    graph = model.subgraphs[0]
    operators = list(zip(graph.operators, operator_kinds(model), strict=True))
    maker = {int(operator.outputs[0]): (operator, kind) for operator, kind in operators}

    shuffles = [operator for operator, kind in operators if kind == "DEPTH_TO_SPACE"]
    if len(shuffles) != 1:
        return content
    shuffle, clips = shuffles[0], []
    tensor = int(shuffle.inputs[0])
    while tensor in maker and _is_clip(*maker[tensor], model):
        clips.append(maker[tensor][0])
        tensor = int(clips[-1].inputs[0])
    is_sum = tensor in maker and maker[tensor][1] == "ADD"
    clipped = graph.tensors[int(shuffle.inputs[0])]
    if not clips or not is_sum or clipped.type != schema.TensorType.INT8 or not holds_pixels(clipped):
        return content
    graph.tensors[tensor].quantization = clipped.quantization
    shuffle.inputs = [tensor, *shuffle.inputs[1:]]
    graph.operators = [op for op in graph.operators if op not in clips]
    return packed(model)


def residual_in_levels(content: bytes) -> bytes:
    """Give the residual that is added to the enlarged picture steps of one level, from -128 to 127 levels.

    The sum of the two is then a sum of whole numbers: nothing is rounded there, and a residual below half a
    level leaves flat fields exactly as they are. Corrections of more than half the full range saturate: one
    value in 8,000 for `compact`, and no measurable loss on its validation pictures.

    Args:
        content: A .tflite file, as `clip_by_saturation` leaves it.

    Returns:
        The rewritten file; the same bytes when the graph does not end in such a sum.
    """
    model = parse_tflite(content)
    graph = model.subgraphs[0]
    for operator, kind in zip(graph.operators, operator_kinds(model), strict=True):
        tensors = [graph.tensors[int(index)] for index in (*operator.inputs, *operator.outputs)]
        if kind == "ADD" and all(tensor.type == schema.TensorType.INT8 for tensor in tensors):
            residuals = [tensor for tensor in tensors[:2] if not holds_pixels(tensor)]
            if holds_pixels(tensors[2]) and len(residuals) == 1:
                quantization = residuals[0].quantization
                quantization.scale = np.asarray([_PIXEL_SCALE], np.float32)
                quantization.zeroPoint = np.asarray([0], np.int64)
                return packed(model)
    return content


def with_fixed_size(content: bytes, edge_px: int) -> bytes:
    """The same network for tiles of one size, as GPU delegates and browsers want it.

    Args:
        content: A .tflite file of dynamic height and width.
        edge_px: Height and width of its input from now on; the batch is 1.

    Returns:
        The file with every tensor's shape written down; its arithmetic is untouched.
    """
    from ai_edge_litert.interpreter import Interpreter, OpResolverType

    interpreter = Interpreter(
        model_content=content,
        experimental_op_resolver_type=OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES,
    )
    entry = interpreter.get_input_details()[0]["index"]
    interpreter.resize_tensor_input(entry, [1, edge_px, edge_px, 3])
    interpreter.allocate_tensors()
    interpreter.invoke()  # some shapes are known only then
    shapes = {details["index"]: details["shape"] for details in interpreter.get_tensor_details()}
    model = parse_tflite(content)
    for index, tensor in enumerate(model.subgraphs[0].tensors):
        tensor.shape = np.asarray(shapes[index], np.int32)
        tensor.shapeSignature = None
    return packed(model)


def with_int8_edges(content: bytes) -> bytes:
    """A full-integer file that takes and gives int8: a pixel less 128.

    Args:
        content: A .tflite file whose edges are uint8, converted inside.

    Returns:
        The rewritten file, without the conversions.
    """
    model = parse_tflite(content)
    graph = model.subgraphs[0]
    kinds = operator_kinds(model)
    edges = []
    for operator, kind in zip(graph.operators, kinds, strict=True):
        source, result = int(operator.inputs[0]), int(operator.outputs[0])
        if kind == "QUANTIZE" and source == int(graph.inputs[0]):
            graph.inputs = np.asarray([result], np.int32)
            edges.append(operator)
        elif kind == "QUANTIZE" and result == int(graph.outputs[0]):
            graph.outputs = np.asarray([source], np.int32)
            edges.append(operator)
    graph.operators = [operator for operator in graph.operators if operator not in edges]
    for signature in model.signatureDefs or []:
        signature.inputs[0].tensorIndex = int(graph.inputs[0])
        signature.outputs[0].tensorIndex = int(graph.outputs[0])
    return packed(model)


def with_metadata(content: bytes, name: str, text: str) -> bytes:
    """The file with a text under a name among its metadata."""
    model = parse_tflite(content)
    buffer, metadata = schema.BufferT(), schema.MetadataT()
    data: Any = np.frombuffer(text.encode(), np.uint8)
    buffer.data = data
    model.buffers.append(buffer)
    metadata.name, metadata.buffer = name, len(model.buffers) - 1
    model.metadata = [*(model.metadata or []), metadata]
    return packed(model)


def metadata_of(content: bytes, name: str) -> str | None:
    """The text under a name among the file's metadata; None where there is none."""
    model = parse_tflite(content)
    for metadata in model.metadata or []:
        if metadata.name.decode() == name:
            return bytes(model.buffers[metadata.buffer].data).decode()
    return None


def _is_clip(operator: Any, kind: str, model: Any) -> bool:
    """Whether it is a lower clip at 0 or an upper clip at 1."""
    if kind in ("RELU", "RELU_0_TO_1"):
        return True
    bounds = {"MINIMUM": 1.0, "MAXIMUM": 0.0}
    if kind not in bounds:
        return False
    constant = model.subgraphs[0].tensors[int(operator.inputs[1])]
    stored = model.buffers[constant.buffer].data
    if stored is None or len(stored) != 1 or constant.quantization.scale is None:
        return False
    level = float(np.asarray(stored, np.uint8).view(np.int8)[0])
    step = float(constant.quantization.scale[0])
    value = (level - float(constant.quantization.zeroPoint[0])) * step
    return abs(value - bounds[kind]) <= step


def has_level_steps(tensor: Any) -> bool:
    """Whether a tensor's steps are levels of 255, as those of a picture or of what is added to one."""
    return abs(float(tensor.quantization.scale[0]) - _PIXEL_SCALE) < 1e-6


def holds_pixels(tensor: Any) -> bool:
    """Whether a tensor's int8 values are those of a picture less 128."""
    return has_level_steps(tensor) and int(tensor.quantization.zeroPoint[0]) == _INT8_BLACK


def packed(model: Any) -> bytes:
    """The bytes of a .tflite file from the schema's ModelT."""
    import flatbuffers

    builder = flatbuffers.Builder(1 << 20)
    builder.Finish(model.Pack(builder), b"TFL3")
    return bytes(builder.Output())
