"""Rewritten networks answer the same, with random weights, and hold none of what was replaced."""

import keras
import numpy as np
import pytest

from export.equivalents import folded, without_depth_to_space, without_prelu
from waifu4x_tf.models.zoo import build_generator

PICTURE = np.random.default_rng(0).random((1, 11, 13, 3), np.float32)


def lively(name: str, **widths: int) -> keras.Model:
    """Every variable random, the statistics of batch normalisation included."""
    model = build_generator(name, **widths)
    rng = np.random.default_rng(1)
    for variable in model.variables:
        if variable.name == "moving_variance":
            variable.assign(rng.uniform(0.2, 3, variable.shape))
        elif "frozen" not in variable.path and "bicubic" not in variable.path:
            variable.assign(np.asarray(variable) + rng.normal(0, 0.05, variable.shape))
    return model


def kinds(model: keras.Model) -> set[str]:
    return {type(operation).__name__ for operation in model.operations}


def answer(model: keras.Model) -> np.ndarray:
    return np.asarray(model(PICTURE, training=False))


@pytest.fixture(scope="module")
def srresnet():
    return lively("srresnet", width=8, blocks=2)


def test_batch_normalisation_is_folded(srresnet):
    assert "BatchNormalization" in kinds(srresnet)
    plain = folded(srresnet)
    assert "BatchNormalization" not in kinds(plain)
    assert plain.count_params() < srresnet.count_params()
    np.testing.assert_allclose(answer(plain), answer(srresnet), rtol=0, atol=1e-5)


def test_prelu_is_rewritten_exactly(srresnet):
    rewritten = without_prelu(srresnet)
    assert "PReLU" not in kinds(rewritten)
    assert (answer(rewritten) == answer(srresnet)).all()


@pytest.mark.parametrize("name", ["srresnet", "compact", "espcn", "srcnn"])
def test_depth_to_space_is_rewritten_exactly(name):
    sizes = {"blocks": 1} if name in ("srresnet", "compact") else {}
    model = lively(name, width=8, **sizes)
    rewritten = without_depth_to_space(model)
    assert "DepthToSpace" not in kinds(rewritten)
    assert (answer(rewritten) == answer(model)).all()


def test_one_after_another_they_still_answer_the_same(srresnet):
    rewritten = without_depth_to_space(without_prelu(folded(srresnet)))
    assert kinds(rewritten).isdisjoint({"BatchNormalization", "PReLU", "DepthToSpace"})
    np.testing.assert_allclose(answer(rewritten), answer(srresnet), rtol=0, atol=1e-5)


def test_what_has_nothing_to_fold_stays_itself():
    model = build_generator("compact", width=4, blocks=1)
    assert folded(model) is model


def test_a_batch_normalisation_that_cannot_be_folded_is_kept():
    picture = keras.Input((None, None, 3))
    x = keras.layers.Conv2D(3, 3, padding="same", activation="relu")(picture)
    model = keras.Model(picture, keras.layers.BatchNormalization()(x))
    assert "BatchNormalization" in kinds(folded(model))
    np.testing.assert_array_equal(answer(folded(model)), answer(model))


def test_a_convolution_with_two_readers_is_kept():
    picture = keras.Input((None, None, 3))
    x = keras.layers.Conv2D(3, 3, padding="same")(picture)
    model = keras.Model(picture, keras.layers.Add()([x, keras.layers.BatchNormalization()(x)]))
    assert "BatchNormalization" in kinds(folded(model))
    np.testing.assert_array_equal(answer(folded(model)), answer(model))
