"""`waifu4x upscale` with pipes, signals and readers that leave; real processes where only those will do."""

import io
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from fake_upscaler import repeat
from picture_files import draw, files, opened
from PIL import Image

from waifu4x_tf.cli.main import main

ROOT = Path(__file__).resolve().parents[2]


def set_standard_input(monkeypatch, content: bytes) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content)))


# --- streams ---


def test_standard_input_goes_to_a_file_or_folder(here, monkeypatch):
    pixels = draw("a.png")
    for out, written in (("b.webp", "b.webp"), ("folder", "folder/stdin.png")):
        set_standard_input(monkeypatch, Path("a.png").read_bytes())
        assert main(["upscale", "-", "-o", out]) == 0
        assert (opened(written) == repeat(pixels)).all()


def test_standard_output_holds_the_picture_alone(here, monkeypatch, capfdbinary):
    pixels = draw("a.png")
    assert main(["upscale", "a.png", "-o", "-"]) == 0
    captured = capfdbinary.readouterr()
    assert (np.asarray(Image.open(io.BytesIO(captured.out))) == repeat(pixels)).all()
    assert captured.err.startswith(b"a.png -> - (24x16")
    set_standard_input(monkeypatch, Path("a.png").read_bytes())
    assert main(["upscale", "-", "-o", "-", "--format", "webp", "--json"]) == 0
    captured = capfdbinary.readouterr()
    assert Image.open(io.BytesIO(captured.out)).format == "WEBP"
    assert json.loads(captured.err)["output"] == "-"
    assert files() == ["a.png"]


def test_streams_that_make_no_sense_are_wrong_usage(here, monkeypatch):
    draw("a.png")
    draw("b.png")
    assert main(["upscale", "a.png", "b.png", "-o", "-"]) == 2
    set_standard_input(monkeypatch, b"")
    assert main(["upscale", "-"]) == 2
    assert main(["upscale", "-", "-", "-o", "c.png"]) == 2
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True)
    assert main(["upscale", "-", "-o", "c.png"]) == 2
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    assert main(["upscale", "a.png", "-o", "-"]) == 2


# --- the end of a run ---


def test_ctrl_c_says_what_was_done(here, capsys, upscaler):
    draw("in/a.png")
    draw("in/b.png", 9)
    draw("in/c.png")
    upscaler.fail_on[9] = KeyboardInterrupt()
    assert main(["upscale", "in", "-o", "out"]) == 130
    assert files("out") == ["a.png"]
    assert "stopped: 1 done in " in capsys.readouterr().err


_SLOW_RUN = """
import sys, time
from pathlib import Path
import waifu4x_tf.inference.loading as module
from fake_upscaler import FakeUpscaler
from waifu4x_tf.cli.main import main

class Slow(FakeUpscaler):
    def upscale(self, x, **options):
        if getattr(x, "width", 0) == 9:
            Path("started").touch()
            time.sleep(60)
        return super().upscale(x, **options)

module.load_upscaler = lambda *_, **__: Slow()
sys.exit(main(sys.argv[1:]))
"""


def python(*arguments: str, **options) -> subprocess.Popen:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "tests")])}
    return subprocess.Popen([sys.executable, *arguments], env=environment, **options)


@pytest.mark.skipif(os.name == "nt", reason="signals are sent differently there")
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_leaves_no_half_file(here, number, code):
    draw("in/a.png")
    draw("in/b.png", 9)
    process = python("-c", _SLOW_RUN, "upscale", "in", "-o", "out", stderr=subprocess.PIPE, text=True)
    try:
        deadline = time.monotonic() + 30
        while not Path("started").exists() and time.monotonic() < deadline:
            time.sleep(0.01)
        process.send_signal(number)
        _, err = process.communicate(timeout=30)
    finally:
        process.kill()
    assert process.returncode == code
    assert files("out") == ["a.png"]
    assert "stopped: 1 done in " in err
    assert "Traceback" not in err


def test_pipes_of_a_real_process(here):
    pixels = draw("a.png")
    process = python(
        "-c",
        _SLOW_RUN,
        "upscale",
        "-",
        "-o",
        "-",
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    out, err = process.communicate(Path("a.png").read_bytes(), timeout=60)
    assert process.returncode == 0
    assert (np.asarray(Image.open(io.BytesIO(out))) == repeat(pixels)).all()
    assert err.splitlines()[0].startswith(b"- -> - (24x16")


@pytest.mark.skipif(os.name == "nt", reason="pipes close differently there")
@pytest.mark.parametrize("arguments", [["-o", "-"], ["-o", "out", "--json"]])
def test_a_reader_that_left_is_no_drama(here, arguments):
    draw("a.png")
    reader, writer = os.pipe()
    os.close(reader)
    process = python(
        "-c", _SLOW_RUN, "upscale", "a.png", *arguments, stdout=writer, stderr=subprocess.PIPE, text=True
    )
    os.close(writer)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "error" not in err.lower()
    assert "Traceback" not in err


def test_version_and_help_import_nothing_heavy(here):
    code = (
        "import sys; from waifu4x_tf.cli.main import main; code = main(sys.argv[1:]); "
        "heavy = {'numpy', 'PIL', 'tensorflow', 'keras', 'ai_edge_litert'} & set(sys.modules); "
        "sys.exit(f'imported {heavy}' if heavy else code)"
    )
    for arguments, shown in ((["--version"], "waifu4x "), (["upscale", "--help"], "exit codes:")):
        process = python("-c", code, *arguments, stdout=subprocess.PIPE, text=True)
        out, _ = process.communicate(timeout=60)
        assert process.returncode == 0
        assert shown in out


def test_the_package_runs_as_a_module(here):
    process = python("-m", "waifu4x_tf", "upscale", stderr=subprocess.PIPE, text=True)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 2
    assert (
        err == "waifu4x: error: the following arguments are required: INPUT (see: waifu4x upscale --help)\n"
    )
