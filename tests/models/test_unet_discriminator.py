"""The U-Net discriminator: its published size, its forward pass in NumPy, and any height and width."""

from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
from network_checks import answer, lively, trainable_count, weights_of
from numpy_layers import convolve, rectify

from waifu4x_tf.imaging.interpolation import resize
from waifu4x_tf.models.spectral import SpectralConv2D
from waifu4x_tf.models.unet_discriminator import EnlargeToSkip, build_unet_discriminator


def tiny(patch_size: int | None = None) -> keras.Model:
    keras.utils.set_random_seed(7)
    return build_unet_discriminator(patch_size=patch_size, width=3)


def enlarge(x: np.ndarray) -> np.ndarray:
    size = (2 * x.shape[1], 2 * x.shape[2])
    return np.stack([resize(each.astype(np.float32), size, "bilinear") for each in x])


def test_it_runs_and_trains_in_a_graph_of_any_height_and_width():
    model = tiny()
    patch = np.random.default_rng(3).random((1, 13, 10, 3), np.float32)
    shape = tf.TensorSpec((None, None, None, 3))
    in_graph = tf.function(model, input_signature=[shape], autograph=False)
    np.testing.assert_allclose(in_graph(patch), model(patch), atol=1e-6)
    pairs = tf.data.Dataset.from_generator(
        lambda: iter([(patch, np.ones((1, 13, 10, 1), np.float32))]),
        output_signature=(shape, tf.TensorSpec((None, None, None, 1))),
    )
    model.compile("sgd", "mse")
    assert np.isfinite(model.evaluate(pairs, steps=1, verbose=0))
    assert np.isfinite(model.train_on_batch(*next(iter(pairs))))


def test_number_of_parameters_is_that_of_real_esrgans():
    edges = 3 * 3 * 3 * 64 + 64 + 3 * 3 * 64 + 1
    down = 4 * 4 * (64 * 128 + 128 * 256 + 256 * 512)
    up = 3 * 3 * (512 * 256 + 256 * 128 + 128 * 64)
    model = build_unet_discriminator()
    assert trainable_count(model) == edges + down + up + 2 * 3 * 3 * 64 * 64 == 4_376_897
    vectors = 128 + 256 + 512 + 256 + 128 + 64 + 64 + 64
    assert model.count_params() == 4_376_897 + vectors


def test_all_but_the_first_and_the_last_convolution_are_normalised():
    convolutions = [layer for layer in build_unet_discriminator(width=1).layers if hasattr(layer, "kernel")]
    plain = [layer.name for layer in convolutions if not isinstance(layer, SpectralConv2D)]
    assert plain == ["head", "logits"]
    assert len(convolutions) == 10


@pytest.mark.parametrize("size", [(16, 8), (13, 11)])
def test_it_equals_numpys_layers(size):
    model = lively(tiny())
    for layer in model.layers:
        if isinstance(layer, SpectralConv2D):  # from its singular vector one iteration finds the norm
            layer.u.assign(np.linalg.svd(np.reshape(layer.kernel, (-1, layer.filters)))[2][:1])
    patch = np.random.default_rng(1).random((2, *size, 3), np.float32)

    def spectral(x: np.ndarray, layer: str, strides: int = 1) -> np.ndarray:
        kernel = weights_of(model, layer)[0].astype(np.float64)
        sigma = np.linalg.norm(kernel.reshape(-1, kernel.shape[3]), ord=2)
        return rectify(convolve(x, kernel / sigma, strides=strides), 0.2)

    features = [rectify(convolve(patch, *weights_of(model, "head")), 0.2)]
    for step in (1, 2, 3):
        features.append(spectral(features[-1], f"down{step}", strides=2))
    x = features.pop()
    for step in (3, 2, 1):
        skip = features.pop()
        x = spectral(enlarge(x)[:, : skip.shape[1], : skip.shape[2]], f"up{step}") + skip
    x = spectral(spectral(x, "refine1"), "refine2")
    expected = convolve(x, *weights_of(model, "logits"))
    np.testing.assert_allclose(answer(model, patch), expected, rtol=0, atol=1e-5)


@pytest.mark.parametrize("height", [1, 7, 8, 30])
@pytest.mark.parametrize("width", [1, 9, 16])
def test_every_pixel_of_any_size_gets_a_logit(height, width):
    assert answer(tiny(), np.zeros((2, height, width, 3), np.float32)).shape == (2, height, width, 1)


def test_a_patch_size_fixes_the_shapes():
    model = tiny(patch_size=13)
    assert model.input_shape == (None, 13, 13, 3)
    assert model.output_shape == (None, 13, 13, 1)


def test_enlarging_to_a_skip_keeps_the_pixels_in_their_places():
    x = np.random.default_rng(0).random((1, 3, 4, 2), np.float32)
    enlarged: Any = EnlargeToSkip()(x, np.zeros((1, 5, 7, 9), np.float32))
    np.testing.assert_allclose(enlarged, enlarge(x)[:, :5, :7], rtol=0, atol=1e-6)
