"""Quantisation-aware training: the network computes as its int8 file will, and learns to answer well so."""

from typing import Any

import keras
from keras import ops
from keras.quantizers import fake_quant_with_min_max_vars

_KERNEL_STEPS = 127
_LEVEL = 1 / 255
_MOMENTUM = 0.99


def quantisation_aware(generator: keras.Model) -> keras.Model:
    """The same layers and variables, with rounded kernels and rounded values between the layers.

    What is rounded is what full int8 rounds (Jacob et al. 2018, arXiv:1712.05877): each kernel to 127 steps
    on either side of 0, an output channel at a time; what a convolution or sum puts out to 255 steps over
    a range that is held. The last sum is the picture itself: it is left alone, and its terms have steps of
    one level of 255, as `export.rewrite.residual_in_levels` gives them. Gradients pass the rounding unchanged
    (the straight-through estimator, Bengio et al. 2013, arXiv:1308.3432). They do not reach the width of the
    steps: with TensorFlow, training through the batch's range does not repeat bit for bit.

    Args:
        generator: Functional model of convolutions, sums and operators without variables. In mixed_bfloat16
            the steps are found in float32, and the rounded values have bfloat16's precision besides.

    Returns:
        A model that shares the generator's layers: training it trains the generator. Its variables, and their
        order, are the generator's, but for the ranges, which are not trainable.
    """
    sums = [layer for layer in generator.layers if isinstance(layer, keras.layers.Add)]
    terms = set()
    if sums:
        terms = {tensor._keras_history.operation.name for tensor in sums[-1].input}

    def call(layer: keras.layers.Layer, *args: Any, **kwargs: Any) -> Any:
        if isinstance(layer, keras.layers.Conv2D):
            x = RoundedConv2D(layer, name=layer.name, dtype=layer.dtype_policy)(*args)
        elif layer in sums[:-1]:
            x = layer(*args, **kwargs)
        else:
            return layer(*args, **kwargs)
        return Rounded(_LEVEL if layer.name in terms else None, dtype=layer.dtype_policy)(x)

    return keras.models.clone_model(generator, clone_function=lambda layer: layer, call_function=call)


class RoundedConv2D(keras.layers.Wrapper):
    """A `keras.layers.Conv2D` whose kernel is rounded in every call."""

    def call(self, inputs: Any) -> Any:
        """As the wrapped layer, ``(N, H, W, C)`` to ``(N, H', W', filters)``."""
        conv: Any = self.layer
        kernel = ops.cast(conv.kernel, "float32")
        step = ops.divide(ops.max(ops.abs(kernel), axis=(0, 1, 2)), _KERNEL_STEPS)
        kernel = rounded(kernel, ops.maximum(step, keras.config.epsilon()))
        outputs = conv.convolution_op(inputs, ops.cast(kernel, self.compute_dtype))
        if conv.use_bias:
            outputs = ops.add(outputs, conv.bias)
        return conv.activation(outputs)


class Rounded(keras.layers.Layer):
    """Rounds to whole steps.

    Args:
        step: Width of a step; by default a 255th of the range from the smallest to the largest value, in
            which 0 always lies. As in a file that range is held, so what lies outside comes back as its end
            and passes no gradient: in training it follows the batches as a moving average (Jacob et al.
            2018), and before any training it is the batch's own.
    """

    def __init__(self, step: float | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.step = step

    def build(self, input_shape: Any) -> None:
        """Room for the moving average: of both ends, and how much of it has been filled."""
        if self.step is None:
            self.seen: Any = self.add_weight(
                shape=(3,), initializer="zeros", trainable=False, dtype="float32", name="range"
            )

    def call(self, inputs: Any, training: bool | None = None) -> Any:
        """A tensor of any shape to one of the same shape."""
        if self.step is not None:
            return rounded(inputs, self.step)
        values = ops.cast(inputs, "float32")
        lowest = ops.minimum(ops.min(values), -keras.config.epsilon())
        batch = ops.stop_gradient(ops.stack([lowest, ops.maximum(ops.max(values), 0.0), 1.0]))
        seen: Any = ops.convert_to_tensor(self.seen)
        if training:
            seen = ops.add(ops.multiply(seen, _MOMENTUM), ops.multiply(batch, 1 - _MOMENTUM))
            self.seen.assign(seen)
        held: Any = ops.where(ops.greater(seen[2], 0), seen, batch)
        ends: Any = ops.divide(held[:2], held[2])
        return ops.cast(fake_quant_with_min_max_vars(values, ends[0], ends[1]), inputs.dtype)


def rounded(x: Any, step: Any) -> Any:
    """``x`` to whole multiples of ``step``; its gradient by ``x`` is 1, by ``step`` 0."""
    change = ops.subtract(ops.multiply(ops.round(ops.divide(x, step)), step), x)
    return ops.add(x, ops.stop_gradient(change))
