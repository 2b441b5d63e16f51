"""Losses that compare pixel by pixel."""

import keras
from keras import ops

from waifu4x_tf.errors import ConfigError
from waifu4x_tf.losses.colour import HSVMSE, LabMSE


@keras.saving.register_keras_serializable(package="waifu4x")
class Charbonnier(keras.losses.Loss):
    """``mean(sqrt((x - y)^2 + epsilon^2))``: L1 with a smooth minimum.

    Charbonnier et al. 1994; for super-resolution Lai et al. 2017 (LapSRN, arXiv:1704.03915).

    Args:
        epsilon: Width of the smooth part, in units of the pixels (1 / 255 is one level).
        **kwargs: ``reduction``, ``name``, ``dtype`` of `keras.losses.Loss`.
    """

    def __init__(self, epsilon: float = 1e-3, name: str = "charbonnier", **kwargs) -> None:
        super().__init__(name=name, **kwargs)
        self.epsilon = epsilon

    def call(self, y_true, y_pred):
        """Per-pixel loss ``(N, H, W)`` of two tensors ``(N, H, W, C)``, averaged over ``C``."""
        squared = ops.square(ops.subtract(y_pred, y_true))
        return ops.mean(ops.sqrt(ops.add(squared, self.epsilon**2)), axis=-1)

    def get_config(self) -> dict:
        """Constructor arguments."""
        return {**super().get_config(), "epsilon": self.epsilon}


PIXEL_LOSSES = {
    "mae": keras.losses.MeanAbsoluteError,
    "mse": keras.losses.MeanSquaredError,
    "charbonnier": Charbonnier,
    "lab_mse": LabMSE,
    "hsv_mse": HSVMSE,
}


def pixel_loss(name: str) -> keras.losses.Loss:
    """Pixel loss on RGB in [0, 1] by its name: "mae", "mse", "charbonnier", "lab_mse" or "hsv_mse".

    Raises:
        ConfigError: Unknown name.
    """
    if name not in PIXEL_LOSSES:
        raise ConfigError(
            f"A pixel loss is one of {', '.join(PIXEL_LOSSES)}. Received: {name!r}. Choose one of these."
        )
    return PIXEL_LOSSES[name]()
