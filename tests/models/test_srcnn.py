"""SRCNN: the paper's number of weights, and its forward pass in NumPy."""

import keras
import numpy as np
import pytest
from network_checks import (
    answer,
    centred_noise,
    check_radius,
    check_starts_as,
    lively,
    trainable_count,
    weights_of,
)
from numpy_layers import convolve, depth_to_space, rectify

from waifu4x_tf.errors import ModelError
from waifu4x_tf.imaging.interpolation import resize
from waifu4x_tf.models.layers import bicubic_phases_kernel
from waifu4x_tf.models.srcnn import build_srcnn


def tiny(scale: int = 4, mapping_kernel: int = 1) -> keras.Model:
    keras.utils.set_random_seed(7)
    return build_srcnn(scale=scale, width=6, mapping_width=5, mapping_kernel=mapping_kernel)


@pytest.mark.parametrize(
    ("mapping_kernel", "mapping", "published"), [(1, 64 * 32, 8_032), (5, 25 * 64 * 32, 57_184)]
)
def test_number_of_parameters_is_the_papers_and_what_colour_and_biases_add(
    mapping_kernel, mapping, published
):
    patches, reconstruction = 9 * 9 * 64, 5 * 5 * 32
    assert patches + mapping + reconstruction == published  # of one channel, without biases
    expected = 3 * patches + mapping + 3 * reconstruction + 64 + 32 + 3
    for scale in (2, 4):
        model = build_srcnn(scale=scale, mapping_kernel=mapping_kernel)
        assert trainable_count(model) == expected == {1: 20_099, 5: 69_251}[mapping_kernel]
        assert model.count_params() == expected + 5 * 5 * 3 * 3 * scale**2


@pytest.mark.parametrize("scale", [2, 4])
def test_it_equals_numpys_bicubic_and_three_convolutions(scale):
    model = lively(tiny(scale, mapping_kernel=5))
    picture = centred_noise(2, 6, 5)
    x = depth_to_space(convolve(picture, bicubic_phases_kernel(scale)), scale)
    x = rectify(convolve(x, *weights_of(model, "patches")))
    x = rectify(convolve(x, *weights_of(model, "mapping")))
    expected = np.clip(convolve(x, *weights_of(model, "tail")), 0, 1)
    assert expected.std() > 0.003
    np.testing.assert_allclose(answer(model, picture), expected, rtol=0, atol=1e-6)


@pytest.mark.parametrize("mapping_kernel", [1, 5])
def test_it_starts_as_bicubic(mapping_kernel):
    model = build_srcnn(mapping_kernel=mapping_kernel)
    check_starts_as(model, lambda small: resize(small, (72, 64), "bicubic"), radius=4)


@pytest.mark.parametrize("mapping_kernel", [1, 5])
@pytest.mark.parametrize("scale", [2, 4])
def test_the_receptive_radius_is_the_zoos(scale, mapping_kernel):
    check_radius(tiny(scale, mapping_kernel), scale, {"mapping_kernel": mapping_kernel})


def test_an_even_mapping_kernel_is_refused():
    with pytest.raises(ModelError, match=r"odd\. Received: 4\. Use 1 or 5"):
        build_srcnn(mapping_kernel=4)
