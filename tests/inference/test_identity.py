"""Which model it was: told without loading it, and loaded again from a pickle."""

import hashlib
import pickle
import shutil

import numpy as np
import pytest
from PIL import Image

from waifu4x_tf.errors import ModelError, UsageError
from waifu4x_tf.inference.identity import identify_model
from waifu4x_tf.inference.loading import load_upscaler
from waifu4x_tf.inference.options import ModelOptions
from waifu4x_tf.inference.upscaler import Upscaler
from waifu4x_tf.models import zoo

pytestmark = pytest.mark.skipif(not zoo.shipped_names(), reason="no weights in this checkout yet")

SMALL = np.random.default_rng(2).integers(0, 256, (7, 9, 3), np.uint8)
DENOISING = ("compact_denoise1", "compact_denoise2", "compact_denoise3")
FILE = zoo.WEIGHTS / "compact_int8_dynamic.tflite"


@pytest.fixture(scope="module")
def upscaler():
    return load_upscaler(threads=1)


def sha256_of(*names: str) -> str:
    return hashlib.sha256(b"".join((zoo.WEIGHTS / name).read_bytes() for name in names)).hexdigest()


def twins(*names: str) -> list[str]:
    """The files of networks for 8 and for 16 bits."""
    return [f"{name}_{precision}_dynamic.tflite" for name in names for precision in ("int8", "float16")]


def test_a_shipped_model_is_known_by_all_that_pictures_may_go_through(upscaler):
    assert upscaler.identity == identify_model(ModelOptions())
    assert upscaler.identity.name == "compact"
    everything = twins("compact", "compact_area", *DENOISING)
    assert upscaler.identity.sha256 == sha256_of(*everything, "estimator.tflite")


@pytest.mark.parametrize(
    ("options", "files"),
    [
        ({"denoise": "off"}, [*twins("compact", "compact_area"), "estimator.tflite"]),
        ({"denoise": "medium"}, [*twins("compact_denoise2"), "estimator.tflite"]),
        ({"model": "compact_denoise3"}, twins("compact_denoise3")),
        ({"model": "large"}, [*twins("large", "compact_area", *DENOISING), "estimator.tflite"]),
        (
            {"strength": 0.5},
            [
                *twins("compact", "compact-gan", "compact_area", DENOISING[0], "compact_denoise-gan"),
                *twins(*DENOISING[1:]),
                "estimator.tflite",
            ],
        ),
        ({"strength": 1}, [*twins("compact-gan", "compact_denoise-gan"), "estimator.tflite"]),
        (
            {"strength": 0.5, "denoise": "low"},
            [*twins("compact_denoise1", "compact_denoise-gan"), "estimator.tflite"],
        ),
        ({"raw": True}, twins("compact")),
        ({"raw": True, "engine": "keras"}, ["compact.keras"]),
        ({"model": str(FILE)}, [FILE.name]),
    ],
)
def test_what_no_picture_goes_through_has_no_part_in_it(options, files, every_variant):
    assert identify_model(ModelOptions(**options)).sha256 == sha256_of(*files)


def test_every_option_of_the_loader_that_changes_pixels_is_in_it(upscaler):
    assert upscaler.identity.options == ModelOptions().effective()
    assert identify_model(ModelOptions(tta=True)) != upscaler.identity
    assert identify_model(ModelOptions(denoise="off")) != upscaler.identity
    assert identify_model(ModelOptions(threads=3, tile_px=64)) == upscaler.identity


def test_a_file_of_ones_own_is_named_without_its_folder(tmp_path):
    shutil.copy(FILE, tmp_path / "mine.tflite")
    found = identify_model(ModelOptions(str(tmp_path / "mine.tflite")))
    assert found.name == "mine"
    assert str(tmp_path) not in repr(found)
    assert found.sha256 == hashlib.sha256(FILE.read_bytes()).hexdigest()


def test_what_cannot_be_loaded_has_no_identity():
    with pytest.raises(ModelError, match="missing"):
        identify_model(ModelOptions("missing.tflite"))
    with pytest.raises(ModelError, match="nonesuch"):
        identify_model(ModelOptions("nonesuch"))


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


def test_one_constructed_directly_says_why_it_cannot_be_pickled(upscaler):
    by_hand = Upscaler(upscaler._engine, name="x", scale=4, radius=14)
    assert by_hand.identity is None
    with pytest.raises(UsageError, match="constructed directly"):
        pickle.dumps(by_hand)


def test_it_is_called_with_a_picture_or_with_a_row(upscaler):
    large = upscaler.upscale(SMALL)
    assert (upscaler(SMALL) == large).all()
    assert upscaler(Image.fromarray(SMALL)).size == (36, 28)
    row = upscaler({"path": "a.png", "image": SMALL})
    assert row["path"] == "a.png"
    assert (row["image"] == large).all()
