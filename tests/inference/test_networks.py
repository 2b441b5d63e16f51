"""Models from files of others: the card beside a file counts, and what is no upscaling network is named."""

import hashlib
import json
import os

import keras
import numpy as np
import pytest
from keras import layers
from PIL import Image

from waifu4x_tf.cli.main import main
from waifu4x_tf.errors import ModelError
from waifu4x_tf.inference.engines import KerasEngine
from waifu4x_tf.inference.identity import identify_model
from waifu4x_tf.inference.loading import load_upscaler
from waifu4x_tf.inference.options import ModelOptions


@pytest.fixture
def model(tiny_models, tmp_path):
    """A model file alone in its folder."""
    path = tmp_path / "mine_int8.tflite"
    path.write_bytes((tiny_models / "tiny_int8.tflite").read_bytes())
    return path


def card_for(model, **parts) -> str:
    sha256 = hashlib.sha256(model.read_bytes()).hexdigest()
    said = {"name": "mine", "scale": 4, "receptive_radius": 9, "files": {model.name: {"sha256": sha256}}}
    return json.dumps({**said, **parts})


@pytest.mark.parametrize("name", ["card.json", "mine_int8.json", "mine.json", "another.json"])
def test_the_card_that_names_a_file_is_used_whatever_its_own_name(model, name):
    (model.parent / name).write_text(card_for(model))
    assert load_upscaler(str(model)).radius == 9


@pytest.mark.parametrize("name", ["card.json", "mine_int8.json", "mine.json"])
@pytest.mark.parametrize("content", ["[" * 100_000, "{", "[]", '{"files": []}', '{"scale": NaN}'])
def test_a_broken_file_with_the_name_of_a_card_is_an_error_that_names_it(model, name, content):
    (model.parent / name).write_text(content)
    with pytest.raises(ModelError, match=rf"{name}.*Received: |Received: .*{name}"):
        load_upscaler(str(model))


@pytest.mark.parametrize("content", ["[" * 100_000, "{", "[]", '{"files": []}', '{"name": "a package"}'])
def test_json_of_others_beside_a_model_is_nothing_to_us(model, content):
    (model.parent / "package.json").write_text(content)
    assert load_upscaler(str(model)).scale == 4


@pytest.mark.parametrize(
    ("parts", "key"),
    [
        ({"scale": None}, "scale"),
        ({"scale": -1}, "scale"),
        ({"receptive_radius": 10**9}, "receptive_radius"),
        ({"files": {"mine_int8.tflite": {"sha256": None}}}, "files.mine_int8.tflite: sha256"),
        ({"files": {"mine_int8.tflite": 3}}, "files.mine_int8.tflite"),
    ],
)
def test_a_hostile_card_ends_the_command_with_2_and_one_line_that_names_file_and_key(
    model, parts, key, tmp_path, capsys
):
    (model.parent / "mine.json").write_text(card_for(model, **parts))
    Image.new("RGB", (2, 2)).save(tmp_path / "a.png")
    options = ["-o", str(tmp_path / "x.png"), "--model", str(model)]
    assert main(["upscale", str(tmp_path / "a.png"), *options]) == 2
    told = capsys.readouterr().err.strip()
    assert "\n" not in told
    assert f"mine.json: {key}" in told
    assert "Received: " in told
    assert "internal error" not in told


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes with names on this system")
def test_a_pipe_beside_a_model_hangs_nothing(model):
    os.mkfifo(model.parent / "other.json")
    assert load_upscaler(str(model)).scale == 4
    os.mkfifo(model.parent / "card.json")
    with pytest.raises(ModelError, match=r"regular file.*card\.json"):
        load_upscaler(str(model))


@keras.saving.register_keras_serializable("of_somebody")
class _Foreign(layers.Layer):
    def call(self, x):
        return x


def _picture(channels: int = 3, edge_px: int | None = None):
    return keras.Input((edge_px, edge_px, channels))


def _two_inputs():
    first, second = _picture(), _picture()
    return keras.Model([first, second], layers.Add()([first, second]))


def _two_outputs():
    picture = _picture()
    return keras.Model(picture, [layers.ReLU()(picture), layers.ReLU()(picture)])


def _of(layer, picture=None):
    picture = _picture() if picture is None else picture
    return keras.Model(picture, layer(picture))


@pytest.mark.parametrize(
    ("build", "rule"),
    [
        (_two_inputs, "one RGB picture"),
        (_two_outputs, "one RGB picture"),
        (lambda: _of(layers.ReLU(), _picture(1)), "one RGB picture"),
        (lambda: _of(layers.ReLU(), _picture(4)), "one RGB picture"),
        (lambda: _of(layers.Conv2D(1, 3, padding="same")), "one RGB picture"),
        (lambda: _of(layers.GlobalAveragePooling2D()), "one RGB picture"),
        (lambda: _of(layers.Dense(3), keras.Input((3,))), "one RGB picture"),
        (lambda: _of(layers.Lambda(lambda x: 2 * x)), "Keras' own layers"),
        (lambda: _of(layers.MaxPooling2D()), "stride-1 convolutions"),
    ],
)
def test_a_network_of_another_kind_is_refused_by_the_name_of_its_file(tmp_path, build, rule):
    path = tmp_path / "odd.keras"
    build().save(path)
    with pytest.raises(ModelError, match=rf"{rule}.*Received: .*odd\.keras"):
        load_upscaler(str(path), engine="keras")


def test_a_foreign_layer_is_refused_by_the_name_of_its_file(tmp_path, monkeypatch):
    path = tmp_path / "odd.keras"
    _of(_Foreign()).save(path)
    monkeypatch.setattr(keras.saving, "get_registered_object", lambda *_, **__: None)
    monkeypatch.delitem(keras.saving.get_custom_objects(), "of_somebody>_Foreign")
    with pytest.raises(ModelError, match=r"Keras' own layers.*Received: .*odd\.keras"):
        load_upscaler(str(path), engine="keras")


def test_a_network_that_fails_on_a_tile_is_reported_as_such():
    network = _of(layers.Conv2D(3, 3), _picture(edge_px=8))
    engine = KerasEngine(network)
    assert engine.fixed_size == (8, 8)
    with pytest.raises(ModelError, match=r"a tile of 1x1 px\. Received from "):
        engine.run(np.zeros((1, 1, 1, 3), np.uint8))


@pytest.mark.parametrize("suffix", ["tflite", "keras"])
def test_a_model_file_of_more_than_2_gib_is_refused_by_its_size_and_not_read(tmp_path, monkeypatch, suffix):
    path = tmp_path / f"huge.{suffix}"
    with path.open("wb") as file:
        file.truncate(3 * 2**30)  # a sparse file, which takes no room
    monkeypatch.setattr(type(path), "read_bytes", lambda _: pytest.fail("was read"))
    engine = "litert" if suffix == "tflite" else "keras"
    rule = rf"at most 2 GiB\. Received: .*huge\.{suffix} of 3\.0 GiB"
    with pytest.raises(ModelError, match=rule):
        load_upscaler(str(path), engine=engine)
    with pytest.raises(ModelError, match=rule):
        identify_model(ModelOptions(str(path), engine))
