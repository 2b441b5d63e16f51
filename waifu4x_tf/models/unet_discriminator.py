"""A discriminator that gives a logit for every pixel, and one that sees the whole patch behind each."""

from typing import Any

import keras
from keras import ops

from waifu4x_tf.models.spectral import SpectralConv2D


@keras.saving.register_keras_serializable(package="waifu4x")
class EnlargeToSkip(keras.layers.Layer):
    """Bilinear enlargement by 2, cut to the size of the skip connection.

    A stride of 2 makes ``ceil(H / 2)`` of ``H`` and pads an odd ``H`` at its end, so what is too much lies
    there too. Sizes are read when it runs, for graphs of dynamic height and width.
    """

    def call(self, x, skip):
        """``(N, ceil(H / 2), ceil(W / 2), C)`` and ``(N, H, W, any)`` to ``(N, H, W, C)``."""
        wanted: Any = ops.shape(skip)
        large: Any = _doubled(ops.transpose(_doubled(x), (0, 2, 1, 3)))
        return ops.transpose(large[:, : wanted[2], : wanted[1]], (0, 2, 1, 3))

    def compute_output_shape(self, x_shape, skip_shape):
        """The skip's height and width, the other's channels."""
        return (*skip_shape[:3], x_shape[3])


def _doubled(x: Any) -> Any:
    """Twice as many rows, bilinear with half-pixel centres; Keras' resize needs a known number of them."""
    sizes: Any = ops.shape(x)
    above: Any = ops.concatenate([x[:, :1], x[:, :-1]], axis=1)
    below: Any = ops.concatenate([x[:, 1:], x[:, -1:]], axis=1)
    pairs = ops.stack([0.75 * x + 0.25 * above, 0.75 * x + 0.25 * below], axis=2)
    return ops.reshape(pairs, (-1, 2 * sizes[1], *sizes[2:]))


def build_unet_discriminator(
    *, patch_size: int | None = None, width: int = 64, name: str = "unet_discriminator"
) -> keras.Model:
    """U-Net with spectral normalisation, Real-ESRGAN's discriminator (Wang et al. 2021, arXiv:2107.10833).

    The idea of a logit per pixel is Schönfeld et al. 2020 (arXiv:2002.12655). A 3x3 convolution, three 4x4
    ones with stride 2 and doubled channels, then for each of them a bilinear enlargement, a 3x3 convolution
    and the sum with the features of that size, two more 3x3 ones, and the logits. LeakyReLU 0.2. All but the
    first and the last are spectrally normalised and have no bias.

    Args:
        patch_size: Height and width of the patches; None takes any, each call its own.
        width: Channels of the first convolution.
        name: Name of the Keras model.

    Returns:
        Functional model, float32: ``(N, H, W, 3)`` RGB in [0, 1] to logits ``(N, H, W, 1)``, positive for "a
        real pixel". Height and width need not be multiples of 8.
    """

    def spectral(filters: int, size: int, layer_name: str, strides: int = 1) -> SpectralConv2D:
        return SpectralConv2D(filters, size, strides=strides, padding="same", use_bias=False, name=layer_name)

    def leaky(layer_name: str) -> keras.layers.LeakyReLU:
        return keras.layers.LeakyReLU(0.2, name=f"{layer_name}_leaky")

    patch: Any = keras.Input((patch_size, patch_size, 3), dtype="float32", name="patch")
    x = leaky("head")(keras.layers.Conv2D(width, 3, padding="same", name="head")(patch))
    skips = []
    for step in (1, 2, 3):
        skips.append(x)
        x = leaky(f"down{step}")(spectral(width * 2**step, 4, f"down{step}", strides=2)(x))
    for step in (3, 2, 1):
        skip = skips.pop()
        x = EnlargeToSkip(name=f"enlarge{step}")(x, skip)
        x = leaky(f"up{step}")(spectral(width * 2 ** (step - 1), 3, f"up{step}")(x))
        x = keras.layers.Add(name=f"up{step}_add")([x, skip])
    for step in (1, 2):
        x = leaky(f"refine{step}")(spectral(width, 3, f"refine{step}")(x))
    logits = keras.layers.Conv2D(1, 3, padding="same", dtype="float32", name="logits")(x)
    return keras.Model(patch, logits, name=name)
