"""SpectralConv2D against tensorflow-addons' answers, the exact norm, and the paper's gradient."""

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
from numpy_layers import convolve

from waifu4x_tf.errors import ModelError
from waifu4x_tf.models.spectral import SpectralConv2D

GOLDEN = np.load(Path(__file__).parent / "golden" / "spectral.npz")
CASES = ["usual", "strided", "converged"]


def golden_layer(case: str) -> tuple[Any, dict[str, np.ndarray]]:
    """The layer as the other library's was before its first call, and the arrays of that case."""
    golden = {name.partition("/")[2]: GOLDEN[name] for name in GOLDEN.files if name.startswith(f"{case}/")}
    filters, size, strides, use_bias, iterations = (int(value) for value in golden["settings"])
    layer: Any = SpectralConv2D(
        filters,
        size,
        strides=strides,
        padding="same",
        use_bias=bool(use_bias),
        power_iterations=iterations,
    )
    layer.build(golden["picture"].shape)
    layer.kernel.assign(golden["kernel"])
    layer.u.assign(golden["u"])
    if use_bias:
        layer.bias.assign(golden["bias"])
    return layer, golden


@pytest.mark.parametrize("case", CASES)
def test_training_calls_give_what_addons_gave(case):
    layer, golden = golden_layer(case)
    for expected, u in zip(golden["training_outputs"], golden["training_u"], strict=True):
        output = layer(golden["picture"], training=True)
        np.testing.assert_allclose(output, expected, rtol=0, atol=2e-6)
        np.testing.assert_allclose(layer.u, u, rtol=0, atol=2e-6)


def test_when_the_norm_has_settled_so_does_a_call_that_does_not_train():
    layer, golden = golden_layer("converged")
    layer(golden["picture"], training=True)
    np.testing.assert_allclose(layer(golden["picture"]), golden["output"], rtol=0, atol=2e-6)


def test_the_kernel_is_never_rewritten_and_u_only_in_training():
    layer, golden = golden_layer("usual")
    for training in (False, None):
        layer(golden["picture"], training=training)
        np.testing.assert_array_equal(layer.u, golden["u"])
    layer(golden["picture"], training=True)
    assert np.abs(np.asarray(layer.u) - golden["u"]).max() > 0.1
    np.testing.assert_array_equal(layer.kernel, golden["kernel"])


def test_the_norm_it_divides_by_is_the_largest_singular_value():
    layer, golden = golden_layer("converged")
    kernel = golden["kernel"].astype(np.float64)
    sigma = np.linalg.svd(kernel.reshape(-1, kernel.shape[3]), compute_uv=False)[0]
    expected = convolve(golden["picture"], kernel / sigma, golden["bias"])
    np.testing.assert_allclose(layer(golden["picture"]), expected, rtol=0, atol=2e-6)


def test_the_gradient_flows_through_the_norm():
    layer, golden = golden_layer("usual")
    weighting = np.random.default_rng(0).normal(0, 1, golden["training_outputs"][0].shape).astype(np.float32)
    with tf.GradientTape(persistent=True) as tape:
        loss = tf.reduce_sum(layer(golden["picture"], training=True) * weighting)
        normalised: Any = tf.Variable(tf.constant(golden["kernel"]))
        plain = tf.reduce_sum(tf.nn.conv2d(golden["picture"], normalised, 1, "SAME") * weighting)
    kernel, direction = (
        x.reshape(-1, 5).astype(np.float64)
        for x in (golden["kernel"], np.asarray(tape.gradient(plain, normalised)))
    )
    start = golden["u"][0].astype(np.float64)
    v = kernel @ start / np.linalg.norm(kernel @ start)
    u = v @ kernel / np.linalg.norm(v @ kernel)
    sigma = v @ kernel @ u
    # Section 2.3: what lengthens the kernel along its first singular direction is taken out.
    expected = (direction - (direction * kernel).sum() / sigma * np.outer(v, u)) / sigma
    gradient = np.asarray(tape.gradient(loss, layer.kernel.value)).reshape(-1, 5)
    np.testing.assert_allclose(gradient, expected, rtol=0, atol=1e-4)
    assert np.abs(gradient - direction / sigma).max() > 0.1


def test_a_kernel_of_zeros_stays_finite():
    layer, golden = golden_layer("usual")
    layer.kernel.assign(np.zeros_like(golden["kernel"]))
    out = np.asarray(layer(golden["picture"], training=True))
    np.testing.assert_array_equal(out, np.broadcast_to(golden["bias"], out.shape))


def test_it_saves_its_arguments_and_its_vector(tmp_path):
    picture: Any = keras.Input((None, None, 3))
    layer = SpectralConv2D(4, 3, power_iterations=2, activation="relu", name="spectral")
    model = keras.Model(picture, layer(picture))
    x = np.random.default_rng(0).random((1, 6, 5, 3), np.float32)
    model(x, training=True)
    model.save(tmp_path / "spectral.keras")
    loaded: Any = keras.saving.load_model(tmp_path / "spectral.keras", safe_mode=True)
    assert loaded.get_layer("spectral").get_config() == layer.get_config()
    assert loaded.get_layer("spectral").power_iterations == 2
    np.testing.assert_array_equal(loaded(x), model(x))
    np.testing.assert_array_equal(loaded.get_layer("spectral").u, layer.u)


def test_it_needs_an_iteration():
    with pytest.raises(ModelError, match=r"at least 1\. Received: 0\. Use 1"):
        SpectralConv2D(4, 3, power_iterations=0)
