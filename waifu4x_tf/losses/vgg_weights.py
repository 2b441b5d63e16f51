"""Weights of VGG19 (Simonyan and Zisserman 2014, arXiv:1409.1556): where they come from, what they expect."""

from collections.abc import Mapping
from dataclasses import dataclass
from os import PathLike
from pathlib import Path

import keras
import numpy as np

from waifu4x_tf.errors import ConfigError

_BLOCKS = ((64, 2), (128, 2), (256, 4), (512, 4), (512, 4))
"""Channels and number of the 3x3 convolutions between two poolings."""

_CHANNELS = {
    f"conv{block}_{index}": channels
    for block, (channels, count) in enumerate(_BLOCKS, start=1)
    for index in range(1, count + 1)
}
LAYERS = tuple(_CHANNELS)
"""The convolutions by the paper's names, conv1_1 to conv5_4, in order."""

BGR_MEANS = (103.939, 116.779, 123.68)
"""Of ImageNet, in levels: what the original network's input is centred by."""

SRGAN_FEATURE_SCALE = 1 / 12.75
"""Brings features of the original weights to the size of pixels (Ledig et al. 2017, section 3.2)."""

Convolutions = Mapping[str, tuple[np.ndarray, np.ndarray]]
"""Name of a layer -> kernel ``(3, 3, C_in, C_out)``, HWIO, and bias ``(C_out,)``."""


@dataclass(frozen=True)
class VGG19Weights:
    """The numbers of a VGG19 and how it wants its input and gives its output.

    Attributes:
        convolutions: Kernels and biases by name, conv1_1 first.
        input_matrix: ``(3, 3)``; the input is ``rgb @ input_matrix + input_bias`` for RGB in [0, 1].
        input_bias: ``(3,)``.
        reflect: Whether a convolution sees its input reflected at the edges; otherwise surrounded by zeros.
        feature_scale: Factor of every feature.
    """

    convolutions: Convolutions
    input_matrix: np.ndarray
    input_bias: np.ndarray
    reflect: bool
    feature_scale: float


def block_of(name: str) -> int:
    """Number of a layer's block: 3 of "conv3_1". Before it lie as many poolings, less one."""
    return int(name.removeprefix("conv").split("_")[0])


def down_to(name: str) -> tuple[str, ...]:
    """The layers from conv1_1 to the named one."""
    return LAYERS[: LAYERS.index(name) + 1]


def read_weights(source: str | PathLike[str] | None, deepest: str, seed: int = 0) -> VGG19Weights:
    """Weights down to a layer from any source that `waifu4x_tf.losses.vgg19.vgg19_features` names.

    Raises:
        ConfigError: A file that is not there, is no VGG19 or ends above ``deepest``; a failed download.
    """
    if source is None:
        return _as_original(_drawn(deepest, seed))
    if source == "imagenet":
        return _as_original(_of_keras(_downloaded(), deepest))
    path = Path(source).expanduser()
    if path.suffix not in (".h5", ".keras", ".npz"):
        raise ConfigError(
            'Weights of VGG19 are "imagenet" or a file .h5, .weights.h5, .keras or .npz. '
            f"Received: {str(source)!r}. Give one of these."
        )
    if not path.is_file():
        raise ConfigError(
            f"A file of VGG19 weights must exist. Received: {str(path)!r}. "
            'Give the path of one, or "imagenet" to have it downloaded.'
        )
    try:
        if path.suffix == ".npz":
            return _normalised(path, deepest)
        return _as_original(_of_keras(_opened(path), deepest))
    except (ValueError, OSError, KeyError) as error:
        raise ConfigError(
            "A file of VGG19 weights holds those of keras.applications.VGG19(include_top=False), or is an "
            f".npz with conv0, conv1_1 and so on. Received: {str(path)!r} ({error}). "
            "Save it anew from one of these."
        ) from error


def _drawn(deepest: str, seed: int) -> Convolutions:
    """He et al. 2015: activations keep their size from layer to layer."""
    rng = np.random.default_rng(seed)
    convolutions = {}
    for name in down_to(deepest):
        shape = _kernel_shape(name)
        kernel = rng.standard_normal(shape, np.float32) * np.float32(np.sqrt(2 / np.prod(shape[:3])))
        convolutions[name] = (kernel, np.zeros(shape[3], np.float32))
    return convolutions


def _downloaded() -> keras.Model:
    try:
        return keras.applications.VGG19(include_top=False, weights="imagenet")
    except Exception as error:  # Keras raises a bare Exception when a download fails
        raise ConfigError(
            f'The weights "imagenet" are downloaded by Keras at their first use. Received: {error}. '
            "Without a network, give the path of a file of them."
        ) from error


def _opened(path: Path) -> keras.Model:
    if path.suffix == ".keras":
        model = keras.saving.load_model(path, compile=False)
        if not isinstance(model, keras.Model):
            raise ValueError(f"it holds a {type(model).__name__}")
        return model
    return keras.applications.VGG19(include_top=False, weights=str(path))


def _of_keras(model: keras.Model, deepest: str) -> Convolutions:
    convolutions = {}
    for name in down_to(deepest):
        kernel, bias = model.get_layer(name.replace("conv", "block").replace("_", "_conv")).get_weights()
        convolutions[name] = (_checked(name, kernel), bias)
    return convolutions


def _as_original(convolutions: Convolutions) -> VGG19Weights:
    return VGG19Weights(
        convolutions=convolutions,
        input_matrix=255 * np.eye(3, dtype=np.float32)[::-1],
        input_bias=-np.array(BGR_MEANS, np.float32),
        reflect=False,
        feature_scale=SRGAN_FEATURE_SCALE,
    )


def _normalised(path: Path, deepest: str) -> VGG19Weights:
    with np.load(path, allow_pickle=False) as arrays:
        held = [name for name in LAYERS if f"{name}_kernel" in arrays]
        if held and LAYERS.index(deepest) > LAYERS.index(held[-1]):
            raise ConfigError(
                f"A layer must not lie deeper than the weights go; those of {str(path)!r} end with "
                f"{held[-1]}. Received: {deepest}. Ask for {held[-1]} or a layer before it, or give complete "
                "weights."
            )
        return VGG19Weights(
            convolutions={
                name: (_checked(name, arrays[f"{name}_kernel"]), arrays[f"{name}_bias"])
                for name in down_to(deepest)
            },
            input_matrix=arrays["conv0_kernel"].reshape(3, 3),
            input_bias=arrays["conv0_bias"],
            reflect=True,
            feature_scale=1.0,
        )


def _checked(name: str, kernel: np.ndarray) -> np.ndarray:
    if kernel.shape != _kernel_shape(name):
        raise ValueError(f"{name} is {_kernel_shape(name)}, here {kernel.shape}")
    return kernel


def _kernel_shape(name: str) -> tuple[int, int, int, int]:
    inputs = (3, *_CHANNELS.values())[LAYERS.index(name)]
    return (3, 3, inputs, _CHANNELS[name])
