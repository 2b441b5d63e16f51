"""Sizes, fits, tiles and stickers from the command line, with an upscaler that repeats pixels."""

import json
from dataclasses import replace

import numpy as np
import pytest
from fake_upscaler import install
from picture_files import opened
from PIL import Image

from waifu4x_tf.cli.main import main


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    install(monkeypatch)
    return tmp_path


def draw(name: str, width: int, height: int, mode: str = "RGB") -> np.ndarray:
    channels = len(mode)
    shape = (height, width) if channels == 1 else (height, width, channels)
    pixels = np.random.default_rng(5).integers(0, 256, shape, np.uint8)
    Image.fromarray(pixels).save(name)
    return pixels


def told(capsys, *arguments: str) -> dict:
    main(["upscale", *arguments, "--json"])
    return json.loads(capsys.readouterr().out.splitlines()[-1])


@pytest.mark.parametrize("scale", ["8", "16"])
def test_a_factor_may_take_several_passes(scale, capsys):
    pixels = draw("a.png", 7, 5)
    outcome = told(capsys, "a.png", "--scale", scale)
    assert (outcome["scale"], outcome["width"], outcome["height"]) == (
        float(scale),
        7 * int(scale),
        5 * int(scale),
    )
    repeated = pixels.repeat(int(scale), axis=0).repeat(int(scale), axis=1)
    assert (opened(f"a_{scale}x.png") == repeated).all()


@pytest.mark.parametrize(
    ("options", "name", "size", "scale"),
    [
        (["--size", "64x64"], "a_64x64.png", (64, 48), 8.0),
        (["--size", "64X64", "--fit", "pad"], "a_64x64.png", (64, 64), 8.0),
        (["--size", "64x64", "--fit", "cover"], "a_64x64.png", (64, 64), 32 / 3),
        (["--size", "16x24", "--fit", "stretch"], "a_16x24.png", (16, 24), 8**0.5),
        (["--min-side", "3"], "a_min3.png", (4, 3), 0.5),
    ],
)
def test_sizes_and_fits(options, name, size, scale, capsys):
    draw("a.png", 8, 6)
    outcome = told(capsys, "a.png", *options)
    assert (outcome["output"], outcome["width"], outcome["height"]) == (name, *size)
    assert (outcome["input_width"], outcome["input_height"]) == (8, 6)
    assert outcome["scale"] == pytest.approx(scale, rel=0.01)
    with Image.open(name) as image:
        assert image.size == size


def test_a_second_run_knows_the_results_of_the_first(here):
    draw("a.png", 8, 6)
    for options in (["--size", "16x16"], ["--min-side", "9"], ["--preset", "discord"], ["--scale", "5.5"]):
        assert main(["upscale", ".", *options]) == 0
    names = {"a.png", "a_16x16.png", "a_min9.png", "a_discord.png", "a_5.5x.png"}
    assert {path.name for path in here.iterdir()} == names


def test_bars_are_transparent_or_of_the_background(capsys):
    draw("g.png", 8, 4, "L")
    assert main(["upscale", "g.png", "--size", "32x32", "--fit", "pad"]) == 0
    with Image.open("g_32x32.png") as image:
        assert image.mode == "LA"
    padded = opened("g_32x32.png")
    assert not padded[:8, :, 1].any()
    assert (padded[8:24, :, 1] == 255).all()
    padding = ["--size", "32x32", "--fit", "pad"]
    assert main(["upscale", "g.png", "-o", "white.png", *padding, "--background", "white"]) == 0
    with Image.open("white.png") as image:
        assert image.mode == "L"
    assert (opened("white.png")[:8] == 255).all()
    assert main(["upscale", "g.png", "-o", "red.png", *padding, "--background", "red"]) == 0
    assert (opened("red.png")[0] == (255, 0, 0)).all()
    capsys.readouterr()
    assert main(["upscale", "g.png", "-o", "g.jpg", *padding]) == 1
    assert "A jpeg file has no transparency" in capsys.readouterr().err
    assert main(["upscale", "g.png", "-o", "h.jpg", "--size", "32x16", "--fit", "pad"]) == 0


def test_what_is_too_large_on_the_way_is_refused_and_nothing_is_done(capsys, here):
    draw("a.png", 40, 30, "L")
    assert main(["upscale", "a.png", "--scale", "5", "--max-megapixels", "0.0015"]) == 1
    error = capsys.readouterr().err
    assert "at most 0.024 megapixels, be it only on the way to its size. Received: 640 x 480" in error
    assert [path.name for path in here.iterdir()] == ["a.png"]
    assert main(["upscale", "a.png", "--scale", "5", "--max-megapixels", "0.0015", "--dry-run"]) == 1
    assert main(["upscale", "a.png", "--scale", "4", "--max-megapixels", "0.0015"]) == 0


def test_a_dry_run_reports_every_pass(capsys, monkeypatch):
    monkeypatch.setattr("waifu4x_tf.batch.estimates._process_bytes", lambda: 10**8)
    draw("a.png", 100, 50)
    once = told(capsys, "a.png", "--dry-run")
    twice = told(capsys, "a.png", "--dry-run", "--scale", "16")
    none = told(capsys, "a.png", "--dry-run", "--min-side", "10")
    assert (once["tiles"], twice["tiles"], none["tiles"]) == (1, 1 + 4 * 2, 0)
    assert twice["memory_bytes"] - once["memory_bytes"] >= 3 * (1600 * 800 - 400 * 200)
    assert (none["width"], none["height"]) == (20, 10)


def test_a_tile_stays_a_tile():
    pixels = draw("a.png", 12, 10)
    Image.fromarray(np.roll(pixels, (3, 5), (0, 1))).save("b.png")
    for name in ("a.png", "b.png"):
        assert main(["upscale", name, "--wrap", "xy", "--scale", "2"]) == 0
    assert (opened("b_2x.png") == np.roll(opened("a_2x.png"), (6, 10), (0, 1))).all()


@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA"])
def test_stickers(mode, capsys):
    draw("a.png", 30, 20, mode)
    telegram, discord = (told(capsys, "a.png", "--preset", name) for name in ("telegram", "discord"))
    assert (telegram["output"], telegram["width"], telegram["height"]) == ("a_telegram.png", 512, 341)
    assert (discord["output"], discord["width"], discord["height"]) == ("a_discord.png", 320, 320)
    assert max(telegram["bytes"], discord["bytes"]) <= 512_000


def test_a_sticker_too_large_as_png_is_a_webp_and_known_next_time(monkeypatch, capsys):
    from waifu4x_tf.imaging import presets

    draw("a.png", 500, 500)
    small = {**presets.PRESETS, "telegram": replace(presets.PRESETS["telegram"], max_bytes=60_000)}
    monkeypatch.setattr("waifu4x_tf.batch.runner.PRESETS", small)
    outcome = told(capsys, "a.png", "--preset", "telegram")
    assert outcome["output"] == "a_telegram.webp"
    with Image.open("a_telegram.webp") as image:
        assert image.size == (512, 512)
    assert told(capsys, "a.png", "--preset", "telegram")["status"] == "failed"
    assert told(capsys, "a.png", "--preset", "telegram", "--skip-existing")["status"] == "skipped"


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--fit", "cover"], "--fit cover without --size"),
        (["--preset", "discord", "--quality", "9"], "--preset discord with --quality"),
        (["--preset", "discord", "--format", "png"], "--preset discord with --format"),
        (["--preset", "discord", "--wrap", "x"], "--preset discord with --wrap"),
        (["--preset", "discord", "-o", "a.webp"], "A sticker for Discord is a png file. Received: webp"),
        (["--wrap", "x", "--size", "9x9", "--fit", "cover"], "--wrap x with --fit cover"),
    ],
)
def test_contradictions_are_wrong_usage(options, said, capsys, here):
    draw("a.png", 8, 6)
    assert main(["upscale", "a.png", *options]) == 2
    assert said in capsys.readouterr().err
    assert [path.name for path in here.iterdir()] == ["a.png"]
