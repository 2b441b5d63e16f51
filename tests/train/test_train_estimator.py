"""The training of the degradation estimator: its samples, its figures, and a run of a few steps."""

import json

import numpy as np
import pytest

from train import estimator as training
from waifu4x_tf.inference.estimator import _Estimator
from waifu4x_tf.inference.treatment import WORDS
from waifu4x_tf.models import zoo

RECIPE = """
[model]
name = "compact"
[data]
drawn_pictures = 3
drawn_size = 320
[patches]
lr_size = 68
batch_size = 1
[training]
steps = 2
epoch_steps = 2
loss = "mae"
optimizer = "adam"
learning_rate = 2e-3
warmup_steps = 1
dtype_policy = "float32"
"""


def test_every_damage_that_is_trained_on_has_words():
    assert set(WORDS) == set(training._DAMAGES)


@pytest.mark.parametrize("damage", training._DAMAGES)
def test_every_damage_is_a_degradation(damage):
    clean = training._degradation(())
    assert training._degradation((damage,)) != clean
    assert training._degradation((damage, "jpeg")).jpeg_share == 1


def test_none_one_or_two_damages_are_drawn_in_their_shares():
    rng = np.random.default_rng(1)
    drawn = [training._drawn_damages(rng) for _ in range(2000)]
    shares = np.bincount([len(each) for each in drawn], minlength=3) / len(drawn)
    assert shares == pytest.approx(training._COUNT_SHARES, abs=0.05)
    assert {name for each in drawn for name in each} == set(training._DAMAGES)
    assert all(list(each) == sorted(set(each)) for each in drawn)


def test_the_squares_of_a_patch_are_its_corners():
    patch = np.random.default_rng(2).integers(0, 256, (96, 96, 3), dtype=np.uint8)
    corners = [patch[:64, :64], patch[:64, -64:], patch[-64:, :64], patch[-64:, -64:]]
    assert (training._squares(patch) == np.stack(corners)).all()


def test_figures_say_what_choosing_gains_and_loses():
    names = ["amount", "compact:area", "compact:low", "damage:jpeg", "damage:blur"]
    wanted = np.array(
        [
            [1.0, 1.0, 0.0, 0, 0],  # clean, shrunk by area averaging
            [0.0, -1.0, 2.0, 1, 0],
            [-1.0, -1.0, -1.0, 0, 0],
            [0.0, 0.5, 1.5, 1, 1],
        ]
    )
    perfect = np.where([True, True, True, False, False], wanted, 10 * (wanted - 0.5))
    figures = training.measured(names, perfect, wanted)
    assert figures == pytest.approx(
        {
            "amount: R2": 1,
            "damage:jpeg": 1,
            "damage:blur": 1,
            "compact: dB gained": (1 + 2 + 0 + 1.5) / 4,
            "compact: dB lost": 0,
            "compact: clean ones denoised": 0,
        }
    )
    always_denoise = np.tile([0.0, -1.0, 3.0, 1.0, -1.0], (4, 1))
    figures = training.measured(names, always_denoise, wanted)
    assert figures == pytest.approx(
        {
            "amount: R2": 0,
            "damage:jpeg": 0.5,
            "damage:blur": 0.75,
            "compact: dB gained": (0 + 2 - 1 + 1.5) / 4,
            "compact: dB lost": (1 + 0 + 1 + 0) / 4,
            "compact: clean ones denoised": 1,
        }
    )


def test_a_mistake_is_a_line_and_2(tmp_path, capsys):
    assert training.main(["--recipe", "nonesuch", "--out", str(tmp_path)]) == 2
    assert capsys.readouterr().err.startswith("train.estimator: error: ")


@pytest.mark.slow
@pytest.mark.skipif(not zoo.shipped_names(), reason="no weights in this checkout yet")
def test_a_run_writes_a_network_that_takes_any_number_of_squares_and_uses_its_samples_again(
    tmp_path, monkeypatch
):
    (tmp_path / "tiny.toml").write_text(RECIPE)
    out = tmp_path / "out"
    arguments = ["--recipe", str(tmp_path / "tiny.toml"), "--out", str(out), "--samples", "8"]
    assert training.main(arguments) == 0
    written = ["estimator.json", "estimator.tflite", "held_out.npz", "samples.npz"]
    assert sorted(path.name for path in out.iterdir()) == written
    card = json.loads((out / "estimator.json").read_text())
    of_models = [
        f"{model}:{kind}" for model in ("compact", "large") for kind in ("area", "low", "medium", "high")
    ]
    assert card["outputs"] == ["amount", *of_models, *(f"damage:{name}" for name in WORDS)]
    assert card["training"]["samples"] == 8 + 1  # and a screen
    with np.load(out / "samples.npz") as samples, np.load(out / "held_out.npz") as held_out:
        assert samples["small"].shape == held_out["small"].shape == (8, 68, 68, 3)
        assert samples["wanted"].shape == (8, len(card["outputs"]))
        assert (samples["small"] != held_out["small"]).any()
        small = samples["small"]

    network = _Estimator(tuple(card["outputs"]), (out / "estimator.tflite").read_bytes())
    square = small[:1, :64, :64]
    one, eight = network.run(square), network.run(np.repeat(square, 8, axis=0))
    assert list(one) == card["outputs"]
    assert one == pytest.approx(eight, abs=1e-3)
    assert network.run(square) == one

    before = {name: (out / name).stat().st_ino for name in ("samples.npz", "held_out.npz")}
    monkeypatch.setattr(training, "_made", lambda *_: pytest.fail("samples were made again"))
    assert training.main(arguments) == 0
    assert {name: (out / name).stat().st_ino for name in before} == before
