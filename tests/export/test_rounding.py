"""Kernels rounded together: on int8's steps, and nearer to the float network than rounded one by one."""

import keras
import numpy as np
import pytest
from export_files import drawn_patches
from tiny_networks import tiny_generator, with_a_dead_layer

from export.rounding import KERNEL_STEPS, rounded_together, with_rounded_kernels
from export.tflite import converter_output
from waifu4x_tf.errors import ModelError
from waifu4x_tf.inference.graph import parse_tflite


def nearest(weights: np.ndarray) -> np.ndarray:
    steps = np.abs(weights).max(axis=0) / KERNEL_STEPS
    return np.rint(weights / steps) * steps


@pytest.fixture(scope="module")
def alike():
    """Inputs that are much alike, as neighbouring pixels are."""
    rng = np.random.default_rng(0)
    return rng.normal(size=(500, 1)) + 0.1 * rng.normal(size=(500, 24))


def test_products_with_inputs_that_are_alike_change_less(alike):
    weights = np.random.default_rng(1).normal(size=(24, 5))
    together = rounded_together(weights, alike.T @ alike / len(alike))
    steps = np.abs(weights).max(axis=0) / KERNEL_STEPS
    np.testing.assert_allclose(together / steps, np.rint(together / steps), atol=1e-9)
    np.testing.assert_allclose(np.abs(together).max(axis=0), np.abs(weights).max(axis=0))
    errors = [np.square(alike @ (rounded - weights)).mean() for rounded in (together, nearest(weights))]
    assert errors[0] < 0.2 * errors[1]


def test_inputs_that_are_independent_leave_nothing_to_make_good():
    weights = np.random.default_rng(2).normal(size=(12, 3))
    np.testing.assert_allclose(rounded_together(weights, np.eye(12)), nearest(weights))


def test_columns_of_zeros_stay_zero():
    weights = np.random.default_rng(3).normal(size=(6, 2)) * [1, 0]
    np.testing.assert_array_equal(rounded_together(weights, np.eye(6))[:, 1], 0)


def test_a_layer_that_has_died_is_found_by_what_reads_it():
    with pytest.raises(ModelError, match="block1_conv2, which reads zeros on all"):
        with_rounded_kernels(with_a_dead_layer(), drawn_patches(lr_size=24))


def test_a_network_is_copied_and_its_kernels_are_what_the_converter_stores():
    network, patches = tiny_generator(), drawn_patches(lr_size=24)
    before = [np.array(weight) for weight in network.get_weights()]
    rounded = with_rounded_kernels(network, patches)
    for old, new in zip(before, network.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)
    stored = _stored_kernels(converter_output(rounded, "int8", patches))
    for layer in rounded.layers:
        if type(layer) is not keras.layers.Conv2D or not layer.trainable:
            continue
        kernel = np.moveaxis(layer.get_weights()[0], -1, 0)
        whole = kernel / (np.abs(kernel).max(axis=(1, 2, 3), keepdims=True) / KERNEL_STEPS)
        np.testing.assert_allclose(whole, np.rint(whole), atol=1e-3)
        assert any(np.array_equal(np.rint(whole), other) for other in stored if other.shape == whole.shape)


def test_the_answers_are_nearer_to_the_networks_than_with_the_nearest_steps():
    network, patches = tiny_generator(width=16), drawn_patches(lr_size=24)
    plain = keras.models.clone_model(network)
    plain.set_weights(network.get_weights())
    for layer in plain.layers:
        if type(layer) is keras.layers.Conv2D and layer.trainable:
            kernel, bias = layer.get_weights()
            layer.set_weights([nearest(kernel.reshape(-1, kernel.shape[-1])).reshape(kernel.shape), bias])
    small = np.stack(patches[:8]).astype(np.float32) / 255

    def error(of: keras.Model) -> float:
        return float(np.square(np.asarray(of(small)) - np.asarray(network(small))).mean())

    assert error(with_rounded_kernels(network, patches)) < 0.5 * error(plain)


def _stored_kernels(content: bytes) -> list[np.ndarray]:
    model = parse_tflite(content)
    shapes = [(tensor.shape, model.buffers[tensor.buffer].data) for tensor in model.subgraphs[0].tensors]
    return [
        np.asarray(data, np.uint8).view(np.int8).reshape(shape)
        for shape, data in shapes
        if data is not None and len(shape) == 4
    ]
