"""`waifu4x upscale` from its arguments to files and exit codes, with an upscaler that repeats pixels."""

import io
import json
import os
import sys
from pathlib import Path

import numpy as np
import pytest
from fake_upscaler import repeat
from picture_files import draw, files, opened
from PIL import Image

from waifu4x_tf.cli.main import main
from waifu4x_tf.errors import ModelError

# --- where results go ---


def test_a_picture_gets_a_result_beside_it(here, capsys):
    pixels = draw("猫 é.png")
    assert main(["upscale", "猫 é.png"]) == 0
    assert (opened("猫 é_4x.png") == repeat(pixels)).all()
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.splitlines()[0].startswith("猫 é.png -> 猫 é_4x.png (24x16, ")
    assert captured.err.splitlines()[1].startswith("1 done in ")


def test_an_output_file_decides_its_format(here):
    pixels = draw("a.png")
    assert main(["upscale", "a.png", "-o", "new/b.webp"]) == 0
    assert (opened("new/b.webp") == repeat(pixels)).all()
    assert main(["upscale", "a.png", "-o", "b.jpg", "--quality", "30"]) == 0
    with Image.open("b.jpg") as image:
        assert image.format == "JPEG"


@pytest.mark.parametrize(
    ("suffix", "format_name"),
    [(".apng", "PNG"), (".jfif", "JPEG"), (".jpe", "JPEG"), (".dib", None)],
)
def test_the_rarer_suffixes_of_formats_are_taken_in_in_folders_and_out(here, suffix, format_name):
    draw(f"in/a{suffix}")
    assert main(["upscale", f"in/a{suffix}", "-o", "b.png"]) == 0
    assert main(["upscale", "in", "-o", "out"]) == 0
    assert files("out") == ["a.png"]
    if format_name is None:
        assert main(["upscale", "b.png", "-o", f"c{suffix}"]) == 2
        assert not Path(f"c{suffix}").exists()
    else:
        assert main(["upscale", "b.png", "-o", f"c{suffix}"]) == 0
        with Image.open(f"c{suffix}") as image:
            assert (image.format, image.size) == (format_name, (96, 64))


def test_folders_keep_their_trees(here):
    draw("one/x/a.jpg")
    draw("one/b.png")
    draw("two/x/c.bmp")
    assert main(["upscale", "one", "two", "-o", "out", "--format", "webp"]) == 0
    assert files("out") == ["b.webp", "x/a.webp", "x/c.webp"]


def test_a_second_run_takes_no_result_as_input(here, capsys):
    draw("in/a.png")
    assert main(["upscale", "in", "-o", "in/upscaled"]) == 0
    assert main(["upscale", "in", "-o", "in/upscaled", "--skip-existing"]) == 0
    assert files("in") == ["a.png", "upscaled/a.png"]
    assert main(["upscale", "in"]) == 0
    assert main(["upscale", "in", "--overwrite"]) == 0
    assert files("in") == ["a.png", "a_4x.png", "upscaled/a.png", "upscaled/a_4x.png"]
    assert "earlier result" in capsys.readouterr().err


def test_a_contradiction_is_wrong_usage_and_nothing_is_done(here, capsys, upscaler):
    draw("a.png")
    assert main(["upscale", "a.png", "-o", "b.png", "--format", "webp"]) == 2
    assert main(["upscale", "a.png", "--quality", "90"]) == 2
    assert main(["upscale", "a.png", "--background", "no colour"]) == 2
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 3
    assert all(line.startswith("waifu4x: error: ") for line in lines)
    assert files() == ["a.png"]
    assert upscaler.loads == []


def test_an_existing_result_fails_alone(here, capsys):
    draw("in/a.png")
    draw("in/b.png")
    draw("out/a.png", 3, 3)
    before = Path("out/a.png").read_bytes()
    assert main(["upscale", "in", "-o", "out"]) == 1
    assert Path("out/a.png").read_bytes() == before
    assert opened("out/b.png").shape == (16, 24, 3)
    err = capsys.readouterr().err
    assert "out/a.png exists" in err.replace(os.sep, "/")
    assert "1 done, 1 failed in " in err
    assert main(["upscale", "in", "-o", "out", "--skip-existing"]) == 0
    assert Path("out/a.png").read_bytes() == before
    assert "2 skipped in " in capsys.readouterr().err
    assert main(["upscale", "in", "-o", "out", "--overwrite"]) == 0
    assert opened("out/a.png").shape == (16, 24, 3)


def test_nothing_is_loaded_when_there_is_nothing_to_do(here, upscaler):
    draw("a.png")
    draw("a_4x.png")
    assert main(["upscale", "a.png", "--skip-existing"]) == 0
    assert upscaler.loads == []


@pytest.mark.parametrize(
    "arguments", [["in", "-o", "in"], ["in/a.png", "-o", "in/a.png"], ["in/a.png", "-o", "in"]]
)
def test_an_input_is_never_replaced(here, arguments):
    draw("in/a.png")
    before = Path("in/a.png").read_bytes()
    assert main(["upscale", *arguments, "--overwrite"]) == 1
    assert Path("in/a.png").read_bytes() == before
    assert files() == ["in/a.png"]


# --- what is taken ---


def test_patterns_that_the_shell_left_alone(here, capsys):
    draw("in/a1.png")
    draw("in/a2.png")
    draw("in/b.png")
    Path("in/a.txt").touch()
    assert main(["upscale", "in/a*", "-o", "out"]) == 0
    assert files("out") == ["a1.png", "a2.png"]
    assert "(passed over: 1 not a picture)" in capsys.readouterr().err


def test_nothing_matched_is_wrong_usage_and_something_missing_a_failure(here, capsys):
    draw("a.png")
    Path("empty").mkdir()
    assert main(["upscale", "*.jpg", "empty", "-o", "out"]) == 2
    err = capsys.readouterr().err
    assert "waifu4x: error: *.jpg: " in err
    assert "waifu4x: error: empty: " in err
    assert main(["upscale", "missing.png", "a.png", "-o", "out"]) == 1
    assert "1 done, 1 failed" in capsys.readouterr().err
    assert files("out") == ["a.png"]


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (None, "broken.png"),
        (MemoryError(), "must fit into memory"),
        (ZeroDivisionError("odd"), "internal error with in{sep}b.png: ZeroDivisionError: odd"),
    ],
)
def test_one_bad_picture_never_stops_the_others(here, capsys, upscaler, monkeypatch, error, said):
    monkeypatch.delenv("WAIFU4X_DEBUG", raising=False)
    draw("in/a.png")
    draw("in/b.png", 9)
    draw("in/c.png")
    if error is None:
        Path("in/broken.png").write_bytes(Path("in/b.png").read_bytes()[:60])
    else:
        upscaler.fail_on[9] = error
    assert main(["upscale", "in", "-o", "out"]) == 1
    assert {"a.png", "c.png"} <= set(files("out"))
    err = capsys.readouterr().err
    assert said.format(sep=os.sep) in err
    assert "Traceback" not in err
    assert "1 failed in " in err


def test_debugging_shows_where_an_internal_error_came_from(here, capsys, upscaler, monkeypatch):
    monkeypatch.setenv("WAIFU4X_DEBUG", "1")
    draw("a.png", 9)
    upscaler.fail_on[9] = ZeroDivisionError("odd")
    assert main(["upscale", "a.png"]) == 1
    assert "Traceback" in capsys.readouterr().err


def test_an_internal_error_outside_of_any_picture(here, capsys, monkeypatch):
    monkeypatch.delenv("WAIFU4X_DEBUG", raising=False)
    monkeypatch.setattr("waifu4x_tf.batch.inputs.list_sources", lambda *_, **__: 1 / 0)
    assert main(["upscale", "a.png"]) == 1
    err = capsys.readouterr().err
    assert err.startswith("waifu4x: error: internal error: ZeroDivisionError")
    assert "Traceback" not in err


def test_a_model_that_cannot_be_loaded_ends_the_run_before_it_begins(here, capsys, monkeypatch):
    def load(*_, **__):
        raise ModelError("Models are known by name. Received: 'x'. Choose compact.")

    monkeypatch.setattr("waifu4x_tf.inference.loading.load_upscaler", load)
    draw("a.png")
    assert main(["upscale", "a.png", "--model", "x"]) == 2
    assert capsys.readouterr().err == (
        "waifu4x: error: Models are known by name. Received: 'x'. Choose compact.\n"
    )


# --- options ---


def test_every_option_of_the_model_arrives(here, upscaler):
    draw("a.png")
    main(["upscale", "a.png"])
    draw("in/b.png", 40, 40)
    options = [
        "--model",
        "m.tflite",
        "--engine",
        "keras",
        "--threads",
        "3",
        "--tile",
        "0",
        "--denoise",
        "0",
        "--tta",
        "--raw",
    ]
    for command in (["upscale", "a.png", "--overwrite"], ["compare", "a.png"], ["evaluate", "in"]):
        assert main([*command, *options]) == 0
    asked = {
        "model": "m.tflite",
        "engine": "keras",
        "threads": 3,
        "tile_px": 0,
        "denoise": "off",
        "strength": 0.0,
        "tta": True,
        "raw": True,
    }
    unasked = {
        "model": "compact",
        "engine": "litert",
        "threads": None,
        "tile_px": None,
        "denoise": "auto",
        "strength": 0.0,
        "tta": False,
        "raw": False,
    }
    assert upscaler.loads == [unasked, asked, asked, asked]
    assert main(["compare", "a.png", "--overwrite", "--strength", "0.3", "--denoise", "off"]) == 0
    assert upscaler.loads[-1] == {**unasked, "strength": 0.3, "denoise": "off"}


@pytest.mark.parametrize("command", [["upscale", "a.png"], ["compare", "a.png"], ["evaluate", "in"]])
@pytest.mark.parametrize(
    ("typed", "asked"),
    [
        *((level, level) for level in ("auto", "off", "low", "medium", "high")),
        *zip("0123", ("off", "low", "medium", "high"), strict=True),
    ],
)
def test_denoise_is_asked_of_the_loader_and_numbers_stand_for_words(here, upscaler, command, typed, asked):
    draw("a.png")
    draw("in/b.png", 40, 40)
    assert main([*command, "--denoise", typed]) == 0
    assert [(load["model"], load["denoise"]) for load in upscaler.loads] == [("compact", asked)]


def test_a_model_without_a_denoise_variant_is_not_combined_with_denoise(here, upscaler, capsys):
    draw("a.png")
    assert main(["upscale", "a.png", "--denoise", "low", "--model", "mine.tflite"]) == 2
    error = capsys.readouterr().err
    assert (
        "variant for low of compact, large. Received: the model mine.tflite. Leave out --model or --denoise."
        in error
    )
    assert upscaler.loads == []
    assert files() == ["a.png"]


def test_a_factor_below_four_is_averaged_down(here):
    pixels = draw("a.png", 7, 5)
    assert main(["upscale", "a.png", "--scale", "2"]) == 0
    assert (opened("a_2x.png") == pixels.repeat(2, axis=0).repeat(2, axis=1)).all()
    assert main(["upscale", "a.png", "--scale", "2.7"]) == 0
    assert opened("a_2.7x.png").shape == (round(5 * 2.7), round(7 * 2.7), 3)
    assert main(["upscale", "a.png", "--scale", "1"]) == 0
    assert (opened("a_1x.png") == pixels).all()


def test_grey_and_alpha_stay_what_they_are_at_any_factor(here):
    for name, mode in (("g.png", "L"), ("ga.png", "LA"), ("ca.png", "RGBA")):
        draw(name, mode=mode)
        for scale in ("4", "2.5"):
            assert main(["upscale", name, "--scale", scale]) == 0
            with Image.open(f"{name[:-4]}_{scale}x.png") as image:
                assert image.mode == mode


def test_alpha_into_jpeg_needs_a_background(here, capsys):
    Image.new("RGBA", (4, 4), (9, 9, 9, 0)).save("a.png")
    assert main(["upscale", "a.png", "-o", "a.jpg"]) == 1
    assert "background" in capsys.readouterr().err
    assert main(["upscale", "a.png", "-o", "a.jpg", "--background", "#ff0000"]) == 0
    assert np.abs(opened("a.jpg").astype(int) - (255, 0, 0)).max() <= 2


def test_metadata_is_carried_or_stripped(here):
    Image.new("RGB", (4, 4), (9, 90, 9)).save("a.png", dpi=(300, 300))
    assert main(["upscale", "a.png", "-o", "kept.png"]) == 0
    assert main(["upscale", "a.png", "-o", "stripped.png", "--strip"]) == 0
    with Image.open("kept.png") as kept, Image.open("stripped.png") as stripped:
        assert kept.info["dpi"] == pytest.approx((300, 300), abs=0.1)
        assert "dpi" not in stripped.info


def test_the_limit_on_megapixels_arrives(here, capsys):
    draw("a.png", 20, 20)
    assert main(["upscale", "a.png", "--max-megapixels", "0.0003"]) == 1
    assert "a.png" in capsys.readouterr().err
    assert main(["upscale", "a.png", "--max-megapixels", "0.0004"]) == 0


def test_quiet_says_nothing_but_errors(here, capsys):
    draw("a.png")
    assert main(["upscale", "a.png", "--quiet"]) == 0
    assert capsys.readouterr() == ("", "")
    assert main(["upscale", "a.png", "--quiet"]) == 1
    assert capsys.readouterr().err.count("\n") == 1


def test_progress_is_drawn_on_a_terminal_and_gone_at_the_end(here, monkeypatch):
    class Terminal(io.StringIO):
        def isatty(self):
            return True

    draw("a.png")
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    assert main(["upscale", "a.png"]) == 0
    assert "[1/1]   0%  a.png" in terminal.getvalue()
    assert terminal.getvalue().rsplit("\r", 1)[-1].startswith("a.png -> a_4x.png")
    terminal.truncate(0)
    assert main(["upscale", "a.png", "--quiet", "--overwrite"]) == 0
    assert "[1/1]" not in terminal.getvalue()


def test_json_is_one_object_a_picture(here, capsys):
    draw("in/a.png")
    draw("in/b.png")
    draw("out/b.png")
    assert main(["upscale", "in", "missing.png", "-o", "out", "--json"]) == 1
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [(line["input"].replace(os.sep, "/"), line["status"]) for line in lines] == [
        ("missing.png", "failed"),
        ("in/a.png", "done"),
        ("in/b.png", "failed"),
    ]
    done = lines[1]
    assert done["output"].replace(os.sep, "/") == "out/a.png"
    assert (done["width"], done["height"], done["scale"], done["model"]) == (24, 16, 4.0, "fake")
    assert done["bytes"] == Path("out/a.png").stat().st_size
    assert set(done["seconds"]) == {"read", "upscale", "measure", "write"}
    assert done["drift"] == {"mean": 0.0, "worst_block": 0.0}
    assert lines[0]["error"]
    assert len({frozenset(line) for line in lines}) == 1


def test_a_dry_run_says_what_would_be_done_and_writes_nothing(here, capsys):
    draw("in/a.png", 200, 100)
    draw("in/b.png")
    draw("in/c.bmp")
    draw("out/b.png")
    before = files()
    assert main(["upscale", "in", "-o", "out", "--scale", "3", "--dry-run", "--skip-existing"]) == 0
    captured = capsys.readouterr()
    line = captured.out.splitlines()[0].replace(os.sep, "/")
    assert line.startswith("in/a.png -> out/a.png: 200x100 to 600x300, 2 tiles of 100x100, about ")
    assert "2 planned, 1 skipped in " in captured.err
    assert main(["upscale", "in", "-o", "out", "--dry-run", "--json"]) == 1
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["status"] for line in lines] == ["planned", "failed", "planned"]
    assert lines[0]["tiles"] == 2
    assert lines[0]["seconds"]["estimate"] > 0
    assert lines[0]["memory_bytes"] > 0
    assert files() == before
