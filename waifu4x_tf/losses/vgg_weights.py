"""Weights of VGG19 and VGG16 (Simonyan and Zisserman 2014, arXiv:1409.1556): where they come from."""

import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from os import PathLike, fspath
from pathlib import Path

import keras
import numpy as np

from waifu4x_tf.errors import ConfigError

_BLOCKS = {
    "vgg19": ((64, 2), (128, 2), (256, 4), (512, 4), (512, 4)),
    "vgg16": ((64, 2), (128, 2), (256, 3), (512, 3), (512, 3)),
}
"""Channels and number of the 3x3 convolutions between two poolings."""

_CHANNELS = {
    backbone: {
        f"conv{block}_{index}": channels
        for block, (channels, count) in enumerate(blocks, start=1)
        for index in range(1, count + 1)
    }
    for backbone, blocks in _BLOCKS.items()
}
LAYERS = {backbone: tuple(channels) for backbone, channels in _CHANNELS.items()}
"""Each network's convolutions by the paper's names, conv1_1 first, in order."""

BGR_MEANS = (103.939, 116.779, 123.68)
"""Of ImageNet, in levels: what the original network's input is centred by."""

SRGAN_FEATURE_SCALE = 1 / 12.75
"""Brings features of the original weights to the size of pixels (Ledig et al. 2017, section 3.2)."""

Convolutions = Mapping[str, tuple[np.ndarray, np.ndarray]]
"""Name of a layer -> kernel ``(3, 3, C_in, C_out)``, HWIO, and bias ``(C_out,)``."""

_ELSEWHERE: ContextVar[str | None] = ContextVar("vgg weights", default=None)


@contextmanager
def vgg_weights_from(source: str | PathLike[str]) -> Iterator[None]:
    """Saved models that are loaded inside take VGG's weights from here, not from where they were.

    A saved model names the file of VGG's weights and does not hold them.

    Args:
        source: "imagenet" or a file, as `waifu4x_tf.losses.vgg.vgg_features` takes it.
    """
    token = _ELSEWHERE.set(fspath(source))
    try:
        yield
    finally:
        _ELSEWHERE.reset(token)


def remembered_weights(saved: str | None) -> str | None:
    """Where a loaded object takes VGG's weights from.

    Args:
        saved: Where it took them from when it was saved; None for drawn ones.

    Raises:
        ConfigError: That file is not there any more.
    """
    if saved is None or (elsewhere := _ELSEWHERE.get()) is None:
        if saved not in (None, "imagenet") and not Path(saved).expanduser().is_file():
            raise ConfigError(
                f"A saved model names the file of VGG's weights, which it does not hold. Received: {saved!r},"
                " which is not there. Put it there, or load the model inside"
                " `with vgg_weights_from(FILE):` of waifu4x_tf.losses.vgg_weights; without its losses"
                " `load_model(..., compile=False)` loads it too."
            )
        return saved
    return elsewhere


@dataclass(frozen=True)
class VGGWeights:
    """The numbers of a VGG and how it wants its input and gives its output.

    Attributes:
        convolutions: Kernels and biases by name, conv1_1 first.
        input_matrix: ``(3, 3)``; the input is ``rgb @ input_matrix + input_bias`` for RGB in [0, 1].
        input_bias: ``(3,)``.
        reflect: Whether a convolution sees its input reflected at the edges; otherwise surrounded by zeros.
        feature_scale: Factor of every feature, where features are not normalised.
        kind: "original", "channel-wise normalised" or "drawn".
    """

    convolutions: Convolutions
    input_matrix: np.ndarray
    input_bias: np.ndarray
    reflect: bool
    feature_scale: float
    kind: str


def block_of(name: str) -> int:
    """Number of a layer's block: 3 of "conv3_1". Before it lie as many poolings, less one."""
    return int(name.removeprefix("conv").split("_")[0])


def down_to(name: str, backbone: str = "vgg19") -> tuple[str, ...]:
    """The layers from conv1_1 to the named one."""
    layers = LAYERS[backbone]
    return layers[: layers.index(name) + 1]


def read_weights(
    source: str | PathLike[str] | None, deepest: str, seed: int = 0, backbone: str = "vgg19"
) -> VGGWeights:
    """Weights down to a layer from any source that `waifu4x_tf.losses.vgg.vgg_features` names.

    Raises:
        ConfigError: A file that is not there, is none of this network or ends above ``deepest``; a failed
            download.
    """
    if source is None:
        return _as_original(_drawn(deepest, seed, backbone), "drawn")
    if source == "imagenet":
        return _as_original(_of_keras(_downloaded(backbone), deepest, backbone))
    path = Path(source).expanduser()
    if path.suffix not in (".h5", ".keras", ".npz"):
        raise ConfigError(
            'Weights of VGG are "imagenet" or a file .h5, .weights.h5, .keras or .npz. '
            f"Received: {str(source)!r}. Give one of these."
        )
    if not path.is_file():
        raise ConfigError(
            f"A file of VGG's weights must exist. Received: {str(path)!r}. "
            'Give the path of one, or "imagenet" to have it downloaded.'
        )
    try:
        if path.suffix == ".npz":
            return _of_npz(path, deepest, backbone)
        with warnings.catch_warnings():
            # Of layers that a file does not fit, Keras only warns.
            warnings.simplefilter("error", UserWarning)
            network = _opened(path, backbone)
        return _as_original(_of_keras(network, deepest, backbone))
    except (ValueError, OSError, KeyError, UserWarning) as error:
        raise ConfigError(
            f"A file of {backbone.upper()}'s weights holds those of keras.applications.{backbone.upper()}"
            "(include_top=False), or is an .npz with conv0, conv1_1 and so on, or block1_conv1_W and so on."
            f" Received: {str(path)!r} ({error}). Save it anew from one of these, or name the other backbone."
        ) from error


def _drawn(deepest: str, seed: int, backbone: str) -> Convolutions:
    """He et al. 2015: activations keep their size from layer to layer."""
    rng = np.random.default_rng(seed)
    convolutions = {}
    for name in down_to(deepest, backbone):
        shape = _kernel_shape(name, backbone)
        kernel = rng.standard_normal(shape, np.float32) * np.float32(np.sqrt(2 / np.prod(shape[:3])))
        convolutions[name] = (kernel, np.zeros(shape[3], np.float32))
    return convolutions


def _keras_network(backbone: str, weights: str) -> keras.Model:
    return getattr(keras.applications, backbone.upper())(include_top=False, weights=weights)


def _downloaded(backbone: str) -> keras.Model:
    try:
        return _keras_network(backbone, "imagenet")
    except Exception as error:  # Keras raises a bare Exception when a download fails
        raise ConfigError(
            f'The weights "imagenet" are downloaded by Keras at their first use. Received: {error}. '
            "Without a network, give the path of a file of them."
        ) from error


def _opened(path: Path, backbone: str) -> keras.Model:
    if path.suffix == ".keras":
        model = keras.saving.load_model(path, compile=False)
        if not isinstance(model, keras.Model):
            raise ValueError(f"it holds a {type(model).__name__}")
        return model
    return _keras_network(backbone, str(path))


def _of_keras(model: keras.Model, deepest: str, backbone: str) -> Convolutions:
    convolutions = {}
    for name in down_to(deepest, backbone):
        kernel, bias = model.get_layer(_keras_name(name)).get_weights()
        convolutions[name] = (_checked(name, kernel, backbone), bias)
    return convolutions


def _keras_name(name: str) -> str:
    return name.replace("conv", "block").replace("_", "_conv")


def _as_original(convolutions: Convolutions, kind: str = "original") -> VGGWeights:
    return VGGWeights(
        convolutions=convolutions,
        input_matrix=255 * np.eye(3, dtype=np.float32)[::-1],
        input_bias=-np.array(BGR_MEANS, np.float32),
        reflect=False,
        feature_scale=SRGAN_FEATURE_SCALE,
        kind=kind,
    )


def _of_npz(path: Path, deepest: str, backbone: str) -> VGGWeights:
    with np.load(path, allow_pickle=False) as arrays:
        is_normalised = "conv0_kernel" in arrays
        ends = ("kernel", "bias") if is_normalised else ("W", "b")

        def stored(name: str) -> list[str]:
            return [f"{name if is_normalised else _keras_name(name)}_{end}" for end in ends]

        layers = LAYERS[backbone]
        held = [name for name in layers if stored(name)[0] in arrays]
        if held and layers.index(deepest) > layers.index(held[-1]):
            raise ConfigError(
                f"A layer must not lie deeper than the weights go; those of {str(path)!r} end with "
                f"{held[-1]}. Received: {deepest}. Ask for {held[-1]} or a layer before it, or give complete "
                "weights."
            )
        convolutions = {}
        for name in down_to(deepest, backbone):
            kernel, bias = (arrays[key].astype(np.float32) for key in stored(name))
            convolutions[name] = (_checked(name, kernel, backbone), bias)
        if not is_normalised:
            return _as_original(convolutions)
        return VGGWeights(
            convolutions=convolutions,
            input_matrix=arrays["conv0_kernel"].reshape(3, 3),
            input_bias=arrays["conv0_bias"],
            reflect=True,
            feature_scale=1.0,
            kind="channel-wise normalised",
        )


def _checked(name: str, kernel: np.ndarray, backbone: str) -> np.ndarray:
    if kernel.shape != _kernel_shape(name, backbone):
        raise ValueError(f"{name} is {_kernel_shape(name, backbone)}, here {kernel.shape}")
    return kernel


def _kernel_shape(name: str, backbone: str) -> tuple[int, int, int, int]:
    channels = _CHANNELS[backbone]
    inputs = (3, *channels.values())[LAYERS[backbone].index(name)]
    return (3, 3, inputs, channels[name])
