"""What a recipe's tables become."""

import keras
import numpy as np
import pytest
from tiny_networks import tiny_generator

from train import build
from train.recipe import TrainingRecipe, load_recipe

RECIPE = """
[model]
name = "compact"
[data]
drawn_pictures = 11
drawn_size = 96
leaves_pictures = 2
leaves_share = 0.25
strokes_pictures = 1
strokes_share = 0.15
kind_weights = { manga = 4.0, bubble = 0.0 }
[patches]
lr_size = 8
[training]
steps = 500
"""


def test_drawings_are_cut_from_as_often_as_their_kind_weighs(tmp_path, monkeypatch):
    given = {}
    monkeypatch.setattr(build, "PairedPatches", lambda pictures, **rest: given.update(rest))
    (tmp_path / "mine.toml").write_text(RECIPE, encoding="utf-8")
    build.make_patches(load_recipe(str(tmp_path / "mine.toml")), [])
    # face hair manga bubble lines scenery figure soft hard, face hair; then leaves, strokes
    of_drawings = np.array([1, 1, 4, 0, 1, 1, 1, 1, 1, 1, 1]) * 0.6 / 13
    np.testing.assert_allclose(given["picture_weights"], [*of_drawings, 0.125, 0.125, 0.15], rtol=1e-12)


@pytest.mark.parametrize("optimizer", ["adam", "muon"])
def test_weight_decay_takes_its_share_times_the_rate_off_every_weight(optimizer):
    def after_a_step(**decay: float) -> list[np.ndarray]:
        network = tiny_generator()
        training = TrainingRecipe(500, optimizer=optimizer, learning_rate=0.1, warmup_steps=0, **decay)
        gradients = [keras.ops.zeros(v.shape) for v in network.trainable_variables]
        build.make_optimizer(training).apply(gradients, network.trainable_variables)
        return [np.asarray(v) for v in network.trainable_variables]

    for decayed, kept in zip(after_a_step(weight_decay=0.2), after_a_step(), strict=True):
        np.testing.assert_allclose(decayed, kept * (1 - 0.1 * 0.2), rtol=1e-5)
