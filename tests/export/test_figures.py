"""Figures on sets of pictures in a card: those that `waifu4x evaluate` prints, or nothing changes."""

import json
import shutil

import numpy as np
import pytest
from export_files import contents_of

from export import figures
from waifu4x_tf.cli.main import main as run_waifu4x
from waifu4x_tf.data.field import FIELD


@pytest.fixture
def models(exported, tmp_path):
    """A copy of the exported folder."""
    return shutil.copytree(exported[0], tmp_path / "models")


def test_a_set_is_measured_as_evaluate_does(models, picture_folder, capsys):
    card = models / "tiny.json"
    before = json.loads(card.read_text())
    assert figures.main([str(card), f"drawn={picture_folder}"]) == 0
    assert capsys.readouterr().out.startswith("drawn: ")
    file = before["engines"]["litert"]
    assert run_waifu4x(["evaluate", str(picture_folder), "--model", str(models / file), "--json"]) == 0
    report = json.loads(capsys.readouterr().out.splitlines()[-1])
    after = json.loads(card.read_text())
    added = after["figures"].pop("drawn")
    assert after == {**before, "figures": {**before.get("figures", {})}}
    assert (added["file"], added["pictures"]) == (file, report["pictures"])
    assert added["bicubic_psnr"] == pytest.approx(report["mean"]["bicubic"]["psnr"], abs=6e-4)
    assert added["psnr"] == pytest.approx(list(report["mean"].values())[-1]["psnr"], abs=6e-4)


def test_jpeg_has_a_title_of_its_own(models, picture_folder):
    added = figures.add_figures(models / "tiny.json", [f"drawn={picture_folder}"], jpeg=40)
    clean = figures.add_figures(models / "tiny.json", [f"drawn={picture_folder}"])
    assert list(added) == ["drawn, JPEG 40"]
    assert added["drawn, JPEG 40"]["bicubic_psnr"] < clean["drawn"]["bicubic_psnr"]
    assert {"drawn", "drawn, JPEG 40"} <= set(json.loads((models / "tiny.json").read_text())["figures"])


@pytest.mark.slow
def test_the_field_is_added_kind_by_kind_when_asked_for(models, picture_folder, capsys):
    assert figures.main([str(models / "tiny.json"), f"drawn={picture_folder}", "--field"]) == 0
    printed = capsys.readouterr().out
    field = json.loads((models / "tiny.json").read_text())["figures"]["drawn"]["field"]
    assert list(field) == list(FIELD)
    assert all(f"  {kind}: {psnr:.2f} dB" in printed for kind, (psnr, _) in field.items())
    # Blur takes detail away before the picture is shrunk: plain bicubic shows it.
    assert field["blur"][1] < field["bicubic"][1]


@pytest.mark.slow
def test_the_distance_of_vgg_features_is_added_when_asked_for(models, picture_folder, tmp_path, capsys):
    rng = np.random.default_rng(0)
    weights = {"conv0_kernel": np.eye(3)[None, None], "conv0_bias": np.zeros(3)}
    sizes = {"conv1_1": (3, 64), "conv1_2": (64, 64), "conv2_1": (64, 128), "conv2_2": (128, 128)}
    for name, (inputs, outputs) in {**sizes, "conv3_1": (128, 256)}.items():
        weights[f"{name}_kernel"] = rng.normal(0, (2 / (9 * inputs)) ** 0.5, (3, 3, inputs, outputs))
        weights[f"{name}_bias"] = np.zeros(outputs)
    path = tmp_path / "vgg.npz"
    np.savez(path, **{name: values.astype(np.float32) for name, values in weights.items()})
    card = str(models / "tiny.json")
    assert figures.main([card, f"drawn={picture_folder}", "--vgg-weights", str(path)]) == 0
    assert capsys.readouterr().out.count(" / VGG ") == 2
    added = json.loads((models / "tiny.json").read_text())["figures"]["drawn"]
    assert 0 < added["bicubic_vgg"] < added["vgg"], "an untrained network is worse than bicubic"


def test_what_cannot_be_measured_leaves_the_card_alone(models, picture_folder, tmp_path, capsys):
    card, mixed = models / "tiny.json", shutil.copytree(picture_folder, tmp_path / "mixed")
    (mixed / "broken.png").write_text("no picture")
    before = contents_of(models)
    good = f"drawn={picture_folder}"
    for arguments, message in (
        ([str(card), good, f"mixed={mixed}"], "Figures are of whole sets"),
        ([str(card), good, "=x"], "A set is NAME=FOLDER. Received: '=x'"),
        ([str(card), f"drawn={tmp_path / 'none'}"], "A set is NAME=FOLDER"),
        ([str(models / "none.json"), good], "the card that export.tflite writes"),
        ([str(card), good, "--jpeg", "101"], "Figures are of whole sets"),
        ([str(card), good, "--vgg-weights", "none.npz"], "none.npz"),
    ):
        assert figures.main(arguments) == 2
        assert message in capsys.readouterr().err
    assert contents_of(models) == before
