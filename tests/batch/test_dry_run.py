"""What would be done, and what it would take: every part of it counts."""

import io
from pathlib import Path

import numpy as np
import pytest
from fake_upscaler import FakeUpscaler
from PIL import Image

from waifu4x_tf.batch import estimates
from waifu4x_tf.batch.dry_run import plan_job
from waifu4x_tf.batch.estimates import Estimates, Rates, Work, memory_bytes
from waifu4x_tf.batch.inputs import Source
from waifu4x_tf.batch.plan import Job
from waifu4x_tf.batch.runner import run_job
from waifu4x_tf.batch.settings import RunSettings
from waifu4x_tf.imaging.picture import Frame, Picture
from waifu4x_tf.imaging.target import Target
from waifu4x_tf.imaging.writing import WriteOptions

NOISE = np.random.default_rng(0)


class Clock:
    """A clock that stands still unless somebody works."""

    def __init__(self):
        self.now = 0.0

    def perf_counter(self) -> float:
        """As `time.perf_counter`."""
        return self.now


class TimedUpscaler(FakeUpscaler):
    """Takes so many seconds for a tile pixel, a pass's setup and an enlarged pixel."""

    setup, tile, enlarged = 5.0, 1e-3, 1e-5

    def __init__(self, clock):
        super().__init__()
        self.clock, self.last = clock, None

    def upscale(self, x, *, target=None, progress=None, cancel=None):
        """As `Upscaler.upscale`, of Pictures."""
        work = Work.of(x, target, self)
        if cancel is not None:
            cancel()
        self.clock.now += self.tile * work.tile_px + (self.last != work) * self.setup * work.passes
        self.last = work
        if progress is not None:
            progress(1, 1)
        self.clock.now += self.enlarged * work.enlarged_px
        return super().upscale(x, target=target)


@pytest.fixture
def clock(monkeypatch):
    """In place of the system's, for the estimates; encoding takes 2 s and 2 us a pixel, the drift 3 us."""
    clock = Clock()

    def encode(picture, options):
        clock.now += 2 + 2e-6 * picture.width * picture.height * len(picture.frames)
        return b""

    def measure_drift(small, large):
        clock.now += 3e-6 * large.width * large.height * len(large.frames)

    monkeypatch.setattr(estimates, "time", clock)
    monkeypatch.setattr(estimates.writing, "encode", encode)
    monkeypatch.setattr(estimates, "measure_drift", measure_drift)
    monkeypatch.setattr(estimates, "_LONG_SECONDS", 1e9)
    return clock


def source(tmp_path: Path, width: int, height: int) -> Source:
    path = tmp_path / "a.png"
    Image.new("RGB", (width, height)).save(path)
    return Source(path, Path("a.png"))


def noise(width: int, height: int, *, alpha: bool = False, frames: int = 1) -> Picture:
    pixels = [NOISE.integers(0, 256, (height, width, 4), dtype=np.uint8) for _ in range(frames)]
    stills = [Picture.from_array(each if alpha else each[..., :3]).frames[0] for each in pixels]
    return Picture(tuple(stills), False, durations_ms=(100,) * frames if frames > 1 else ())


def test_a_plan_has_sizes_tiles_memory_and_time(tmp_path):
    job = Job(source(tmp_path, 200, 100), tmp_path / "o.png")
    outcome = plan_job(job, RunSettings(Target(3)), FakeUpscaler(), Estimates())
    assert outcome.status == "planned"
    assert (outcome.input_size, outcome.size) == ((200, 100), (600, 300))
    assert outcome.seconds["estimate"] > 0
    assert outcome.as_json()["tiles"] == 2
    assert (outcome.as_json()["tile_width"], outcome.as_json()["tile_height"]) == (100, 100)
    assert outcome.as_json()["memory_bytes"] > 3 * (800 * 400 + 600 * 300)
    assert not (tmp_path / "o.png").exists()


def test_the_start_of_the_command_is_in_its_first_picture_alone(tmp_path):
    job = Job(source(tmp_path, 20, 10), tmp_path / "o.png")
    shared = Estimates(start_seconds=1000.0)
    first, second = (plan_job(job, RunSettings(), FakeUpscaler(), shared) for _ in range(2))
    assert 1000 < first.seconds["estimate"] < 1000 + 60
    assert second.seconds["estimate"] < 60


def test_what_cannot_be_written_or_read_is_found(tmp_path):
    settings = RunSettings(write=WriteOptions(format="webp"))
    job = Job(source(tmp_path, 4096, 1), tmp_path / "o")
    assert "16383" in (plan_job(job, settings, FakeUpscaler(), Estimates()).error or "")
    empty = Job(Source(None, Path("stdin")), tmp_path / "o")
    planned = plan_job(empty, RunSettings(), FakeUpscaler(), Estimates(), standard_input=io.BytesIO())
    assert planned.status == "failed"


@pytest.mark.parametrize(
    ("width", "height", "target", "tile_px", "passes", "enlarged_px"),
    [
        (400, 300, Target(4), 4 * 3 * 120 * 120, 1, 1600 * 1200),
        # Four times, and the 400 x 400 px of that again, in 4 x 4 tiles of 100 px.
        (100, 100, Target(16), 120**2 + 16 * 120**2, 2, 400**2 + 1600**2),
        (400, 300, Target(size=(200, 150)), 0, 0, 400 * 300),
    ],
)
def test_every_part_of_the_work_is_in_the_time(clock, width, height, target, tile_px, passes, enlarged_px):
    upscaler = TimedUpscaler(clock)
    picture = noise(width, height)
    result_px = target.result_size(width, height)[0] * target.result_size(width, height)[1]
    seconds = Estimates().seconds(picture, target, upscaler, WriteOptions())
    upscale = 1e-3 * tile_px + 5 * passes + 1e-5 * enlarged_px
    assert seconds["upscale"] == pytest.approx(upscale, rel=1e-3)
    assert seconds["measure"] == pytest.approx(3e-6 * result_px)
    assert seconds["write"] == pytest.approx(2 + 2e-6 * result_px)


def test_alpha_that_varies_runs_the_network_a_second_time_and_every_frame_again():
    fake, target = FakeUpscaler(), Target(4)
    plain = Work.of(noise(200, 100), target, fake)
    soft = Work.of(noise(200, 100, alpha=True), target, fake)
    frame = noise(200, 100).frames[0]
    even = Work.of(Picture((Frame(frame.rgb, np.full((100, 200), 9, np.uint8)),), False), target, fake)
    moving = Work.of(noise(200, 100, frames=3), target, fake)
    assert (soft.tile_px, even.tile_px, moving.tile_px) == tuple(n * plain.tile_px for n in (2, 1, 3))
    assert (moving.enlarged_px, moving.result_px) == (3 * plain.enlarged_px, 3 * plain.result_px)


def test_the_drift_of_what_is_cut_is_not_measured(clock):
    target = Target(size=(100, 100), fit="cover")
    assert Estimates().seconds(noise(40, 20), target, TimedUpscaler(clock), WriteOptions())["measure"] == 0
    assert Rates(*[1.0] * 6).seconds(Work(1, 1, 1, 1), measures=True)["measure"] == 1


def test_pictures_of_one_kind_share_one_sample(clock):
    shared, upscaler = Estimates(), TimedUpscaler(clock)
    for width in (300, 400, 500):
        shared.seconds(noise(width, 300), Target(4), upscaler, WriteOptions())
    assert len(upscaler.seen_widths) == 4  # two samples, each twice
    shared.seconds(noise(300, 300, alpha=True), Target(4), upscaler, WriteOptions())
    assert len(upscaler.seen_widths) == 8


def test_memory_counts_alpha_frames_depth_and_the_encoder():
    fake = FakeUpscaler()
    plain = memory_bytes(noise(100, 100), Target(4), fake, WriteOptions())
    assert plain == 3 * 100**2 + 3 * 400**2  # the picture and its result; the fake network needs nothing
    soft = memory_bytes(noise(100, 100, alpha=True), Target(4), fake, WriteOptions())
    assert soft == 4 * 100**2 + 4 * 400**2 + 3 * 400**2  # and alpha is enlarged in three channels
    webp = memory_bytes(noise(100, 100), Target(4), fake, WriteOptions("webp"))
    assert webp > plain + 10 * 400**2
    moving = memory_bytes(noise(100, 100, frames=3), Target(4), fake, WriteOptions())
    assert moving >= 3 * plain
    shrunk = memory_bytes(noise(100, 100), Target(2), fake, WriteOptions())
    assert shrunk == plain + 3 * 200**2


def test_a_strip_too_thin_for_the_network_is_planned_as_it_is_done(tmp_path):
    job = Job(source(tmp_path, 50_000, 1), tmp_path / "o.png")
    planned = plan_job(job, RunSettings(), FakeUpscaler(), Estimates())
    done = run_job(job, RunSettings(), FakeUpscaler())
    assert planned.note == done.note == "too thin for the network, enlarged by interpolation"
    assert planned.as_json()["tiles"] == 0
    assert planned.size == done.size == (200_000, 4)
