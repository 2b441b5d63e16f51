"""The training of the degradation estimator: its samples, its figures, and a run of a few steps."""

import json

import numpy as np
import pytest

from train import estimator as training
from waifu4x_tf.data.degradations import SHRINK_METHODS
from waifu4x_tf.data.procedural import draw_rgb
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
    kernel = "" if damage == "stairs" else "area"
    assert training._degradation((damage,), kernel) != training._degradation((), "area")
    assert training._degradation((damage, "jpeg"), kernel).jpeg_share == 1


@pytest.mark.parametrize("kernel", training._KERNELS)
def test_a_kernel_is_the_only_one(kernel):
    how = training._degradation((), kernel)
    assert {name: getattr(how, name) for name in SHRINK_METHODS if getattr(how, name)} == {kernel: 1.0}


def test_originals_keep_their_size_and_some_change_their_tones_and_some_become_soft():
    hr = draw_rgb(1, seed=3, width=64, height=64).astype(np.float32) / 255
    rng = np.random.default_rng(4)
    toned = [training._toned(hr, rng) for _ in range(400)]
    assert {(each.shape, each.dtype) for each in toned} == {(hr.shape, np.dtype(np.uint8))}
    same = [bool((each == np.rint(hr * 255)).all()) for each in toned]
    assert np.mean(same) == pytest.approx(1 - training._TONED_SHARE, abs=0.08)
    assert np.mean([each.mean() for each in toned if np.corrcoef(each.ravel(), hr.ravel())[0, 1] < 0]) > 0
    softened = [training._softened(toned[0], rng) for _ in range(400)]
    changed = [bool((each != toned[0]).any()) for each in softened]
    assert np.mean(changed) == pytest.approx(training._SOFT_SHARE, abs=0.04)


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
    names = ["amount", "compact:area", "compact:low", "damage:jpeg", "kernel:area"]
    wanted = np.array(
        [
            [1.0, 1.0, 0.0, 0, 1],  # clean, shrunk by area averaging
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
            "kernel:area": 1,
            "compact: dB gained": (1 + 2 + 0 + 1.5) / 4,
            "compact: dB lost": 0,
            "compact: clean ones denoised": 0,
        }
    )
    always_denoise = np.tile([0.0, -1.0, 3.0, 1.0, -1.0], (4, 1))
    always_denoise[0, 3] = 2.0  # surest of JPEG where there is none: above both that have it
    figures = training.measured(names, always_denoise, wanted)
    assert figures == pytest.approx(
        {
            "amount: R2": 0,
            "damage:jpeg": (0 + 1 / 2) / 2,
            "kernel:area": 1 / 2,
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
    history = [*(f"damage:{name}" for name in WORDS), *(f"kernel:{name}" for name in training._KERNELS)]
    assert card["outputs"] == ["amount", *of_models, *history]
    assert card["training"]["samples"] == 8 + 1  # and a screen
    steps = card["training"]["recipe"]["training"]["steps"]
    assert card["training"]["stages"] == [{"recipe": "tiny", "steps": steps, "init": None}]
    with np.load(out / "samples.npz") as samples, np.load(out / "held_out.npz") as held_out:
        assert samples["small"].shape == held_out["small"].shape == (8, 68, 68, 3)
        assert samples["wanted"].shape == (8, len(card["outputs"]))
        gains = samples["wanted"][:, 1 : 1 + len(of_models)]
        assert np.isfinite(gains).all(axis=1).tolist() == [True] * 2 + [False] * 6
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
