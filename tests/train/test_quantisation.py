"""Quantisation-aware training: rounds what int8 rounds, passes gradients, trains the generator itself."""

import keras
import numpy as np
import pytest
from keras import ops
from tiny_networks import tiny_generator

from train.quantisation import Rounded, RoundedConv2D, quantisation_aware, rounded


def picture(side: int = 24, seed: int = 5) -> np.ndarray:
    return np.random.default_rng(seed).random((1, side, side, 3), np.float32)


def gradient(function, value: np.ndarray) -> np.ndarray:
    """Of ``sum(function(x) ** 2)`` by ``x``, on the backend at hand."""
    x = keras.Variable(value)
    if keras.backend.backend() == "jax":
        import jax

        return np.asarray(jax.grad(lambda v: ops.sum(ops.square(function(v))))(x.value))
    import tensorflow as tf

    with tf.GradientTape() as tape:
        loss = ops.sum(ops.square(function(x.value)))
    return np.asarray(tape.gradient(loss, x.value))


def test_values_become_whole_steps_and_zero_stays():
    x = np.array([-0.4, -0.1, 0.0, 0.24, 0.26, 1.1], np.float32)
    np.testing.assert_allclose(rounded(x, 0.5), [-0.5, 0.0, 0.0, 0.0, 0.5, 1.0], atol=1e-6)


def test_a_layer_takes_255_steps_over_the_batch_and_zero_is_one_of_them():
    x = np.random.default_rng(0).uniform(-1, 3, (2, 8, 8, 4)).astype(np.float32)
    x[0, 0, 0, 0] = 0
    y = np.asarray(Rounded()(x))
    step = (x.max() - x.min()) / 255
    np.testing.assert_allclose(y / step, np.rint(y / step), atol=1e-3)
    assert np.abs(y - x).max() <= step * 0.501
    assert y[0, 0, 0, 0] == 0


def test_all_zero_stays_zero():
    np.testing.assert_array_equal(Rounded()(np.zeros((1, 4, 4, 2), np.float32)), 0)


def in_a_range(x):
    layer = Rounded()
    layer(np.array([-1.0, 3.0], np.float32), training=True)
    return layer(x)


@pytest.mark.parametrize("rounding", [lambda x: rounded(x, 0.1), in_a_range], ids=["a step", "a range"])
def test_gradients_pass_the_rounding(rounding):
    x = np.array([0.11, -0.57, 0.86, 2.0], np.float32)
    np.testing.assert_allclose(gradient(rounding, x), 2 * np.asarray(rounding(x)), atol=1e-5)


def test_kernels_are_rounded_an_output_channel_at_a_time():
    conv = keras.layers.Conv2D(3, 3, padding="same", activation="relu")
    x = picture()
    conv(x)
    kernel = np.random.default_rng(1).normal(size=(3, 3, 3, 3)).astype(np.float32) * [0.01, 1, 100]
    bias = np.array([0.1, -0.2, 0.3], np.float32)
    steps = np.abs(kernel).max(axis=(0, 1, 2)) / 127
    conv.set_weights([np.rint(kernel / steps) * steps, bias])
    expected = np.asarray(conv(x))
    conv.set_weights([kernel, bias])
    np.testing.assert_allclose(RoundedConv2D(conv)(x), expected, rtol=1e-4, atol=1e-4)


def test_ranges_follow_the_batches_of_training_and_are_held_afterwards():
    layer = Rounded()
    first, second = (np.array([[low, 0.3, high]], np.float32) for low, high in ((-1, 3), (-2, 5)))
    layer(first, training=True)
    np.testing.assert_allclose(np.asarray(layer(second))[0, [0, 2]], [-1, 3], atol=0.02)
    layer(second, training=True)
    low, high = ((0.99 * a + b) / 1.99 for a, b in ((-1, -2), (3, 5)))
    expected = np.array([[-9, 0, 0.3, 9]], np.float32)
    step = (high - low) / 255
    np.testing.assert_allclose(layer(expected), [[low, 0, 0.3, high]], atol=step)
    np.testing.assert_array_equal(gradient(layer, expected)[0, [0, 3]], 0)


def test_it_shares_the_generators_variables_in_their_order_and_has_ranges_besides():
    network = tiny_generator()
    aware = quantisation_aware(network)
    ranges = [layer.seen for layer in aware.layers if isinstance(layer, Rounded) and layer.step is None]
    shared = [v for v in aware.weights if not any(v is its for its in ranges)]
    assert len(shared) == len(network.weights) == len(aware.weights) - len(ranges)
    assert all(ours is its for ours, its in zip(shared, network.weights, strict=True))
    assert [v.path for v in aware.trainable_variables] == [v.path for v in network.trainable_variables]


def test_the_terms_of_the_last_sum_are_whole_levels_and_so_is_the_picture():
    aware = quantisation_aware(tiny_generator())
    levels = np.asarray(aware(picture())) * 255
    np.testing.assert_allclose(levels, np.rint(levels), atol=1e-3)


def test_it_answers_nearly_as_the_float_network_but_not_the_same():
    network = tiny_generator()
    x = picture()
    difference = np.abs(np.asarray(quantisation_aware(network)(x)) - np.asarray(network(x))) * 255
    assert 0.1 < difference.mean() < 3


def test_in_bfloat16_it_answers_as_in_float32_but_for_its_precision():
    network = tiny_generator()
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        mixed = tiny_generator()
    finally:
        keras.config.set_dtype_policy("float32")
    mixed.set_weights(network.get_weights())
    x = picture()
    plain, exact, coarse = (
        np.asarray(answer(x)) for answer in (network, quantisation_aware(network), quantisation_aware(mixed))
    )
    assert 0.1 < np.abs(coarse - plain).mean() * 255 < 3
    assert np.abs(coarse - exact).mean() * 255 < 1


def test_every_convolution_and_inner_sum_is_rounded():
    aware = quantisation_aware(tiny_generator(blocks=2))
    kinds = [type(layer).__name__ for layer in aware.layers]
    assert kinds.count("RoundedConv2D") == 7  # head, four in the blocks, tail, bilinear
    assert kinds.count("Rounded") == 9  # those and the two sums of the blocks
    assert "Conv2D" not in kinds


def test_training_it_changes_the_generator():
    network = tiny_generator()
    before = [np.array(v) for v in network.trainable_variables]
    aware = quantisation_aware(network)
    aware.compile(optimizer=keras.optimizers.SGD(0.1), loss="mae")
    aware.fit(picture(), np.asarray(network(picture())) * 0.5, verbose=0)
    for old, variable in zip(before, network.trainable_variables, strict=True):
        assert not np.array_equal(old, np.array(variable)), variable.path
