"""Animations on the command line, with an upscaler that repeats pixels."""

import json
from pathlib import Path

import numpy as np
import pytest
from animation_files import gif
from fake_upscaler import install, repeat
from PIL import Image

from waifu4x_tf.cli.main import main
from waifu4x_tf.imaging.reading import read

FRAMES = [(0, 0, [[1, 1, 2]], 1, 4, None), (1, 0, [[3]], 1, 7, None)]


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    install(monkeypatch)
    monkeypatch.chdir(tmp_path)
    Path("a.gif").write_bytes(gif(3, 1, FRAMES, repeats=0))


@pytest.mark.parametrize(
    ("arguments", "result", "kind"),
    [([], "a_4x.png", "PNG"), (["-o", "b.gif"], "b.gif", "GIF"), (["-o", "c.webp"], "c.webp", "WEBP")],
)
def test_an_animation_becomes_one(arguments, result, kind, capsys):
    assert main(["upscale", "a.gif", *arguments]) == 0
    back, original = read(result), read("a.gif")
    assert (back.durations_ms, back.loop) == ((40, 70), 0)
    for frame, small in zip(back.frames, original.frames, strict=True):
        assert np.array_equal(frame.rgb, repeat(small.rgb))
    with Image.open(result) as image:
        assert (image.format, image.n_frames) == (kind, 2)
    assert f"a.gif -> {result} (12x4, 2 frames, " in capsys.readouterr().err


def test_frames_and_duration_are_in_json(capsys):
    assert main(["upscale", "a.gif", "--json", "--quiet"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["frames"], told["duration_ms"]) == (2, 110)


def test_a_dry_run_reports_the_frames(capsys, monkeypatch):
    monkeypatch.setattr("waifu4x_tf.batch.estimates._process_bytes", lambda: 10**8)
    assert main(["upscale", "a.gif", "--dry-run", "--json", "--quiet"]) == 0
    moving = json.loads(capsys.readouterr().out)
    Path("b.gif").write_bytes(gif(3, 1, FRAMES[:1]))
    assert main(["upscale", "b.gif", "--dry-run", "--json", "--quiet"]) == 0
    still = json.loads(capsys.readouterr().out)
    assert (moving["frames"], moving["duration_ms"], still["frames"]) == (2, 110, 1)
    assert moving["memory_bytes"] > still["memory_bytes"]
    assert main(["upscale", "a.gif", "--dry-run"]) == 0
    assert ", 2 frames, 1 tile of 3x1, about " in capsys.readouterr().out


def test_into_jpeg_is_an_error_by_name(capsys):
    for more in ([], ["--dry-run"]):
        assert main(["upscale", "a.gif", "-o", "a.jpg", *more]) == 1
        assert (
            "a.gif: A jpeg file holds a still. Received: an animation of 2 frames" in capsys.readouterr().err
        )
    assert not Path("a.jpg").exists()


def test_the_frames_of_an_animation_count_for_the_cap(capsys):
    assert main(["upscale", "a.gif", "--max-megapixels", "0.000005"]) == 1
    assert "3 x 1 in 2 frames" in capsys.readouterr().err


def test_a_still_of_many_colours_becomes_a_gif(capsys):
    pixels = np.random.default_rng(1).integers(0, 256, (40, 40, 3), dtype=np.uint8)
    Image.fromarray(pixels).save("noise.png")
    assert main(["upscale", "noise.png", "--format", "gif"]) == 0
    result = read("noise_4x.gif").frames[0].rgb
    assert np.abs(result.astype(int) - repeat(pixels)).mean() < 16
    assert main(["upscale", "noise.png", "-o", "x.gif", "--quality", "9"]) == 2
    assert "gif takes no quality" in capsys.readouterr().err


def test_a_sheet_is_of_the_first_frame(capsys):
    assert main(["compare", "a.gif"]) == 0
    assert "3x1 px at 0,0 of 3x1, the first of 2 frames" in capsys.readouterr().err
