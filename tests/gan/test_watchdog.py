"""A run that goes wrong is stopped with its last good weights and a reason that can be read."""

import logging
import re

import keras
import numpy as np
import pytest
from gan_networks import noise_pairs, small_gan

from waifu4x_tf.errors import ConfigError
from waifu4x_tf.gan.watchdog import Limits, Watchdog, checkerboard, colour_drift
from waifu4x_tf.losses.adversarial import adversarial_loss


class _Spoiler(keras.callbacks.Callback):
    """Does something to the model or to the log after one epoch and all later ones."""

    def __init__(self, epoch, spoil):
        super().__init__()
        self._epoch, self._spoil = epoch, spoil
        self.weights = {}

    def on_epoch_end(self, epoch, logs=None):
        self.weights[epoch + 1] = self.model.get_weights()
        if epoch + 1 >= self._epoch:
            self._spoil(self.model, logs)


def watched(spoil, *, epochs=6, bad_from=3, limits=None):
    gan = small_gan(run_eagerly=True)
    small, large = noise_pairs(4)
    watchdog, spoiler = Watchdog(small[:2], large[:2], limits), _Spoiler(bad_from, spoil)
    gan.fit(small, large, batch_size=4, epochs=epochs, verbose=0, callbacks=[spoiler, watchdog])
    return gan, watchdog, spoiler


def shift_colour(model, logs):
    head = model.averaged.get_layer("tail")
    kernel, bias = head.get_weights()
    head.set_weights([kernel, bias + 0.1])


def shift_one_sub_pixel(model, logs):
    tail = model.averaged.get_layer("tail")
    kernel, bias = tail.get_weights()
    bias[:3] += 0.6
    tail.set_weights([kernel, bias])


@pytest.mark.parametrize(
    ("spoil", "patience", "reason"),
    [
        (lambda model, logs: logs.update(pixel=float("nan")), 3, "pixel is not a number"),
        (lambda model, logs: logs.update(loss=float("inf"), d_loss=float("nan")), 3, "d_loss, loss is not"),
        (lambda model, logs: logs.update(d_loss=0.001), 2, r"discriminator has won: its loss is 0\.0010"),
        (lambda model, logs: logs.update(d_real=0.5, d_fake=0.49996), 2, "has died: .* differ by 4.0e-05"),
        (shift_colour, 1, r"Colours drift: by \d+\.\d levels"),
        (shift_one_sub_pixel, 1, r"A checkerboard of \d+\.\d levels"),
    ],
)
def test_it_stops_with_the_last_good_weights(spoil, patience, reason, caplog):
    limits = Limits(patience=patience, died_gap=5e-5, colour_levels=8.0, checkerboard_levels=4.0)
    with caplog.at_level(logging.WARNING, "waifu4x_tf"):
        gan, watchdog, spoiler = watched(spoil, limits=limits)
    stopped = 3 if "not" in reason else 2 + patience
    assert max(spoiler.weights) == stopped
    assert watchdog.good_epochs == 2
    np.testing.assert_array_equal(gan.get_weights()[0], spoiler.weights[2][0])
    for weight, kept in zip(gan.get_weights(), spoiler.weights[2], strict=True):
        np.testing.assert_array_equal(weight, kept)
    assert watchdog.reason.startswith(f"Stopped after epoch {stopped}: ")
    assert watchdog.reason.endswith("Kept: the weights of epoch 2.")
    ours = [record.getMessage() for record in caplog.records if record.name.startswith("waifu4x_tf")]
    assert ours == [watchdog.reason]  # TensorFlow too warns, of many traces in one process
    assert re.search(reason, watchdog.reason)


@pytest.mark.parametrize(
    ("name", "healthy", "won"),
    [
        ("non_saturating", 0.05, 0.02),
        ("hinge", 0.05, 0.02),
        ("relativistic", 0.05, 0.02),
        ("least_squares", 0.01, 0.003),
    ],
)
def test_each_adversarial_loss_has_its_own_limit_of_winning(name, healthy, won):
    gan = small_gan(terms={"adversarial": adversarial_loss(name)})
    small, large = noise_pairs(2)
    watchdog = Watchdog(small, large, Limits(patience=1))
    watchdog.set_model(gan)
    for d_loss, reason in ((healthy, ""), (won, "The discriminator has won")):
        watchdog.on_train_begin()
        watchdog.on_epoch_end(0, {"d_loss": d_loss, "d_real": 0.9, "d_fake": 0.1})
        assert reason in watchdog.reason
        assert bool(watchdog.reason) == bool(reason)


def test_with_smoothed_labels_a_discriminator_can_win_too():
    """Its loss then never falls below the entropy of its labels, -.1 log .1 - .9 log .9 = 0.325."""
    gan = small_gan(terms={"adversarial": adversarial_loss("non_saturating", label_smoothing=0.1)})
    small, large = noise_pairs(2)
    watchdog = Watchdog(small, large, Limits(patience=1))
    watchdog.set_model(gan)
    watchdog.on_train_begin()
    watchdog.on_epoch_end(0, {"d_loss": 0.33, "d_real": 0.9, "d_fake": 0.0})
    assert "has won" in watchdog.reason


def test_relativistic_logits_may_lie_anywhere_and_the_discriminator_is_not_taken_for_dead():
    loss = adversarial_loss("relativistic")
    real, fake = loss.probabilities(np.full((4, 1), 32.0, np.float32), np.full((4, 1), 30.0, np.float32))
    assert float(np.mean(real)) == pytest.approx(1 / (1 + np.exp(-2)), rel=1e-5)
    assert float(np.mean(fake)) == pytest.approx(1 / (1 + np.exp(2)), rel=1e-5)


def test_a_healthy_run_is_left_alone():
    _, watchdog, spoiler = watched(lambda *_: None, limits=Limits(died_gap=0.0))
    assert (watchdog.reason, watchdog.good_epochs, max(spoiler.weights)) == ("", 6, 6)


def test_bad_epochs_count_only_in_a_row():
    odd = iter(range(100))
    spoil = lambda model, logs: logs.update(d_loss=0.001 if next(odd) % 2 else 1.0)  # noqa: E731
    _, watchdog, _ = watched(spoil, bad_from=1, limits=Limits(patience=2, died_gap=0.0))
    assert watchdog.reason == ""


def test_drift_and_checkerboard_measure_what_they_say():
    originals = np.random.default_rng(0).random((2, 64, 48, 3))
    assert colour_drift(originals, originals) == checkerboard(originals, originals, 4) == 0
    assert colour_drift(originals + 2 / 255, originals) == pytest.approx(2)
    assert checkerboard(originals + 2 / 255, originals, 4) == pytest.approx(0, abs=1e-9)
    pattern = np.zeros((4, 4))
    pattern[::2, ::2] = pattern[1::2, 1::2] = 3 / 255
    tiled = originals + np.tile(pattern, (16, 12))[None, :, :, None]
    assert checkerboard(tiled, originals, 4) == pytest.approx(1.5)
    noisy = originals + np.random.default_rng(1).normal(0, 8 / 255, originals.shape)
    assert colour_drift(noisy, originals) < 1.0
    assert checkerboard(noisy, originals, 4) < 1.0


def test_patience_is_at_least_one():
    with pytest.raises(ConfigError, match=r"patience is at least 1\. Received: 0"):
        Limits(patience=0)
