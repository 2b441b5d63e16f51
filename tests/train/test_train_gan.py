"""The command that trains an SRGAN: its runs, what it writes, and what it refuses."""

import hashlib
import json
import re
import shutil
from types import SimpleNamespace

import keras
import numpy as np
import pytest
from PIL import Image
from run_files import assert_same_run, generator_weights, log_rows, write_recipe
from tiny_networks import tiny_generator
from vgg_files import write_normalised

from train import gan, loop
from train.recipe import GanRecipe, load_recipe
from waifu4x_tf.data.field import CLEAN_KINDS, DAMAGED_KINDS, FIELD
from waifu4x_tf.data.procedural import draw_rgb
from waifu4x_tf.gan.watchdog import Limits, Watchdog
from waifu4x_tf.losses.vgg import vgg_features

ADVERSARY = """
[adversary]
discriminator_arguments = { width = 4 }
learning_rate = 1e-3
pixel_weight = 1.0
perceptual_weight = 0.01
adversarial_weight = 0.01
perceptual_layers = { conv1_1 = 1.0 }
vgg_weights = "random"
"""


def write_gan_recipe(path, **values):
    recipe = write_recipe(path, **{"learning_rate": "1e-3", **values})
    path.write_text(path.read_text(encoding="utf-8") + ADVERSARY, encoding="utf-8")
    return recipe


@pytest.fixture(scope="module")
def start(tmp_path_factory):
    """A trained generator, as far as the recipe's arguments go."""
    path = tmp_path_factory.mktemp("start") / "start.keras"
    tiny_generator(width=4, blocks=1).save(path)
    return path


@pytest.fixture(scope="module")
def whole(start, tmp_path_factory):
    """Recipe and folder of an uninterrupted run."""
    folder = tmp_path_factory.mktemp("whole")
    recipe = write_gan_recipe(folder / "gan.toml")
    assert gan.main(["--recipe", recipe, "--init", str(start), "--out", str(folder / "run")]) == 0
    return recipe, folder / "run"


def test_a_run_writes_network_card_log_and_samples(whole, start):
    _, out = whole
    rows = log_rows(out)
    assert [row["epoch"] for row in rows] == ["1", "2", "3"]
    terms = ("loss", "pixel", "perceptual", "adversarial", "d_loss", "d_real", "d_fake", "psnr")
    assert all(np.isfinite(float(row[name])) for row in rows for name in terms)
    card = json.loads((out / "card.json").read_text())
    assert card["training"]["recipe"]["adversary"]["discriminator"] == "unet"
    assert card["training"]["init"]["file"] == "start.keras"
    with Image.open(out / "samples" / "epoch_0003.png") as sheet:
        assert sheet.size[0] > 0
    network = keras.saving.load_model(out / "generator.keras", safe_mode=True)
    assert np.asarray(network(np.zeros((1, 5, 7, 3), np.float32))).shape == (1, 20, 28, 3)
    before = keras.saving.load_model(start)
    changed = [np.abs(a - b).max() for a, b in zip(network.weights, before.weights, strict=True)]
    assert sum(change > 0 for change in changed) == len(changed) - 1  # all but the bilinear kernel


@pytest.mark.slow
def test_an_interrupted_run_ends_with_the_same_weights(whole, start, tmp_path, monkeypatch, capsys):
    recipe, uninterrupted = whole
    out = tmp_path / "run"
    save, saved = loop.save_state, []

    def stopping(model, folder):
        saved.append(folder)
        if len(saved) == 2:
            raise KeyboardInterrupt
        save(model, folder)

    command = ["--recipe", recipe, "--init", str(start), "--out", str(out)]
    with monkeypatch.context() as patched:
        patched.setattr(loop, "save_state", stopping)
        assert gan.main(command) == 130
    assert gan.main(command) == 0
    assert "Going on after epoch 1 of 3." in capsys.readouterr().out
    assert_same_run(out, uninterrupted)


@pytest.mark.slow
def test_a_run_stopped_by_the_watchdog_keeps_good_weights_and_fails(start, tmp_path, monkeypatch, capsys):
    recipe = write_gan_recipe(tmp_path / "gan.toml", steps=10)
    anything = Limits(won_share=100.0, patience=2)
    monkeypatch.setattr(
        gan, "make_watchdog", lambda validation: Watchdog(*validation.middles(), limits=anything)
    )
    out = tmp_path / "run"
    assert gan.main(["--recipe", recipe, "--init", str(start), "--out", str(out)]) == 1
    error = capsys.readouterr().err
    assert "train.gan: error: Stopped after epoch 2: The discriminator has won" in error
    assert f"They are in {out / 'generator.keras'}." in error
    before = keras.saving.load_model(start)
    for ours, kept in zip(generator_weights(out), before.get_weights(), strict=True):
        np.testing.assert_array_equal(ours, kept)
    assert [row["epoch"] for row in log_rows(out)] == ["1"]


def test_a_card_says_which_weights_of_vgg_were_used_and_how_their_features_were_brought_to_size(tmp_path):
    write_normalised(tmp_path / "part.npz", "conv1_2")
    origin = gan.VGGOrigin.of(str(tmp_path / "part.npz"))
    path = tmp_path / "gan.toml"
    write_gan_recipe(path)
    options = 'perceptual_distance = "l1"\nperceptual_layers = { conv1_2 = 2.0 }\n'
    text = path.read_text().replace("perceptual_layers = { conv1_1 = 1.0 }\n", options)
    path.write_text(text)
    losses, _ = gan.make_losses(load_recipe(str(path), GanRecipe), str(tmp_path / "part.npz"))
    loss = losses["perceptual"]
    assert (loss.distance, loss.layers) == ("l1", {"conv1_2": 2.0})
    told = origin.about(SimpleNamespace(perceptual=loss))["vgg"]
    assert (told["file"], told["kind"], told["backbone"]) == ("part.npz", "channel-wise normalised", "vgg19")
    assert told["sha256"] == hashlib.sha256((tmp_path / "part.npz").read_bytes()).hexdigest()
    drawings = np.stack([draw_rgb(index, seed=19, width=64, height=64) for index in range(9)])
    plain = vgg_features("conv1_2", tmp_path / "part.npz")(drawings.astype(np.float32) / np.float32(255))
    assert told["scales"]["conv1_2"] == pytest.approx(1 / np.asarray(plain["conv1_2"]).mean(), rel=1e-4)


@pytest.mark.parametrize("options", [[], ["--init", "START", "--from-scratch"]])
def test_a_run_without_a_trained_generator_is_asked_for_by_name(start, tmp_path, capsys, options):
    recipe = write_gan_recipe(tmp_path / "gan.toml")
    given = [str(start) if option == "START" else option for option in options]
    assert gan.main(["--recipe", recipe, "--out", str(tmp_path / "run"), *given]) == 2
    assert "against a beginner the discriminator wins" in capsys.readouterr().err
    assert not (tmp_path / "run").exists()


@pytest.mark.slow
def test_from_scratch_is_possible(tmp_path):
    recipe = write_gan_recipe(tmp_path / "gan.toml", steps=2)
    assert gan.main(["--recipe", recipe, "--out", str(tmp_path / "run"), "--from-scratch"]) == 0


@pytest.mark.slow
def test_a_run_resumes_only_with_its_own_vgg(whole, start, tmp_path, capsys):
    recipe, out = whole
    folder = shutil.copytree(out, tmp_path / "run")
    command = ["--recipe", recipe, "--init", str(start), "--out", str(folder)]
    assert gan.main([*command, "--vgg-weights", str(tmp_path / "none.npz")]) == 2
    assert "none.npz" in capsys.readouterr().err
    claim = folder / "recipe.json"
    claim.write_text(claim.read_text().replace("--vgg-weights: random", "--vgg-weights: imagenet"))
    assert gan.main(command) == 2
    assert "--vgg-weights was imagenet and is random" in capsys.readouterr().err


@pytest.mark.slow
def test_a_dry_run_tells_and_writes_nothing(start, tmp_path, capsys):
    recipe = write_gan_recipe(tmp_path / "gan.toml", steps=7200)
    out = tmp_path / "run"
    assert gan.main(["--recipe", recipe, "--init", str(start), "--out", str(out), "--dry-run"]) == 0
    printed = capsys.readouterr().out
    assert "2 patches of 8x8 a step, 7200 steps of " in printed
    assert " minutes here, validation not counted" in printed
    assert " parameters" in printed
    assert not out.exists()


@pytest.mark.slow
def test_the_discriminator_has_its_own_rate_and_weights_of_0_leave_terms_out(start, tmp_path):
    path = tmp_path / "gan.toml"
    write_gan_recipe(path)
    text = path.read_text().replace("perceptual_weight = 0.01", "perceptual_weight = 0.0")
    path.write_text(
        text.replace("[adversary]\n", '[adversary]\nadversarial = "hinge"\n').replace("1e-3", "4e-3", 1)
    )
    model = gan.make_gan(load_recipe(str(path), GanRecipe), start, "random")
    model.optimizer.iterations.assign(2)
    model.d_optimizer.iterations.assign(2)
    rates = float(model.optimizer.learning_rate), float(model.d_optimizer.learning_rate)
    assert rates[0] == pytest.approx(4 * rates[1])
    assert {metric.name for metric in model.metrics} >= {"pixel", "adversarial"}
    assert not {"perceptual", "checkerboard"} & {metric.name for metric in model.metrics}


@pytest.mark.slow
def test_the_smoke_recipe_runs_with_every_term(tmp_path, capsys):
    assert gan.main(["--recipe", "smoke_gan", "--from-scratch", "--out", str(tmp_path / "run")]) == 0
    assert re.search(r"epoch 3/3 .* loss \d\S+  d_real 0\.\d\d  d_fake 0\.\d\d  ", capsys.readouterr().out)
    card = json.loads((tmp_path / "run" / "card.json").read_text())
    assert card["training"]["vgg"].keys() == {"file", "kind", "backbone", "scales"}
    assert (card["training"]["vgg"]["file"], card["training"]["vgg"]["kind"]) == ("random", "drawn")
    rows = log_rows(tmp_path / "run")
    assert len(rows) == 3
    terms = ("pixel", "perceptual", "adversarial", "checkerboard")
    assert all(float(row[name]) > 0 for row in rows for name in terms)
    field = json.loads((tmp_path / "run" / "card.json").read_text())["figures"]["validation_field"]
    assert list(field) == list(FIELD)
    groups = {"val_clean": CLEAN_KINDS, "val_damaged": DAMAGED_KINDS}
    for name, kinds in groups.items():
        assert float(rows[-1][name]) == pytest.approx(np.mean([field[kind] for kind in kinds]), abs=0.002)
