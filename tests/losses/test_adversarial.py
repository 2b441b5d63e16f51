"""Adversarial losses against their formulas on probabilities, in float64."""

from types import SimpleNamespace

import keras
import numpy as np
import pytest
from differentiation import gradients

from waifu4x_tf.errors import ConfigError
from waifu4x_tf.losses.adversarial import ADVERSARIAL_LOSSES, AdversarialLoss, adversarial_loss

WITH_LABELS = [name for name in ADVERSARIAL_LOSSES if name != "hinge"]


@pytest.fixture(params=[(6, 1), (2, 3, 5, 1)], ids=["a picture", "a patch"])
def logits(request):
    rng = np.random.default_rng(0)
    return tuple(rng.normal(mean, 2, request.param).astype(np.float32) for mean in (1, -1))


def belief(logit: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-np.asarray(logit, np.float64)))


def logit_of(probability: float) -> np.ndarray:
    return np.array([[np.log(probability / (1 - probability))]], np.float32)


def cross_entropy(real: np.ndarray, fake: np.ndarray, smoothing: float = 0.0) -> float:
    labelled = (1 - smoothing) * np.log(real) + smoothing * np.log(1 - real)
    return -labelled.mean() - np.log(1 - fake).mean()


def relative(real: np.ndarray, fake: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return belief(real - fake.mean()), belief(fake - real.mean())


def by_the_book(name: str, real: np.ndarray, fake: np.ndarray, smoothing: float = 0.0) -> tuple[float, float]:
    """Loss of the generator and of the discriminator."""
    real, fake = np.asarray(real, np.float64), np.asarray(fake, np.float64)
    if name == "minimax":
        return np.log(1 - belief(fake)).mean(), cross_entropy(belief(real), belief(fake), smoothing)
    if name == "non_saturating":
        return -np.log(belief(fake)).mean(), cross_entropy(belief(real), belief(fake), smoothing)
    if name == "relativistic":
        d_real, d_fake = relative(real, fake)
        return -(np.log(1 - d_real) + np.log(d_fake)).mean(), cross_entropy(d_real, d_fake, smoothing)
    if name == "hinge":
        return -fake.mean(), np.maximum(0, 1 - real).mean() + np.maximum(0, 1 + fake).mean()
    real_target = 1 - smoothing
    return ((fake - 1) ** 2).mean() / 2, (((real - real_target) ** 2).mean() + (fake**2).mean()) / 2


def both(loss: AdversarialLoss, real: np.ndarray, fake: np.ndarray) -> tuple[float, float]:
    return float(loss.generator_loss(real, fake)), float(loss.discriminator_loss(real, fake))


@pytest.mark.parametrize("name", ADVERSARIAL_LOSSES)
def test_losses_by_name_equal_their_formulas(logits, name):
    assert both(adversarial_loss(name), *logits) == pytest.approx(by_the_book(name, *logits), rel=1e-5)


@pytest.mark.parametrize("name", WITH_LABELS)
def test_smoothing_lowers_the_label_of_real_pictures_for_the_discriminator_alone(logits, name):
    smoothed = adversarial_loss(name, label_smoothing=0.1)
    assert both(smoothed, *logits) == pytest.approx(by_the_book(name, *logits, smoothing=0.1), rel=1e-5)
    assert smoothed.generator_loss(*logits) == adversarial_loss(name).generator_loss(*logits)


def test_smoothed_labels_are_met_at_their_probability():
    loss = adversarial_loss("non_saturating", label_smoothing=0.1)
    for real, sign in ((0.85, -1), (0.9, 0), (0.95, 1)):
        by_real, _ = gradients(loss.discriminator_loss, logit_of(real), logit_of(0.5))
        assert by_real.item() == pytest.approx(real - 0.9, abs=1e-6)
        assert np.sign(by_real.item().__round__(6)) == sign


@pytest.mark.parametrize(("name", "slope"), [("minimax", -0.01), ("non_saturating", -0.99)])
def test_a_rejected_generator_learns_99_times_more_from_the_non_saturating_loss(name, slope):
    # A discriminator ahead of its generator gives the generator's pictures D = 0.01. There log(1 - D) is
    # flat, its slope by the logit is -D, while -log D falls with -(1 - D).
    _, by_fake = gradients(adversarial_loss(name).generator_loss, logit_of(0.99), logit_of(0.01))
    assert by_fake.item() == pytest.approx(slope, rel=1e-4)


def test_minimax_and_non_saturating_share_the_discriminators_loss(logits):
    losses = [adversarial_loss(name).discriminator_loss(*logits) for name in ("minimax", "non_saturating")]
    assert float(losses[0]) == float(losses[1])


def test_in_the_relativistic_game_the_sides_mirror_each_other(logits):
    loss = adversarial_loss("relativistic")
    real, fake = logits
    assert float(loss.generator_loss(real, fake)) == float(loss.discriminator_loss(fake, real))
    assert both(loss, real + 3, fake + 3) == pytest.approx(both(loss, real, fake), rel=1e-5)
    assert both(loss, real, real) == pytest.approx(both(loss, real, real)[::-1], rel=1e-6)
    alike = np.full_like(real, 7)
    assert both(loss, alike, alike) == pytest.approx((2 * np.log(2),) * 2)


def test_only_the_relativistic_generator_sees_real_pictures(logits):
    for name in ADVERSARIAL_LOSSES:
        by_real, by_fake = gradients(adversarial_loss(name).generator_loss, *logits)
        assert by_fake.any()
        assert by_real.any() == (name == "relativistic")


def test_beyond_the_margins_the_hinge_is_at_rest():
    loss = adversarial_loss("hinge")
    real, fake = np.array([[1.5], [0.5]], np.float32), np.array([[-1.5], [-0.5]], np.float32)
    by_real, by_fake = gradients(loss.discriminator_loss, real, fake)
    np.testing.assert_allclose(by_real, [[0], [-0.5]])
    np.testing.assert_allclose(by_fake, [[0], [0.5]])
    assert float(loss.discriminator_loss(real[:1], fake[:1])) == 0
    _, by_fake = gradients(loss.generator_loss, real, fake)
    np.testing.assert_allclose(by_fake, [[-0.5], [-0.5]])


@pytest.mark.parametrize("dtype", [np.float32, np.float16])
@pytest.mark.parametrize("name", ADVERSARIAL_LOSSES)
def test_sure_discriminators_give_finite_losses_and_gradients(name, dtype):
    loss = adversarial_loss(name, label_smoothing=0.0 if name == "hinge" else 0.1)
    extremes = np.array([[1000], [-1000]], dtype)
    for real in (extremes, -extremes):
        for side in (loss.generator_loss, loss.discriminator_loss):
            value = side(real, extremes)
            assert keras.backend.standardize_dtype(value.dtype) == "float32"
            assert np.isfinite(np.asarray(value))
            assert all(np.isfinite(slopes).all() for slopes in gradients(side, real, extremes))


@pytest.mark.parametrize("name", ADVERSARIAL_LOSSES)
def test_unreduced_losses_have_a_value_for_every_picture_or_patch(logits, name):
    loss = ADVERSARIAL_LOSSES[name](reduction="none")
    for side, mean in zip(
        (loss.generator_loss, loss.discriminator_loss), by_the_book(name, *logits), strict=True
    ):
        values = np.asarray(side(*logits))
        assert values.shape == logits[0].shape[:-1]
        assert values.mean() == pytest.approx(mean, rel=1e-5)


@pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="replicas are TensorFlow's")
@pytest.mark.parametrize("name", ADVERSARIAL_LOSSES)
def test_each_of_two_replicas_contributes_half(monkeypatch, logits, name):
    import tensorflow as tf

    loss = adversarial_loss(name)
    alone = both(loss, *logits)
    monkeypatch.setattr(tf.distribute, "get_strategy", lambda: SimpleNamespace(num_replicas_in_sync=2))
    assert both(loss, *logits) == pytest.approx([value / 2 for value in alone])


@pytest.mark.parametrize("name", ADVERSARIAL_LOSSES)
def test_adversarial_losses_survive_serialisation(logits, name):
    smoothing = 0.0 if name == "hinge" else 0.2
    loss = ADVERSARIAL_LOSSES[name](label_smoothing=smoothing, name="game", reduction="sum")
    again = keras.losses.deserialize(keras.losses.serialize(loss))
    assert type(again) is type(loss)
    assert (again.label_smoothing, again.name, again.reduction) == (smoothing, "game", "sum")
    assert both(again, *logits) == both(loss, *logits)


def test_an_unknown_name_lists_the_known_ones():
    with pytest.raises(ConfigError, match=r"minimax, .*, least_squares\. Received: 'wgan'"):
        adversarial_loss("wgan")


@pytest.mark.parametrize("smoothing", [-0.1, 1.0])
def test_smoothing_has_a_range(smoothing):
    with pytest.raises(ConfigError, match=rf"\[0, 1\).*Received: label_smoothing={smoothing}"):
        adversarial_loss("minimax", label_smoothing=smoothing)


def test_the_hinge_has_no_labels_to_smooth():
    with pytest.raises(ConfigError, match=r"margins\. Received: label_smoothing=0\.1\. Leave it at 0"):
        adversarial_loss("hinge", label_smoothing=0.1)


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
@pytest.mark.parametrize("name", ADVERSARIAL_LOSSES)
def test_the_range_of_the_discriminators_loss_is_the_formulas(name, smoothing):
    if smoothing and name not in WITH_LABELS:
        return
    lowest, blind = adversarial_loss(name, label_smoothing=smoothing).discriminator_loss_range()
    logits = np.linspace(-15, 15, 1501)
    sides = [by_the_book(name, logit + np.zeros(1), -logit + np.zeros(1), smoothing)[1] for logit in logits]
    # With smoothed labels the two logits that are right differ: the least over each by itself.
    if name in ("minimax", "non_saturating", "least_squares"):
        reals = [by_the_book(name, logit + np.zeros(1), np.full(1, -30.0), smoothing)[1] for logit in logits]
        if name == "least_squares":
            reals = [by_the_book(name, logit + np.zeros(1), np.zeros(1), smoothing)[1] for logit in logits]
        sides += reals
    if not (smoothing and name == "relativistic"):  # whose two logits cannot both be right
        assert lowest == pytest.approx(min(sides), abs=1e-3)
    alike = min(by_the_book(name, np.full(1, logit), np.full(1, logit), smoothing)[1] for logit in logits)
    assert blind == pytest.approx(alike, rel=0.02)


def test_probabilities_are_of_what_each_loss_makes_of_its_logits(logits):
    def means(name):
        return [np.asarray(each).mean() for each in adversarial_loss(name).probabilities(*logits)]

    assert means("hinge") == pytest.approx([belief(each).mean() for each in logits], rel=1e-5)
    assert means("relativistic") == pytest.approx([each.mean() for each in relative(*logits)], rel=1e-4)
    assert means("least_squares") == pytest.approx([np.clip(each, 0, 1).mean() for each in logits], rel=1e-5)
