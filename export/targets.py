"""Which operators of a .tflite an accelerator would leave to the CPU, and why.

Read off each target's own sources and documentation (TensorFlow Lite 2.2x, LiteRT 2): the tables name the
operators that upscaling networks use, so "not listed" means "not known to run". Nothing here was run on such
a device. Each crossing to the CPU and back copies the picture.
"""

from dataclasses import dataclass
from typing import Any

from ai_edge_litert import schema_py_generated as schema

from export.tflite_graph import TfliteGraph

_INT8 = frozenset({schema.TensorType.INT8, schema.TensorType.UINT8})
_EVERYWHERE = frozenset(
    ("ADD", "CONV_2D", "DEPTHWISE_CONV_2D", "CONCATENATION", "TRANSPOSE_CONV", "MUL", "SUB")
)
_BOUNDS = frozenset(("RELU", "RELU6", "MINIMUM", "MAXIMUM"))
_CONVERSIONS = frozenset(("QUANTIZE", "DEQUANTIZE"))
_ALL = "everything"


@dataclass(frozen=True)
class Target:
    """Something that runs a network instead of the plain CPU kernels.

    Attributes:
        name: As app makers know it.
        float_operators: That it runs in float.
        int8_operators: That it runs in full int8.
        fixed_size: Whether every shape must be written down in the file.
        remark: What else to know.
    """

    name: str
    float_operators: frozenset[str]
    int8_operators: frozenset[str]
    fixed_size: bool
    remark: str


TARGETS = (
    Target(
        "CPU (XNNPACK)",
        _EVERYWHERE | _BOUNDS | _CONVERSIONS | {"RELU_N1_TO_1", "RELU_0_TO_1", "PRELU", "DEPTH_TO_SPACE"},
        _EVERYWHERE | _CONVERSIONS | {"DEPTH_TO_SPACE"},
        fixed_size=False,
        remark="on by default in LiteRT, on phones as in this library",
    ),
    Target(
        "GPU (LiteRT 2)",
        _EVERYWHERE | _BOUNDS | {"DEQUANTIZE", "PRELU", "LEAKY_RELU", "DEPTH_TO_SPACE"},
        _EVERYWHERE | _BOUNDS | _CONVERSIONS | {"PRELU", "LEAKY_RELU", "DEPTH_TO_SPACE"},
        fixed_size=True,
        remark="computes in half precision where it is allowed to; int8 is computed in float there",
    ),
    Target(
        "older GPU delegate",
        _EVERYWHERE | _BOUNDS | {"DEQUANTIZE", "PRELU", "LEAKY_RELU"},
        _EVERYWHERE | _BOUNDS | _CONVERSIONS | {"PRELU", "LEAKY_RELU"},
        fixed_size=True,
        remark="of TensorFlow Lite before its parser knew depth_to_space",
    ),
    Target(
        "NPU",
        frozenset(),
        _EVERYWHERE | _BOUNDS | _CONVERSIONS | {"PRELU", "DEPTH_TO_SPACE"},
        fixed_size=True,
        remark="wants full int8; each maker's driver decides for itself",
    ),
    Target(
        "browser (LiteRT.js, WebGPU)",
        _EVERYWHERE | _BOUNDS | {"DEQUANTIZE", "PRELU"},
        frozenset(),
        fixed_size=True,
        remark="int8 files run on wasm instead, whose kernels are XNNPACK's",
    ),
)


def left_to_cpu(graph: TfliteGraph) -> dict[str, list[str]]:
    """For each target the operators that it would not run, each with the reason; empty lists are good news.

    Where a target runs nothing of the file, the one reason begins with "everything".
    """
    ends = [graph.tensor(index) for index in (graph.source, graph.result)]
    dynamic = any(end.shapeSignature is not None and -1 in end.shapeSignature for end in ends)
    operators = [(kind, _types(graph, operator)) for operator, kind in graph.operators]
    found = {}
    for target in TARGETS:
        reasons = [f"{_ALL}: wants fixed shapes"] if dynamic and target.fixed_size else []
        reasons += [reason for kind, types in operators if (reason := _reason(target, kind, types))]
        whole = [reason for reason in reasons if reason.startswith(_ALL)]
        found[target.name] = whole[:1] or list(dict.fromkeys(reasons))
    return found


def _reason(target: Target, kind: str, types: frozenset[int]) -> str:
    """Why this target does not run an operator; empty where it does."""
    if kind.startswith("Flex"):
        return f"{kind}: a TensorFlow operator that no phone runs"
    if schema.TensorType.INT16 in types:
        return f"{_ALL}: 16-bit activations"
    arithmetic = "int8" if types <= _INT8 else "float"
    operators = target.int8_operators if arithmetic == "int8" else target.float_operators
    if kind in operators or (kind in _CONVERSIONS and kind in target.int8_operators | target.float_operators):
        return ""
    return f"{kind}: not in {arithmetic}" if operators else f"{_ALL}: {arithmetic}"


def _types(graph: TfliteGraph, operator: Any) -> frozenset[int]:
    """Types of the values that an operator takes and gives; its weights aside."""
    tensors = [graph.tensor(index) for index in (*operator.inputs, *operator.outputs) if index >= 0]
    return frozenset(tensor.type for tensor in tensors if graph.data(tensor) is None)
