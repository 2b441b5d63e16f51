"""Where a .tflite for tiles of one size names that size, so that the page can write another one there."""

from typing import Any

from ai_edge_litert import schema_py_generated as schema

_INT32_BYTES = 4


def size_places(content: bytes, side_px: int, scale: int) -> list[list[int]]:
    """Every place of the file that holds a height, which a width of the same size follows.

    These are the shapes ``(1, H, W, C)`` of all tensors that are computed, and the constants that give a
    transposed convolution its output's shape.

    Args:
        content: A .tflite for tiles of one size.
        side_px: Height and width of its input.
        scale: Enlargement factor.

    Returns:
        Pairs (offset, factor) in the order of the file: at the offset stands an int32, ``factor`` times the
        height of a tile, with the width in the four bytes after it.

    Raises:
        ValueError: It is no .tflite, or a tensor's size follows from the tile's in another way.
    """
    if not schema.Model.ModelBufferHasIdentifier(content, 0):
        raise ValueError("the identifier TFL3")
    model: Any = schema.Model.GetRootAs(content, 0)
    graph, factors = model.Subgraphs(0), {side_px: 1, side_px * scale: scale}
    computed = set(graph.InputsAsNumpy().tolist())  # of the picture, not of weights alone
    places = {index: _shape_of(graph.Tensors(index)) for index in computed}
    for operator in map(graph.Operators, range(graph.OperatorsLength())):
        inputs, outputs = operator.InputsAsNumpy().tolist(), operator.OutputsAsNumpy().tolist()
        if computed.isdisjoint(inputs):
            continue
        computed.update(outputs)
        places |= {index: _shape_of(graph.Tensors(index)) for index in outputs}
        for index in set(inputs) - computed - {-1}:
            tensor = graph.Tensors(index)
            if tensor.Type() == schema.TensorType.INT32 and tensor.ShapeAsNumpy().tolist() == [4]:
                buffer = model.Buffers(tensor.Buffer())
                places[index] = _start(buffer), buffer.DataAsNumpy().view("<i4").tolist()
    for _, shape in places.values():
        if len(shape) != 4 or shape[0] != 1 or shape[1] != shape[2] or shape[1] not in factors:
            raise ValueError(f"tensors of {side_px} px alone, but one of {shape}")
    return sorted([start + _INT32_BYTES, factors[shape[1]]] for start, shape in places.values())


def _shape_of(tensor: Any) -> tuple[int, list[int]]:
    """Where a tensor's shape stands in the file, and the shape."""
    return _start(tensor), tensor.ShapeAsNumpy().tolist() if tensor.ShapeLength() else []


def _start(table: Any) -> int:
    """Where the vector of a table's first field stands: a tensor's shape, a buffer's data."""
    return int(table._tab.Vector(table._tab.Offset(4)))
