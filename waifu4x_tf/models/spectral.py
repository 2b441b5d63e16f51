"""Spectral normalisation whose kernel stays the trained one and whose gradient knows the norm."""

import keras
from keras import ops

from waifu4x_tf.errors import ModelError


@keras.saving.register_keras_serializable(package="waifu4x")
class SpectralConv2D(keras.layers.Conv2D):
    """Convolution with ``kernel / sigma``, Miyato et al. 2018 (arXiv:1802.05957, algorithm 1).

    ``sigma`` is the largest singular value of the kernel as a matrix ``(height * width * in,
    filters)``, found by power iteration from a stored vector ``u``. Every call iterates from it; only
    training stores the outcome, so evaluating changes nothing. The stored kernel is never rewritten, and the
    gradient flows through ``sigma`` (section 2.3): Keras' own wrapper overwrites the one and skips the other.

    Args:
        filters: Number of output channels.
        kernel_size: Height and width of the filters.
        power_iterations: Steps of the power iteration a call; the paper uses 1.
        **kwargs: Those of `keras.layers.Conv2D`.

    Raises:
        ModelError: ``power_iterations`` is less than 1.
    """

    def __init__(
        self, filters: int, kernel_size: int | tuple[int, int], *, power_iterations: int = 1, **kwargs
    ) -> None:
        super().__init__(filters, kernel_size, **kwargs)
        if power_iterations < 1:
            raise ModelError(f"power_iterations is at least 1. Received: {power_iterations}. Use 1.")
        self.power_iterations = power_iterations

    def build(self, input_shape) -> None:
        """Add the vector ``u`` ``(1, filters)`` to the convolution's weights."""
        super().build(input_shape)
        self.u = self.add_weight(
            shape=(1, self.filters),
            initializer=keras.initializers.RandomNormal(),
            trainable=False,
            autocast=False,
            aggregation="only_first_replica",  # all replicas hold the same kernel, so all find the same u
            name="u",
        )

    def call(self, inputs, training=None):
        """Convolve as `keras.layers.Conv2D`, with the normalised kernel."""
        outputs = self.convolution_op(inputs, self._normalised_kernel(bool(training)))
        if self.use_bias:
            axes = (1, 1, 1, -1) if self.data_format == "channels_last" else (1, -1, 1, 1)
            outputs = ops.add(outputs, ops.reshape(self.bias, axes))
        return outputs if self.activation is None else self.activation(outputs)

    def _normalised_kernel(self, store_u: bool):
        """Kernel of spectral norm 1; found in the variables' dtype, since u must stay a unit vector."""
        kernel = ops.cast(self.kernel, self.variable_dtype)
        matrix = ops.reshape(kernel, (-1, self.filters))
        constant = ops.stop_gradient(matrix)
        u = v = ops.convert_to_tensor(self.u)
        for _ in range(self.power_iterations):
            v = ops.normalize(ops.matmul(u, ops.transpose(constant)))
            u = ops.normalize(ops.matmul(v, constant))
        if store_u:
            self.u.assign(u)
        sigma = ops.matmul(ops.matmul(v, matrix), ops.transpose(u))
        sigma = ops.maximum(ops.reshape(sigma, ()), keras.config.epsilon())  # a kernel of zeros stays one
        return ops.cast(ops.divide(kernel, sigma), self.compute_dtype)

    def save_own_variables(self, store) -> None:
        """Save what `keras.layers.Conv2D` saves, and ``u``."""
        super().save_own_variables(store)
        if self.built:
            store["u"] = self.u

    def load_own_variables(self, store) -> None:
        """The counterpart."""
        super().load_own_variables(store)
        if self.built:
            self.u.assign(store["u"])

    def get_config(self) -> dict:
        """Constructor arguments."""
        return {**super().get_config(), "power_iterations": self.power_iterations}
