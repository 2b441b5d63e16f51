"""Methods by name, and what a turn of fresh processes reports."""

import json

import numpy as np
import pytest
from PIL import Image

from benchmarks.measuring import Run
from benchmarks.peers import methods
from benchmarks.peers.methods import (
    label,
    load_method,
    measure_in_turn,
    method_names,
    own_peak_bytes,
    runtimes,
)
from benchmarks.peers.networks import PEERS
from waifu4x_tf.imaging.interpolation import resize
from waifu4x_tf.models import zoo

MEGABYTE = 10**6


def test_all_that_is_shipped_stands_between_bicubic_and_the_peers():
    assert method_names() == ["bicubic", *zoo.shipped_names(), *PEERS]
    assert label("compact") == "waifu4x compact"
    assert label("waifu2x-cunet") == "waifu2x-cunet"


def test_bicubic_is_the_one_of_the_library(tmp_path):
    rgb = np.random.default_rng(4).integers(0, 256, (9, 13, 3), np.uint8)
    result = load_method("bicubic", tmp_path, threads=1)(rgb)
    assert (result == resize(rgb, (36, 52), "bicubic")).all()


@pytest.mark.skipif(not zoo.shipped_names(), reason="no weights in this checkout yet")
def test_a_shipped_model_enlarges_and_keeps_quiet(tmp_path, capfd):
    rgb = np.full((9, 13, 3), (200, 100, 50), np.uint8)
    result = load_method(zoo.shipped_names()[0], tmp_path, threads=1)(rgb)
    assert result.shape == (36, 52, 3)
    assert np.abs(result.astype(int) - (200, 100, 50)).max() <= 4
    assert capfd.readouterr() == ("", "")


def test_methods_take_turns_and_the_largest_memory_counts(tmp_path, monkeypatch):
    asked = []

    def run(*arguments):
        asked.append(arguments)
        number = len(asked)
        told = {"seconds": number / 10, "peak_bytes": {1: 50, 3: 40, 5: 60}.get(number)}
        return Run(9.0, 999), json.dumps(told)

    monkeypatch.setattr(methods, "run_python", run)
    costs = measure_in_turn(["bicubic", "compact"], tmp_path / "a.png", tmp_path, threads=3, repeat=3)
    assert [arguments[2] for arguments in asked] == ["bicubic", "compact"] * 3
    assert {arguments[5:7] for arguments in asked} == {("--threads", "3")}
    assert costs["bicubic"].seconds == [0.1, 0.3, 0.5]
    assert costs["bicubic"].peak_bytes == 60
    assert costs["compact"].peak_bytes is None


@pytest.mark.skipif(own_peak_bytes() is None, reason="this system does not tell a program's own peak")
@pytest.mark.slow
def test_a_process_counts_its_own_memory_and_not_its_parents(tmp_path):
    Image.new("RGB", (32, 24)).save(tmp_path / "a.png")
    held = np.ones(300 * MEGABYTE, np.uint8)
    (cost,) = measure_in_turn(["bicubic"], tmp_path / "a.png", tmp_path, threads=1, repeat=1).values()
    assert own_peak_bytes() > held.nbytes
    assert 10 * MEGABYTE < cost.peak_bytes < 150 * MEGABYTE
    assert 0 < cost.seconds[0] < 10


def test_no_figure_of_memory_where_the_system_has_none(tmp_path, monkeypatch):
    monkeypatch.setattr(methods, "_STATUS", tmp_path / "status")
    assert own_peak_bytes() is None
    (tmp_path / "status").write_text("VmPeak:\t   99 kB\nVmHWM:\t   1234 kB\nVmRSS:\t   77 kB\n")
    assert own_peak_bytes() == 1234 * 1024


def test_the_heading_names_each_runtime_once(monkeypatch):
    monkeypatch.setattr(methods, "_version", {"pillow": "7", "ai-edge-litert": "8", "ncnn": "9"}.get)
    assert runtimes(["bicubic", "compact", *PEERS]) == "pillow 7, ai-edge-litert 8, ncnn 9"
