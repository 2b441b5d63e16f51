"""What a killed run leaves behind: one claim, one state, one log, each whole or absent."""

import errno
import signal
from contextlib import contextmanager

import keras
import numpy as np
import pytest
from tiny_networks import tiny_generator

from train.state import (
    RunLog,
    atomic_write,
    claimed_folder,
    fingerprint,
    restore_state,
    save_state,
    write_aside,
)
from waifu4x_tf.errors import ConfigError, Waifu4xError


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


RECIPE = '{"training": {"steps": 6, "seed": 0}}'


def claim(out, recipe=RECIPE, *, is_lengthened=False, **identity):
    with claimed_folder(out, recipe, identity or {"pictures": "ab12"}, is_lengthened=is_lengthened):
        pass


@pytest.mark.parametrize(
    ("recipe", "identity", "differing"),
    [
        (RECIPE.replace('seed": 0', 'seed": 7'), {}, "training.seed was 0 and is 7"),
        (RECIPE, {"pictures": "cd34"}, "pictures was ab12 and is cd34"),
        (RECIPE, {"pictures": "ab12", "vgg": "imagenet"}, "vgg was absent and is imagenet"),
        (RECIPE.replace("6", "8"), {}, "training.steps was 6 and is 8"),
    ],
)
def test_a_new_or_empty_folder_is_claimed_and_stays_with_its_recipe(tmp_path, recipe, identity, differing):
    out = tmp_path / "deep" / "run"
    claim(out)
    claim(out)
    with pytest.raises(
        ConfigError, match=rf"same recipe, pictures and --init\. Received: .*run, where {differing}\. "
    ):
        claim(out, recipe, **identity)


def test_a_run_may_get_longer_but_not_shorter_or_otherwise_other(tmp_path):
    longer = RECIPE.replace("6", "8")
    claim(tmp_path)
    claim(tmp_path, longer, is_lengthened=True)
    claim(tmp_path, longer)
    for other in (RECIPE, RECIPE.replace("6", "9").replace('seed": 0', 'seed": 1')):
        with pytest.raises(ConfigError, match=r"longer with --steps N, N above its steps"):
            claim(tmp_path, other, is_lengthened=True)


def test_a_second_run_in_a_folder_is_refused_as_long_as_the_first_lives(tmp_path):
    with (
        claimed_folder(tmp_path, RECIPE, {}),
        pytest.raises(ConfigError, match=r"One run at a time works in a folder\. Received: .*Wait for"),
    ):
        claim(tmp_path)
    claim(tmp_path, pictures="")


def test_a_folder_of_something_else_is_left_alone(tmp_path):
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(ConfigError, match="new or empty folder"):
        claim(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_a_first_start_killed_while_claiming_is_no_obstacle(tmp_path):
    (tmp_path / ".part.recipe.json").write_text("{rec")
    claim(tmp_path)
    assert (tmp_path / "recipe.json").read_text() == f"{RECIPE}\npictures: ab12\n"


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
    assert {path.name for path in tmp_path.iterdir()} == {"state.weights.h5", "earlier_state.weights.h5"}


def test_a_truncated_state_is_named_and_the_one_before_it_taken(tmp_path, capsys):
    model = trained(compiled(), 2)
    save_state(model, tmp_path)
    expected = everything(model)
    save_state(trained(model, 2), tmp_path)
    state = tmp_path / "state.weights.h5"
    state.write_bytes(state.read_bytes()[:1000])
    fresh = compiled()
    assert restore_state(fresh, tmp_path, epoch_steps=1) == 2
    assert_equal(everything(fresh), expected)
    assert "Damaged: state.weights.h5: " in capsys.readouterr().out
    (tmp_path / "earlier_state.weights.h5").write_bytes(b"")
    with pytest.raises(ConfigError, match=r"a whole state\. Received: .*state.*earlier.* Give another --out"):
        restore_state(compiled(), tmp_path, epoch_steps=1)


@contextmanager
def full_disk():
    """The system refuses to write a file beyond a limit: EFBIG, as ENOSPC on a full disk."""
    resource = pytest.importorskip("resource", reason="limits of file sizes are POSIX")
    most, hardest = resource.getrlimit(resource.RLIMIT_FSIZE)
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, hardest))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (most, hardest))
        signal.signal(signal.SIGXFSZ, before)


def test_a_disk_that_takes_no_more_is_one_sentence_and_leaves_no_part(tmp_path):
    model = keras.Sequential([keras.Input((64,)), keras.layers.Dense(512)])
    model.compile("adam")
    for write in (
        lambda: save_state(model, tmp_path),
        lambda: write_aside(tmp_path / "card.json", b"x" * 50_000),
    ):
        with (
            full_disk(),
            pytest.raises(Waifu4xError, match=r"^What a run writes needs room on the disk\. Received: .*$"),
        ):
            write()
    assert list(tmp_path.iterdir()) == []


def test_a_file_is_written_atomically(tmp_path):
    path = tmp_path / "figures.csv"
    path.write_text("old")

    def write_half() -> None:
        with atomic_write(path) as aside:
            aside.write_text("ne")
            raise OSError(errno.ENOSPC, "a long story\nin lines")

    with pytest.raises(Waifu4xError, match=r"Received: .*figures\.csv: No space left on device\."):
        write_half()
    assert [(each.name, each.read_text()) for each in tmp_path.iterdir()] == [("figures.csv", "old")]


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
