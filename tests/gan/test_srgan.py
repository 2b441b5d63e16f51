"""SRGAN under plain fit: what a step does, what is logged, and that a resumed run loses nothing."""

import shutil
import warnings

import keras
import numpy as np
import pytest
import tensorflow as tf
from gan_networks import judge, noise_pairs, small_gan, trained_weights

from train.state import restore_state, save_state
from waifu4x_tf.data.patches import PairedPatches
from waifu4x_tf.errors import ConfigError
from waifu4x_tf.gan.srgan import SRGAN
from waifu4x_tf.losses.adversarial import NonSaturatingLoss, RelativisticAverageLoss
from waifu4x_tf.losses.perceptual import PerceptualLoss
from waifu4x_tf.models.zoo import build_generator

NAMES = {"loss", "pixel", "adversarial", "d_loss", "d_real", "d_fake", "psnr"}


def assert_equal(ours, theirs, tolerance=0.0):
    for a, b in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(a, b, rtol=0, atol=tolerance)


@pytest.fixture(scope="module")
def plain():
    """Weights and log of two epochs."""
    return trained_weights(small_gan())


# --- a step ---


def test_a_step_is_the_discriminators_and_then_the_generators():
    gan = small_gan(run_eagerly=True)
    by_hand = small_gan()
    small, large = (tf.constant(side) for side in noise_pairs(4))
    game, pixel = NonSaturatingLoss(), keras.losses.MeanAbsoluteError()
    generator, discriminator = by_hand.generator, by_hand.discriminator
    with tf.GradientTape() as tape:
        fake = generator(small, training=True)
        both = discriminator(tf.concat([large, fake], 0), training=True)
        d_loss = game.discriminator_loss(*tf.split(both, 2))
    for variable, gradient in zip(
        discriminator.trainable_variables,
        tape.gradient(d_loss, discriminator.trainable_variables),
        strict=True,
    ):
        variable.assign(variable - 0.05 * gradient)
    with tf.GradientTape() as tape:
        fake = generator(small, training=True)
        logits = discriminator(fake, training=False)
        g_loss = pixel(large, fake) + 0.1 * tf.reduce_mean(tf.nn.softplus(-logits))
    before = [np.array(variable) for variable in generator.trainable_variables]
    for variable, gradient in zip(
        generator.trainable_variables, tape.gradient(g_loss, generator.trainable_variables), strict=True
    ):
        variable.assign(variable - 0.05 * gradient)

    logs = gan.train_on_batch(small, large, return_dict=True)
    assert_equal(gan.generator.get_weights(), generator.get_weights(), 1e-7)
    assert_equal(gan.discriminator.get_weights(), discriminator.get_weights(), 1e-7)
    assert logs["loss"] == pytest.approx(float(g_loss), rel=1e-5)
    assert logs["d_loss"] == pytest.approx(float(d_loss), rel=1e-5)
    means = [0.9 * a + 0.1 * np.array(b) for a, b in zip(before, generator.trainable_variables, strict=True)]
    learned = [w for layer in gan.averaged.layers if layer.name != "bilinear" for w in layer.get_weights()]
    assert_equal(learned, means, 1e-6)


def test_every_term_is_logged_weighted_and_by_itself(plain):
    _, log = plain
    assert log.keys() == NAMES
    np.testing.assert_allclose(np.add(log["pixel"], log["adversarial"]), log["loss"], rtol=1e-6)
    assert 0.02 < log["adversarial"][0] < 0.2  # about 0.1 * log 2
    assert all(0 < value < 1 for name in ("d_real", "d_fake") for value in log[name])


def test_evaluate_and_predict_use_the_averaged_generator():
    gan = small_gan()
    trained_weights(gan, 1)
    small, large = noise_pairs(2)
    expected = np.asarray(gan.averaged(small))
    assert np.abs(expected - np.asarray(gan.generator(small))).max() > 1e-4
    np.testing.assert_allclose(gan.predict(small, verbose=0), expected, atol=1e-6)
    told = gan.evaluate(small, large, verbose=0, return_dict=True)
    assert told.keys() == NAMES
    assert told["pixel"] == pytest.approx(np.abs(expected - large).mean(), rel=1e-4)
    mse = np.square(expected - large).mean(axis=(1, 2, 3))
    assert told["psnr"] == pytest.approx(np.mean(-10 * np.log10(mse)), rel=1e-4)


def test_without_averaging_there_is_no_copy():
    gan = small_gan(ema_half_life=0)
    assert gan.averaged is None
    small, _ = noise_pairs(1)
    np.testing.assert_allclose(gan.predict(small, verbose=0), np.asarray(gan.generator(small)), atol=1e-6)


def test_the_relativistic_game_trains_the_generator_too():
    terms = {"adversarial": RelativisticAverageLoss()}
    gan = small_gan(terms=terms)
    before = gan.generator.get_weights()
    trained_weights(gan, 1)
    assert max(np.abs(a - b).max() for a, b in zip(before, gan.generator.get_weights(), strict=True)) > 0


# --- ways to run it ---


@pytest.mark.parametrize(
    ("options", "tolerance"),
    [
        ({"steps_per_execution": 2}, 0.0),
        ({"jit_compile": True}, 1e-6),
        ({"run_eagerly": True}, 1e-6),
        ({"policy": "mixed_bfloat16"}, 2e-3),
        ({"policy": "mixed_float16"}, 1e-3),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_other_ways_to_run_it_give_the_same_numbers(plain, options, tolerance):
    weights, log = trained_weights(small_gan(**options))
    assert_equal(weights, plain[0], tolerance)
    for name, values in log.items():
        np.testing.assert_allclose(values, plain[1][name], rtol=max(tolerance, 1e-5))


def test_both_losses_are_scaled_under_float16():
    gan = small_gan(policy="mixed_float16")
    for optimizer in (gan.optimizer, gan.d_optimizer):
        assert isinstance(optimizer, keras.optimizers.LossScaleOptimizer)


# --- checkpoints ---


def test_a_resumed_run_is_the_uninterrupted_one_bit_for_bit(tmp_path):
    whole = small_gan("adam")
    weights, _ = trained_weights(whole, 4)
    first = small_gan("adam")
    trained_weights(first, 2)
    save_state(first, tmp_path)
    second = small_gan("adam")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert restore_state(second, tmp_path, epoch_steps=2) == 2
    assert_equal(second.get_weights(), first.get_weights())
    assert int(second.d_optimizer.iterations.numpy()) == 4
    resumed, _ = trained_weights(second, 2)
    assert_equal(resumed, weights)


@pytest.mark.parametrize("restores", [False, True])
def test_a_run_that_goes_on_sees_the_patches_that_it_would_have_seen(restores, tmp_path):
    picture = np.random.default_rng(1).integers(0, 256, (96, 96, 3), np.uint8)

    def fit(gan, epochs, begin=0):
        patches = PairedPatches([picture], batch_size=2, lr_size=8, batches_per_epoch=3)
        options = {"initial_epoch": begin}
        if restores:  # finds by itself where to begin
            kept = keras.callbacks.BackupAndRestore(tmp_path / "kept", delete_checkpoint=False)
            options = {"callbacks": [kept]}
        gan.fit(patches, epochs=epochs, verbose=0, **options)
        return gan.get_weights()

    expected = fit(small_gan(), 2)
    shutil.rmtree(tmp_path / "kept", ignore_errors=True)
    fit(gan := small_gan(), 1)
    assert_equal(fit(gan, 2, begin=1), expected)


def test_a_checkpoint_holds_no_vgg(tmp_path):
    perceptual = PerceptualLoss(layers={"conv2_2": 1.0}, weights=None)
    terms = {"pixel": keras.losses.MeanAbsoluteError(), "adversarial": NonSaturatingLoss()}
    sizes = []
    for given in (terms, {**terms, "perceptual": perceptual}):
        gan = small_gan(terms=given)
        _, log = trained_weights(gan, 1)
        save_state(gan, tmp_path)
        sizes.append((tmp_path / "state.weights.h5").stat().st_size)
        assert ("perceptual" in log) == ("perceptual" in given)
    assert abs(sizes[1] - sizes[0]) < 8192


# --- what is refused ---


@pytest.mark.parametrize(
    ("options", "received"),
    [
        ({"pixel": keras.losses.MeanAbsoluteError()}, "losses pixel, weights none"),
        ({}, "losses none, weights none"),
        (
            {"adversarial": NonSaturatingLoss(), "weights": {"pixel": 1.0}},
            "losses adversarial, weights pixel",
        ),
    ],
)
def test_losses_and_weights_go_together(options, received):
    gan = SRGAN(build_generator("compact", width=4, blocks=1), judge())
    with pytest.raises(ConfigError, match=f"compiled with an adversarial loss.*Received: {received}"):
        gan.compile("adam", "adam", **options)


@pytest.mark.parametrize("half_life", [-1, float("nan")])
def test_the_half_life_of_the_average_is_at_least_0(half_life):
    with pytest.raises(ConfigError, match=r"ema_half_life is a number of steps, at least 0\. Received: "):
        SRGAN(build_generator("compact", width=4, blocks=1), judge(), ema_half_life=half_life)
