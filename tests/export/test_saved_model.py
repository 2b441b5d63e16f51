"""Loading a network for export, and the SavedModel on the way."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from tiny_networks import tiny_generator

from export.saved_model import layer_list, load_generator, temporary_saved_model, write_saved_model
from waifu4x_tf.errors import ModelError, UsageError
from waifu4x_tf.models.zoo import build_generator


def test_a_trained_network_is_loaded(trained):
    model = load_generator(str(trained))
    assert model.name == "compact"
    assert not model.compiled


@pytest.mark.parametrize("name", ["nowhere.keras", "card.json", "tiny_float32.tflite"])
def test_export_starts_from_a_keras_file(trained, name):
    with pytest.raises(ModelError, match=rf"existing \.keras file\. Received: .*{name}"):
        load_generator(trained.with_name(name))


@pytest.mark.parametrize("content", [b"no network", b"PK\x03\x04 cut", b""])
def test_an_unreadable_file_is_named(tmp_path, content):
    path = tmp_path / "broken.keras"
    path.write_bytes(content)
    with pytest.raises(ModelError, match=r"Received: .*broken\.keras"):
        load_generator(path)


def test_a_network_in_reduced_precision_is_refused_by_name(tmp_path):
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        build_generator("compact", width=4, blocks=1).save(tmp_path / "half.keras")
    finally:
        keras.config.set_dtype_policy("float32")
    with pytest.raises(
        ModelError, match=r"float32 network.*half\.keras with head, block1_conv1, .* 1 more in red"
    ):
        load_generator(tmp_path / "half.keras")


def test_a_list_of_layers_is_short():
    assert layer_list(["a", "b", "c"]) == "a, b, c"
    assert layer_list(list("abcde")) == "a, b, c and 2 more"


def test_the_saved_model_answers_any_size_as_keras_does(tmp_path):
    model = tiny_generator()
    folder = write_saved_model(model, tmp_path / "saved")
    loaded = tf.saved_model.load(str(folder))
    for size in ((9, 14), (16, 5)):
        picture = np.random.default_rng(0).random((2, *size, 3), np.float32)
        answer = np.asarray(loaded.serve(picture))
        assert answer.shape == (2, size[0] * 4, size[1] * 4, 3)
        np.testing.assert_allclose(answer, np.asarray(model(picture)), atol=1e-5)
    with pytest.raises(UsageError, match="new folder"):
        write_saved_model(model, folder)


def test_the_temporary_one_is_removed_even_after_an_error():
    model = tiny_generator(width=4, blocks=1)
    seen = []

    def fail():
        with temporary_saved_model(model) as folder:
            assert (folder / "saved_model.pb").is_file()
            seen.append(folder)
            raise ValueError("in the block")

    with pytest.raises(ValueError, match="in the block"):
        fail()
    assert not seen[0].parent.exists()
