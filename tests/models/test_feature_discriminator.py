"""The discriminator on VGG19's features: what it learns, what it holds, and its forward pass in NumPy."""

import keras
import numpy as np
import pytest
from network_checks import answer, centred_noise, lively, trainable_count, weights_of
from numpy_layers import convolve, rectify

from waifu4x_tf.losses.vgg import vgg_features
from waifu4x_tf.models.feature_discriminator import FEATURE_LAYERS, build_feature_discriminator

CHANNELS = {"conv1_2": 64, "conv2_2": 128, "conv3_1": 256}


def tiny() -> keras.Model:
    keras.utils.set_random_seed(7)
    return build_feature_discriminator(width=3, vgg_weights=None)


def test_only_the_heads_are_weights():
    model = build_feature_discriminator(width=32, vgg_weights=None)
    heads = sum(32 * channels + 32 + 2 * (9 * 32 * 32 + 32) + 9 * 32 + 1 for channels in CHANNELS.values())
    norms = sum(2 * channels for channels in CHANNELS.values())
    assert trainable_count(model) == heads + norms
    assert model.count_params() == heads + 2 * norms


def test_each_head_is_numpys_layers_on_vgg19s_features():
    model = lively(tiny())
    patch = centred_noise(2, 16, 12) + np.float32(0.5)
    features = vgg_features(FEATURE_LAYERS, None, after_activation=False)(patch)
    logits = []
    for layer, taken in features.items():
        gamma, beta, mean, variance = weights_of(model, f"{layer}_norm")
        x = gamma * (np.asarray(taken) - mean) / np.sqrt(variance + 1e-5) + beta
        for index, strides in ((1, 1), (2, 2), (3, 1)):
            x = rectify(convolve(x, *weights_of(model, f"{layer}_conv{index}"), strides=strides), 0.2)
        logits.append(convolve(x, *weights_of(model, f"{layer}_logits")).mean(axis=(1, 2)))
    np.testing.assert_allclose(answer(model, patch), np.concatenate(logits, axis=1), rtol=2e-3, atol=2e-3)


@pytest.mark.slow
def test_it_tells_sharp_from_smooth_after_a_few_steps():
    model = tiny()
    model.compile(keras.optimizers.Adam(2e-3), keras.losses.BinaryCrossentropy(from_logits=True))
    generator = np.random.default_rng(3)
    sharp = generator.integers(0, 2, (8, 16, 16, 1)).repeat(3, axis=3).astype(np.float32)
    smooth = (sharp + np.roll(sharp, 1, 1) + np.roll(sharp, 1, 2)) / 3
    pictures = np.concatenate([sharp, smooth])
    wanted = np.repeat([[1.0], [0.0]], 8, axis=0).repeat(3, axis=1)
    model.fit(pictures, wanted, epochs=20, batch_size=16, verbose=0)
    logits = model.predict(pictures, verbose=0)
    assert logits[:8].mean() > logits[8:].mean() + 1
