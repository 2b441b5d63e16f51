"""What would be done."""

import io
from pathlib import Path

import pytest
from fake_upscaler import FakeUpscaler
from PIL import Image

from waifu4x_tf.batch import Job
from waifu4x_tf.batch_runner import RunSettings, run_job
from waifu4x_tf.dry_run import PROCESS_BYTES, measure_speed, plan_job
from waifu4x_tf.imaging.target import Target
from waifu4x_tf.imaging.writing import WriteOptions
from waifu4x_tf.input_listing import Source


def source(tmp_path: Path, width: int, height: int) -> Source:
    path = tmp_path / "a.png"
    Image.new("RGB", (width, height)).save(path)
    return Source(path, Path("a.png"))


def test_a_plan_has_sizes_tiles_memory_and_time(tmp_path):
    job = Job(source(tmp_path, 200, 100), tmp_path / "o.png")
    outcome = plan_job(job, RunSettings(Target(3)), FakeUpscaler(), lambda bits: 1e-4)
    assert outcome.status == "planned"
    assert (outcome.input_size, outcome.size) == ((200, 100), (600, 300))
    assert outcome.seconds["estimate"] == pytest.approx(1e-4 * 2 * 120 * 120)
    assert outcome.as_json()["tiles"] == 2
    assert (outcome.as_json()["tile_width"], outcome.as_json()["tile_height"]) == (100, 100)
    assert outcome.as_json()["memory_bytes"] == PROCESS_BYTES + 48 * 200 * 100
    assert not (tmp_path / "o.png").exists()


def test_what_cannot_be_written_or_read_is_found(tmp_path):
    settings = RunSettings(write=WriteOptions(format="webp"))
    assert (
        "16383"
        in plan_job(Job(source(tmp_path, 4096, 1), tmp_path / "o"), settings, FakeUpscaler(), float).error
    )
    empty = Job(Source(None, Path("stdin")), tmp_path / "o")
    assert (
        plan_job(empty, RunSettings(), FakeUpscaler(), float, standard_input=io.BytesIO()).status == "failed"
    )


def test_the_speed_is_of_one_pixel():
    assert 0 < measure_speed(FakeUpscaler()) < 1e-3


def test_a_strip_too_thin_for_the_network_is_planned_as_it_is_done(tmp_path):
    job = Job(source(tmp_path, 50_000, 1), tmp_path / "o.png")
    planned = plan_job(job, RunSettings(), FakeUpscaler(), lambda bits: 1e-6)
    done = run_job(job, RunSettings(), FakeUpscaler())
    assert planned.note == done.note == "too thin for the network, enlarged by interpolation"
    assert planned.seconds["estimate"] == pytest.approx(0.05)
    assert planned.as_json()["tiles"] == 0
    assert planned.as_json()["memory_bytes"] == PROCESS_BYTES + 48 * 50_000
