"""ESPCN: its number of weights, its forward pass in NumPy, and what every network is held to."""

import keras
import numpy as np
import pytest
from network_checks import (
    answer,
    check_any_size,
    check_clipped,
    check_dynamic_tflite,
    check_gradients,
    check_radius,
    check_reduced_policy,
    check_saving,
    check_starts_at_mid_grey,
    lively,
    trainable_count,
    weights_of,
)
from numpy_layers import convolve, depth_to_space

from waifu4x_tf.models.espcn import build_espcn


def tiny(scale: int = 4) -> keras.Model:
    keras.utils.set_random_seed(7)
    return build_espcn(scale=scale, width=4, mapping_width=3)


@pytest.mark.parametrize(("scale", "total"), [(2, 26_796), (4, 37_200)])
def test_number_of_parameters(scale, total):
    head = 5 * 5 * 3 * 64 + 64
    mapping = 3 * 3 * 64 * 32 + 32
    tail = (3 * 3 * 32 + 1) * 3 * scale**2
    model = build_espcn(scale=scale)
    assert model.count_params() == trainable_count(model) == head + mapping + tail == total


@pytest.mark.parametrize("scale", [2, 4])
def test_it_equals_numpys_three_convolutions_and_shuffle(scale):
    model = lively(tiny(scale))
    picture = np.random.default_rng(1).random((2, 6, 5, 3), np.float32)
    x = np.tanh(convolve(picture, *weights_of(model, "head")))
    x = np.tanh(convolve(x, *weights_of(model, "mapping")))
    expected = depth_to_space(np.clip(convolve(x, *weights_of(model, "tail")), 0, 1), scale)
    np.testing.assert_allclose(answer(model, picture), expected, rtol=0, atol=1e-6)


@pytest.mark.parametrize("scale", [2, 4])
def test_any_size_comes_out_scale_times_larger(scale):
    check_any_size(tiny(scale), scale)


@pytest.mark.parametrize("scale", [2, 4])
def test_the_receptive_radius_is_the_zoos(scale):
    check_radius(tiny(scale), scale, {})


def test_the_output_is_clipped_inside_the_graph():
    check_clipped(tiny())


def test_it_starts_at_mid_grey():
    check_starts_at_mid_grey(build_espcn())


def test_a_saved_network_answers_the_same(tmp_path):
    check_saving(tiny(), (5, 7), tmp_path)


def test_it_exports_to_tflite_with_dynamic_height_and_width():
    check_dynamic_tflite(tiny())


def test_the_gradient_reaches_every_trainable_weight():
    check_gradients(tiny(), (6, 5))


def test_under_a_reduced_policy_the_edges_are_float32():
    check_reduced_policy(tiny, (4, 4))
