"""SRGAN's discriminator: one logit a patch."""

from typing import Any

import keras

from waifu4x_tf.models.layers import batch_normalization


def build_discriminator(
    *, patch_size: int = 96, width: int = 64, dense_width: int = 1024, name: str = "discriminator"
) -> keras.Model:
    """Discriminator of SRGAN, Ledig et al. 2017 (arXiv:1609.04802, section 2.1 and figure 4).

    Eight 3x3 convolutions with ``width`` to ``8 * width`` channels, every second one with stride 2 (96x96
    becomes 6x6x512), LeakyReLU 0.2, BN from the second on, then two dense layers. The output is a logit: the
    paper's sigmoid belongs to the loss. The picture is taken to [-1, 1] first, where the paper's is.

    Args:
        patch_size: Height and width of the patches; the first dense layer fixes them.
        width: Channels of the first convolution.
        dense_width: Units of the first dense layer.
        name: Name of the Keras model.

    Returns:
        Functional model, float32: ``(N, patch_size, patch_size, 3)`` RGB in [0, 1] to logits ``(N, 1)``,
        positive for "a real picture".
    """
    patch: Any = keras.Input((patch_size, patch_size, 3), dtype="float32", name="patch")
    x = keras.layers.Rescaling(2.0, -1.0, name="rescaling")(patch)
    for index in range(8):
        x = keras.layers.Conv2D(
            width * 2 ** (index // 2),
            3,
            strides=1 + index % 2,
            padding="same",
            use_bias=index == 0,  # BN would subtract it again
            kernel_initializer="he_normal",
            name=f"conv{index + 1}",
        )(x)
        if index > 0:
            x = batch_normalization(f"norm{index + 1}")(x)
        x = keras.layers.LeakyReLU(0.2, name=f"leaky{index + 1}")(x)
    x = keras.layers.Flatten(name="flatten")(x)
    x = keras.layers.Dense(dense_width, name="dense")(x)
    x = keras.layers.LeakyReLU(0.2, name="dense_leaky")(x)
    return keras.Model(patch, keras.layers.Dense(1, dtype="float32", name="logit")(x), name=name)
