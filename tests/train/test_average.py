"""The mean of two networks: its weights, its card, and what is refused."""

import json
import shutil

import keras
import numpy as np
import pytest
from run_files import generator_weights, write_recipe
from tiny_networks import killed

from export.saved_model import load_generator
from train.average import main
from train.build import make_compiled, make_generator
from train.recipe import load_recipe
from train.stages import with_run


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A recipe, two networks of its shape and one of another, each with a card."""
    folder = tmp_path_factory.mktemp("average")
    write_recipe(folder / "tiny.toml")
    write_recipe(folder / "other.toml")
    (folder / "other.toml").write_text((folder / "other.toml").read_text().replace("width = 4", "width = 6"))
    for seed, (name, recipe) in enumerate([("first", "tiny"), ("second", "tiny"), ("wide", "other")]):
        keras.utils.set_random_seed(seed)
        (folder / name).mkdir()
        make_generator(load_recipe(str(folder / f"{recipe}.toml"))).save(folder / name / "generator.keras")
        training = {"steps": seed, "stages": with_run(recipe, seed, None, {})}
        card = {"name": "compact", "training": training, "figures": {"Set5": {"psnr": 1.0}}}
        (folder / name / "card.json").write_text(json.dumps(card))
    return folder


def averaged(folder, second="second", *options) -> int:
    files = [str(folder / name / "generator.keras") for name in ("first", second)]
    return main([*files, "--recipe", str(folder / "tiny.toml"), *options])


def test_each_weight_is_the_mean_and_the_card_tells_both_trainings(folder, tmp_path, capsys):
    out = tmp_path / "runs" / "mean"
    assert averaged(folder, "second", "--share", "0.25", "--out", str(out)) == 0
    first, second, mean = (generator_weights(place) for place in (folder / "first", folder / "second", out))
    for mine, other, between in zip(first, second, mean, strict=True):
        np.testing.assert_allclose(between, 0.75 * mine + 0.25 * other, atol=1e-6)
    card = json.loads((out / "card.json").read_text())
    with_ = card["training"]["averaged_with"]
    assert (card["training"]["steps"], with_["training"]["steps"], with_["share"]) == (0, 1, 0.25)
    assert card["training"]["stages"] == [
        {"recipe": "tiny", "steps": 0, "init": None},
        {"recipe": "tiny", "steps": 1, "init": None},
        {"recipe": None, "mean_of": ["tiny", "tiny"], "share": 0.25},
    ]
    assert list(card["figures"]) == ["validation"]  # those of the first are not the mean's
    assert f"{card['figures']['validation']['psnr']:.2f} dB" in capsys.readouterr().out


@pytest.mark.slow
def test_what_has_died_in_the_first_begins_as_in_the_run_that_made_the_second(folder, tmp_path):
    home, out = shutil.copytree(folder, tmp_path / "home"), tmp_path / "mean"
    first = home / "first" / "generator.keras"
    killed(load_generator(first), "block1_conv1").save(first)
    start = make_compiled(load_recipe(str(home / "tiny.toml")), first)
    start.save(home / "second" / "generator.keras")
    assert averaged(home, "second", "--out", str(out)) == 0
    for mine, begun in zip(generator_weights(out), start.get_weights(), strict=True):
        np.testing.assert_array_equal(mine, begun)


@pytest.mark.parametrize(
    ("second", "options", "told"),
    [
        ("wide", (), "differs in block1_conv1"),
        ("nothing", (), "card beside"),
        ("second", ("--share", "1.5"), "from 0 to 1"),
    ],
)
def test_what_cannot_be_averaged_is_refused_and_nothing_is_written(
    folder, tmp_path, capsys, second, options, told
):
    assert averaged(folder, second, "--out", str(tmp_path / "out"), *options) == 2
    assert told in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_an_earlier_result_is_kept(folder, tmp_path, capsys):
    assert averaged(folder, "second", "--out", str(tmp_path)) == 2
    assert "exists" in capsys.readouterr().err


def test_a_file_that_is_no_network_is_refused(folder, tmp_path, capsys):
    (tmp_path / "card.json").write_text("{}")
    (tmp_path / "generator.keras").write_bytes(b"no network")
    files = [str(folder / "first" / "generator.keras"), str(tmp_path / "generator.keras")]
    assert main([*files, "--recipe", str(folder / "tiny.toml"), "--out", str(tmp_path / "out")]) == 2
    assert "is a readable .keras file" in capsys.readouterr().err
