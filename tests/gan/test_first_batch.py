"""What an SRGAN is fed: it works, or is an error in three parts before the first step."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from gan_networks import judge, noise_pairs, small_gan

from waifu4x_tf.errors import ConfigError
from waifu4x_tf.gan.srgan import SRGAN
from waifu4x_tf.losses.adversarial import NonSaturatingLoss
from waifu4x_tf.models.zoo import build_discriminator, build_generator

SMALL, LARGE = noise_pairs(4)


class Batches(keras.utils.PyDataset):
    """One batch again and again."""

    def __init__(self, *batch):
        super().__init__()
        self._batch = batch

    def __len__(self):
        return 1

    def __getitem__(self, index):
        """The batch."""
        return self._batch


def ways_to_give(small, large):
    """The same pairs as a Keras user may have them."""
    return {
        "arrays": lambda: (small, large),
        "tensors": lambda: (tf.constant(small), tf.constant(large)),
        "PyDataset": lambda: (Batches(small, large),),
        "tf.data": lambda: (tf.data.Dataset.from_tensor_slices((small, large)).batch(2),),
        "generator": lambda: ((pair for pair in [(small, large)] * 2),),
    }


@pytest.fixture(scope="module")
def gan():
    """Compiled, of four times the size."""
    return small_gan(run_eagerly=True)


def refused(gan, received, *data, **options):
    before = gan.get_weights()
    with pytest.raises(ConfigError, match=rf"\. Received: .*{received}") as refusal:
        gan.fit(*data, verbose=0, **options)
    way_out = str(refusal.value).partition("Received: ")[2]
    assert ". " in way_out
    for ours, theirs in zip(gan.get_weights(), before, strict=True):
        np.testing.assert_array_equal(ours, theirs)


@pytest.mark.parametrize("way", ways_to_give(SMALL, LARGE))
def test_pairs_are_taken_however_they_come_and_none_is_lost(gan, way):
    seen = []
    count = keras.callbacks.LambdaCallback(on_train_batch_end=lambda batch, logs: seen.append(batch))
    options = {"steps_per_epoch": 2} if way == "generator" else {}
    data = ways_to_give(SMALL, LARGE)[way]()
    gan.fit(*data, batch_size=2, shuffle=False, verbose=0, callbacks=[count], **options)
    assert len(seen) == {"PyDataset": 1}.get(way, 2)


@pytest.mark.parametrize("way", ways_to_give(SMALL, LARGE))
def test_levels_in_place_of_0_to_1_are_refused_however_they_come(gan, way):
    levels = ways_to_give(SMALL * 255, LARGE * 255)[way]()
    refused(gan, "small from 0.* to 25", *levels)


@pytest.mark.parametrize(
    ("data", "received"),
    [
        ((SMALL, (LARGE * 255).astype(np.uint8)), "large of dtype uint8"),
        (((SMALL * 255).astype(np.uint8), LARGE), "small of dtype uint8"),
        ((SMALL, LARGE * 255), "large from 0 to 25"),
        ((SMALL, LARGE * 2 - 1), "large from -1 to 1"),
        ((SMALL, np.full_like(LARGE, np.nan)), "large from nan to nan"),
        ((LARGE, SMALL), r"small \(4, 32, 32, 3\), large \(4, 8, 8, 3\)\. They are swapped"),
        ((SMALL, LARGE[:, ::2, ::2]), r"large \(4, 16, 16, 3\)\. From this small size .* makes 32x32"),
        ((SMALL[..., :1], LARGE), r"small \(4, 8, 8, 1\)"),
        ((SMALL[0], LARGE[0]), r"small \(8, 8, 3\)"),
        ((SMALL,), r"shape \(4, 8, 8, 3\) with NoneType"),
        ((Batches(SMALL),), r"shape \(4, 8, 8, 3\) with NoneType"),
        ((Batches(SMALL, LARGE, np.ones(4)),), "sample_weight"),
    ],
)
def test_what_would_train_a_wrong_network_is_refused(gan, data, received):
    refused(gan, received, *data)


@pytest.mark.parametrize("options", [{"sample_weight": np.ones(4)}, {"class_weight": {0: 1.0}}])
def test_weights_of_samples_are_refused(gan, options):
    refused(gan, "sample_weight or class_weight", SMALL, LARGE, **options)


def test_other_doors_check_as_well(gan):
    for call in (gan.train_on_batch, gan.test_on_batch):
        with pytest.raises(ConfigError, match="They are swapped"):
            call(LARGE, SMALL)
    with pytest.raises(ConfigError, match="of dtype uint8"):
        gan.predict((SMALL * 255).astype(np.uint8), verbose=0)


def test_a_discriminator_of_another_size_is_named():
    gan = SRGAN(
        build_generator("compact", width=4, blocks=1),
        build_discriminator("srgan", patch_size=48, width=2, dense_width=4),
    )
    gan.compile("adam", "adam", adversarial="hinge")
    refused(gan, r"large \(4, 32, 32, 3\)\. Build the discriminator with patch_size=32", SMALL, LARGE)


def test_networks_without_weights_are_refused():
    unbuilt = keras.Sequential([keras.layers.Conv2D(3, 3)], name="mine")
    for networks in ((unbuilt, judge()), (build_generator("compact", width=4, blocks=1), unbuilt)):
        with pytest.raises(
            ConfigError, match=r"Received: a (generator|discriminator), 'mine', not yet built"
        ):
            SRGAN(*networks)


def test_losses_may_be_names():
    gan = small_gan(terms={"pixel": "mae", "adversarial": "non_saturating"}, weights={"adversarial": 0.1})
    other = small_gan()
    logs = [model.test_on_batch(SMALL, LARGE, return_dict=True) for model in (gan, other)]
    assert logs[0] == logs[1]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"pixel": "psnr"}, "A pixel loss is one of .* Received: 'psnr'"),
        ({"perceptual": "vgg"}, "The loss `perceptual` is an object of the class Loss.*Received: 'vgg'"),
        ({"pixel": keras.losses.mean_absolute_error}, "The loss `pixel` is an object"),
        ({"adversarial": keras.losses.MeanSquaredError()}, "of the class AdversarialLoss"),
        ({"loss": "mae"}, "SRGAN.compile takes .* Received: loss. A loss between pictures goes into `pixel`"),
        ({"discriminator_steps": 0}, "at least 1. Received: 0"),
        ({"g_optimizer": keras.optimizers.Adam(use_ema=True)}, "use_ema=True.*ema_half_life"),
    ],
)
def test_what_compile_does_not_take_is_named(options, message):
    gan = SRGAN(build_generator("compact", width=4, blocks=1), judge())
    given = {"g_optimizer": "adam", "d_optimizer": "adam", "adversarial": NonSaturatingLoss(), **options}
    with pytest.raises(ConfigError, match=message):
        gan.compile(**given)


def test_metrics_of_outputs_and_originals_are_logged():
    gan = small_gan(metrics=["mae", keras.metrics.MeanSquaredError(name="squares")])
    scores = gan.evaluate(SMALL, LARGE, verbose=0, return_dict=True)
    difference = np.clip(gan.predict(SMALL, verbose=0), 0, 1) - LARGE
    assert scores["mae"] == pytest.approx(np.abs(difference).mean(), rel=1e-5)
    assert scores["squares"] == pytest.approx(np.square(difference).mean(), rel=1e-5)
