"""A network starts with the answers of the one it grows from, nearly so when it is deeper."""

import keras
import numpy as np
import pytest
from tiny_networks import tiny_generator, with_a_dead_layer

from train.growing import living_channels, revive, start_from
from waifu4x_tf.errors import ModelError
from waifu4x_tf.models.zoo import build_generator

SMALL = np.random.default_rng(0).random((1, 20, 17, 3), np.float32)


@pytest.fixture
def trained(tmp_path):
    """A network of 2 blocks of 8 channels, in a file."""
    network = tiny_generator()
    network.save(tmp_path / "trained.keras")
    return network, tmp_path / "trained.keras"


def test_as_deep_it_answers_the_same(trained):
    network, path = trained
    again = build_generator("compact", width=8, blocks=2)
    start_from(again, path)
    np.testing.assert_array_equal(np.asarray(again(SMALL)), np.asarray(network(SMALL)))


@pytest.mark.parametrize("blocks", [3, 4, 7])
def test_deeper_it_answers_nearly_the_same(trained, blocks):
    shallow, path = trained
    deep = build_generator("compact", width=8, blocks=blocks)
    start_from(deep, path)
    expected = np.asarray(shallow(SMALL))
    assert expected.std() > 0.1
    assert np.abs(np.asarray(deep(SMALL)) - expected).mean() < 0.1 * expected.std()


def test_blocks_are_repeated_evenly_and_each_copy_adds_its_share(trained):
    shallow, path = trained
    deep = build_generator("compact", width=8, blocks=5)
    start_from(deep, path)
    for index, (source, copies) in enumerate([(1, 3), (1, 3), (1, 3), (2, 2), (2, 2)], start=1):
        for end, share in (("conv1", 1), ("conv2", copies)):
            values = deep.get_layer(f"block{index}_{end}").get_weights()
            for value, whole in zip(
                values, shallow.get_layer(f"block{source}_{end}").get_weights(), strict=True
            ):
                np.testing.assert_array_equal(value, whole / share)


def test_every_new_block_learns_from_the_first_step_on(trained):
    deep = build_generator("compact", width=8, blocks=4)
    start_from(deep, trained[1])
    deep.compile(keras.optimizers.SGD(0.05), "mae")
    rng = np.random.default_rng(1)
    small, large = rng.random((2, 12, 12, 3), np.float32), rng.random((2, 48, 48, 3), np.float32)
    before = {layer.name: layer.get_weights()[0] for layer in deep.layers if layer.weights}
    deep.train_on_batch(small, large)
    for name in ("block3_conv1", "block3_conv2", "block4_conv1", "block4_conv2"):
        assert np.abs(deep.get_layer(name).get_weights()[0] - before[name]).max() > 0


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ({"width": 8, "blocks": 1}, "block2_conv1, block2_conv2"),
        ({"width": 12, "blocks": 2}, "head"),
        ({"width": 8, "blocks": 2, "scale": 2}, "bilinear, tail"),
    ],
)
def test_another_network_is_refused_by_its_layers(trained, arguments, named):
    fresh = build_generator("compact", **arguments)
    before = fresh.get_weights()
    with pytest.raises(ModelError, match=f"same network, or of one with fewer blocks.*differs in .*{named}"):
        start_from(fresh, trained[1])
    for a, b in zip(before, fresh.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.fixture
def pictures():
    return np.random.default_rng(2).random((3, 16, 16, 3), np.float32)


def test_channels_that_have_died_begin_anew_with_the_same_answers(pictures):
    network = with_a_dead_layer("block2_conv1")
    dead = {name: ~living for name, living in living_channels(network, pictures).items()}
    assert dead["block2_conv1"].all()
    expected = np.asarray(network(pictures))
    before = {layer.name: layer.get_weights() for layer in network.layers}
    assert revive(network, pictures) == 8 + dead["block1_conv1"].sum()
    np.testing.assert_array_equal(np.asarray(network(pictures)), expected)
    assert living_channels(network, pictures)["block2_conv1"].any()
    begun = network.get_layer("block2_conv1")
    assert (begun.get_weights()[0] != np.asarray(begun.kernel_initializer(begun.kernel.shape))).all()
    alive = ~dead["block1_conv1"]
    assert alive.any()
    for a, b in zip(network.get_layer("block1_conv1").get_weights(), before["block1_conv1"], strict=True):
        np.testing.assert_array_equal(a[..., alive], b[..., alive])


@pytest.mark.parametrize("name", ["espcn", "srcnn", "srresnet"])
def test_networks_without_relu_in_blocks_stay_as_they_are(name, pictures):
    network = build_generator(name)
    before = network.get_weights()
    assert revive(network, pictures) == 0
    for a, b in zip(before, network.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
