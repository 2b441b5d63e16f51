"""The optimizers a recipe can name."""

import math
from typing import Any

import keras
from keras import ops

_COEFFICIENTS = (3.4445, -4.7750, 2.0315)
_ITERATIONS = 5


class Muon(keras.optimizers.Adam):
    """Orthogonalised momentum for the inner convolutions, Adam for all other variables.

    The kernel of a convolution is taken as a matrix ``(kh * kw * C_in, C_out)``; its momentum (Nesterov) is
    replaced by the nearest matrix with equal singular values, approximated with Newton-Schulz iterations
    (Jordan et al. 2024, https://kellerjordan.github.io/posts/muon), and scaled to a root mean square of
    ``update_rms``, so that both kinds share one learning rate (Liu et al. 2025, arXiv:2502.16982; they take
    0.2, that of Adam's updates, and for these networks more is better). Keras' Muon leaves kernels of four
    dimensions to Adam.

    Args:
        learning_rate: A number or a schedule.
        matrix_momentum: Of the orthogonalised variables.
        update_rms: Root mean square of their steps, in learning rates.
        adam_layers: Layers left to Adam: the first and the last, as Muon's authors advise.
        **kwargs: Of `keras.optimizers.Adam`.
    """

    def __init__(
        self,
        learning_rate: Any = 1e-3,
        *,
        matrix_momentum: float = 0.95,
        update_rms: float = 0.4,
        adam_layers: tuple[str, ...] = ("head", "tail"),
        name: str = "muon",
        **kwargs: Any,
    ) -> None:
        super().__init__(learning_rate, name=name, **kwargs)
        self.matrix_momentum = matrix_momentum
        self.update_rms = update_rms
        self.adam_layers = tuple(adam_layers)

    def build(self, variables: list[keras.Variable]) -> None:
        """Make the slots, and note which variables are orthogonalised: a step gets the backend's own."""
        super().build(variables)
        self._matrices = {
            self._get_variable_index(variable)
            for variable in variables
            if len(variable.shape) == 4 and not set(variable.path.split("/")) & set(self.adam_layers)
        }

    def update_step(self, gradient: Any, variable: Any, learning_rate: Any) -> None:
        """One step of one variable."""
        index = self._get_variable_index(variable)
        if index not in self._matrices:
            super().update_step(gradient, variable, learning_rate)
            return
        momentum = self._momentums[index]
        self.assign(momentum, ops.add(ops.multiply(momentum, self.matrix_momentum), gradient))
        ahead = ops.add(gradient, ops.multiply(momentum, self.matrix_momentum))
        rows, columns = math.prod(variable.shape[:-1]), variable.shape[-1]
        update = orthogonalised(ops.reshape(ahead, (rows, columns)))
        step = ops.multiply(update, self.update_rms * math.sqrt(max(rows, columns)))
        rate = ops.cast(learning_rate, variable.dtype)
        self.assign_sub(variable, ops.reshape(ops.multiply(step, rate), variable.shape))

    def get_config(self) -> dict[str, Any]:
        """Constructor arguments."""
        return {
            **super().get_config(),
            "matrix_momentum": self.matrix_momentum,
            "update_rms": self.update_rms,
            "adam_layers": list(self.adam_layers),
        }


def orthogonalised(matrix: Any) -> Any:
    """A matrix ``(M, N)`` with the same singular vectors and singular values near 1 (0.7 to 1.2)."""
    tall = matrix.shape[0] > matrix.shape[1]
    x: Any = ops.transpose(matrix) if tall else matrix
    x = ops.divide(x, ops.add(ops.norm(x), 1e-7))
    a, b, c = _COEFFICIENTS
    for _ in range(_ITERATIONS):
        square: Any = ops.matmul(x, ops.transpose(x))
        fourth: Any = ops.matmul(square, square)
        x = a * x + ops.matmul(b * square + c * fourth, x)
    return ops.transpose(x) if tall else x


OPTIMIZERS = {"adam": keras.optimizers.Adam, "muon": Muon}
