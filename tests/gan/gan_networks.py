"""A small SRGAN with the same lively weights on every backend; as a script it trains and saves its weights.

python tests/gan/gan_networks.py OUT.npz [--replicas N] [--data-parallel]
"""

import argparse
import json
import math
import sys
from pathlib import Path

import keras
import numpy as np

from waifu4x_tf.gan.srgan import SRGAN
from waifu4x_tf.losses.adversarial import NonSaturatingLoss
from waifu4x_tf.models.layers import batch_normalization
from waifu4x_tf.models.zoo import build_generator

ROOT = Path(__file__).parents[2]
HALF_LIFE = math.log(0.5) / math.log(0.9)  # a momentum of 0.9


def judge() -> keras.Model:
    """A discriminator of patches with a batch normalisation."""
    layers = keras.layers
    picture = keras.Input((None, None, 3))
    x = layers.LeakyReLU(0.2)(layers.Conv2D(8, 3, 2, padding="same")(picture))
    x = layers.Conv2D(8, 3, 2, padding="same")(x)
    x = layers.LeakyReLU(0.2)(batch_normalization("norm")(x))
    return keras.Model(picture, layers.Conv2D(1, 3, padding="same", dtype="float32")(x), name="judge")


def small_gan(optimizer="sgd", *, policy="float32", ema_half_life=HALF_LIFE, terms=None, **options) -> SRGAN:
    """Compiled with L1 and the non-saturating game, or with ``terms``; without XLA, which takes seconds."""
    if keras.backend.backend() == "tensorflow":
        options.setdefault("jit_compile", False)
    keras.config.set_dtype_policy(policy)
    try:
        generator = build_generator("compact", width=8, blocks=2)
        discriminator = judge()
    finally:
        keras.config.set_dtype_policy("float32")
    rng = np.random.default_rng(5)
    for variable in generator.trainable_variables + discriminator.trainable_variables:
        variable.assign(rng.normal(0, 0.1, variable.shape))
    gan = SRGAN(generator, discriminator, ema_half_life=ema_half_life)
    if terms is None:
        terms = {"pixel": keras.losses.MeanAbsoluteError(), "adversarial": NonSaturatingLoss()}
        options.setdefault("weights", {"adversarial": 0.1})
    make = {"sgd": lambda: keras.optimizers.SGD(0.05), "adam": lambda: keras.optimizers.Adam(1e-3)}[optimizer]
    gan.compile(make(), make(), **terms, **options)
    return gan


def noise_pairs(count: int = 8) -> tuple[np.ndarray, np.ndarray]:
    """Small and large pictures of noise."""
    rng = np.random.default_rng(0)
    return rng.random((count, 8, 8, 3), np.float32), rng.random((count, 32, 32, 3), np.float32)


def trained_weights(gan: SRGAN, epochs: int = 2) -> tuple[list[np.ndarray], dict[str, list[float]]]:
    """All weights after so many epochs of two batches of four, and what was logged."""
    told = gan.fit(*noise_pairs(), batch_size=4, epochs=epochs, shuffle=False, verbose=0)  # pyright: ignore
    return gan.get_weights(), told.history


def _main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("out")
    parser.add_argument("--replicas", type=int, default=0)
    parser.add_argument("--data-parallel", action="store_true")
    arguments = parser.parse_args()
    if arguments.replicas:
        import tensorflow as tf

        parts = [tf.config.LogicalDeviceConfiguration()] * arguments.replicas
        tf.config.set_logical_device_configuration(tf.config.list_physical_devices("CPU")[0], parts)
        strategy = tf.distribute.MirroredStrategy([f"CPU:{index}" for index in range(arguments.replicas)])
        with strategy.scope():
            gan = small_gan()
    else:
        if arguments.data_parallel:
            keras.distribution.set_distribution(keras.distribution.DataParallel())
        gan = small_gan()
    weights, history = trained_weights(gan)
    np.savez(arguments.out, *weights)
    sys.stdout.write(json.dumps(history))


if __name__ == "__main__":
    _main()
