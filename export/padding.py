"""A file for any size that pads for itself: what it gives for a whole picture needs no tiler around it.

A network of "same" convolutions sees zeros beyond a picture's border, which darkens the rim. Here the graph
repeats the border's pixels as far as the network sees, and cuts off what that adds. Every operator is one
whose size LiteRT knows before it runs: behind one of unknown size it would leave the network to its slow
kernels. For the same reason the last row is the first of the picture turned over, not a slice from the end.
"""

from typing import Any

import numpy as np
from ai_edge_litert import schema_py_generated as schema

from export.tflite_graph import TfliteGraph

_HEIGHT_AXIS, _WIDTH_AXIS = 1, 2


def pad_inside(graph: TfliteGraph, radius: int, scale: int) -> None:
    """Repeat the border's pixels before a graph's first operator, and crop after its last.

    Args:
        graph: A generator that takes any size.
        radius: Receptive radius in input pixels.
        scale: Enlargement factor.
    """
    source, result = graph.source, graph.result
    before: list[Any] = []
    padded = source
    for axis in (_HEIGHT_AXIS, _WIDTH_AXIS):
        padded = _with_repeated_ends(graph, before, padded, axis, radius)
    for operator in graph.main.operators:
        operator.inputs = np.asarray([padded if i == source else i for i in operator.inputs], np.int32)
    cropped = graph.add_like(result, "cropped")
    ends = graph.tensor(result), graph.tensor(cropped)
    # The graph's own end stays the one whose sides are marked unknown.
    ends[1].shapeSignature, ends[0].shapeSignature = ends[0].shapeSignature, None
    rim = np.full((2, 2), radius * scale)
    inputs = [result, graph.add_constant("blocks", np.ones(2)), graph.add_constant("rim", rim)]
    # Blocks of 1 x 1 move nothing: what is left of this operator is its crop.
    crop = graph.operator("BATCH_TO_SPACE_ND", inputs, cropped, schema.BatchToSpaceNDOptionsT(), version=2)
    graph.main.operators = [*before, *graph.main.operators, crop]
    graph.set_ends(source, cropped)


def _with_repeated_ends(graph: TfliteGraph, made: list[Any], tensor: int, axis: int, count: int) -> int:
    """Append operators that repeat both ends along an axis; the index of what they give."""
    name = "rows" if axis == _HEIGHT_AXIS else "columns"
    firsts = graph.add_constant(f"first_{name}", np.zeros(count))
    turned, first, last, joined = (
        graph.add_like(tensor, f"{word}_{name}") for word in ("turned", "before", "after", "padded")
    )
    along = graph.add_constant(f"axis_of_{name}", np.asarray([axis]))
    made.append(graph.operator("REVERSE_V2", [tensor, along], turned, schema.ReverseV2OptionsT(), version=3))
    for origin, target in ((tensor, first), (turned, last)):
        options = schema.GatherOptionsT()
        options.axis = axis
        made.append(graph.operator("GATHER", [origin, firsts], target, options, version=2))
    joining: Any = schema.ConcatenationOptionsT()
    joining.axis = axis
    made.append(graph.operator("CONCATENATION", [first, tensor, last], joined, joining, version=2))
    return joined
