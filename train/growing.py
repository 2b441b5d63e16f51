"""A trained network as a start: deepened by repeating its blocks, and what has died in it re-initialised."""

from collections import Counter
from pathlib import Path

import keras
import numpy as np

from waifu4x_tf.errors import ModelError
from waifu4x_tf.inference.engines import KerasEngine

_OPENING, _CLOSING = "_conv1", "_conv2"  # of a block; the output of the second is added to the block's input


def start_from(generator: keras.Model, init: Path) -> None:
    """Give a fresh network the weights of a trained one that is as deep as it or shallower.

    Layers are matched by name. Where the trained one has fewer blocks, each of its blocks is repeated, as
    evenly as can be, and every copy adds its share: a residual block is a step of Euler's method, and so
    many smaller steps lead to about the same place (Chang et al. 2018, arXiv:1710.10348). As deep as it, the
    network starts with the very answers of the trained one.

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
    if unfit or {f"{block}{end}" for block in blocks for end in (_OPENING, _CLOSING)} != missing:
        raise ModelError(
            "Training starts from weights of the same network, or of one with fewer blocks. Received:"
            f" {init}, which differs in {', '.join(sorted(unfit or missing))}. Change the recipe's arguments."
        )
    sources = _spread(_blocks(trained), _blocks(generator))
    copies = Counter(sources.values())
    for name, layer in layers.items():
        block, _, part = name.partition("_")
        values = weights[f"{sources[block]}_{part}" if block in sources else name]
        share = copies[sources[block]] if name.endswith(_CLOSING) else 1
        layer.set_weights([value / share for value in values])


def _blocks(network: keras.Model) -> list[str]:
    """The names of its residual blocks, from the picture to the answer."""
    return [layer.name.removesuffix(_OPENING) for layer in network.layers if layer.name.endswith(_OPENING)]


def _spread(given: list[str], wanted: list[str]) -> dict[str, str]:
    """Which of the given blocks each of the wanted ones, as many or more, is a copy of."""
    return {block: given[index * len(given) // len(wanted)] for index, block in enumerate(wanted)}


def revive(generator: keras.Model, pictures: np.ndarray) -> int:
    """Begin channels anew that have died: those that ReLU leaves nothing of, anywhere in the pictures.

    No gradient reaches such a channel any more. Between the two convolutions of a residual block it gets
    fresh weights, and what reads it zeros, so that the network's answers to the pictures stay the same.

    Args:
        generator: Changed in place. Networks without such blocks, or with other activations, stay as they
            are.
        pictures: float32 ``(N, H, W, 3)`` in [0, 1], of every kind that the network is for.

    Returns:
        The number of channels re-initialised.
    """
    layers = {layer.name: layer for layer in generator.layers}
    living = living_channels(generator, pictures)
    openings = [
        name
        for name in living
        if name.endswith(_OPENING) and name.removesuffix(_OPENING) + _CLOSING in layers
    ]
    revived = 0
    for name in openings:
        layer, dead = layers[name], ~living[name]
        kernel, bias = layer.get_weights()
        # Other weights than the layer began with, which a run of the same seed may have died of.
        fresh = np.asarray(layer.kernel_initializer.clone()(kernel.shape))
        layer.set_weights([np.where(dead, fresh, kernel), np.where(dead, 0, bias)])
        closing = layers[name.removesuffix(_OPENING) + _CLOSING]
        kernel, bias = closing.get_weights()
        closing.set_weights([np.where(dead[:, None], 0, kernel), bias])
        revived += int(dead.sum())
    return revived


def living_channels(generator: keras.Model, pictures: np.ndarray) -> dict[str, np.ndarray]:
    """Which channels ReLU leaves something of, anywhere in the pictures.

    Returns:
        bool ``(channels,)`` by the name of each convolution with ReLU.
    """
    layers = [
        layer
        for layer in generator.layers
        if isinstance(layer, keras.layers.Conv2D) and layer.activation is keras.activations.relu
    ]
    if not layers:
        return {}
    answers = keras.Model(generator.input, {layer.name: layer.output for layer in layers})(
        pictures, training=False
    )
    return {name: np.asarray(keras.ops.any(answer > 0, axis=(0, 1, 2))) for name, answer in answers.items()}


def _shapes(values: list[np.ndarray]) -> list[tuple[int, ...]]:
    return [value.shape for value in values]
