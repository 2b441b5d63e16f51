"""Small networks with lively random weights, so that a wrong tile or a lost weight shows."""

import numpy as np


def tiny_generator(width: int = 8, blocks: int = 2, scale: int = 4):
    import keras

    from waifu4x_tf.models.zoo import build_generator

    keras.utils.set_random_seed(7)
    model = build_generator("compact", scale=scale, width=width, blocks=blocks)
    rng = np.random.default_rng(7)
    for layer in model.layers:
        if layer.weights and layer.trainable and layer.name != "tail":
            kernel, bias = layer.get_weights()
            layer.set_weights([kernel, rng.normal(0, 0.05, bias.shape)])
    tail = model.get_layer("tail")
    kernel, bias = tail.get_weights()
    tail.set_weights([rng.normal(0, 0.03, kernel.shape), bias])
    return model


def with_a_dead_layer(name: str = "block1_conv1"):
    return killed(tiny_generator(), name)


def killed(model, name: str):
    """The model, one of its layers 0 everywhere after ReLU."""
    kernel, bias = model.get_layer(name).get_weights()
    model.get_layer(name).set_weights([np.zeros_like(kernel), np.full_like(bias, -1)])
    return model


def upscaler_of(network, name: str = "tiny"):
    from waifu4x_tf.inference.engines import KerasEngine
    from waifu4x_tf.inference.graph import keras_radius
    from waifu4x_tf.inference.upscaler import Upscaler

    # As training and export measure: the network by itself.
    return Upscaler(KerasEngine(network), name=name, scale=4, radius=keras_radius(network), raw=True)
