"""Features of VGG19 at any of its convolutions.

Nothing here is a Keras layer or variable: weights are plain tensors in a plain object, so that a model whose
loss holds them neither trains nor saves them.
"""

from collections.abc import Iterable
from os import PathLike
from typing import Any

from keras import ops

from waifu4x_tf.errors import ConfigError
from waifu4x_tf.losses.vgg19_weights import LAYERS, VGG19Weights, block_of, down_to, read_weights


def vgg19_features(
    layers: str | Iterable[str],
    weights: str | PathLike[str] | None = "imagenet",
    *,
    after_activation: bool = True,
    seed: int = 0,
    dtype: str = "float32",
) -> "VGG19Features":
    """VGG19 down to the deepest of some layers.

    Args:
        layers: One or several of conv1_1, ... conv5_4, the paper's names.
        weights: Where the numbers come from:

            - "imagenet": those of `keras.applications.VGG19`, downloaded at the first use;
            - the path of a file of such a network without its top: ``.weights.h5``, ``.h5`` or ``.keras``;
            - the path of an ``.npz`` of normalised weights, from conv1_1 down to any layer. ``conv0_kernel``
              ``(1, 1, 3, 3)`` and ``conv0_bias`` map RGB in [0, 1] to the first layer's input,
              ``convI_J_kernel`` is HWIO, ``convI_J_bias`` stands beside it. Each channel's mean activation
              is 1 (Gatys et al. 2015, arXiv:1505.07376), so that features need no factor; the networks in
              use with such weights pad by reflection, and so does this one;
            - None: drawn from ``seed``, for tests; all else is as with the original weights.
        after_activation: After the layer's ReLU (SRGAN) or before it (ESRGAN, arXiv:1809.00219).
        seed: Of drawn weights; the others ignore it.
        dtype: What the convolutions compute in: "bfloat16" is faster where the processor has it.

    Returns:
        A function of RGB; with the original weights its features are scaled by 1 / 12.75, as SRGAN's.

    Raises:
        ConfigError: An unknown layer; weights that are not there, are no VGG19 or not deep enough.
    """
    names = (layers,) if isinstance(layers, str) else tuple(layers)
    unknown = [name for name in names if name not in LAYERS]
    if unknown or not names:
        raise ConfigError(
            f"Layers of VGG19 are {', '.join(LAYERS)}. "
            f"Received: {', '.join(map(repr, unknown)) or 'none'}. Choose one or several of these."
        )
    deepest = max(names, key=LAYERS.index)
    stored = read_weights(weights, deepest, seed)
    return VGG19Features(stored, names, after_activation=after_activation, dtype=dtype)


class VGG19Features:
    """Function from RGB to features, made by `vgg19_features`. It ends with the deepest layer asked for.

    Args:
        weights: Weights, down to the deepest of ``layers`` at least.
        layers: Names of layers.
        after_activation: Whether features are taken after the layer's ReLU.
        dtype: What the convolutions compute in.
    """

    def __init__(
        self,
        weights: VGG19Weights,
        layers: tuple[str, ...],
        *,
        after_activation: bool,
        dtype: str = "float32",
    ) -> None:
        self.layers = layers
        self.dtype = dtype
        self.after_activation = after_activation
        self._deepest = max(layers, key=LAYERS.index)
        self._reflect = weights.reflect
        self._feature_scale = weights.feature_scale
        self._input_matrix = ops.convert_to_tensor(weights.input_matrix, "float32")
        self._input_bias = ops.convert_to_tensor(weights.input_bias, "float32")
        self._convolutions = {
            name: tuple(ops.cast(ops.convert_to_tensor(array), dtype) for array in weights.convolutions[name])
            for name in down_to(self._deepest)
        }

    def __call__(self, rgb: Any) -> dict[str, Any]:
        """Features of pictures.

        Args:
            rgb: ``(N, H, W, 3)`` in [0, 1], of any float dtype.

        Returns:
            Name of a layer -> float32 ``(N, H // r, W // r, C)``, ``r = 2 ** (block - 1)``, in the order
            asked for. Of 96x96 pixels conv2_2 is 48x48x128, conv5_4 is 6x6x512.

        Raises:
            ConfigError: The pictures are too small for the deepest layer.
        """
        self._check_size(tuple(rgb.shape))
        x = ops.cast(self._first_input(ops.cast(rgb, "float32")), self.dtype)
        features = {}
        block = 1
        for name, (kernel, bias) in self._convolutions.items():
            if block_of(name) > block:
                block = block_of(name)
                x = ops.max_pool(x, 2, strides=2, padding="valid", data_format="channels_last")
            before: Any = ops.add(self._convolution(x, kernel), bias)
            x = ops.relu(before)
            if name in self.layers:
                taken = x if self.after_activation else before
                features[name] = ops.multiply(ops.cast(taken, "float32"), self._feature_scale)
        return {name: features[name] for name in self.layers}

    def _first_input(self, rgb: Any) -> Any:
        # Products and a sum, no matmul: on GPUs that rounds to 10 bits (TF32), here a quarter of a level.
        products = ops.multiply(ops.expand_dims(rgb, -1), self._input_matrix)
        return ops.add(ops.sum(products, axis=-2), self._input_bias)

    def _convolution(self, x: Any, kernel: Any) -> Any:
        if not self._reflect:
            return ops.conv(x, kernel, padding="same", data_format="channels_last")
        x = ops.pad(x, ((0, 0), (1, 1), (1, 1), (0, 0)), mode="reflect")
        return ops.conv(x, kernel, padding="valid", data_format="channels_last")

    def _check_size(self, shape: tuple) -> None:
        least_px = 2 ** (block_of(self._deepest) - 1) * (2 if self._reflect else 1)
        if any(side is not None and side < least_px for side in shape[1:3]):
            raise ConfigError(
                f"Features of {self._deepest} need pictures of {least_px} px or more a side. "
                f"Received: shape {shape}. Take larger patches or a layer before it."
            )
