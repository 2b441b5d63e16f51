"""The discriminator on VGG's features: what it learns, what it holds, and its forward pass in NumPy."""

import keras
import numpy as np
import pytest
from network_checks import answer, centred_noise, lively, trainable_count, weights_of
from numpy_layers import convolve, rectify

from waifu4x_tf.errors import ConfigError
from waifu4x_tf.losses.vgg import vgg_features
from waifu4x_tf.models.feature_discriminator import build_feature_discriminator

CHANNELS = {
    "vgg19": {"conv1_2": 64, "conv2_2": 128, "conv3_1": 256},
    "vgg16": {"conv1_2": 64, "conv2_2": 128, "conv3_3": 256},
}


def tiny(backbone: str = "vgg19") -> keras.Model:
    keras.utils.set_random_seed(7)
    return build_feature_discriminator(width=3, backbone=backbone, vgg_weights=None)


def test_only_the_heads_are_weights():
    model = build_feature_discriminator(width=32, vgg_weights=None)
    channels = CHANNELS["vgg19"].values()
    heads = sum(32 * each + 32 + 2 * (9 * 32 * 32 + 32) + 9 * 32 + 1 for each in channels)
    assert trainable_count(model) == heads
    assert model.count_params() == heads + 2 * sum(channels)  # the moments of the normalisation


@pytest.mark.parametrize("backbone", CHANNELS)
def test_each_head_is_numpys_layers_on_vggs_features(backbone):
    model = lively(tiny(backbone))
    patch = centred_noise(2, 16, 24) + np.float32(0.5)
    features = vgg_features(CHANNELS[backbone], None, backbone=backbone, after_activation=False)(patch)
    logits = []
    for repeats, (layer, taken) in zip((1, 2, 4), features.items(), strict=True):
        mean, variance = weights_of(model, f"{layer}_norm")
        x = (np.asarray(taken) - mean) / np.sqrt(variance + 1e-5)
        for index, strides in ((1, 1), (2, 2), (3, 1)):
            x = rectify(convolve(x, *weights_of(model, f"{layer}_conv{index}"), strides=strides), 0.2)
        x = convolve(x, *weights_of(model, f"{layer}_logits"))
        logits.append(x.repeat(repeats, axis=1).repeat(repeats, axis=2))
    given = answer(model, patch)
    assert given.shape == (2, 8, 12, 3)
    np.testing.assert_allclose(given, np.concatenate(logits, axis=3), rtol=2e-3, atol=2e-3)


def test_a_change_in_one_corner_changes_the_logits_there_alone():
    model = tiny("vgg16")
    patch = centred_noise(1, 64, 64) + np.float32(0.5)
    changed = patch.copy()
    changed[:, :8, :8] = 0
    differs = np.abs(answer(model, changed) - answer(model, patch)).max(axis=(0, 3)) > 0
    assert differs[0, 0]
    assert not differs[24:].any()
    assert not differs[:, 24:].any()


def test_any_size_has_the_places_of_the_first_layer():
    assert answer(tiny(), centred_noise(1, 13, 9)).shape == (1, 7, 5, 3)


def test_an_unknown_backbone_is_refused():
    with pytest.raises(ConfigError, match=r"is one of vgg19, vgg16\. Received: 'vgg11'"):
        build_feature_discriminator(backbone="vgg11", vgg_weights=None)


@pytest.mark.slow
def test_it_tells_sharp_from_smooth_after_a_few_steps():
    model = tiny()
    model.compile(keras.optimizers.Adam(2e-3), keras.losses.BinaryCrossentropy(from_logits=True))
    generator = np.random.default_rng(3)
    sharp = generator.integers(0, 2, (8, 16, 16, 1)).repeat(3, axis=3).astype(np.float32)
    smooth = (sharp + np.roll(sharp, 1, 1) + np.roll(sharp, 1, 2)) / 3
    pictures = np.concatenate([sharp, smooth])
    wanted = np.repeat([1.0, 0.0], 8)[:, None, None, None] * np.ones((8, 8, 3))
    model.fit(pictures, wanted, epochs=20, batch_size=16, verbose=0)
    logits = model.predict(pictures, verbose=0)
    assert logits[:8].mean() > logits[8:].mean() + 1
