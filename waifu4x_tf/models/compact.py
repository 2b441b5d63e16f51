"""The default generator: made for CPUs and phones."""

from typing import Any

import keras
from keras import ops

from waifu4x_tf.models.layers import frozen_bilinear_phases

_TAIL_STDDEV = 5e-5  # the untrained network starts close to plain bilinear interpolation


def build_compact(*, scale: int = 4, width: int = 64, blocks: int = 6, name: str = "compact") -> keras.Model:
    """Residual ReLU network without batch normalisation, all of its work at low resolution.

    One 3x3 convolution, ``blocks`` residual blocks of two 3x3 convolutions (the block of EDSR, Lim et al.
    2017, arXiv:1707.02921, without its scaling), one last 3x3 convolution to ``3 * scale**2`` channels, added
    to the bilinear enlargement of the picture (an image-space residual) and unfolded once by sub-pixel
    convolution (Shi et al. 2016, arXiv:1609.05158). ReLU, because int8 runs several times faster with it than
    with PReLU.

    Args:
        scale: Enlargement factor ``r``, 2 or 4.
        width: Channels of the inner convolutions.
        blocks: Number of residual blocks.
        name: Name of the Keras model.

    Returns:
        Functional model, float32: ``(N, H, W, 3)`` RGB in [0, 1] to ``(N, r * H, r * W, 3)`` in [0, 1].
        Receptive radius: ``2 * blocks + 2`` input pixels.
    """

    def conv(filters: int, layer_name: str, activation: str | None = None, **kwargs) -> keras.layers.Conv2D:
        kwargs.setdefault("kernel_initializer", "he_normal")
        return keras.layers.Conv2D(
            filters, 3, padding="same", activation=activation, name=layer_name, **kwargs
        )

    picture: Any = keras.Input((None, None, 3), dtype="float32", name="picture")
    x = conv(width, "head", "relu")(picture)
    for index in range(1, blocks + 1):
        inner = conv(width, f"block{index}_conv1", "relu")(x)
        # Small first steps: a sum of `blocks` unscaled He-initialised branches would multiply the variance.
        inner = conv(width, f"block{index}_conv2", kernel_initializer=_scaled_he(1.0 / blocks))(inner)
        x = keras.layers.Add(name=f"block{index}_add")([x, inner])
    tail_start = keras.initializers.RandomNormal(stddev=_TAIL_STDDEV)
    x = conv(3 * scale * scale, "tail", kernel_initializer=tail_start, dtype="float32")(x)
    # In this order: the other way round the TFLite converter moves the tail's bias onto the bilinear picture,
    # which then takes twice its range in int8, and flat fields change by several levels.
    x = keras.layers.Add(name="residual", dtype="float32")([x, frozen_bilinear_phases(picture, scale)])
    x = ops.clip(x, 0.0, 1.0)
    return keras.Model(picture, ops.depth_to_space(x, scale), name=name)


def _scaled_he(scale: float) -> keras.initializers.Initializer:
    return keras.initializers.VarianceScaling(2.0 * scale, mode="fan_in", distribution="truncated_normal")
