"""What callbacks do to the generator's learning rate, the discriminator's takes part in."""

import keras
import pytest
from gan_networks import noise_pairs, small_gan


def rates(callbacks, *, epochs=3, d_rate=2e-3, schedule=None):
    """Both rates after each epoch."""
    gan, seen = small_gan("adam", run_eagerly=True), []
    gan.d_optimizer.learning_rate = d_rate if schedule is None else schedule
    note = keras.callbacks.LambdaCallback(
        on_epoch_begin=lambda epoch, logs: seen.append(gan),
        on_train_batch_begin=lambda batch, logs: seen.append(
            (float(gan.optimizer.learning_rate), float(gan.d_optimizer.learning_rate))
        ),
    )
    gan.fit(*noise_pairs(2), batch_size=2, epochs=epochs, verbose=0, callbacks=[*callbacks, note])
    return [pair for pair in seen if isinstance(pair, tuple)]


def test_a_scheduler_reaches_both_optimizers():
    halved = keras.callbacks.LearningRateScheduler(lambda epoch, rate: 1e-3 * 0.5**epoch)
    expected = [(1e-3 * 0.5**epoch, 2e-3 * 0.5**epoch) for epoch in range(3)]
    for pair, wanted in zip(rates([halved]), expected, strict=True):
        assert pair == pytest.approx(wanted, rel=1e-5)


def test_a_reduction_on_a_plateau_reaches_both_optimizers():
    plateau = keras.callbacks.ReduceLROnPlateau("psnr", mode="min", factor=0.1, patience=1, min_delta=1e9)
    found = rates([plateau], epochs=3)
    assert found[-1] == pytest.approx((1e-4, 2e-4), rel=1e-5)


def test_a_callback_that_sets_both_rates_itself_is_left_alone():
    class Mine(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch, logs=None):
            self.model.optimizer.learning_rate = 5e-4
            self.model.d_optimizer.learning_rate = 7e-4

    assert rates([Mine()])[-1] == pytest.approx((5e-4, 7e-4), rel=1e-5)


def test_without_such_a_callback_nothing_changes():
    assert rates([]) == [pytest.approx((1e-3, 2e-3), rel=1e-5)] * 3


def test_several_steps_of_the_discriminator_are_its_updates_on_one_batch():
    small, large = noise_pairs(4)
    twice, once = small_gan(discriminator_steps=2, run_eagerly=True), small_gan(run_eagerly=True)
    twice.train_on_batch(small, large)
    before = once.generator.get_weights()
    once.train_on_batch(small, large)
    once.generator.set_weights(before)
    assert int(twice.d_optimizer.iterations) == 2
    assert int(twice.optimizer.iterations) == 1
    once.optimizer.learning_rate = 0.0
    once.train_on_batch(small, large)
    learned = zip(
        twice.discriminator.trainable_variables, once.discriminator.trainable_variables, strict=True
    )
    for ours, theirs in learned:
        assert abs(ours - theirs).numpy().max() < 1e-6


def test_after_its_half_life_half_of_the_average_is_new():
    gan = small_gan(ema_half_life=3, run_eagerly=True)
    start = gan.averaged.get_weights()[0].copy()
    gan.optimizer.learning_rate = 0.0
    gan.generator.trainable_variables[0].assign_add(0.8 + 0 * start)
    for _ in range(3):
        gan.train_on_batch(*noise_pairs(2))
    change = gan.averaged.get_weights()[0] - start
    assert change == pytest.approx(0.4, abs=1e-5)
