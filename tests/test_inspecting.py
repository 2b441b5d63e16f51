"""`waifu4x inspect`, and the choice of a level in the other commands."""

import io
import json
import sys
from pathlib import Path

import numpy as np
import pytest
from fake_upscaler import install
from picture_files import draw, files
from PIL import Image

from waifu4x_tf.cli import main
from waifu4x_tf.data.procedural import draw as draw_kind


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def loads(here, monkeypatch):
    return install(monkeypatch).loads


def drawn(name: str, **options) -> None:
    Image.fromarray(draw_kind("face", seed=4, width=96, height=88)).save(name, **options)


def test_a_line_a_picture(here, capsys):
    drawn("a.jpg", quality=62)
    drawn("b.png")
    Path("c.png").write_bytes(b"none")
    assert main(["inspect", "."]) == 1
    captured = capsys.readouterr()
    assert captured.out.splitlines() == [
        "a.jpg: 96x88, JPEG, quality 62, 4:2:0 -> --denoise 2",
        "b.png: 96x88 png, no traces of lossy saving -> --denoise 0",
    ]
    assert captured.err.startswith("waifu4x: error: c.png: ")
    assert files() == ["a.jpg", "b.png", "c.png"]


def test_json_and_verbose(here, capsys):
    exif = Image.Exif()
    exif[0x0112] = 6
    drawn("a.jpg", quality=30, exif=exif)
    assert main(["inspect", "a.jpg", "missing.jpg", "--json"]) == 1
    missing, found = (json.loads(line) for line in capsys.readouterr().out.splitlines())
    assert missing["input"] == "missing.jpg"
    assert missing["error"]
    assert (found["codec"], found["quality"], found["subsampling"]) == ("JPEG", 30, "4:2:0")
    assert (found["width"], found["height"], found["orientation"], found["denoise"]) == (88, 96, 6, 3)
    assert main(["inspect", "a.jpg", "--verbose"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "a.jpg: 88x96"
    assert [line.split()[0] for line in lines[1:]] == ["saved", "orientation", "denoise"]


def test_nothing_found_is_wrong_usage(here):
    assert main(["inspect", "*.png"]) == 2


def test_standard_input(here, capsys, monkeypatch):
    drawn("a.png")
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(Path("a.png").read_bytes())))
    assert main(["inspect", "-"]) == 0
    assert capsys.readouterr().out.startswith("-: 96x88 png")


def test_auto_loads_the_sibling_that_a_picture_needs_and_says_why(here, loads, capsys):
    drawn("a.jpg", quality=30)
    drawn("b.png")
    assert main(["upscale", "a.jpg", "b.png", "-o", "out", "--json"]) == 0
    captured = capsys.readouterr()
    bad, clean = (json.loads(line) for line in captured.out.splitlines())
    assert (bad["denoise"], bad["why_denoise"]) == (3, "JPEG, quality 30, 4:2:0")
    assert (clean["denoise"], clean["why_denoise"]) == (0, "no traces of lossy saving")
    assert "; cleaned at level 3: JPEG, quality 30, 4:2:0)" in captured.err
    assert [load["model"] for load in loads] == ["compact", "compact_denoise3"]
    assert main(["upscale", "a.jpg", "--dry-run"]) == 0
    assert "; cleaned at level 3: JPEG, quality 30, 4:2:0" in capsys.readouterr().out


@pytest.mark.parametrize("options", [["--model", "mine.tflite"], ["--strength", "0.5"], ["--denoise", "0"]])
def test_auto_is_nothing_where_there_is_no_sibling_to_choose(here, loads, options, capsys):
    drawn("a.jpg", quality=30)
    assert main(["upscale", "a.jpg", "--json", *options]) == 0
    assert json.loads(capsys.readouterr().out)["denoise"] == 0
    assert len(loads) == 1


def test_compare_and_evaluate(here, loads, capsys):
    drawn("a.jpg", quality=30)
    draw("in/b.png", 40, 40)
    assert main(["compare", "a.jpg"]) == 0
    assert main(["evaluate", "in", "--jpeg", "60"]) == 0
    assert main(["evaluate", "in", "--jpeg", "60", "--denoise", "auto"]) == 0
    assert main(["evaluate", "in", "--denoise", "auto"]) == 0
    assert [load["model"] for load in loads] == ["compact_denoise3", "compact", "compact_denoise2", "compact"]
    assert "JPEG 60, cleaned at level 2, Y channel" in capsys.readouterr().out


def test_a_clean_picture_is_enlarged_as_by_the_plain_model(here):
    drawn("a.png")
    assert main(["upscale", "a.png", "-o", "auto.png", "--threads", "1"]) == 0
    assert main(["upscale", "a.png", "-o", "plain.png", "--denoise", "0", "--threads", "1"]) == 0
    with Image.open("auto.png") as auto, Image.open("plain.png") as plain:
        assert np.array_equal(np.asarray(auto), np.asarray(plain))
