"""Pixel losses against NumPy."""

# Results of Keras' functions are typed as if they could be None.
# pyright: reportArgumentType=false

from typing import Any

import keras
import numpy as np
import pytest

from waifu4x_tf.errors import ConfigError
from waifu4x_tf.losses.pixel import PIXEL_LOSSES, Charbonnier, pixel_loss


@pytest.fixture
def pair():
    rng = np.random.default_rng(0)
    return rng.random((2, 5, 7, 3), np.float32), rng.random((2, 5, 7, 3), np.float32)


@pytest.mark.parametrize("epsilon", [1e-3, 0.1])
def test_charbonnier_equals_its_formula(pair, epsilon):
    a, b = (x.astype(np.float64) for x in pair)
    expected = np.sqrt((a - b) ** 2 + epsilon**2).mean()
    assert float(Charbonnier(epsilon)(*pair)) == pytest.approx(expected, rel=1e-6)
    per_pixel = np.asarray(Charbonnier(epsilon, reduction="none")(*pair))
    np.testing.assert_allclose(per_pixel, np.sqrt((a - b) ** 2 + epsilon**2).mean(axis=-1), rtol=1e-5)


def test_charbonnier_of_equal_pictures_is_epsilon(pair):
    assert float(Charbonnier(0.01)(pair[0], pair[0])) == pytest.approx(0.01)


def test_charbonnier_survives_serialisation(pair):
    loss = Charbonnier(0.05, name="soft_l1", reduction="sum")
    again = keras.losses.deserialize(keras.losses.serialize(loss))
    assert isinstance(again, Charbonnier)
    assert (again.epsilon, again.name, again.reduction) == (0.05, "soft_l1", "sum")
    assert float(again(*pair)) == float(loss(*pair))


def test_a_model_compiled_with_charbonnier_is_saved_and_loaded(tmp_path, pair):
    model = keras.Sequential([keras.Input((None, None, 3)), keras.layers.Conv2D(3, 1)])
    model.compile("sgd", Charbonnier(0.05))
    model.fit(*pair, verbose=0)
    model.save(tmp_path / "model.keras")
    loaded: Any = keras.saving.load_model(tmp_path / "model.keras")
    assert loaded.loss.epsilon == 0.05
    assert loaded.evaluate(*pair, verbose=0) == pytest.approx(model.evaluate(*pair, verbose=0))


@pytest.mark.parametrize(("name", "formula"), [("mae", np.abs), ("mse", np.square)])
def test_losses_by_name(pair, name, formula):
    assert float(pixel_loss(name)(*pair)) == pytest.approx(formula(pair[0] - pair[1]).mean(), rel=1e-5)


def test_an_unknown_name_lists_the_known_ones():
    with pytest.raises(ConfigError, match=r"mae, mse, charbonnier, lab_mse, hsv_mse\. Received: 'l3'"):
        pixel_loss("l3")
    assert all(isinstance(pixel_loss(name), keras.losses.Loss) for name in PIXEL_LOSSES)
