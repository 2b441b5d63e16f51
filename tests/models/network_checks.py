"""What every network is held to, whatever it computes: sizes, gradients, saving, and how far it looks."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from waifu4x_tf.inference.graph import keras_radius
from waifu4x_tf.models.zoo import receptive_radius


def answer(model: keras.Model, x: np.ndarray) -> np.ndarray:
    return np.asarray(model(x, training=False))


def weights_of(model: keras.Model, layer: str) -> list[np.ndarray]:
    found: Any = model.get_layer(layer)
    return found.get_weights()


def trainable_count(model: keras.Model) -> int:
    return sum(int(np.prod(weight.shape)) for weight in model.trainable_weights)


def lively(model: keras.Model, seed: int = 7) -> keras.Model:
    """Give a network weights of which none is zero or one, so that a lost or a swapped one shows."""
    rng = np.random.default_rng(seed)
    draws: dict[str, Callable[[tuple[int, ...]], np.ndarray]] = {
        "kernel": lambda shape: rng.normal(0, (2 / np.prod(shape[:-1])) ** 0.5, shape),
        "bias": lambda shape: rng.normal(0, 0.1, shape),
        "beta": lambda shape: rng.normal(0, 0.1, shape),
        "moving_mean": lambda shape: rng.normal(0, 0.1, shape),
        "gamma": lambda shape: rng.uniform(0.5, 1.5, shape),
        "moving_variance": lambda shape: rng.uniform(0.5, 1.5, shape),
        "alpha": lambda shape: rng.uniform(0.1, 0.4, shape),
        "u": lambda shape: rng.normal(0, 1, shape),
    }
    for layer in model.layers:
        if layer.trainable:
            for weight in layer.weights:
                weight.assign(draws[weight.name](tuple(weight.shape)))
    tail: Any = next((layer for layer in model.layers if layer.name == "tail"), None)
    if tail is not None:  # inside (0, 1), where the clip hides nothing
        tail.set_weights([0.05 * tail.get_weights()[0], 0.5 + 0.1 * tail.get_weights()[1]])
    return model


def centred_noise(count: int, height: int, width: int) -> np.ndarray:
    """Pictures around 0, since around 0.5 a `lively` ReLU may be shut everywhere."""
    return np.random.default_rng(2).uniform(-0.5, 0.5, (count, height, width, 3)).astype(np.float32)


def check_any_size(model: keras.Model, scale: int) -> None:
    assert model.input_shape == (None, None, None, 3)
    assert model.output_shape == (None, None, None, 3)
    for height, width in ((1, 1), (7, 5), (4, 9)):
        out = answer(model, np.zeros((2, height, width, 3), np.float32))
        assert out.shape == (2, height * scale, width * scale, 3)
        assert out.dtype == np.float32


def check_starts_as(model: keras.Model, enlarge: Callable[[np.ndarray], np.ndarray], radius: int) -> None:
    """Untrained, in training too, it is an interpolation, but for the border."""
    small = np.random.default_rng(0).integers(0, 256, (18, 16, 3), np.uint8)
    expected = enlarge(small).astype(np.float32) / 255
    scale = len(expected) // len(small)
    inner = slice(radius * scale, -radius * scale)
    for training in (False, True):
        out = np.asarray(model(small[None].astype(np.float32) / 255, training=training))[0]
        np.testing.assert_allclose(out[inner, inner], expected[inner, inner], rtol=0, atol=0.05)


def check_clipped(model: keras.Model) -> None:
    tail: Any = lively(model).get_layer("tail")
    kernel, bias = tail.get_weights()
    tail.set_weights([100 * kernel, bias])
    out = answer(model, np.random.default_rng(0).random((1, 12, 12, 3), np.float32))
    assert (out.min(), out.max()) == (0.0, 1.0)


def check_radius(model: keras.Model, scale: int, widths: dict[str, int]) -> None:
    """One changed pixel changes pixels up to the zoo's radius on each side, and none beyond."""
    radius = receptive_radius(model.name, widths, scale)
    assert radius <= receptive_radius(model.name, widths)
    assert radius <= keras_radius(model)  # the bound for a network without a card
    centre, side = radius + 3, 2 * radius + 7
    picture = centred_noise(1, side, side)
    changed = picture.copy()
    changed[0, centre, centre] = (1.0, -1.0, 1.0)
    lively(model)
    difference = (answer(model, picture) != answer(model, changed))[0].any(axis=2)
    expected = np.arange(centre - radius, centre + radius + 1)
    for axis in (0, 1):
        np.testing.assert_array_equal(np.unique(np.nonzero(difference)[axis] // scale), expected)


def check_saving(model: keras.Model, size: tuple[int, int], tmp_path: Path) -> None:
    lively(model).save(tmp_path / "network.keras")
    loaded: Any = keras.saving.load_model(tmp_path / "network.keras", safe_mode=True)
    assert loaded.name == model.name
    assert len(loaded.trainable_weights) == len(model.trainable_weights)
    x = np.random.default_rng(3).random((1, *size, 3), np.float32)
    np.testing.assert_array_equal(answer(model, x), answer(loaded, x))


def check_dynamic_tflite(model: keras.Model) -> None:
    """One float32 file of built-in operators answers for every size."""
    from export.tflite import convert
    from waifu4x_tf.inference.engines import LiteRTEngine

    engine = LiteRTEngine(convert(lively(model), "float32"), "test")
    for height, width in ((9, 7), (4, 13)):
        picture = np.random.default_rng(8).integers(0, 256, (1, height, width, 3), np.uint8)
        expected = answer(model, picture.astype(np.float32) / np.float32(255))
        np.testing.assert_allclose(engine.run(picture), expected, rtol=0, atol=1e-5)


def check_gradients(model: keras.Model, size: tuple[int, int]) -> None:
    x = np.random.default_rng(4).random((2, *size, 3), np.float32)
    with tf.GradientTape() as tape:
        out: Any = lively(model)(x, training=True)
        loss = tf.reduce_mean(out * np.random.default_rng(5).normal(0, 1, out.shape).astype(np.float32))
    variables = [weight.value for weight in model.trainable_weights]
    gradients: Any = tape.gradient(loss, variables)
    for weight, gradient in zip(model.trainable_weights, gradients, strict=True):
        assert gradient is not None, weight.path
        assert np.isfinite(gradient).all(), weight.path
        assert np.abs(gradient).max() > 1e-8, weight.path


def check_reduced_policy(build: Callable[[], keras.Model], size: tuple[int, int]) -> None:
    """Under mixed_bfloat16 the weights stay float32, and so does what comes out."""
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        model = build()
    finally:
        keras.config.set_dtype_policy("float32")
    assert "bfloat16" in {layer.compute_dtype for layer in model.layers}
    assert {weight.dtype for weight in model.weights} == {"float32"}
    out: Any = model(np.random.default_rng(6).random((1, *size, 3), np.float32), training=True)
    assert out.dtype == np.float32
    assert np.isfinite(out).all()
