"""Keras networks rewritten into others of the same outputs, of operators that more targets run."""

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
from keras import ops


def folded(model: keras.Model) -> keras.Model:
    """Without batch normalisation: each is multiplied into the convolution before it.

    A batch normalisation in inference mode is ``x * factor + offset`` by channel; so are a convolution's
    kernel and bias. One that does not follow a plain convolution of its own is left as it is.

    Args:
        model: Functional generator.

    Returns:
        A network of the same outputs, rounding apart; the layers that did not change are shared.
    """
    replaced, gone = {}, set()
    for conv, norm in _foldable(model):
        replaced[conv.name] = _with_norm(conv, norm)
        gone.add(norm.name)

    def call(operation: Any, *args: Any, **kwargs: Any) -> Any:
        if operation.name in gone:
            return args[0]
        return replaced.get(operation.name, operation)(*args, **kwargs)

    return _rebuilt(model, call) if gone else model


def without_prelu(model: keras.Model) -> keras.Model:
    """Every PReLU as ``relu(x) + alpha * (x - relu(x))``, exactly the same numbers.

    Args:
        model: Functional generator.
    """

    def call(operation: Any, *args: Any, **kwargs: Any) -> Any:
        if not isinstance(operation, keras.layers.PReLU):
            return operation(*args, **kwargs)
        positive = ops.relu(args[0])
        return ops.add(positive, ops.multiply(ops.subtract(args[0], positive), np.asarray(operation.alpha)))

    return _rebuilt(model, call)


def without_depth_to_space(model: keras.Model) -> keras.Model:
    """Every depth_to_space as a transposed convolution whose kernel holds ones and zeros.

    Each value is added to zeros alone, so the numbers are exactly the same.

    Args:
        model: Functional generator.
    """

    def call(operation: Any, *args: Any, **kwargs: Any) -> Any:
        if type(operation).__name__ != "DepthToSpace":
            return operation(*args, **kwargs)
        block, channels = operation.block_size, args[0].shape[-1] // operation.block_size**2
        # Input channel (row * block + column) * channels + c goes to pixel (row, column), channel c.
        kernel = np.zeros((block, block, channels, block * block * channels), np.float32)
        for row, column, channel in np.ndindex(block, block, channels):
            kernel[row, column, channel, (row * block + column) * channels + channel] = 1
        layer: Any = keras.layers.Conv2DTranspose(
            channels, block, strides=block, use_bias=False, name=f"{operation.name}_as_convolution"
        )
        result = layer(*args)
        layer.set_weights([kernel])
        return result

    return _rebuilt(model, call)


def _rebuilt(model: keras.Model, call: Callable[..., Any]) -> keras.Model:
    return keras.models.clone_model(model, clone_function=lambda layer: layer, call_function=call)


def _foldable(model: keras.Model) -> list[tuple[Any, Any]]:
    """Convolutions whose only reader in this graph is a batch normalisation, each with that one."""
    graph: Any = model  # a layer may stand in other graphs too: only this one's nodes count
    nodes = [node for level in graph._nodes_by_depth.values() for node in level]
    readers: dict[str, list[Any]] = {}
    for node in nodes:
        for tensor in node.input_tensors:
            readers.setdefault(tensor._keras_history.operation.name, []).append(node.operation)
    return [
        (node.operation, readers[node.operation.name][0])
        for node in nodes
        if isinstance(node.operation, keras.layers.Conv2D)
        and node.operation.activation is keras.activations.linear
        and len(readers.get(node.operation.name, [])) == 1
        and isinstance(readers[node.operation.name][0], keras.layers.BatchNormalization)
    ]


def _with_norm(conv: Any, norm: Any) -> keras.layers.Conv2D:
    mean, variance = (np.asarray(values, np.float64) for values in (norm.moving_mean, norm.moving_variance))
    gamma = np.asarray(norm.gamma, np.float64) if norm.scale else 1.0
    beta = np.asarray(norm.beta, np.float64) if norm.center else 0.0
    factor = gamma / np.sqrt(variance + norm.epsilon)
    bias = np.asarray(conv.bias, np.float64) if conv.use_bias else 0.0
    result: Any = keras.layers.Conv2D.from_config({**conv.get_config(), "use_bias": True})
    result.build((None, None, None, conv.kernel.shape[2]))
    result.set_weights([np.asarray(conv.kernel, np.float64) * factor, beta + (bias - mean) * factor])
    return result
