"""Which pictures export calibrates and judges with."""

import json
from pathlib import Path

import numpy as np
import pytest

from export import pictures
from export.pictures import calibration_pictures, training_degradation, validation_pictures
from train.recipe import load_recipe
from waifu4x_tf.data.degradations import CLEAN
from waifu4x_tf.errors import ConfigError, ModelError
from waifu4x_tf.models.cards import ModelCard


def card_of(**parts) -> ModelCard:
    return ModelCard.of({"name": "mine", "scale": 4, "receptive_radius": 6, **parts}, Path("card.json"))


def card_keeping(*names: str) -> ModelCard:
    return card_of(data={"validation_pictures": list(names)})


def sides(chosen) -> list[int]:
    return [picture.shape[0] for picture in chosen]


def test_calibration_leaves_out_what_is_kept_for_validation_and_what_is_small(picture_folder):
    assert sides(calibration_pictures(picture_folder, card_of())) == [256, 264, 272]
    assert sides(calibration_pictures(picture_folder, card_keeping("1.png"))) == [256, 272]
    assert sides(calibration_pictures(picture_folder, card_of(), count=1)) == [256]
    with pytest.raises(ConfigError, match="not kept for validation"):
        calibration_pictures(picture_folder, card_keeping("0.png", "1.png", "2.png"))


def test_validation_takes_what_was_held_out_or_everything(picture_folder):
    assert sides(validation_pictures(picture_folder, card_keeping("1.png", "gone.png"))) == [264]
    assert sides(validation_pictures(picture_folder, card_of())) == [256, 264, 272, 100]
    assert sides(validation_pictures(picture_folder, card_keeping())) == [256, 264, 272, 100]


def test_without_a_folder_drawings_of_different_seeds_are_used(monkeypatch):
    asked = []

    def drawn(count, *, seed):
        asked.append((count, seed))
        return [np.zeros((8, 8, 3), np.uint8)] * count

    monkeypatch.setattr(pictures, "drawn_pictures", drawn)
    assert len(calibration_pictures(None, card_of())) >= 9
    assert len(validation_pictures(None, card_of())) >= 4
    assert asked[0][1] != asked[1][1]


def test_calibration_damages_pictures_as_training_did():
    recipe = load_recipe("compact_denoise1")
    card = card_of(training={"recipe": json.loads(recipe.as_json())})
    assert training_degradation(card) == recipe.data.degradation
    assert training_degradation(card_of()) == CLEAN
    wrong = {"recipe": {"data": {"degradation": {"jpeg_share": "often"}}}}
    with pytest.raises(ModelError, match=r"degradation: jpeg_share is of type float\. Received: 'often'"):
        training_degradation(card_of(training=wrong))
