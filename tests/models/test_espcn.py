"""ESPCN: its number of weights, and its forward pass in NumPy."""

import keras
import numpy as np
import pytest
from network_checks import answer, check_radius, check_starts_as, lively, trainable_count, weights_of
from numpy_layers import convolve, depth_to_space

from waifu4x_tf.imaging.interpolation import resize
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
def test_it_starts_as_bilinear(scale):
    sides = (18 * scale, 16 * scale)
    check_starts_as(build_espcn(scale=scale), lambda small: resize(small, sides, "bilinear"), radius=2)


@pytest.mark.parametrize("scale", [2, 4])
def test_the_receptive_radius_is_the_zoos(scale):
    check_radius(tiny(scale), scale, {})
