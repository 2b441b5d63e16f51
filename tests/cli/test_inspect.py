"""`waifu4x inspect`, and what the other commands say of what they saw in a picture."""

import io
import json
import sys
from pathlib import Path

import numpy as np
import pytest
from picture_files import files
from PIL import Image

from waifu4x_tf.cli.main import main
from waifu4x_tf.data.procedural import draw as draw_kind
from waifu4x_tf.errors import ModelError
from waifu4x_tf.inference.estimator import Estimate
from waifu4x_tf.inference.treatment import Treatment
from waifu4x_tf.models import zoo

JPEG_SEEN = Estimate(0.0, {"medium": 2.0}, {"jpeg": 0.9, "blur": 0.7, "halos": 0.1})


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def drawn(name: str, **options) -> None:
    Path(name).parent.mkdir(exist_ok=True)
    Image.fromarray(draw_kind("face", seed=4, width=96, height=88)).save(name, **options)


def test_a_line_a_picture(here, capsys, monkeypatch):
    found = {"a": JPEG_SEEN, "b": None, "d": Estimate(0.3, {"medium": -1.0}, {"jpeg": 0.9})}
    asked = iter(found.values())
    monkeypatch.setattr("waifu4x_tf.inference.treatment.estimate", lambda *_: next(asked))
    drawn("a.jpg", quality=62)
    drawn("b.png")
    Path("c.png").write_bytes(b"none")
    drawn("d.png")
    assert main(["inspect", "."]) == 1
    captured = capsys.readouterr()
    assert captured.out.splitlines() == [
        "a.jpg: 96x88, JPEG, quality 62, 4:2:0; JPEG artefacts -> denoise medium",
        "b.png: 96x88 png, no traces of lossy saving; clean -> left as it is",
        "d.png: 96x88 png, no traces of lossy saving; a soft picture -> sharpness +0.30",
    ]
    assert captured.err.startswith("waifu4x: error: c.png: ")
    assert files() == ["a.jpg", "b.png", "c.png", "d.png"]


def test_json_and_verbose(here, capsys, estimated):
    estimated.found = JPEG_SEEN
    exif = Image.Exif()
    exif[0x0112] = 6
    drawn("a.jpg", quality=30, exif=exif)
    assert main(["inspect", "a.jpg", "missing.jpg", "--json"]) == 1
    missing, found = (json.loads(line) for line in capsys.readouterr().out.splitlines())
    assert missing["input"] == "missing.jpg"
    assert missing["error"]
    assert (found["codec"], found["quality"], found["subsampling"]) == ("JPEG", 30, "4:2:0")
    assert (found["width"], found["height"], found["orientation"]) == (88, 96, 6)
    assert (found["seen"], found["treatment"]) == ("JPEG artefacts, blur", "denoise medium")
    assert main(["inspect", "a.jpg", "--verbose"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "a.jpg: 88x96"
    assert [line.split()[0] for line in lines[1:]] == ["saved", "orientation", "treatment"]


def test_for_a_model_that_leaves_nothing_to_choose_nothing_is_said_of_it(here, capsys, estimated):
    drawn("a.png")
    for model in ("compact_denoise1", "mine.tflite", "mine.keras"):
        assert main(["inspect", "a.png", "--model", model]) == 0
        assert capsys.readouterr().out == "a.png: 96x88 png, no traces of lossy saving\n"
        assert main(["inspect", "a.png", "--model", model, "--json"]) == 0
        said = json.loads(capsys.readouterr().out)
        assert (said["seen"], said["treatment"]) == (None, None)
    assert estimated.asked == 0


@pytest.mark.parametrize("model", ["nonesuch", "espcn"])
def test_a_model_that_there_is_not_is_reported_before_the_first_picture(here, capsys, estimated, model):
    drawn("a.png")
    assert main(["inspect", "a.png", "--model", model]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert f"Received: --model {model}" in captured.err
    assert estimated.asked == 0


def test_nothing_found_is_wrong_usage(here):
    assert main(["inspect", "*.png"]) == 2


def test_standard_input(here, capsys, monkeypatch):
    drawn("a.png")
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(Path("a.png").read_bytes())))
    assert main(["inspect", "-"]) == 0
    assert capsys.readouterr().out.startswith("-: 96x88 png")


def test_the_line_of_a_picture_says_what_was_seen_and_done_for_that(here, upscaler, capsys):
    drawn("a.png")
    upscaler.treatment = Treatment("high", damages=("jpeg",))
    assert main(["upscale", "a.png", "-o", "out", "--json"]) == 0
    captured = capsys.readouterr()
    said = json.loads(captured.out)
    assert (said["seen"], said["treatment"]) == ("JPEG artefacts", "denoise high")
    assert "; denoise high: JPEG artefacts)" in captured.err
    assert main(["upscale", "a.png", "--dry-run"]) == 0
    assert "; denoise high: JPEG artefacts" in capsys.readouterr().out
    assert main(["compare", "a.png"]) == 0
    assert capsys.readouterr().err.endswith("; denoise high: JPEG artefacts\n")
    assert len(upscaler.loads) == 3


@pytest.mark.parametrize("options", [["--scale", "1"], ["--size", "48x44"]])
def test_what_went_through_no_network_was_not_treated(here, estimated, options, capsys):
    drawn("a.png")
    for found, done in ((Estimate(0.3, {}, {}), None), (JPEG_SEEN, "denoise medium")):
        estimated.found = found
        for more in ([], ["--dry-run"]):
            asked = ["upscale", "a.png", "-o", "b.png", "--overwrite", "--threads", "1", "--json"]
            assert main([*asked, *options, *more]) == 0
            assert json.loads(capsys.readouterr().out)["treatment"] == done


def test_a_picture_that_was_not_looked_at_says_nothing_of_it(here, upscaler, capsys):
    drawn("a.jpg", quality=30)
    assert main(["upscale", "a.jpg", "--json"]) == 0
    captured = capsys.readouterr()
    said = json.loads(captured.out)
    assert (said["seen"], said["treatment"]) == (None, None)
    assert "denoise" not in captured.err


@pytest.mark.parametrize(
    "options",
    [
        ["--raw"],
        ["--model", str(zoo.WEIGHTS / "compact_int8_dynamic.tflite")],
        ["--model", "compact_denoise2"],
    ],
)
def test_no_picture_is_looked_at_where_there_is_nothing_to_choose(here, estimated, options, capsys):
    drawn("a.png")
    assert main(["upscale", "a.png", "--json", "--threads", "1", *options]) == 0
    assert json.loads(capsys.readouterr().out)["seen"] is None
    assert estimated.asked == 0


def test_each_picture_is_looked_at_once_in_every_command(here, estimated, capsys):
    drawn("a.png")
    drawn("in/b.png")
    dry = ["upscale", "a.png", "--dry-run", "-o", "c.png"]
    for command in (["upscale", "a.png"], dry, ["compare", "a.png"]):
        estimated.asked = 0
        assert main([*command, "--threads", "1"]) == 0
        assert estimated.asked == 1
    estimated.asked = 0
    assert main(["inspect", "a.png"]) == 0
    assert estimated.asked == 1


def test_evaluate_looks_at_what_it_enlarges(here, estimated):
    drawn("in/b.png")
    assert main(["evaluate", "in", "--threads", "1"]) == 0
    assert estimated.asked == 1
    assert main(["evaluate", "in", "--threads", "1", "--raw"]) == 0
    assert estimated.asked == 1


def test_a_clean_picture_is_enlarged_as_by_the_plain_model(here, estimated):
    drawn("a.png")
    assert main(["upscale", "a.png", "-o", "auto.png", "--threads", "1"]) == 0
    assert main(["upscale", "a.png", "-o", "plain.png", "--denoise", "off", "--threads", "1"]) == 0
    with Image.open("auto.png") as auto, Image.open("plain.png") as plain:
        assert np.array_equal(np.asarray(auto), np.asarray(plain))


@pytest.mark.parametrize("command", ["inspect", "upscale", "compare"])
def test_a_damaged_estimator_is_one_line_and_nothing_is_written(here, command, estimated, capsys):
    estimated.found = ModelError("The estimator is whole. Received: half of it. Reinstall the package.")
    drawn("a.png")
    assert main([command, "a.png"]) == (2 if command == "compare" else 1)
    lines = capsys.readouterr().err.splitlines()
    assert "The estimator is whole. Received: half of it." in lines[0]
    assert files() == ["a.png"]
