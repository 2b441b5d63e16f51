"""What a killed run leaves behind: one claim, one state, one log, each whole or absent."""

import keras
import numpy as np
import pytest
from tiny_networks import tiny_generator

from train.state import RunLog, claim_folder, fingerprint, restore_state, save_state
from waifu4x_tf.errors import ConfigError


def compiled() -> keras.Model:
    model = tiny_generator(width=4, blocks=1, scale=2)
    model.compile(keras.optimizers.Adam(1e-2, use_ema=True, ema_momentum=0.5), "mse", run_eagerly=True)
    return model


def trained(model: keras.Model, steps: int) -> keras.Model:
    rng = np.random.default_rng(steps)
    for _ in range(steps):
        model.train_on_batch(rng.random((1, 4, 4, 3)), rng.random((1, 8, 8, 3)))
    return model


def everything(model: keras.Model) -> list[np.ndarray]:
    return [np.array(v) for v in [*model.variables, *model.optimizer.variables]]


def assert_equal(a: list[np.ndarray], b: list[np.ndarray]) -> None:
    assert len(a) == len(b)
    for x, y in zip(a, b, strict=True):
        np.testing.assert_array_equal(x, y)


def test_a_new_or_empty_folder_is_claimed_and_stays_with_its_recipe(tmp_path):
    out = tmp_path / "deep" / "run"
    claim_folder(out, "{recipe}", "pictures")
    claim_folder(out, "{recipe}", "pictures")
    for other in (("{other}", "pictures"), ("{recipe}", "others"), ("{recipe}", "pictures", "network")):
        with pytest.raises(ConfigError, match=r"same recipe, pictures and --init\. Received: .*run"):
            claim_folder(out, *other)


def test_a_folder_of_something_else_is_left_alone(tmp_path):
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(ConfigError, match="new or empty folder"):
        claim_folder(tmp_path, "{recipe}", "pictures")
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_a_first_start_killed_while_claiming_is_no_obstacle(tmp_path):
    (tmp_path / ".part.recipe.json").write_text("{rec")
    claim_folder(tmp_path, "{recipe}", "pictures")
    assert (tmp_path / "recipe.json").read_text() == "{recipe}\npictures\n"


def test_the_fingerprint_knows_names_and_sizes_but_no_order():
    pictures = [("a.png", 10, 20), ("b.png", 30, 40)]
    assert fingerprint(pictures) == fingerprint(pictures[::-1])
    assert fingerprint(pictures) != fingerprint([("a.png", 10, 20), ("b.png", 40, 30)])
    assert fingerprint(pictures) != fingerprint(pictures[:1])


def test_a_state_brings_back_weights_slots_and_averages(tmp_path):
    model = trained(compiled(), 6)
    save_state(model, tmp_path)
    fresh = compiled()
    assert restore_state(fresh, tmp_path, epoch_steps=3) == 2
    assert_equal(everything(fresh), everything(model))
    assert_equal(everything(trained(fresh, 2)), everything(trained(model, 2)))


def test_without_a_state_the_run_starts_at_zero_with_a_built_optimizer(tmp_path):
    model = compiled()
    assert restore_state(model, tmp_path, epoch_steps=3) == 0
    assert model.optimizer.built


def test_a_kill_while_saving_keeps_the_state_before(tmp_path, monkeypatch):
    model = trained(compiled(), 2)
    save_state(model, tmp_path)
    expected = everything(model)

    def half_written(path, overwrite):
        path.write_bytes((tmp_path / "state.weights.h5").read_bytes()[:1000])
        raise KeyboardInterrupt

    trained(model, 2)
    monkeypatch.setattr(model, "save_weights", half_written)
    with pytest.raises(KeyboardInterrupt):
        save_state(model, tmp_path)
    fresh = compiled()
    assert restore_state(fresh, tmp_path, epoch_steps=1) == 2
    assert_equal(everything(fresh), expected)
    save_state(fresh, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["state.weights.h5"]


def test_the_log_drops_rows_past_the_state(tmp_path):
    path = tmp_path / "log.csv"
    log = RunLog(path, 0)
    for epoch in (1, 2, 3):
        log.append(epoch=epoch, step=epoch * 10, loss=0.5, learning_rate=1e-3, seconds=1.5)
    resumed = RunLog(path, 2)
    assert [row["epoch"] for row in resumed.rows] == ["1", "2"]
    assert resumed.seconds == 3.0
    resumed.append(epoch=3, step=30, loss=0.25, learning_rate=1e-3, seconds=2, val_psnr=30.0, val_ssim=0.9)
    assert path.read_text().splitlines() == [
        "epoch,step,loss,learning_rate,seconds,val_psnr,val_ssim",
        "1,10,0.5,0.001,1.5,,",
        "2,20,0.5,0.001,1.5,,",
        "3,30,0.25,0.001,2,30.0,0.9",
    ]
