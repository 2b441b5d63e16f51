"""Deepening: a trained network becomes the start of one with more blocks that answers the same."""

from pathlib import Path

import keras
import numpy as np

from waifu4x_tf.errors import ModelError
from waifu4x_tf.inference.engines import KerasEngine

_CLOSING = "_conv2"  # the convolution of a block whose output is added to the block's input


def start_from(generator: keras.Model, init: Path) -> None:
    """Give a fresh network the weights of a trained one that is as deep as it or shallower.

    Layers are matched by name. The blocks that the trained one lacks come after its own and begin as
    identities: their closing convolution is zero (function-preserving growth of Net2Net, Chen et al. 2015,
    arXiv:1511.05641), so the deeper network starts with the very answers of the shallower one.

    Args:
        generator: Fresh network of `build_generator`; changed in place.
        init: Its trained relative, a ``.keras`` file.

    Raises:
        ModelError: No such file, no Keras network, or one that ``generator`` does not contain.
    """
    trained = KerasEngine.load(init).model
    weights = {layer.name: layer.get_weights() for layer in trained.layers if layer.weights}
    layers = {layer.name: layer for layer in generator.layers if layer.weights}
    unfit = {
        name
        for name, values in weights.items()
        if name not in layers or _shapes(layers[name].get_weights()) != _shapes(values)
    }
    missing = layers.keys() - weights.keys()
    blocks = {name.partition("_")[0] for name in missing}
    if unfit or {f"{block}{end}" for block in blocks for end in ("_conv1", _CLOSING)} != missing:
        raise ModelError(
            "Training starts from weights of the same network, or of one with fewer blocks. Received:"
            f" {init}, which differs in {', '.join(sorted(unfit or missing))}. Change the recipe's arguments."
        )
    for name, values in weights.items():
        layers[name].set_weights(values)
    for name in missing:
        if name.endswith(_CLOSING):
            layers[name].set_weights([np.zeros_like(value) for value in layers[name].get_weights()])


def _shapes(values: list[np.ndarray]) -> list[tuple[int, ...]]:
    return [value.shape for value in values]
