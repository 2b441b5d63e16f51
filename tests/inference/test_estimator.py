"""The degradation estimator: which parts of a picture it gets, its units, and a damaged installation."""

import hashlib
import json
import shutil

import numpy as np
import pytest

from waifu4x_tf.data.procedural import draw_rgb
from waifu4x_tf.errors import ModelError
from waifu4x_tf.imaging.depth import with_bits
from waifu4x_tf.imaging.picture import Frame, Picture
from waifu4x_tf.inference import estimator
from waifu4x_tf.inference.estimator import amount_of, busy_squares, estimate, value_of
from waifu4x_tf.inference.identity import identify_model
from waifu4x_tf.inference.options import ModelOptions
from waifu4x_tf.inference.treatment import WORDS
from waifu4x_tf.models import zoo

shipped = pytest.mark.skipif(not zoo.ESTIMATOR.is_file(), reason="no weights in this checkout yet")
RNG = np.random.default_rng(5)


def noise(height: int, width: int) -> np.ndarray:
    return RNG.integers(0, 256, (height, width, 3), dtype=np.uint8)


@pytest.mark.parametrize("amount", [0.0, 0.01, -0.01, 0.3, -0.3, 1.0, 7.5])
def test_amounts_and_what_the_network_gives_for_them_are_inverse(amount):
    assert amount_of(value_of(amount)) == pytest.approx(amount, abs=1e-12)
    assert value_of(amount_of(amount / 3)) == pytest.approx(amount / 3, abs=1e-12)


def test_the_unit_is_what_the_text_says():
    assert value_of(0.3) == pytest.approx(np.log(2))
    assert value_of(-0.6) == pytest.approx(-np.log(3))
    assert np.isfinite(amount_of(1e30))
    assert np.isfinite(amount_of(-1e30))


@pytest.mark.parametrize("size", [(1, 1), (15, 200), (200, 15)])
def test_what_is_tiny_tells_nothing(size):
    assert busy_squares(Frame(noise(*size))) is None


def test_what_is_smaller_than_a_square_is_continued_by_its_mirror_image():
    picture = noise(16, 50)
    (square,) = busy_squares(Frame(picture))
    assert (square[:16, :50] == picture).all()
    assert (square[16:32, :50] == picture[::-1]).all()
    assert (square[:16, 50:] == picture[:, :35:-1]).all()


@pytest.mark.parametrize("size", [(16, 16), (100, 90), (64, 4000)])
def test_what_is_flat_tells_nothing(size):
    assert busy_squares(Frame(np.full((*size, 3), 200, np.uint8))) is None


def test_what_is_transparent_is_filled_as_for_the_network():
    visible = np.zeros((90, 90), np.uint8)
    visible[:, :45] = 255
    flat_where_visible = noise(90, 90)
    flat_where_visible[:, :45] = 80
    assert busy_squares(Frame(flat_where_visible, visible)) is None
    assert busy_squares(Frame(flat_where_visible, 255 - visible)) is not None


def test_the_five_busiest_come_first_and_three_of_the_rest_follow():
    picture = np.full((256, 256, 3), 128, np.float64)
    for index in range(16):  # each square of the 4 x 4 busier than the one before it
        top, left = 64 * (index // 4), 64 * (index % 4)
        picture[top : top + 64, left : left + 64] += RNG.normal(0, 1 + 2 * index, (64, 64, 1))
    picture = np.rint(picture.clip(0, 255)).astype(np.uint8)
    squares = busy_squares(Frame(picture))
    found = [
        next(
            index
            for index in range(16)
            if (picture[64 * (index // 4) :, 64 * (index % 4) :][:64, :64] == square).all()
        )
        for square in squares
    ]
    assert found[:5] == [15, 14, 13, 12, 11]
    assert found[5:] == [10, 5, 0]


def test_flat_parts_are_none_of_them():
    picture = np.full((200, 200, 3), 30, np.uint8)
    picture[:64, :64] = noise(64, 64)
    assert 1 <= len(busy_squares(Frame(picture))) < 8


@pytest.mark.parametrize("size", [(64, 6000), (6000, 64), (2500, 2500)])
def test_of_a_huge_picture_so_many_places_are_looked_at(size, monkeypatch):
    looked = []
    monkeypatch.setattr(estimator, "_activity", lambda square: float(looked.append(square.shape) or 1))
    assert busy_squares(Frame(np.zeros((*size, 3), np.uint8))).shape == (8, 64, 64, 3)
    assert len(looked) <= 24 * 24
    assert set(looked) == {(64, 64, 3)}


def test_the_places_cover_a_picture_that_is_not_huge():
    for side in (64, 65, 100, 640, 24 * 64):
        places = estimator._places(side)
        assert places[0] == 0
        assert places[-1] == side - 64
        assert np.diff(places).max(initial=0) <= 64


@shipped
def test_an_estimate_is_of_the_first_frame_and_of_any_depth():
    first, second = (draw_rgb(kind, seed=3, width=130, height=90) for kind in (0, 1))
    still = Picture.from_array(first)
    found = estimate(still, "compact")
    assert set(found.gains) == {"area", "low", "medium", "high"}
    assert set(estimate(still, "large").gains) == set(found.gains)
    assert set(found.damages) == set(WORDS)
    assert estimate(still, "mine").gains == {}
    assert all(0 <= share <= 1 for share in found.damages.values())
    frames = (Frame(first), Frame(second))
    assert estimate(Picture(frames, is_grey=False, durations_ms=(10, 10)), "compact") == found
    assert estimate(with_bits(still, 16), "compact") == found
    assert estimate(Picture.from_array(noise(9, 9)), "compact") is None


@shipped
def test_pictures_of_every_kind_are_estimated():
    grey = RNG.integers(0, 256, (70, 80), dtype=np.uint8)
    for array in (grey, np.dstack([noise(70, 80), grey]), noise(16, 1000), noise(700, 20)):
        assert np.isfinite(estimate(Picture.from_array(array), "compact").amount)


@pytest.fixture
def installed(tmp_path, monkeypatch):
    """The estimator as installed, in a folder where it can be damaged."""
    for path in (zoo.ESTIMATOR, zoo.ESTIMATOR.with_suffix(".json")):
        shutil.copy(path, tmp_path)
    monkeypatch.setattr(zoo, "ESTIMATOR", tmp_path / "estimator.tflite")
    estimator._Estimator.shipped.cache_clear()
    yield tmp_path
    estimator._Estimator.shipped.cache_clear()


def altered(folder, **parts) -> None:
    card = folder / "estimator.json"
    card.write_text(json.dumps({**json.loads(card.read_text()), **parts}))


def other_network(folder) -> None:
    content = b"no network"
    (folder / "estimator.tflite").write_bytes(content)
    altered(folder, sha256=hashlib.sha256(content).hexdigest())


@shipped
@pytest.mark.parametrize(
    ("damage", "told"),
    [
        (lambda folder: (folder / "estimator.json").unlink(), r"estimator\.json"),
        (lambda folder: (folder / "estimator.tflite").unlink(), r"estimator\.tflite"),
        (lambda folder: (folder / "estimator.json").write_text("{"), r"estimator\.json"),
        (lambda folder: (folder / "estimator.tflite").write_bytes(b"TFL3"), "another file"),
        (lambda folder: altered(folder, sha256="0" * 64), "another file"),
        (lambda folder: altered(folder, sha256=None), "sha256"),
        (lambda folder: altered(folder, outputs="amount"), "outputs"),
        (lambda folder: altered(folder, outputs=["amount"]), "1 outputs of"),
        (
            lambda folder: altered(
                folder, outputs=["x", *json.loads((folder / "estimator.json").read_text())["outputs"][1:]]
            ),
            "outputs",
        ),
        (other_network, r"estimator\.tflite"),
    ],
)
def test_a_damaged_card_or_file_is_an_error_that_names_it(damage, told, installed):
    damage(installed)
    with pytest.raises(ModelError, match=rf"Received: .*({told})|{told}.*Received: ") as caught:
        estimate(Picture.from_array(noise(64, 64)), "compact")
    assert "\n" not in str(caught.value)


@shipped
def test_an_estimator_that_is_missing_has_no_identity(installed):
    (installed / "estimator.tflite").unlink()
    with pytest.raises(ModelError, match=r"estimator\.tflite"):
        identify_model(ModelOptions())
    assert identify_model(ModelOptions(raw=True)).name == "compact"
