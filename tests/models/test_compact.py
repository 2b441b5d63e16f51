"""The default generator: shapes, size, range, where it starts, and how far it looks."""

from typing import Any

import keras
import numpy as np
import pytest
from tiny_networks import tiny_generator

from waifu4x_tf.data.procedural import draw_rgb
from waifu4x_tf.imaging.interpolation import resize
from waifu4x_tf.models.compact import build_compact
from waifu4x_tf.models.zoo import receptive_radius


def run(model: keras.Model, picture: np.ndarray) -> np.ndarray:
    return np.asarray(model(picture, training=False))


@pytest.mark.parametrize("scale", [2, 4])
@pytest.mark.parametrize("size", [(1, 1), (13, 7), (8, 33)])
def test_any_size_comes_out_scale_times_larger(scale, size):
    model = build_compact(scale=scale, width=8, blocks=1)
    assert model.input_shape == (None, None, None, 3)
    assert run(model, np.zeros((2, *size, 3), np.float32)).shape == (2, size[0] * scale, size[1] * scale, 3)


def test_number_of_parameters():
    model = build_compact()
    assert model.count_params() == 473_920
    assert sum(int(np.prod(w.shape)) for w in model.trainable_weights) == 473_920 - 9 * 3 * 48


def test_the_output_is_clipped_inside_the_graph():
    model = tiny_generator()
    tail = model.get_layer("tail")
    tail.set_weights([50 * tail.get_weights()[0], tail.get_weights()[1]])
    out = run(model, np.random.default_rng(0).random((1, 12, 12, 3), np.float32))
    assert out.dtype == np.float32
    assert (out.min(), out.max()) == (0.0, 1.0)


@pytest.mark.parametrize("scale", [2, 4])
def test_untrained_it_is_near_bilinear_interpolation_and_exactly_it_without_its_tail(scale):
    small = draw_rgb(0, seed=5, width=48, height=40).astype(np.float32) / 255
    expected = resize(small, (40 * scale, 48 * scale), "bilinear")
    inner = slice(scale, -scale)
    keras.utils.set_random_seed(0)
    model = build_compact(scale=scale)
    difference = np.abs(run(model, small[None])[0] - expected)[inner, inner]
    assert difference.max() < 2 / 255
    tail = model.get_layer("tail")
    tail.set_weights([np.zeros_like(weight) for weight in tail.get_weights()])
    assert np.abs(run(model, small[None])[0] - expected)[inner, inner].max() < 1e-6


@pytest.mark.parametrize("blocks", [1, 3])
@pytest.mark.parametrize("scale", [2, 4])
def test_the_receptive_radius_is_exactly_two_a_block_and_two(blocks, scale):
    radius = receptive_radius("compact", {"blocks": blocks})
    assert radius == 2 * blocks + 2
    model = tiny_generator(blocks=blocks, scale=scale)
    centre, side = radius + 3, 2 * radius + 7
    picture = np.random.default_rng(2).uniform(0.4, 0.6, (1, side, side, 3)).astype(np.float32)
    changed = picture.copy()
    changed[0, centre, centre] = (1.0, 0.0, 1.0)
    difference = (run(model, picture) != run(model, changed))[0].any(axis=2)
    rows, columns = (np.unique(np.nonzero(difference)[axis] // scale) for axis in (0, 1))
    expected = np.arange(centre - radius, centre + radius + 1)
    np.testing.assert_array_equal(rows, expected)
    np.testing.assert_array_equal(columns, expected)


def test_a_saved_network_needs_nothing_of_ours_to_load(tmp_path):
    model = tiny_generator()
    model.save(tmp_path / "tiny.keras")
    loaded: Any = keras.saving.load_model(tmp_path / "tiny.keras", custom_objects={}, safe_mode=True)
    picture = np.random.default_rng(3).random((1, 9, 11, 3), np.float32)
    np.testing.assert_array_equal(run(model, picture), run(loaded, picture))
    assert not loaded.get_layer("bilinear").trainable


def test_under_a_reduced_policy_the_edges_and_the_last_sum_are_float32():
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        model = build_compact(width=8, blocks=1)
    finally:
        keras.config.set_dtype_policy("float32")
    assert model.get_layer("block1_conv1").compute_dtype == "bfloat16"
    assert {model.get_layer(name).compute_dtype for name in ("bilinear", "tail", "residual")} == {"float32"}
    assert all(weight.dtype == "float32" for weight in model.weights)
    assert run(model, np.zeros((1, 4, 4, 3), np.float32)).dtype == np.float32
