"""What stands in a model's graph: a .tflite's operators, and the receptive radius of a model without a card.

The bound is the sum over all convolutions, which is exact for a chain and too large, never too small, for
branches: a larger radius costs time, a smaller one would leave seams.
"""

from typing import TYPE_CHECKING, Any

from waifu4x_tf.errors import ModelError

if TYPE_CHECKING:
    import keras

_POINTWISE_OPS = frozenset(
    {
        *("ADD", "SUB", "MUL", "DIV", "NEG", "ABS", "SQUARE", "SQRT", "MINIMUM", "MAXIMUM"),
        *("RELU", "RELU6", "RELU_N1_TO_1", "RELU_0_TO_1", "PRELU", "LEAKY_RELU", "ELU", "GELU"),
        *("LOGISTIC", "TANH", "HARD_SWISH", "QUANTIZE", "DEQUANTIZE", "CAST", "DEPTH_TO_SPACE"),
        *("CONCATENATION", "SPLIT", "SPLIT_V", "SHAPE", "PACK", "STRIDED_SLICE", "DELEGATE"),
        "RESIZE_NEAREST_NEIGHBOR",
    }
)
_CONVOLUTION_OPS = frozenset({"CONV_2D", "DEPTHWISE_CONV_2D", "TRANSPOSE_CONV"})
_POINTWISE_LAYERS = frozenset(
    {
        *("InputLayer", "Activation", "ReLU", "LeakyReLU", "PReLU", "ELU", "Sigmoid", "Tanh", "Clip"),
        *("Add", "Subtract", "Multiply", "Divide", "Average", "Maximum", "Minimum", "Abs"),
        *("Concatenate", "GetItem", "BatchNormalization", "Rescaling", "Dropout", "Identity"),
        "DepthToSpace",
    }
)
_CONVOLUTION_LAYERS = frozenset({"Conv2D", "DepthwiseConv2D", "SeparableConv2D", "Conv2DTranspose"})


def keras_radius(model: "keras.Model", source: str | None = None) -> int:
    """Bound of the receptive radius in input pixels.

    Args:
        model: A built network.
        source: What messages call it; its own name by default.

    Raises:
        ModelError: The graph holds something whose reach is unknown.
    """
    radius = 0
    for operation in getattr(model, "operations", model.layers):  # a Sequential has layers alone
        kind = type(operation).__name__
        if kind in _CONVOLUTION_LAYERS:
            layer: Any = operation
            if kind != "Conv2DTranspose" and max(layer.strides) > 1:
                raise _unknown(source or model.name, f"{kind} with strides {layer.strides}")
            radius += max(k // 2 * d for k, d in zip(layer.kernel_size, layer.dilation_rate, strict=True))
        elif kind not in _POINTWISE_LAYERS:
            raise _unknown(source or model.name, kind)
    return radius


def parse_tflite(content: bytes) -> Any:
    """The schema's ModelT of a .tflite file: plain objects that can be read and changed."""
    from ai_edge_litert import schema_py_generated as schema  # 0.3 s, and upscaling does without it

    return schema.ModelT.InitFromObj(schema.Model.GetRootAsModel(content, 0))


def operator_kinds(model: Any) -> list[str]:
    """Names of the main graph's operators in their order; custom and Flex ones have their own names."""
    from ai_edge_litert import schema_py_generated as schema

    names = {value: name for name, value in vars(schema.BuiltinOperator).items() if not name.startswith("_")}

    def name(code: Any) -> str:
        if code.customCode:
            return code.customCode.decode()
        number = max(code.builtinCode, code.deprecatedBuiltinCode)
        return names.get(number, f"operator {number}")  # newer than the installed schema

    return [name(model.operatorCodes[operator.opcodeIndex]) for operator in model.subgraphs[0].operators]


def tflite_radius(content: bytes, source: str) -> int:
    """Bound of the receptive radius in input pixels of a .tflite file.

    Raises:
        ModelError: The graph holds something whose reach is unknown.
    """
    model = parse_tflite(content)
    graph = model.subgraphs[0]
    radius = 0
    for operator, kind in zip(graph.operators, operator_kinds(model), strict=True):
        if kind in _CONVOLUTION_OPS:
            options = operator.builtinOptions
            if kind != "TRANSPOSE_CONV" and max(options.strideH, options.strideW) > 1:
                raise _unknown(source, f"{kind} with strides {options.strideH}x{options.strideW}")
            height, width = (int(edge) for edge in graph.tensors[operator.inputs[1]].shape[1:3])
            dilation = max(getattr(options, "dilationHFactor", 1), getattr(options, "dilationWFactor", 1))
            radius += max(height // 2, width // 2) * dilation
        elif kind not in _POINTWISE_OPS:
            raise _unknown(source, kind)
    return radius


def _unknown(source: str, kind: str) -> ModelError:
    return ModelError(
        "Without a card, a model's reach is read from its graph of stride-1 convolutions and pointwise"
        f" operators. Received: {source} with {kind}."
        " Put a card (.json with files, scale and receptive_radius) beside it."
    )
