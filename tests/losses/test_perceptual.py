"""The loss on VGG19's features: what it measures, whom it teaches, and what it leaves out of checkpoints."""

# Results of Keras' functions are typed as if they could be None.
# pyright: reportArgumentType=false, reportCallIssue=false

from typing import Any

import keras
import numpy as np
import pytest
from differentiation import gradients
from vgg_files import top_of_keras_vgg19, write_normalised

from waifu4x_tf.errors import ConfigError
from waifu4x_tf.losses.perceptual import PerceptualLoss
from waifu4x_tf.losses.vgg import vgg_features
from waifu4x_tf.losses.vgg_weights import read_weights


@pytest.fixture
def pair():
    rng = np.random.default_rng(0)
    return rng.random((3, 12, 10, 3), np.float32), rng.random((3, 12, 10, 3), np.float32)


@pytest.mark.parametrize(("distance", "formula"), [("l2", np.square), ("l1", np.abs)])
@pytest.mark.parametrize("after_activation", [True, False])
def test_the_loss_is_the_mean_distance_of_features(pair, distance, formula, after_activation):
    compute = vgg_features("conv1_2", None, after_activation=after_activation)
    true, predicted = (np.asarray(compute(x)["conv1_2"], np.float64) for x in pair)
    options = {"after_activation": after_activation, "distance": distance, "normalise": False}
    loss = PerceptualLoss("conv1_2", None, **options)
    assert float(loss(*pair)) == pytest.approx(formula(true - predicted).mean(), rel=1e-5)
    each = PerceptualLoss("conv1_2", None, reduction="none", **options)(*pair)
    np.testing.assert_allclose(each, formula(true - predicted).mean(axis=(1, 2, 3)), rtol=1e-5)


def test_layers_are_summed_by_their_weights(pair):
    one, other = (float(PerceptualLoss(layer, None)(*pair)) for layer in ("conv1_1", "conv2_1"))
    assert float(PerceptualLoss(["conv1_1", "conv2_1"], None)(*pair)) == pytest.approx(one + other, rel=1e-6)
    weighted = PerceptualLoss({"conv2_1": 0.5, "conv1_1": 2.0}, None)
    assert float(weighted(*pair)) == pytest.approx(2 * one + 0.5 * other, rel=1e-6)


def test_without_normalisation_the_papers_factor_enters_the_square(tmp_path, pair):
    network = top_of_keras_vgg19()
    network.save(tmp_path / "vgg.keras")
    true, predicted = (
        np.asarray(network(keras.applications.vgg19.preprocess_input(x * 255)), np.float64) for x in pair
    )
    loss = PerceptualLoss("conv1_2", tmp_path / "vgg.keras", normalise=False)
    assert float(loss(*pair)) == pytest.approx(np.square(true - predicted).mean() / 12.75**2, rel=1e-4)


@pytest.mark.parametrize(("distance", "power"), [("l1", 1), ("l2", 2)])
def test_a_weight_means_the_same_with_every_file(tmp_path, pair, distance, power):
    """Features of another file that are five times as large make the same loss, and not 5 or 25 times it."""
    layers = read_weights(None, "conv1_2").convolutions.items()
    for name, factor in (("one.npz", 1), ("five.npz", 5)):
        stored = {}
        for layer, (kernel, bias) in layers:
            place = layer.replace("conv", "block").replace("_", "_conv")
            stored |= {f"{place}_W": kernel * (factor if layer == "conv1_2" else 1), f"{place}_b": bias}
        np.savez(tmp_path / name, **stored)
    losses = {
        normalise: [
            float(PerceptualLoss("conv1_2", tmp_path / name, distance=distance, normalise=normalise)(*pair))
            for name in ("one.npz", "five.npz")
        ]
        for normalise in (True, False)
    }
    assert losses[True][1] == pytest.approx(losses[True][0], rel=1e-3)
    assert losses[False][1] == pytest.approx(losses[False][0] * 5**power, rel=1e-3)


def test_equal_pictures_lose_nothing(pair):
    assert float(PerceptualLoss(["conv1_1", "conv2_2"], None)(pair[0], pair[0])) == 0


def test_the_gradient_reaches_the_prediction_and_not_the_target(tmp_path, pair):
    write_normalised(tmp_path / "part.npz")
    for weights in (None, tmp_path / "part.npz"):
        by_true, by_predicted = gradients(PerceptualLoss("conv2_1", weights), *pair)
        assert not by_true.any()
        assert np.isfinite(by_predicted).all()
        assert (by_predicted != 0).mean() > 0.99


def test_half_floats_are_computed_in_float32(pair):
    loss = PerceptualLoss("conv1_1", None)
    halves = [x.astype(np.float16) for x in pair]
    value: Any = loss(*halves)
    assert keras.backend.standardize_dtype(value.dtype) == "float32"
    assert float(value) == float(loss(*[half.astype(np.float32) for half in halves]))


class Holder(keras.Model):
    """A model with the loss as its attribute."""

    def __init__(self) -> None:
        super().__init__()
        self.convolution = keras.layers.Conv2D(3, 1)
        self.perceptual = PerceptualLoss("conv2_1", None)

    def call(self, inputs):
        """The picture, its colours mixed."""
        return self.convolution(inputs)


def test_no_checkpoint_of_a_model_that_holds_the_loss_grows(tmp_path, pair):
    model = Holder()
    model.compile("adam", loss=model.perceptual)
    model.fit(*pair, verbose=0)
    assert len(model.weights) == 2
    assert len(model.variables) < 12
    model.save_weights(tmp_path / "model.weights.h5")
    assert (tmp_path / "model.weights.h5").stat().st_size < 50_000


def test_a_model_compiled_with_the_loss_is_saved_and_loaded(tmp_path, pair):
    write_normalised(tmp_path / "part.npz")
    model = keras.Sequential([keras.Input((None, None, 3)), keras.layers.Conv2D(3, 1)])
    model.compile("sgd", PerceptualLoss({"conv1_2": 0.5}, tmp_path / "part.npz", distance="l1"))
    model.fit(*pair, verbose=0)
    model.save(tmp_path / "model.keras")
    assert (tmp_path / "model.keras").stat().st_size < 50_000
    loaded: Any = keras.saving.load_model(tmp_path / "model.keras")
    assert loaded.loss.layers == {"conv1_2": 0.5}
    assert loaded.evaluate(*pair, verbose=0) == pytest.approx(model.evaluate(*pair, verbose=0))


def test_the_loss_survives_serialisation(pair):
    loss = PerceptualLoss(
        {"conv1_2": 0.5, "conv1_1": 2.0},
        None,
        backbone="vgg16",
        after_activation=False,
        distance="l1",
        seed=3,
        name="vgg",
        reduction="sum",
    )
    again = keras.losses.deserialize(keras.losses.serialize(loss))
    assert isinstance(again, PerceptualLoss)
    assert again.get_config() == loss.get_config()
    assert (again.name, again.reduction, again.seed) == ("vgg", "sum", 3)
    assert float(again(*pair)) == float(loss(*pair))


def test_an_unknown_distance_lists_the_known_ones():
    with pytest.raises(ConfigError, match=r"one of l1, l2\. Received: 'l3'"):
        PerceptualLoss("conv1_1", None, distance="l3")
