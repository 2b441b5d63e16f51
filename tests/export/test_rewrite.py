"""The final clip by int8 saturation: gone from the graph, and nobody can tell from the answers."""

import keras
import numpy as np
import pytest
from export_files import drawn_patches, for_tiles, rewritten
from keras import ops
from tiny_networks import tiny_generator

from export.rewrite import clip_by_saturation
from export.tflite import convert, converter_output
from export.tflite_graph import TfliteGraph
from export.verify import operators
from waifu4x_tf.data.procedural import draw_rgb
from waifu4x_tf.inference.engines import LiteRTEngine

CLIPS = {"MINIMUM", "MAXIMUM", "RELU", "RELU_0_TO_1"}


@pytest.fixture(scope="module")
def patches():
    return drawn_patches(lr_size=32)


@pytest.fixture(scope="module")
def raw_int8(patches):
    """The int8 file as the converter gives it."""
    return converter_output(tiny_generator(), "int8", patches)


def answer(content: bytes, picture: np.ndarray) -> np.ndarray:
    return LiteRTEngine(content, "test").run(picture[None])[0]


def test_the_clip_goes_and_everything_else_stays(raw_int8):
    clipped = rewritten(raw_int8, clip_by_saturation)
    before, after = (operators(TfliteGraph(content)) for content in (raw_int8, clipped))
    gone = {name: count - after.get(name, 0) for name, count in before.items() if count != after.get(name, 0)}
    assert gone
    # One ReLU may be the lower half of the clip; the five of the network's own are parts of its convolutions.
    assert set(gone) <= CLIPS
    assert set(after) <= set(before)


def test_answers_agree_with_the_file_before(raw_int8):
    clipped = rewritten(raw_int8, clip_by_saturation)
    for seed in range(4):
        picture = draw_rgb(seed, seed=12, width=40, height=32)
        before, after = answer(raw_int8, picture).astype(int), answer(clipped, picture).astype(int)
        assert np.abs(before - after).max() <= 2
        assert np.abs(before - after).mean() < 0.6


def test_it_is_nearer_to_the_float_network_than_the_file_before(raw_int8):
    model, clipped = tiny_generator(), rewritten(raw_int8, clip_by_saturation)
    errors = {"before": [], "after": []}
    for seed in range(4):
        picture = draw_rgb(seed, seed=12, width=40, height=32)
        exact = 255 * np.asarray(model(picture[None].astype(np.float32) / 255))[0]
        errors["before"].append(np.abs(answer(raw_int8, picture) - exact).mean())
        errors["after"].append(np.abs(answer(clipped, picture) - exact).mean())
    assert np.mean(errors["after"]) <= np.mean(errors["before"])


def test_what_lies_outside_the_range_saturates(patches):
    """A network that overshoots on both sides: 1.5 x - 0.25, as a sum of two convolutions."""
    picture = keras.Input((None, None, 3))
    steeper, darker = (keras.layers.Conv2D(48, 1, name=name) for name in ("steeper", "darker"))
    sums = keras.layers.Add()([steeper(picture), darker(picture)])
    model = keras.Model(picture, ops.depth_to_space(ops.clip(sums, 0.0, 1.0), 4))
    spread = np.tile(np.eye(3, dtype=np.float32), 16)[None, None]
    steeper.set_weights([spread, np.zeros(48)])
    darker.set_weights([0.5 * spread, np.full(48, -0.25)])
    content = convert(model, "int8", patches)
    assert not CLIPS & set(operators(TfliteGraph(content)))
    for level in (0, 20, 100, 235, 255):
        field = np.full((8, 8, 3), level, np.uint8)
        expected = np.clip(1.5 * level - 0.25 * 255, 0, 255)
        assert np.abs(answer(content, field).astype(float) - expected).max() <= 2


def test_black_and_white_stay(exported):
    content = (exported[0] / "tiny_int8_dynamic.tflite").read_bytes()
    assert not CLIPS & set(operators(TfliteGraph(content)))
    for level in (0, 255):
        assert (answer(content, np.full((12, 12, 3), level, np.uint8))[8:-8, 8:-8] == level).all()


def test_a_second_time_changes_nothing(raw_int8):
    once = rewritten(raw_int8, clip_by_saturation)
    assert once != rewritten(raw_int8)
    assert rewritten(once, clip_by_saturation) == once


def test_float_files_are_left_alone(tiny_models):
    content = (tiny_models / "tiny_float32.tflite").read_bytes()
    assert rewritten(content, clip_by_saturation) == rewritten(content)


def network_ending(build) -> keras.Model:
    picture = keras.Input((None, None, 3))
    x = keras.layers.Conv2D(48, 3, padding="same", name="spread")(picture)
    return keras.Model(picture, build(picture, x))


ENDINGS = {
    "without a clip": lambda picture, x: ops.depth_to_space(x + ops.tile(picture, (1, 1, 1, 16)), 4),
    "without a shuffle": lambda picture, x: ops.clip(x + ops.tile(picture, (1, 1, 1, 16)), 0.0, 1.0),
    "with two shuffles": lambda picture, x: ops.depth_to_space(
        ops.depth_to_space(ops.clip(x + ops.tile(picture, (1, 1, 1, 16)), 0.0, 1.0), 2), 2
    ),
    "without a sum": lambda picture, x: ops.depth_to_space(ops.clip(x, 0.0, 1.0), 4),
    "with a clip at a half": lambda picture, x: ops.depth_to_space(
        ops.clip(x + ops.tile(picture, (1, 1, 1, 16)), 0.0, 0.5), 4
    ),
    "with a clip at a tenth": lambda picture, x: ops.depth_to_space(
        ops.clip(x + ops.tile(picture, (1, 1, 1, 16)), 0.1, 1.0), 4
    ),
}


@pytest.mark.parametrize("ending", ENDINGS)
def test_other_networks_are_left_alone(patches, ending):
    content = converter_output(network_ending(ENDINGS[ending]), "int8", patches[:4])
    assert rewritten(content, clip_by_saturation) == rewritten(content)


@pytest.mark.parametrize("name", ["tiny_int8.tflite", "tiny_float32.tflite"])
def test_a_fixed_size_changes_no_number(tiny_models, name):
    content = (tiny_models / name).read_bytes()
    fixed = LiteRTEngine(for_tiles(content, 24), "fixed")
    assert fixed.fixed_size == (24, 24)
    tile = np.random.default_rng(0).integers(0, 256, (1, 24, 24, 3), np.uint8)
    assert (fixed.run(tile) == LiteRTEngine(content, "any size").run(tile)).all()
