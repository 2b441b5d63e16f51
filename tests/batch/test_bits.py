"""`--bits`, and what becomes of 16-bit files on the command line, with an upscaler that repeats pixels."""

import json
from pathlib import Path

import numpy as np
import pytest
import tifffile
from fake_upscaler import FakeUpscaler, install, repeat
from picture_files import draw, files, opened
from sixteen_bit_files import png16, tiff16

from waifu4x_tf.batch.dry_run import plan_job
from waifu4x_tf.batch.estimates import Estimates
from waifu4x_tf.batch.inputs import Source
from waifu4x_tf.batch.plan import Job
from waifu4x_tf.batch.runner import run_job
from waifu4x_tf.batch.settings import RunSettings
from waifu4x_tf.cli.main import main
from waifu4x_tf.imaging.codecs import sixteen_bit_reading
from waifu4x_tf.imaging.reading import read
from waifu4x_tf.imaging.target import Target
from waifu4x_tf.imaging.writing import WriteOptions

DEEP = np.random.default_rng(8).integers(0, 65536, (4, 6, 4), dtype=np.uint16)


@pytest.fixture
def here(tmp_path, monkeypatch):
    install(monkeypatch)
    monkeypatch.chdir(tmp_path)
    Path("deep.png").write_bytes(png16(DEEP))
    return tmp_path


def test_16_bits_in_are_16_bits_out_where_the_format_holds_them(here, capsys):
    Path("deep.tif").write_bytes(tiff16(DEEP[..., :3], "rgb", compression="lzw", predictor=True))
    assert main(["upscale", "deep.png", "deep.tif", "-o", "out", "--format", "tif", "--overwrite"]) == 0
    assert "; named deep.png.tiff, since deep.tiff is kept for deep.tif)" in capsys.readouterr().err
    assert main(["upscale", "deep.tif"]) == 0
    assert capsys.readouterr().err.startswith("deep.tif -> deep_4x.png (24x16, 16 bits, ")
    assert np.array_equal(read("deep_4x.png").to_array(), repeat(DEEP[..., :3]))
    stored = tifffile.imread("out/deep.png.tiff")
    assert stored.dtype == np.uint16
    assert np.array_equal(stored, repeat(DEEP))


@pytest.mark.parametrize("name", ["a.webp", "a.gif"])
def test_what_the_format_cannot_hold_is_rounded_and_said(here, name, capsys):
    opaque = DEEP.copy()
    opaque[..., 3] = 65535
    opaque[..., :3] = opaque[:1, :1, :3]  # few enough colours for a GIF
    Path("deep.png").write_bytes(png16(opaque))
    assert main(["upscale", "deep.png", "-o", name, "--json"]) == 0
    captured = capsys.readouterr()
    note = f"rounded from 16 to 8 bits per channel, all that {name[2:]} holds"
    assert note in captured.err
    told = json.loads(captured.out)
    assert (told["bits"], told["note"]) == (8, note)
    assert np.array_equal(read(name).to_array(channels=4)[0, 0, :3], np.rint(opaque[0, 0, :3] / 257))


def test_bits_that_are_asked_for(here, capsys):
    small = draw("a.png")
    assert main(["upscale", "a.png", "--bits", "16", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["bits"], told["note"]) == (16, None)
    assert np.array_equal(read("a_4x.png").to_array(), repeat(small).astype(np.uint16) * 257)
    assert main(["upscale", "deep.png", "--bits", "8"]) == 0
    assert np.array_equal(opened("deep_4x.png"), np.rint(repeat(DEEP) / 257))
    assert "16 bits" not in capsys.readouterr().err


def test_bits_that_a_format_does_not_hold_are_refused_before_any_work(here, capsys):
    assert main(["upscale", "deep.png", "-o", "a.jpg", "--bits", "16"]) == 2
    assert "A jpeg file has 8 bits per channel. Received: a picture of 16." in capsys.readouterr().err
    assert main(["upscale", "deep.png", "--bits", "12"]) == 2
    assert files() == ["deep.png"]


def test_an_animation_has_8_bits(here, capsys):
    from PIL import Image

    frames = [Image.new("RGB", (4, 4), colour) for colour in ("red", "blue")]
    frames[0].save("a.gif", save_all=True, append_images=frames[1:], duration=50)
    assert main(["upscale", "a.gif", "--bits", "16"]) == 1
    assert "an animation of 2 frames. Leave out --bits 16" in capsys.readouterr().err
    assert files() == ["a.gif", "deep.png"]


def test_without_the_extra_one_file_fails_and_the_others_go_on(here, monkeypatch, capsys):
    draw("a.png")
    monkeypatch.setattr(sixteen_bit_reading.importlib.util, "find_spec", lambda name: None)
    assert main(["upscale", "deep.png", "a.png"]) == 1
    captured = capsys.readouterr().err
    assert (
        "deep.png: A PNG with 16 bits per channel needs the optional packages of the extra [deep]" in captured
    )
    assert files() == ["a.png", "a_4x.png", "deep.png"]


def test_a_dry_run_reports_the_bits(here, capsys):
    assert main(["upscale", "deep.png", "--dry-run"]) == 0
    assert "6x4 to 24x16, 16 bits, " in capsys.readouterr().out
    source = Source(here / "deep.png", Path("deep.png"))
    for options, bits in ((WriteOptions(), 16), (WriteOptions("jpeg", background="white"), 8)):
        outcome = plan_job(Job(source, here / "o"), RunSettings(write=options), FakeUpscaler(), Estimates())
        assert (outcome.status, outcome.bits, outcome.note is None) == ("planned", bits, bits == 16)


def test_the_settings_of_a_run_decide_too(here):
    job = Job(Source(here / "deep.png", Path("deep.png")), here / "o.png")
    outcome = run_job(job, RunSettings(Target(2, bits=8)), FakeUpscaler())
    assert (outcome.status, outcome.bits, outcome.note) == ("done", 8, None)


def test_sheets_and_scores_are_of_8_bits(here, capsys):
    field = np.zeros((40, 40, 3), np.uint16)
    field[10:30, 10:30] = (40_000, 20_000, 60_000)
    Path("deep.png").write_bytes(png16(field))
    assert main(["compare", "deep.png"]) == 0
    assert opened("deep_compare.png").dtype == np.uint8
    assert main(["evaluate", "."]) == 0
    assert "bicubic" in capsys.readouterr().out
