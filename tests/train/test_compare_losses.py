"""The experiment of the four losses: equal starts, honest numbers, an animation and curves."""

import csv

import pytest
from PIL import Image
from run_files import write_recipe

from train import compare_losses

RECIPE = {"steps": 3, "epoch_steps": 3}


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    """The folder of a comparison of three steps."""
    folder = tmp_path_factory.mktemp("losses")
    recipe = write_recipe(folder / "few.toml", **RECIPE)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(compare_losses, "VGG_LAYERS", ("conv1_1",))
        arguments = ["--recipe", recipe, "--out", str(folder / "out"), "--vgg-weights", "random"]
        assert compare_losses.main(arguments) == 0
    return folder / "out"


def test_all_losses_start_alike_and_go_their_own_ways(done):
    with (done / "losses.csv").open(newline="") as lines:
        rows = list(csv.DictReader(lines))
    assert [row["loss"] for row in rows] == [loss for loss in compare_losses.LOSSES for _ in range(4)]
    for step in ("0", "2", "3"):  # the learning rate rises from 0, so the first step moves nothing
        told = {(row["psnr"], row["vgg"]) for row in rows if row["step"] == step}
        assert len(told) == (1 if step == "0" else 4)


def test_the_animation_shows_every_step_with_all_losses_and_the_original(done):
    with Image.open(done / "losses.webp") as animation:
        assert animation.n_frames == 4
        assert animation.width > 5 * 90
    with Image.open(done / "losses.png") as curves:
        assert curves.width > 1000


@pytest.mark.slow
def test_a_stopped_comparison_goes_on_with_the_loss_it_was_at(done, tmp_path, monkeypatch, capsys):
    arguments = ["--recipe", write_recipe(tmp_path / "few.toml", **RECIPE), "--vgg-weights", "random"]
    arguments += ["--out", str(tmp_path / "out")]
    train, begun = compare_losses._training, []

    def stopped(recipe, patches, name, *rest):
        begun.append(name)
        if len(begun) == 3:
            raise KeyboardInterrupt
        return train(recipe, patches, name, *rest)

    monkeypatch.setattr(compare_losses, "VGG_LAYERS", ("conv1_1",))
    monkeypatch.setattr(compare_losses, "_training", stopped)
    assert compare_losses.main(arguments) == 130
    assert "goes on" in capsys.readouterr().err
    assert compare_losses.main(arguments) == 0
    assert begun == ["mse", "lab_mse", "hsv_mse", "hsv_mse", "vgg"]
    assert (tmp_path / "out" / "losses.csv").read_bytes() == (done / "losses.csv").read_bytes()
    assert not (tmp_path / "out" / "unfinished").exists()


def test_the_steps_shown_grow_and_end_with_the_last():
    assert compare_losses.steps_shown(1) == [0, 1]
    assert compare_losses.steps_shown(150) == [0, 1, 2, 5, 10, 20, 50, 100, 150]


def test_mistakes_are_told_before_the_hours(tmp_path, capsys, done):
    recipe = write_recipe(tmp_path / "few.toml", **RECIPE)
    assert compare_losses.main(["--recipe", recipe, "--out", str(done), "--vgg-weights", "random"]) == 2
    assert "Results go into a new folder" in capsys.readouterr().err
    out = tmp_path / "out"
    assert compare_losses.main(["--recipe", recipe, "--out", str(out), "--vgg-weights", "none.npz"]) == 2
    assert "none.npz" in capsys.readouterr().err
    assert not out.exists()
