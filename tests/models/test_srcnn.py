"""SRCNN: the paper's number of weights, its forward pass in NumPy, and what every network is held to."""

import keras
import numpy as np
import pytest
from network_checks import (
    answer,
    centred_noise,
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
from numpy_layers import convolve, depth_to_space, rectify

from waifu4x_tf.errors import ModelError
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


@pytest.mark.parametrize("scale", [2, 4])
def test_any_size_comes_out_scale_times_larger(scale):
    check_any_size(tiny(scale), scale)


@pytest.mark.parametrize("mapping_kernel", [1, 5])
@pytest.mark.parametrize("scale", [2, 4])
def test_the_receptive_radius_is_the_zoos(scale, mapping_kernel):
    check_radius(tiny(scale, mapping_kernel), scale, {"mapping_kernel": mapping_kernel})


def test_the_output_is_clipped_inside_the_graph():
    check_clipped(tiny())


def test_it_starts_at_mid_grey():
    check_starts_at_mid_grey(build_srcnn())


def test_a_saved_network_answers_the_same(tmp_path):
    check_saving(tiny(), (5, 7), tmp_path)


def test_it_exports_to_tflite_with_dynamic_height_and_width():
    check_dynamic_tflite(tiny())


def test_the_gradient_reaches_every_trainable_weight():
    check_gradients(tiny(), (6, 5))


def test_under_a_reduced_policy_the_edges_are_float32():
    check_reduced_policy(tiny, (4, 4))


def test_an_even_mapping_kernel_is_refused():
    with pytest.raises(ModelError, match=r"odd\. Received: 4\. Use 1 or 5"):
        build_srcnn(mapping_kernel=4)
