"""SRGAN's discriminator: the paper's sizes, and its forward pass in NumPy."""

from itertools import pairwise
from typing import Any

import keras
import numpy as np
import pytest
from network_checks import answer, lively, trainable_count, weights_of
from numpy_layers import convolve, normalise, rectify

from waifu4x_tf.models.discriminator import build_discriminator


def tiny(patch_size: int = 17) -> keras.Model:
    keras.utils.set_random_seed(7)
    return build_discriminator(patch_size=patch_size, width=2, dense_width=5)


def test_the_convolutions_have_the_papers_sizes():
    model = build_discriminator(dense_width=1)
    layers: list[Any] = [model.get_layer(f"conv{index}") for index in range(1, 9)]
    assert [layer.output.shape[1:] for layer in layers] == [
        *((96, 96, 64), (48, 48, 64), (48, 48, 128), (24, 24, 128)),
        *((24, 24, 256), (12, 12, 256), (12, 12, 512), (6, 6, 512)),
    ]
    assert sum(isinstance(layer, keras.layers.BatchNormalization) for layer in model.layers) == 7
    assert model.output_shape == (None, 1)


def test_number_of_parameters():
    widths = [3, 64, 64, 128, 128, 256, 256, 512, 512]
    kernels = sum(9 * before * after for before, after in pairwise(widths))
    norms = sum(widths[2:])
    dense = (6 * 6 * 512 + 1) * 1024 + 1024 + 1
    model = build_discriminator()
    assert trainable_count(model) == kernels + 64 + 2 * norms + dense == 23_563_649
    assert model.count_params() == 23_563_649 + 2 * norms == 23_567_361


def test_it_equals_numpys_layers():
    model = lively(tiny())
    patch = np.random.default_rng(1).random((3, 17, 17, 3), np.float32)
    x = rectify(convolve(2 * patch - 1, *weights_of(model, "conv1")), 0.2)
    for index in range(2, 9):
        (kernel,) = weights_of(model, f"conv{index}")
        gamma, beta, mean, variance = weights_of(model, f"norm{index}")
        x = convolve(x, kernel, strides=2 - index % 2)
        x = rectify(normalise(x, gamma, beta, mean, variance), 0.2)
    assert x.shape == (3, 2, 2, 16)
    for layer in ("dense", "logit"):
        kernel, bias = weights_of(model, layer)
        x = x.reshape(3, -1) @ kernel + bias
        x = rectify(x, 0.2) if layer == "dense" else x
    np.testing.assert_allclose(answer(model, patch), x, rtol=0, atol=1e-5)


@pytest.mark.parametrize("patch_size", [1, 16, 31])
def test_a_patch_of_any_size_gives_one_logit(patch_size):
    patches = np.zeros((2, patch_size, patch_size, 3), np.float32)
    assert answer(tiny(patch_size), patches).shape == (2, 1)
