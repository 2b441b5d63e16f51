"""`waifu4x compare` and `waifu4x evaluate` from their arguments to what they write and print."""

import json
from pathlib import Path

from picture_files import draw, files, opened

from waifu4x_tf.cli.main import main


def test_compare_writes_a_sheet_and_says_what_part_it_shows(here, capsys):
    draw("a.png", 200, 150)
    assert main(["compare", "a.png"]) == 0
    assert opened("a_compare.png").shape[1] > 2 * 512
    assert "128x128 px at 36,11 of 200x150 (the centre; --crop" in capsys.readouterr().err
    assert main(["compare", "a.png", "-o", "s/sheet.webp", "--crop", "0,0,10,8"]) == 0
    assert "10x8 px at 0,0 of 200x150\n" in capsys.readouterr().err
    assert files() == ["a.png", "a_compare.png", "s/sheet.webp"]


def test_compare_keeps_what_exists(here, capsys):
    draw("a.png")
    draw("a_compare.png", 3, 3)
    assert main(["compare", "a.png"]) == 2
    assert main(["compare", "a.png", "-o", "a.png", "--overwrite"]) == 2
    assert main(["compare", "a.png", "--overwrite", "--quiet"]) == 0
    assert capsys.readouterr().err.count("\n") == 2


def test_compare_refuses_by_name(here, capsys):
    draw("a.png")
    Path("b.png").write_bytes(b"no picture")
    assert main(["compare", "missing.png"]) == 2
    assert main(["compare", "a.png", "-o", "a.txt"]) == 2
    assert main(["compare", "a.png", "--crop", "0,0,7,4"]) == 2
    assert main(["compare", "b.png"]) == 1
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 4
    assert all(line.startswith("waifu4x: error: ") for line in lines)


def test_evaluate_prints_the_mean_and_on_request_every_picture(here, capsys):
    draw("in/a.png", 40, 44)
    draw("in/sub/b.png", 41, 40, "RGBA")
    assert main(["evaluate", "in"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[:2] for line in lines[1:5]] == [
        ["mean", "nearest"],
        ["mean", "bilinear"],
        ["mean", "bicubic"],
        ["mean", "fake"],
    ]
    assert lines[5] == "2 pictures, x4, denoise auto, Y channel, border 4"
    assert main(["evaluate", "in", "--verbose", "--scale", "2"]) == 0
    out = capsys.readouterr().out
    assert out.count("sub/b.png") == 4
    assert "x2, denoise auto, Y channel, border 2" in out


def test_evaluate_in_json(here, capsys):
    draw("in/a.png", 40, 44)
    assert main(["evaluate", "in", "--json"]) == 0
    first, last = (json.loads(line) for line in capsys.readouterr().out.splitlines())
    assert first["input"].endswith("a.png")
    assert first["scores"] == last["mean"]
    assert (last["pictures"], last["denoise"]) == (1, "auto")


def test_evaluate_on_pictures_saved_as_jpeg(here, capsys):
    draw("in/a.png", 40, 44)
    means = []
    for options in ([], ["--jpeg", "30"]):
        assert main(["evaluate", "in", "--json", *options]) == 0
        means.append(json.loads(capsys.readouterr().out.splitlines()[-1]))
    assert [mean["jpeg"] for mean in means] == [None, 30]
    assert means[1]["mean"]["bicubic"]["psnr"] < means[0]["mean"]["bicubic"]["psnr"]
    assert main(["evaluate", "in", "--jpeg", "30"]) == 0
    assert "1 picture, x4, JPEG 30, denoise auto, Y channel, border 4" in capsys.readouterr().out
    assert main(["evaluate", "in", "--jpeg", "0"]) == 2


def test_evaluate_goes_on_past_a_bad_picture(here, capsys):
    draw("in/a.png", 40, 44)
    draw("in/small.png", 9, 9)
    Path("in/bad.png").write_bytes(b"no picture")
    assert main(["evaluate", "in"]) == 1
    captured = capsys.readouterr()
    assert "1 picture, x4" in captured.out
    assert "bad.png" in captured.err
    assert "small.png" in captured.err


def test_evaluate_needs_pictures(here):
    Path("empty").mkdir()
    draw("small/a.png", 9, 9)
    assert main(["evaluate", "missing"]) == 2
    assert main(["evaluate", "empty"]) == 2
    assert main(["evaluate", "small"]) == 1
