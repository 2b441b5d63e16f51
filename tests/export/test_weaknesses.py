"""The sheet of a model's worst places, and what it adds to the card."""

import json
import shutil

import numpy as np
import pytest
from export_files import contents_of
from PIL import Image
from tiny_networks import tiny_generator, upscaler_of

from export import weaknesses
from waifu4x_tf.data.degradations import CLEAN


@pytest.fixture
def models(exported, tmp_path, monkeypatch):
    """A copy of the exported folder; few and small drawings."""
    monkeypatch.setattr(weaknesses, "_SIDE_PX", 192)
    monkeypatch.setattr(weaknesses, "_ROUNDS", 1)
    return shutil.copytree(exported[0], tmp_path / "models")


def test_the_worst_square_of_each_kind_comes_worst_first():
    rng = np.random.default_rng(0)
    flat, noisy, noisier = (np.full((256, 256, 3), 128, np.uint8) for _ in range(3))
    noisy[64:192, 64:192] = rng.integers(100, 156, (128, 128, 3))
    noisier[128:, 128:] = rng.integers(0, 256, (128, 128, 3))
    drawings = [("calm", flat), ("busy", noisy), ("busy", noisier), ("middling", noisy)]
    places = weaknesses.worst_places(upscaler_of(tiny_generator()), CLEAN, drawings)
    assert [place.kind for place in places][:1] == ["busy"]
    assert {place.kind for place in places} == {"calm", "busy", "middling"}
    assert sorted((place.error for place in places), reverse=True) == [place.error for place in places]
    np.testing.assert_array_equal(places[0].panels["original"], noisier[128:, 128:])
    difference = places[0].panels["tiny"].astype(float) - places[0].panels["original"]
    assert places[0].error == pytest.approx(np.sqrt(np.square(difference).mean()))


def test_sheet_and_card(models, tmp_path, capsys):
    card, sheet = models / "tiny.json", tmp_path / "docs" / "tiny.png"
    before = json.loads(card.read_text())
    arguments = [str(card), "-o", str(sheet), "--text", "Screentone becomes grey."]
    assert weaknesses.main(arguments) == 0
    assert len(capsys.readouterr().out.splitlines()) == 4
    with Image.open(sheet) as image:
        assert image.width > 4 * 320
    told = json.loads(card.read_text())
    assert told.pop("weaknesses") == {"text": "Screentone becomes grey.", "sheet": "tiny.png"}
    assert told == before


def test_mistakes_change_nothing(models, tmp_path, capsys):
    sheet = tmp_path / "sheet.png"
    sheet.write_text("mine")
    before = contents_of(models)
    for arguments, message in (
        ([str(models / "tiny.json"), "-o", str(sheet), "--text", "x"], "A sheet that exists is kept"),
        ([str(models / "none.json"), "-o", "x.png", "--text", "x"], "the card that export.tflite writes"),
    ):
        assert weaknesses.main(arguments) == 2
        assert message in capsys.readouterr().err
    assert contents_of(models) == before
    assert sheet.read_text() == "mine"
