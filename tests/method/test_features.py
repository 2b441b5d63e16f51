"""Feature maps of a .tflite: the same that Keras' layers hold, found by the graph's structure."""

import numpy as np
import pytest

from waifu4x_tf.data.procedural import draw
from waifu4x_tf.errors import ModelError
from waifu4x_tf.method.features import layer_outputs, liveliest, signed_colours, trunk_tensors
from waifu4x_tf.models import zoo


def stages_of(name: str) -> list[str]:
    blocks = zoo.shipped_card(name).arguments["blocks"]
    return ["head", *(f"block{index}_add" for index in range(1, blocks + 1))]


STAGES = stages_of("compact")


@pytest.fixture(scope="module")
def picture():
    return draw("face", seed=20_260, width=40, height=32)


@pytest.fixture(scope="module")
def maps(picture):
    return layer_outputs(picture)


def keras_layers(picture: np.ndarray) -> list[list[np.ndarray]]:
    """Outputs of the same layers by Keras: of its weights in float16, and as they are."""
    import keras

    network = zoo.build_generator("compact", weights="shipped")
    layers = keras.Model(network.input, [network.get_layer(name).output for name in STAGES])
    exact, found = network.get_weights(), []
    for weights in ([array.astype(np.float16).astype(np.float32) for array in exact], exact):
        network.set_weights(weights)
        outputs = layers(picture[None].astype(np.float32) / 255)
        found.append([np.asarray(each)[0] for each in outputs])
    return found


def test_they_are_what_keras_layers_hold(picture, maps):
    assert list(maps) == STAGES
    # Weights are all that the file rounds: with the same rounding the sums agree to float32's own.
    rounded, exact = keras_layers(picture)
    for name, same, close in zip(STAGES, rounded, exact, strict=True):
        largest = np.abs(close).max()
        np.testing.assert_allclose(maps[name], same, rtol=0, atol=1e-5 * largest, err_msg=name)
        np.testing.assert_allclose(maps[name], close, rtol=0, atol=0.02 * largest, err_msg=name)
        assert maps[name].std() > 0.05 * largest


def test_the_variants_are_read_as_well(picture, maps):
    path = zoo.WEIGHTS / "compact_denoise1_float16_dynamic.tflite"
    others = layer_outputs(picture, path)
    assert list(others) == stages_of("compact_denoise1")
    assert np.abs(others["block3_add"] - maps["block3_add"]).max() > 0.1


def test_a_graph_of_any_width_and_depth_is_read(tiny_models, picture):
    maps = layer_outputs(picture, tiny_models / "tiny_float32.tflite")
    assert next(iter(maps)) == "head"
    assert len(maps) >= 2
    assert {values.shape[:2] for values in maps.values()} == {picture.shape[:2]}


def test_a_graph_that_is_no_residual_chain_is_refused():
    from export.tflite import convert

    content = convert(zoo.build_generator("espcn", scale=2, width=4, mapping_width=4), "float32", None)
    with pytest.raises(ModelError, match=r"chain of residual blocks. Received: espcn\.tflite"):
        trunk_tensors(content, "espcn.tflite")


def test_files_that_cannot_be_read_are_reported(tmp_path, tiny_models, picture):
    with pytest.raises(ModelError, match=r"Received: .*none\.tflite"):
        layer_outputs(picture, tmp_path / "none.tflite")
    (tmp_path / "bad.tflite").write_bytes(b"not a model")
    with pytest.raises(ModelError, match=r"readable .tflite file. Received: .*bad\.tflite"):
        layer_outputs(picture, tmp_path / "bad.tflite")
    with pytest.raises(ModelError, match="float32"):
        layer_outputs(picture, zoo.WEIGHTS / "compact_int8_dynamic.tflite")


def test_the_liveliest_are_those_that_vary_most_in_their_own_order():
    features = np.random.default_rng(0).normal(size=(9, 7, 5)) * [3, 0, 5, 1, 4]
    assert liveliest(features, 3) == [0, 2, 4]


def test_colours_tell_sign_and_size():
    colours = signed_colours(np.array([[-2.0, -1.0, 0.0, 1.0, 2.0, 9.0]]), most=2.0)[0].astype(int)
    assert (colours[0] == [38, 84, 190]).all()
    assert (colours[2] == 244).all()
    assert (colours[4] == [190, 32, 48]).all()
    assert (colours[5] == colours[4]).all()
    assert colours[1, 2] > colours[1, 0]
    assert colours[3, 0] > colours[3, 2]
    assert (signed_colours(np.zeros((2, 3))) == 244).all()
