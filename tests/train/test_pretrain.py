"""The training command: what a run writes, how it resumes, and what it refuses."""

import hashlib
import importlib.util
import json

import numpy as np
import pytest
from PIL import Image
from run_files import assert_same_run, generator_weights, log_rows, write_recipe
from tiny_networks import killed, upscaler_of

from export.saved_model import load_generator
from train import build, loop, pretrain
from train.build import make_optimizer
from train.recipe import load_recipe
from train.validation import Validation
from waifu4x_tf.data.procedural import draw_rgb
from waifu4x_tf.data.sources import drawn_pictures
from waifu4x_tf.models.zoo import build_generator


def run(recipe: str, out, *more: str) -> int:
    return pretrain.main(["--recipe", recipe, "--out", str(out), *more])


@pytest.fixture(scope="module")
def smoke(tmp_path_factory):
    out = tmp_path_factory.mktemp("runs") / "smoke"
    assert run("smoke", out) == 0
    return out


@pytest.fixture(scope="module")
def short(tmp_path_factory):
    """An uninterrupted run of three epochs of two steps, and its recipe."""
    home = tmp_path_factory.mktemp("short")
    recipe = write_recipe(home / "short.toml")
    assert run(recipe, home / "run") == 0
    return recipe, home / "run"


def test_a_run_writes_generator_card_log_and_samples(smoke):
    recipe = load_recipe("smoke")
    model = load_generator(smoke / "generator.keras")
    assert model.name == "compact"
    assert [row["epoch"] for row in log_rows(smoke)] == ["1", "2", "3", "4"]
    assert [row["step"] for row in log_rows(smoke)] == ["20", "40", "60", "80"]
    assert [bool(row["val_psnr"]) for row in log_rows(smoke)] == [False, True, False, True]
    rates = [float(row["learning_rate"]) for row in log_rows(smoke)]
    assert rates == sorted(rates, reverse=True)
    assert rates[-1] == pytest.approx(recipe.training.final_learning_rate, rel=0.5)
    sheets = sorted(path.name for path in (smoke / "samples").iterdir())
    assert sheets == ["epoch_0002.png", "epoch_0004.png"]
    with Image.open(smoke / "samples" / sheets[-1]) as image:
        assert image.width == 4 * 192
    assert not list(smoke.glob(".*part*"))


def test_the_card_says_how_it_was_made_and_how_well_it_does(smoke):
    card = json.loads((smoke / "card.json").read_text(encoding="utf-8"))
    assert (card["name"], card["scale"], card["receptive_radius"]) == ("compact", 4, 4)
    assert card["arguments"] == {"width": 16, "blocks": 1}
    assert card["training"]["recipe"] == json.loads(load_recipe("smoke").as_json())
    assert card["training"]["software"]["tensorflow"].startswith("2.")
    assert card["data"]["pictures"] == []
    figures = card["figures"]["validation"]
    assert figures["psnr"] == pytest.approx(float(log_rows(smoke)[-1]["val_psnr"]), abs=0.002)


def test_training_improves_the_validation_pictures(smoke):
    data = load_recipe("smoke").data
    pictures = drawn_pictures(data.validation_drawn, seed=1_000_003, size=data.drawn_size)
    validation = Validation(list(pictures), 4)
    start = validation.measure(upscaler_of(build_generator("compact", width=16, blocks=1))).psnr
    figures = json.loads((smoke / "card.json").read_text())["figures"]["validation"]
    assert figures["psnr"] > start + 0.1
    assert figures["bicubic_psnr"] == pytest.approx(validation.bicubic().psnr, abs=0.001)
    trained = load_generator(smoke / "generator.keras")
    assert validation.measure(upscaler_of(trained)).psnr == pytest.approx(figures["psnr"], abs=0.001)


@pytest.mark.slow
def test_a_stopped_run_goes_on_to_the_same_end(short, tmp_path, monkeypatch, capsys):
    recipe, uninterrupted = short
    saved = []

    def stopping(model, out):
        saved.append(out)
        if len(saved) == 2:  # after the log's row, before the state: the worst place
            raise KeyboardInterrupt
        save(model, out)

    save = loop.save_state
    with monkeypatch.context() as patched:
        patched.setattr(loop, "save_state", stopping)
        assert run(recipe, tmp_path / "run") == 130
    assert "same command goes on" in capsys.readouterr().err
    assert [row["epoch"] for row in log_rows(tmp_path / "run")] == ["1", "2"]
    early = json.loads((tmp_path / "run" / "card.json").read_text())
    assert early["training"]["steps"] == 4
    assert len(generator_weights(tmp_path / "run")) == 9
    assert run(recipe, tmp_path / "run") == 0
    assert "Going on after epoch 1 of 3." in capsys.readouterr().out
    assert_same_run(tmp_path / "run", uninterrupted)
    assert json.loads((tmp_path / "run" / "card.json").read_text())["training"]["steps"] == 6


def test_a_run_gets_longer_and_only_then_goes_on(tmp_path, capsys):
    recipe, out = write_recipe(tmp_path / "short.toml", steps=4), tmp_path / "run"
    assert run(recipe, out) == 0
    rows = log_rows(out)
    assert run(recipe, out, "--steps", "5") == 2
    assert "steps is a multiple of epoch_steps" in capsys.readouterr().err
    assert run(recipe, out, "--steps", "6") == 0
    assert "Going on after epoch 2 of 3." in capsys.readouterr().out
    assert log_rows(out)[:2] == rows
    assert json.loads((out / "card.json").read_text())["training"]["steps"] == 6
    assert run(recipe, out) == 2
    assert "training.steps was 6 and is 4. " in capsys.readouterr().err


def test_a_run_may_start_from_a_trained_network(short, tmp_path, capsys):
    _, trained = short
    gentle = write_recipe(tmp_path / "gentle.toml", steps=2, epoch_steps=1, learning_rate="1e-9")
    init = ["--init", str(trained / "generator.keras")]
    assert pretrain.main(["--recipe", gentle, "--out", str(tmp_path / "run"), *init]) == 0
    for a, b in zip(generator_weights(tmp_path / "run"), generator_weights(trained), strict=True):
        np.testing.assert_allclose(a, b, atol=1e-6)
    training = json.loads((tmp_path / "run" / "card.json").read_text())["training"]
    started = training["stages"][0]["recipe"]
    assert training["stages"] == [
        {"recipe": started, "steps": 6, "init": None},
        {"recipe": "gentle", "steps": 2, "init": started},
    ]
    told = training["init"]
    assert told["training"] == json.loads((trained / "card.json").read_text())["training"]
    assert told["sha256"] == hashlib.sha256((trained / "generator.keras").read_bytes()).hexdigest()
    assert pretrain.main(["--recipe", gentle, "--out", str(tmp_path / "run")]) == 2
    assert "same recipe, pictures and --init" in capsys.readouterr().err
    assert pretrain.main(["--recipe", gentle, "--out", str(tmp_path / "x"), "--init", "none.keras"]) == 2
    assert "is a readable .keras file of Keras' own layers. Received: none.keras" in capsys.readouterr().err
    assert not (tmp_path / "x").exists()


def test_channels_that_have_died_begin_anew(short, tmp_path, capsys):
    killed(load_generator(short[1] / "generator.keras"), "block1_conv1").save(tmp_path / "dead.keras")
    gentle = write_recipe(tmp_path / "gentle.toml", steps=2, epoch_steps=1, learning_rate="1e-9")
    assert run(gentle, tmp_path / "run", "--init", str(tmp_path / "dead.keras")) == 0
    told = capsys.readouterr().out
    assert f"channels of {tmp_path / 'dead.keras'} answer nothing" in told
    assert "0 everywhere" not in told


def test_a_layer_that_dies_is_told_at_each_validation(short, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(Validation, "silent_layers", lambda _self, _generator: ["block1_conv1"])
    assert run(short[0], tmp_path / "run") == 0
    assert "block1_conv1: 0 everywhere on the validation pictures." in capsys.readouterr().out


def test_a_finished_run_writes_its_results_again_without_training(short, capsys):
    recipe, out = short
    before, rows = generator_weights(out), log_rows(out)
    (out / "generator.keras").unlink()
    assert run(recipe, out) == 0
    assert "Going on after epoch 3 of 3." in capsys.readouterr().out
    for a, b in zip(generator_weights(out), before, strict=True):
        np.testing.assert_array_equal(a, b)
    assert log_rows(out) == rows


def test_tensorboard_and_workers_change_no_weight(short, tmp_path, monkeypatch):
    _, out = short
    if importlib.util.find_spec("tensorboard"):
        assert list((out / "tensorboard").rglob("events.out.tfevents*"))
    monkeypatch.setattr(loop.importlib.util, "find_spec", lambda name: None)
    assert run(write_recipe(tmp_path / "other.toml", workers=3), tmp_path / "run") == 0
    assert not (tmp_path / "run" / "tensorboard").exists()
    assert_same_run(tmp_path / "run", out)


def test_the_averaged_weights_are_saved_and_the_raw_ones_trained_on(short, tmp_path):
    model = build_generator("compact", width=4, blocks=1)
    averaged = build_generator("compact", width=4, blocks=1)
    model.compile(make_optimizer(load_recipe(short[0]).training), "mae", run_eagerly=True)
    rng = np.random.default_rng(0)
    model.train_on_batch(rng.random((1, 8, 8, 3)), rng.random((1, 32, 32, 3)))
    model.train_on_batch(rng.random((1, 8, 8, 3)), rng.random((1, 32, 32, 3)))
    raw = [np.array(weight) for weight in model.weights]
    pretrain.with_averaged_weights(model, averaged)
    for before, after in zip(raw, model.weights, strict=True):
        np.testing.assert_array_equal(before, np.array(after))
    means = [np.array(weight) for weight in averaged.trainable_weights]
    assert all((mean != np.array(w)).any() for mean, w in zip(means, model.trainable_weights, strict=True))
    for mean, kept in zip(means, model.optimizer._model_variables_moving_average, strict=True):
        np.testing.assert_array_equal(mean, np.array(kept))


def test_a_folder_of_pictures_in_bfloat16(tmp_path, capsys):
    """Pictures are split, skipped files named, the network saved in float32; new pictures are a new run."""
    data = tmp_path / "pictures"
    data.mkdir()
    for index in range(4):
        rgb = draw_rgb(index, seed=6, width=80 + index, height=72)
        Image.fromarray(rgb).save(data / f"{index}.png")
    (data / "broken.png").write_text("no picture")
    Image.fromarray(rgb[:50]).save(data / "flat.png")
    (data / "MANIFEST.csv").write_text(
        "file,category,repo,licence\n0.png,anime,some/pictures,CC0-1.0\n1.png\n"
    )
    recipe = write_recipe(tmp_path / "mine.toml", steps=2, policy="mixed_bfloat16")
    assert run(recipe, tmp_path / "run", "--data", str(data)) == 0
    out = capsys.readouterr().out
    assert "2 file(s) skipped:\n  broken.png: " in out
    assert "  flat.png: 83x50 is smaller than 64 px" in out
    assert "3 pictures to train on, 1 held out for validation." in out
    model = load_generator(tmp_path / "run" / "generator.keras")
    assert {weight.dtype for weight in model.weights} == {"float32"}
    kept = json.loads((tmp_path / "run" / "card.json").read_text())["data"]
    assert len(kept["validation_pictures"]) == 1
    assert sum(source["pictures"] for source in kept["pictures"]) == 3
    assert [name for name, _ in kept["skipped"]] == ["broken.png", "flat.png"]

    Image.fromarray(rgb).save(data / "late.png")
    assert run(recipe, tmp_path / "run", "--data", str(data)) == 2
    assert "same recipe, pictures and --init" in capsys.readouterr().err


def test_a_folder_that_holds_another_run_is_refused(short, tmp_path, capsys):
    _, out = short
    rows = log_rows(out)
    assert run(write_recipe(tmp_path / "other.toml", seed=1), out) == 2
    err = capsys.readouterr().err
    assert err.startswith("train.pretrain: error: A run's folder resumes only with the same recipe")
    assert str(out) in err
    assert log_rows(out) == rows


def test_an_empty_folder_of_data_is_refused(tmp_path, capsys):
    (tmp_path / "empty").mkdir()
    recipe = write_recipe(tmp_path / "mine.toml")
    assert run(recipe, tmp_path / "run", "--data", str(tmp_path / "empty")) == 2
    assert "at least one picture" in capsys.readouterr().err
    assert run(recipe, tmp_path / "run", "--data", str(tmp_path / "nowhere")) == 2
    assert "which is not a folder" in capsys.readouterr().err
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (('name = "compact"', 'name = "compakt"'), "one of compact"),
        (("blocks = 1", "layers = 1"), "arguments of compact are width, blocks"),
        (('loss = "mae"', 'loss = "l3"'), "one of mae, mse, charbonnier"),
        (('optimizer = "adam"', 'optimizer = "sgdx"'), "An optimizer is one of adam, muon"),
        (("drawn_size = 96", "drawn_size = 48"), "at least 64 px"),
        (("drawn_pictures = 3", "drawn_pictures = 0"), "at least one picture"),
    ],
)
def test_a_recipe_that_cannot_be_built_claims_no_folder(tmp_path, capsys, change, message):
    recipe = tmp_path / "mine.toml"
    write_recipe(recipe)
    recipe.write_text(recipe.read_text().replace(*change))
    assert run(str(recipe), tmp_path / "run") == 2
    assert message in capsys.readouterr().err
    assert not (tmp_path / "run").exists()


def test_a_loss_that_is_no_number_stops_the_run(tmp_path, capsys, monkeypatch):
    def far_too_fast(training):
        import keras

        return keras.optimizers.SGD(float("inf"))

    monkeypatch.setattr(build, "make_optimizer", far_too_fast)
    assert run(write_recipe(tmp_path / "mine.toml"), tmp_path / "run") == 2
    assert "finite number. Received: nan at step 2" in capsys.readouterr().err
    assert not (tmp_path / "run" / "state.weights.h5").exists()
