"""`python -m benchmarks.peers` from its arguments to its tables, with networks that repeat pixels."""

import json

import numpy as np
import pytest
from PIL import Image

from benchmarks.edge_chart import draw_chart
from benchmarks.peers import __main__ as peers
from benchmarks.peers.__main__ import main, speed_figures
from benchmarks.peers.methods import Cost
from benchmarks.peers.networks import PEERS


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder with the files of one peer, a folder of pictures, and fakes of all that takes long."""

    def load(name, folder, threads):
        assert (folder, threads) == (tmp_path, 2)
        return lambda rgb: rgb.repeat(4, axis=0).repeat(4, axis=1)

    monkeypatch.setattr(peers, "load_method", load)
    monkeypatch.setattr(peers, "draw_chart", lambda: draw_chart(256))
    monkeypatch.setattr(peers, "draw_picture", lambda path, kind, side_px: path)
    for suffix in (".param", ".bin"):
        (tmp_path / (PEERS["upscayl-lite"].stem + suffix)).write_bytes(b"")
    (tmp_path / "set").mkdir()
    pixels = np.random.default_rng(1).integers(0, 256, (60, 120, 3), np.uint8)
    Image.fromarray(pixels).save(tmp_path / "set" / "noise.png")
    return tmp_path


def measured(monkeypatch, costs):
    def measure(names, picture, folder, *, threads, repeat):
        return {name: costs.get(name, Cost()) for name in names}

    monkeypatch.setattr(peers, "measure_in_turn", measure)


def run(folder, *options):
    return main(["--peers", str(folder), "--threads", "2", *options])


def test_tables_sheet_and_json_say_the_same(folder, monkeypatch, capsys):
    measured(
        monkeypatch,
        {
            "bicubic": Cost([0.004, 0.002, 0.009], 40_000_000),
            "upscayl-lite": Cost([0.2, 0.3, 0.1], 129_000_000),
        },
    )
    sheet, figures = folder / "sheet.png", folder / "figures.json"
    options = ["--pictures", str(folder / "set"), "--sheet", str(sheet), "--json", str(figures)]
    names = ["bicubic", "upscayl-lite", "waifu2x-cunet"]
    assert run(folder, *options, "--repeat", "3", "--only", *names) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("left out: waifu2x-cunet")
    assert "cunet_scale2.0x_model.param and no cunet_scale2.0x_model.bin" in lines[0]
    assert lines[1].startswith("128x128 to 512x512 px, pillow ")
    told = json.loads(figures.read_text())
    error = told["speed"]["upscayl-lite"]["edge_error"]
    assert 30 < error < 80
    assert lines[5].split() == ["upscayl-lite", "100.0", "200.0", "0.381", "-", "129", f"{error:.2f}"]
    assert lines[8] == "set: 1 picture, x4, Y channel, border 4"
    psnr = told["quality"][str(folder / "set")]["mean"]["bicubic"]["psnr"]
    assert lines[10].split()[1] == f"{psnr:.2f}"
    assert list(told["left_out"]) == ["waifu2x-cunet"]
    assert told["speed"]["bicubic"]["peak_bytes"] == 40_000_000
    with Image.open(sheet) as image:
        assert image.size == (12 + 3 * 300, 12 + 2 * (26 + 12 + 26 + 288 + 12))


def test_ratios_are_of_the_best_times_and_what_was_not_measured_is_absent():
    costs = {"compact": Cost([0.2, 0.1], 5), "waifu2x-cunet": Cost([0.6, 0.4]), "bicubic": Cost()}
    figures = speed_figures(costs, {"compact": 20.0, "waifu2x-cunet": 10.0, "bicubic": 38.0})
    assert figures["waifu2x-cunet"] == {
        "best_seconds": 0.4,
        "median_seconds": 0.5,
        "seconds_per_megapixel": pytest.approx(0.4 / 0.262144),
        "times_compact": pytest.approx(4),
        "peak_bytes": None,
        "edge_error": 10.0,
    }
    assert figures["compact"]["times_compact"] == 1
    assert {key for key, value in figures["bicubic"].items() if value is not None} == {"edge_error"}


def test_without_timing_the_columns_are_empty(folder, monkeypatch, capsys):
    measured(monkeypatch, {})
    assert run(folder, "--repeat", "0", "--only", "bicubic") == 0
    row = capsys.readouterr().out.splitlines()[3].split()
    assert row[:-1] == ["bicubic", "-", "-", "-", "-", "-"]
    assert float(row[-1]) > 30


def test_a_refused_picture_shows_in_the_exit_code(folder, monkeypatch, capsys):
    measured(monkeypatch, {})
    (folder / "set" / "broken.png").write_bytes(b"no picture")
    assert run(folder, "--pictures", str(folder / "set"), "--only", "bicubic") == 1
    assert "broken.png" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--only", "waifu2x-cunet"], "at least one of waifu2x-cunet. Received: "),
        (["--threads", "0"], "--threads is at least 1. Received: 0"),
        (["--repeat", "-1"], "--repeat is 0 or more. Received: -1"),
        (["--sheet", "sheet.jpg"], "A sheet is a .png file. Received: sheet.jpg"),
        (["--json", "nowhere/figures.json"], "existing folder. Received: nowhere/figures.json"),
        (["--pictures", "nowhere"], "a folder with pictures. Received: nowhere"),
    ],
)
def test_wrong_usage_is_reported_before_any_work(folder, monkeypatch, capsys, options, told):
    monkeypatch.setattr(peers, "load_method", lambda *_: pytest.fail("the work has begun"))
    assert run(folder, *options) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith("benchmarks.peers: error: ")
    assert told in printed.err


def test_an_unknown_name_lists_the_known_ones(folder, capsys):
    with pytest.raises(SystemExit, match="2"):
        run(folder, "--only", "waifu9x")
    assert "realcugan-no-denoise" in capsys.readouterr().err
