"""The frozen bilinear phases against Pillow, and that nothing trains them."""

import keras
import numpy as np
import pytest
from keras import ops

from waifu4x_tf.imaging.interpolation import resize
from waifu4x_tf.models.layers import bilinear_phases_kernel, frozen_bilinear_phases, phase_weights


def enlarger(scale: int) -> keras.Model:
    x = keras.Input((None, None, 3))
    return keras.Model(x, ops.depth_to_space(frozen_bilinear_phases(x, scale), scale))


def test_phase_weights_are_those_of_half_pixel_centres():
    assert phase_weights(2).tolist() == [[0.25, 0.75, 0], [0, 0.75, 0.25]]
    assert phase_weights(4).tolist() == [
        [0.375, 0.625, 0],
        [0.125, 0.875, 0],
        [0, 0.875, 0.125],
        [0, 0.625, 0.375],
    ]


@pytest.mark.parametrize("scale", [2, 4])
def test_kernel_keeps_channels_apart_and_brightness(scale):
    kernel = bilinear_phases_kernel(scale)
    assert kernel.dtype == np.float32
    assert kernel.shape == (3, 3, 3, 3 * scale * scale)
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


def test_the_kernel_is_frozen():
    x = keras.Input((None, None, 3))
    phases = frozen_bilinear_phases(x, 4)
    learnt = keras.layers.Conv2D(48, 3, padding="same")(x)
    model = keras.Model(x, ops.depth_to_space(phases + learnt, 4))
    frozen = model.get_layer("bilinear")
    assert not frozen.trainable
    assert len(model.trainable_weights) == 2
    model.compile("sgd", "mse")
    rng = np.random.default_rng(1)
    before = model.get_weights()
    model.fit(rng.random((2, 8, 8, 3)), rng.random((2, 32, 32, 3)), verbose=0)
    np.testing.assert_array_equal(frozen.get_weights()[0], bilinear_phases_kernel(4))
    assert any((a != b).any() for a, b in zip(before, model.get_weights(), strict=True))


def test_the_phases_stay_float32_under_a_reduced_policy():
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        phases = frozen_bilinear_phases(keras.Input((4, 4, 3), dtype="float32"), 4)
    finally:
        keras.config.set_dtype_policy("float32")
    assert phases.dtype == "float32"
