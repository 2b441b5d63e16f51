"""What a .tflite says of itself: names of its input and output, TFLite Metadata, and this project's own text.

TFLite Metadata is the table ``ModelMetadata`` of metadata_schema.fbs, stored under the name
``TFLITE_METADATA``. The package that wrote it is no longer kept up, so that the few fields which concern a
picture are written here, by their numbers in that schema.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import flatbuffers
from ai_edge_litert import schema_py_generated as schema

from export.tflite_graph import TfliteGraph

OWN_NAME, STANDARD_NAME = "waifu4x", "TFLITE_METADATA"
INPUT_NAME, OUTPUT_NAME = "image", "enlarged"
_IDENTIFIER = b"M001"
_PARSER_VERSION = "1.0.0"
_IMAGE_PROPERTIES, _NORMALIZATION = 2, 1  # which member of a union
_RGB = 1
_LEVELS = 255.0


def describe(graph: TfliteGraph, description: Mapping[str, Any]) -> None:
    """Name a graph's input and output, and write down what they are.

    Args:
        graph: A generator.
        description: Of the file as in model.json, with "name" and "licence".
    """
    for index, name in ((graph.source, INPUT_NAME), (graph.result, OUTPUT_NAME)):
        graph.tensor(index).name = name.encode()
    for signature in graph.model.signatureDefs or []:
        signature.inputs[0].name, signature.outputs[0].name = INPUT_NAME.encode(), OUTPUT_NAME.encode()
    _add(graph, OWN_NAME, json.dumps(description, ensure_ascii=False).encode())
    _add(graph, STANDARD_NAME, _standard(description))


def own_metadata(graph: TfliteGraph) -> dict[str, Any] | None:
    """What `describe` wrote; None where there is nothing."""
    stored = stored_metadata(graph, OWN_NAME)
    return None if stored is None else json.loads(stored)


def stored_metadata(graph: TfliteGraph, name: str) -> bytes | None:
    """The bytes under a name among a file's metadata; None where there are none."""
    for metadata in graph.model.metadata or []:
        if metadata.name.decode() == name:
            return bytes(graph.model.buffers[metadata.buffer].data)
    return None


def _add(graph: TfliteGraph, name: str, content: bytes) -> None:
    metadata: Any = schema.MetadataT()
    metadata.name, metadata.buffer = name.encode(), graph.add_data(content)
    graph.model.metadata = [*(graph.model.metadata or []), metadata]


def _standard(description: Mapping[str, Any]) -> bytes:
    """The bytes of a ``ModelMetadata``."""
    build = flatbuffers.Builder(1024)
    scale, around = description["scale"], description["tile"]["overlap_px"]
    what = "RGB picture"
    if description["padding"] == "caller":
        what += f", of which {around} px on each side are surroundings"
    source = _picture(build, INPUT_NAME, what, description["input"])
    result = _picture(build, OUTPUT_NAME, f"The picture {scale} times larger, RGB", description["output"])
    sources, results = _vector(build, [source]), _vector(build, [result])
    graphs = _vector(build, [_table(build, {2: sources, 3: results})])
    texts = {
        0: description["name"],
        1: f"Enlarges anime pictures {scale} times",
        5: description["licence"],
        7: _PARSER_VERSION,
    }
    written = {number: build.CreateString(text) for number, text in texts.items()}
    build.Finish(_table(build, {**written, 3: graphs}), _IDENTIFIER)
    return bytes(build.Output())


def _picture(build: flatbuffers.Builder, name: str, what: str, tensor: Mapping[str, Any]) -> int:
    """A ``TensorMetadata`` of an RGB picture."""
    low, high = tensor["range"]
    content = _table(build, {1: _table(build, {}, {0: _RGB})}, {0: _IMAGE_PROPERTIES})
    std = _LEVELS / (high - low)  # A value is (level - mean) / std.
    options = _table(build, {0: _floats(build, -low * std), 1: _floats(build, std)})
    units = _vector(build, [_table(build, {1: options}, {0: _NORMALIZATION})])
    stats = _table(build, {0: _floats(build, high), 1: _floats(build, low)})
    texts = {0: build.CreateString(name), 1: build.CreateString(what)}
    return _table(build, {**texts, 3: content, 4: units, 5: stats})


def _table(
    build: flatbuffers.Builder, offsets: Mapping[int, int], enums: Mapping[int, int] | None = None
) -> int:
    """A table of offsets and of enumerations of one byte, both by the numbers of their fields."""
    enums = enums or {}
    build.StartObject(1 + max([*offsets, *enums]))
    for number, offset in offsets.items():
        build.PrependUOffsetTRelativeSlot(number, offset, 0)
    for number, value in enums.items():
        build.PrependUint8Slot(number, value, 0)
    return build.EndObject()


def _vector(build: flatbuffers.Builder, offsets: Sequence[int]) -> int:
    build.StartVector(4, len(offsets), 4)
    for offset in reversed(offsets):
        build.PrependUOffsetTRelative(offset)
    return build.EndVector()


def _floats(build: flatbuffers.Builder, value: float) -> int:
    build.StartVector(4, 1, 4)
    build.PrependFloat32(value)
    return build.EndVector()
