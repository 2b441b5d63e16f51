"""A loss on what a generator repeats from small pixel to small pixel."""

from typing import Any

import keras
from keras import ops

from waifu4x_tf.errors import ConfigError


@keras.saving.register_keras_serializable(package="waifu4x")
class CheckerboardLoss(keras.losses.Loss):
    """Strength of errors that repeat every ``scale`` pixels along a row or a column.

    A picture does not know where its small pixels lay; a generator that ends in sub-pixel convolution can
    answer each of their places a little differently all along a line (Odena et al. 2016,
    https://distill.pub/2016/deconv-checkerboard), a ladder that pixel losses hardly count and that an
    adversary may take for texture. Along every row and column the error is averaged over ``period`` small
    pixels, each place within the small pixel by itself; what the places have in common is an error of another
    kind and is taken away.

    Args:
        scale: Enlargement factor ``r`` of the generator.
        period: Small pixels over which a repetition counts.
        **kwargs: ``reduction``, ``name``, ``dtype`` of `keras.losses.Loss`.
    """

    def __init__(self, scale: int = 4, period: int = 8, name: str = "checkerboard", **kwargs: Any) -> None:
        super().__init__(name=name, **kwargs)
        self.scale = scale
        self.period = period

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """Mean absolute pattern of each picture ``(N,)`` of two tensors ``(N, H, W, C)``, H and W static.

        A rest of rows and columns that fills no whole period is left out.

        Raises:
            ConfigError: The pictures are smaller than one period.
        """
        span = self.scale * self.period
        if any(side < span for side in y_pred.shape[1:3]):
            raise ConfigError(
                f"A pattern that repeats is looked for in {span} px or more. Received: shape"
                f" {tuple(y_pred.shape)}. Take larger patches or a shorter period."
            )
        error = ops.subtract(y_pred, y_true)
        return ops.add(self._along_columns(error), self._along_columns(ops.transpose(error, (0, 2, 1, 3))))

    def _along_columns(self, error: Any) -> Any:
        height, width, channels = error.shape[1:]
        span = self.scale * self.period
        rows = error[:, : height // span * span]
        rows = ops.reshape(rows, (-1, height // span, self.period, self.scale, width * channels))
        repeated: Any = ops.mean(rows, axis=2)
        pattern = ops.subtract(repeated, ops.mean(repeated, axis=2, keepdims=True))
        return ops.mean(ops.abs(pattern), axis=(1, 2, 3))

    def get_config(self) -> dict:
        """Constructor arguments."""
        return {**super().get_config(), "scale": self.scale, "period": self.period}
