"""Features of VGG19 and VGG16 at any of their convolutions.

Nothing here is a Keras layer or variable: weights are plain tensors in a plain object, so that a model whose
loss holds them neither trains nor saves them.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from os import PathLike
from typing import Any
from weakref import WeakValueDictionary

import numpy as np
from keras import ops

from waifu4x_tf.errors import ConfigError
from waifu4x_tf.losses.vgg_weights import LAYERS, VGGWeights, block_of, down_to, read_weights

_DRAWINGS, _DRAWING_PX, _SEED = 9, 64, 19  # one drawing of each kind


def vgg_features(
    layers: str | Iterable[str],
    weights: str | PathLike[str] | None = "imagenet",
    *,
    backbone: str = "vgg19",
    after_activation: bool = True,
    normalise: bool = False,
    seed: int = 0,
    dtype: str = "float32",
) -> "VGGFeatures":
    """A VGG down to the deepest of some layers.

    Args:
        layers: One or several of conv1_1, ... conv5_4 (of VGG16 conv5_3), the papers' names.
        weights: Where the numbers come from:

            - "imagenet": those of `keras.applications`, downloaded at the first use;
            - the path of a file of such a network without its top: ``.weights.h5``, ``.h5`` or ``.keras``;
            - the path of an ``.npz`` of normalised weights, from conv1_1 down to any layer. ``conv0_kernel``
              ``(1, 1, 3, 3)`` and ``conv0_bias`` map RGB in [0, 1] to the first layer's input,
              ``convI_J_kernel`` is HWIO, ``convI_J_bias`` stands beside it. Each channel's mean activation
              is 1 (Gatys et al. 2015, arXiv:1505.07376), so that features need no factor; the networks in
              use with such weights pad by reflection, and so does this one;
            - the path of an ``.npz`` of Keras' weights, from ``block1_conv1_W`` and ``block1_conv1_b`` down;
            - None: drawn from ``seed``, for tests; all else is as with the original weights.
        backbone: "vgg19" or "vgg16".
        after_activation: After the layer's ReLU (SRGAN) or before it (ESRGAN, arXiv:1809.00219).
        normalise: Whether a layer's features are divided by their mean after its ReLU over a fixed set of
            drawings, so that they are of one size whatever the weights. Otherwise those of original weights
            are multiplied by 1 / 12.75, as SRGAN's, and those of normalised ones left as they are.
        seed: Of drawn weights; the others ignore it.
        dtype: What the convolutions compute in: "bfloat16" is faster where the processor has it.

    Returns:
        A function of RGB.

    Raises:
        ConfigError: An unknown backbone or layer; weights that are not there, are none of the backbone or not
            deep enough.
    """
    if backbone not in LAYERS:
        raise ConfigError(
            f"The backbone of features is one of {', '.join(LAYERS)}. Received: {backbone!r}. Choose one."
        )
    known = LAYERS[backbone]
    names = (layers,) if isinstance(layers, str) else tuple(layers)
    unknown = [name for name in names if name not in known]
    if unknown or not names:
        raise ConfigError(
            f"Layers of {backbone.upper()} are {', '.join(known)}. "
            f"Received: {', '.join(map(repr, unknown)) or 'none'}. Choose one or several of these."
        )
    stored = read_weights(weights, max(names, key=known.index), seed, backbone)
    scales = None
    if normalise:
        scales = _scales(VGGFeatures(stored, names, after_activation=True, backbone=backbone))
    return VGGFeatures(
        stored, names, after_activation=after_activation, dtype=dtype, backbone=backbone, scales=scales
    )


def _scales(features: "VGGFeatures") -> dict[str, float]:
    """What makes the mean of each layer over the drawings 1."""
    from waifu4x_tf.data.procedural import draw_rgb

    side = _DRAWING_PX
    drawings = [draw_rgb(index, seed=_SEED, width=side, height=side) for index in range(_DRAWINGS)]
    rgb = np.stack(drawings).astype(np.float32) / np.float32(255)
    return {
        name: features.scales[name] / max(float(np.mean(np.asarray(values), dtype=np.float64)), 1e-12)
        for name, values in features(rgb).items()
    }


_KNOWN: ContextVar[dict[tuple[int, ...], Any] | None] = ContextVar("features already computed", default=None)


@contextmanager
def features_computed_once() -> Iterator[None]:
    """Inside, convolutions of one tensor with the same weights are computed once, and so is their gradient.

    The tensors must stay alive meanwhile.
    """
    token = _KNOWN.set({})
    try:
        yield
    finally:
        _KNOWN.reset(token)


_TENSORS: WeakValueDictionary[tuple[bytes, tuple, str], Any] = WeakValueDictionary()


def _shared_tensor(array: np.ndarray, dtype: str) -> Any:
    """The array as a tensor, the same one for equal arrays.

    Two losses on the features of one picture are then equal operations in a graph, computed once.
    """
    key = (hashlib.sha256(array.tobytes()).digest(), array.shape, dtype)
    if (tensor := _TENSORS.get(key)) is None:
        tensor = _TENSORS[key] = ops.cast(ops.convert_to_tensor(array), dtype)
    return tensor


def _convolved(x: Any, kernel: Any, padding: str) -> Any:
    """A 3x3 convolution whose gradient is the convolution with the kernel turned round.

    By arithmetic it is that; TensorFlow's own gradient takes up to four times as long on a CPU. None reaches
    the kernel.
    """

    @ops.custom_gradient
    def convolve(x: Any) -> Any:
        def gradient(*arguments: Any, upstream: Any = None) -> Any:
            upstream = arguments[0] if upstream is None else upstream
            turned = ops.transpose(ops.flip(kernel, axis=(0, 1)), (0, 1, 3, 2))
            if padding == "valid":
                upstream = ops.pad(upstream, ((0, 0), (1, 1), (1, 1), (0, 0)))
            return ops.conv(upstream, turned, padding="same", data_format="channels_last")

        return ops.conv(x, kernel, padding=padding, data_format="channels_last"), gradient

    return convolve(x)


class VGGFeatures:
    """Function from RGB to features, made by `vgg_features`. It ends with the deepest layer asked for.

    Args:
        weights: Weights, down to the deepest of ``layers`` at least.
        layers: Names of layers.
        after_activation: Whether features are taken after the layer's ReLU.
        dtype: What the convolutions compute in.
        backbone: Whose weights they are.
        scales: Factor of each layer's features; by default that of the weights.

    Attributes:
        scales: Factor of each layer's features.
        kind: Of the weights: "original", "channel-wise normalised" or "drawn".
    """

    def __init__(
        self,
        weights: VGGWeights,
        layers: tuple[str, ...],
        *,
        after_activation: bool,
        dtype: str = "float32",
        backbone: str = "vgg19",
        scales: Mapping[str, float] | None = None,
    ) -> None:
        self.layers = layers
        self.kind = weights.kind
        self.scales = dict(scales or dict.fromkeys(layers, weights.feature_scale))
        self.dtype = dtype
        self.after_activation = after_activation
        self._deepest = max(layers, key=LAYERS[backbone].index)
        self._reflect = weights.reflect
        self._input_matrix = _shared_tensor(weights.input_matrix, "float32")
        self._input_bias = _shared_tensor(weights.input_bias, "float32")
        self._convolutions = {
            name: tuple(_shared_tensor(array, dtype) for array in weights.convolutions[name])
            for name in down_to(self._deepest, backbone)
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
        known = _KNOWN.get()
        x: Any = None
        features = {}
        block = 1
        for name, (kernel, bias) in self._convolutions.items():
            if block_of(name) > block:
                block = block_of(name)
                x = ops.max_pool(x, 2, strides=2, padding="valid", data_format="channels_last")
            key = id(rgb), id(kernel), self._reflect
            before = known.get(key) if known is not None else None
            if before is None:
                x = self._first_input(rgb) if x is None else x
                before = ops.add(self._convolution(x, kernel), bias)
                if known is not None:
                    known[key] = before
            x = ops.relu(before)
            if name in self.layers:
                taken = x if self.after_activation else before
                features[name] = ops.multiply(ops.cast(taken, "float32"), self.scales[name])
        return {name: features[name] for name in self.layers}

    def _first_input(self, rgb: Any) -> Any:
        # Products and a sum, no matmul: on GPUs that rounds to 10 bits (TF32), here a quarter of a level.
        products = ops.multiply(ops.expand_dims(ops.cast(rgb, "float32"), -1), self._input_matrix)
        return ops.cast(ops.add(ops.sum(products, axis=-2), self._input_bias), self.dtype)

    def _convolution(self, x: Any, kernel: Any) -> Any:
        if not self._reflect:
            return _convolved(x, kernel, "same")
        return _convolved(ops.pad(x, ((0, 0), (1, 1), (1, 1), (0, 0)), mode="reflect"), kernel, "valid")

    def _check_size(self, shape: tuple) -> None:
        least_px = 2 ** (block_of(self._deepest) - 1) * (2 if self._reflect else 1)
        if any(side is not None and side < least_px for side in shape[1:3]):
            raise ConfigError(
                f"Features of {self._deepest} need pictures of {least_px} px or more a side. "
                f"Received: shape {shape}. Take larger patches or a layer before it."
            )
