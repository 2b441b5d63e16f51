"""The frozen phases against Pillow, and that nothing trains them."""

from typing import Any

import keras
import numpy as np
import pytest
from keras import ops

from waifu4x_tf.imaging.interpolation import resize
from waifu4x_tf.models.layers import (
    bicubic_phase_weights,
    bicubic_phases_kernel,
    bilinear_phases_kernel,
    frozen_bicubic_phases,
    frozen_bilinear_phases,
    linear_tail,
    phase_weights,
)


def enlarger(scale: int, phases=frozen_bilinear_phases) -> keras.Model:
    x: Any = keras.Input((None, None, 3))
    return keras.Model(x, ops.depth_to_space(phases(x, scale), scale))


def test_phase_weights_are_those_of_half_pixel_centres():
    assert phase_weights(2).tolist() == [[0.25, 0.75, 0], [0, 0.75, 0.25]]
    assert phase_weights(4).tolist() == [
        [0.375, 0.625, 0],
        [0.125, 0.875, 0],
        [0, 0.875, 0.125],
        [0, 0.625, 0.375],
    ]


def test_bicubic_phase_weights_are_those_of_keys():
    assert (128 * bicubic_phase_weights(2)).tolist() == [[-3, 29, 111, -9, 0], [0, -9, 111, 29, -3]]
    half = bicubic_phase_weights(4)[:2]
    np.testing.assert_array_equal(bicubic_phase_weights(4)[2:], half[::-1, ::-1])


@pytest.mark.parametrize("scale", [2, 4])
@pytest.mark.parametrize(("phases_kernel", "size"), [(bilinear_phases_kernel, 3), (bicubic_phases_kernel, 5)])
def test_kernel_keeps_channels_apart_and_brightness(phases_kernel, size, scale):
    kernel = phases_kernel(scale)
    assert kernel.dtype == np.float32
    assert kernel.shape == (size, size, 3, 3 * scale * scale)
    sums = kernel.sum(axis=(0, 1)).reshape(3, scale * scale, 3)
    for phase in range(scale * scale):
        np.testing.assert_array_equal(sums[:, phase], np.eye(3))


@pytest.mark.parametrize("scale", [2, 4])
@pytest.mark.parametrize(("height", "width"), [(7, 5), (1, 1), (1, 9), (8, 8)])
def test_depth_to_space_of_the_phases_equals_pillows_bilinear(scale, height, width):
    picture = np.random.default_rng(0).random((height, width, 3), np.float32)
    padded = np.pad(picture, ((1, 1), (1, 1), (0, 0)), mode="edge")
    enlarged = np.asarray(enlarger(scale)(padded[None]))[0, scale:-scale, scale:-scale]
    expected = resize(picture, (height * scale, width * scale), "bilinear")
    np.testing.assert_allclose(enlarged, expected, rtol=0, atol=2e-7)


@pytest.mark.parametrize("scale", [2, 4])
@pytest.mark.parametrize(("height", "width"), [(7, 6), (5, 12)])
def test_depth_to_space_of_the_bicubic_phases_equals_pillows_bicubic_inside(scale, height, width):
    picture = np.random.default_rng(0).random((height, width, 3), np.float32)
    enlarged = np.asarray(enlarger(scale, frozen_bicubic_phases)(picture[None]))[0]
    expected = resize(picture, (height * scale, width * scale), "bicubic")
    inner = slice(2 * scale, -2 * scale)
    np.testing.assert_allclose(enlarged[inner, inner], expected[inner, inner], rtol=0, atol=5e-7)


@pytest.mark.parametrize("scale", [2, 4])
def test_with_replicated_edges_bicubic_is_right_up_to_the_edge_and_beyond_the_input_range(scale):
    picture = np.zeros((6, 5, 3), np.float32)
    picture[2:, 3:] = 1
    padded = np.pad(picture, ((5, 5), (5, 5), (0, 0)), mode="edge")
    enlarged = np.asarray(enlarger(scale, frozen_bicubic_phases)(padded[None]))[0]
    expected = resize(padded, (16 * scale, 15 * scale), "bicubic")
    surplus = slice(5 * scale, -5 * scale)
    np.testing.assert_allclose(enlarged[surplus, surplus], expected[surplus, surplus], rtol=0, atol=5e-7)
    assert enlarged.min() < -0.05
    assert enlarged.max() > 1.05


def test_the_kernel_is_frozen():
    x: Any = keras.Input((None, None, 3))
    phases = frozen_bilinear_phases(x, 4)
    learnt = keras.layers.Conv2D(48, 3, padding="same")(x)
    model = keras.Model(x, ops.depth_to_space(phases + learnt, 4))
    frozen = model.get_layer("bilinear")
    assert not frozen.trainable
    assert len(model.trainable_weights) == 2
    model.compile("sgd", "mse")
    rng = np.random.default_rng(1)
    before = model.get_weights()
    model.train_on_batch(rng.random((2, 8, 8, 3)), rng.random((2, 32, 32, 3)))
    np.testing.assert_array_equal(frozen.get_weights()[0], bilinear_phases_kernel(4))
    assert any((a != b).any() for a, b in zip(before, model.get_weights(), strict=True))


@pytest.mark.parametrize("frozen_phases", [frozen_bilinear_phases, frozen_bicubic_phases])
def test_the_phases_stay_float32_under_a_reduced_policy(frozen_phases):
    x: Any = keras.Input((4, 4, 3), dtype="float32")
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        phases, tail = frozen_phases(x, 4), linear_tail(3, 3)(x)
    finally:
        keras.config.set_dtype_policy("float32")
    assert (phases.dtype, tail.dtype) == ("float32", "float32")
