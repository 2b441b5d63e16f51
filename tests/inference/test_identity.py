"""Which model it was: told without loading it, and loaded again from a pickle."""

import hashlib
import inspect
import pickle
import shutil

import numpy as np
import pytest
from PIL import Image

from waifu4x_tf.errors import ModelError, UsageError
from waifu4x_tf.inference.identity import WITHOUT_EFFECT, identify_model
from waifu4x_tf.inference.upscaler import Upscaler, load_upscaler
from waifu4x_tf.models import zoo

pytestmark = pytest.mark.skipif(not zoo.shipped_names(), reason="no weights in this checkout yet")

SMALL = np.random.default_rng(2).integers(0, 256, (7, 9, 3), np.uint8)
FILE = zoo.WEIGHTS / "compact_int8_dynamic.tflite"
TWIN = zoo.WEIGHTS / "compact_float16_dynamic.tflite"


@pytest.fixture(scope="module")
def upscaler():
    return load_upscaler(threads=1)


def test_a_shipped_model_is_known_by_its_files_for_8_and_for_16_bits(upscaler):
    assert upscaler.identity == identify_model()
    assert upscaler.identity.name == "compact"
    assert upscaler.identity.sha256 == hashlib.sha256(FILE.read_bytes() + TWIN.read_bytes()).hexdigest()
    of_keras = hashlib.sha256((zoo.WEIGHTS / "compact.keras").read_bytes()).hexdigest()
    assert identify_model(engine="keras").sha256 == of_keras


def test_every_option_of_the_loader_that_changes_pixels_is_in_it(upscaler):
    known = set(inspect.signature(load_upscaler).parameters)
    assert set(upscaler.identity.options) == known - WITHOUT_EFFECT
    assert {"model", "threads", "tile_px"} == WITHOUT_EFFECT
    assert identify_model(tta=True) != identify_model()
    assert identify_model(threads=3, tile_px=64) == identify_model()


def test_a_file_of_ones_own_is_named_without_its_folder(tmp_path):
    shutil.copy(FILE, tmp_path / "mine.tflite")
    found = identify_model(str(tmp_path / "mine.tflite"))
    assert found.name == "mine"
    assert str(tmp_path) not in repr(found)
    assert found.sha256 == hashlib.sha256(FILE.read_bytes()).hexdigest()


def test_what_cannot_be_loaded_has_no_identity():
    with pytest.raises(ModelError, match="missing"):
        identify_model("missing.tflite")
    with pytest.raises(ModelError, match="nonesuch"):
        identify_model("nonesuch")


def test_a_pickled_upscaler_gives_the_same_pixels(upscaler):
    packed = pickle.dumps(upscaler)
    assert len(packed) < 1000
    assert (pickle.loads(packed).upscale(SMALL) == upscaler.upscale(SMALL)).all()


def test_a_file_is_found_from_another_folder_and_must_be_the_same(tmp_path, monkeypatch):
    shutil.copy(FILE, tmp_path / "mine.tflite")
    monkeypatch.chdir(tmp_path)
    packed = pickle.dumps(load_upscaler("mine.tflite"))
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    assert pickle.loads(packed).upscale(SMALL).shape == (28, 36, 3)
    shutil.copy(zoo.WEIGHTS / "compact_denoise1_int8_dynamic.tflite", tmp_path / "mine.tflite")
    with pytest.raises(ModelError, match="another file here"):
        pickle.loads(packed)


def test_one_made_from_parts_says_why_it_cannot_be_pickled(upscaler):
    by_hand = Upscaler(upscaler._engine, name="x", scale=4, radius=14)
    assert by_hand.identity is None
    with pytest.raises(UsageError, match="made from parts"):
        pickle.dumps(by_hand)


def test_it_is_called_with_a_picture_or_with_a_row(upscaler):
    large = upscaler.upscale(SMALL)
    assert (upscaler(SMALL) == large).all()
    assert upscaler(Image.fromarray(SMALL)).size == (36, 28)
    row = upscaler({"path": "a.png", "image": SMALL})
    assert row["path"] == "a.png"
    assert (row["image"] == large).all()
