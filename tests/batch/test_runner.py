"""One job at a time, with an upscaler that repeats pixels."""

import io
import os
import threading
from pathlib import Path

import numpy as np
import pytest
from fake_upscaler import FakeUpscaler
from PIL import Image

from waifu4x_tf.batch.inputs import Source
from waifu4x_tf.batch.plan import Job
from waifu4x_tf.batch.reading import probe_px, read_capped
from waifu4x_tf.batch.runner import run_job, settled_outcome
from waifu4x_tf.batch.settings import RunSettings
from waifu4x_tf.errors import UsageError
from waifu4x_tf.imaging.target import Target
from waifu4x_tf.imaging.writing import WriteOptions


def job(path: Path, output: Path | None = None, problem: str | None = None) -> Job:
    return Job(Source(path, Path(path.name)), output, problem)


@pytest.fixture
def cat(tmp_path):
    path = tmp_path / "cat.png"
    Image.fromarray(np.random.default_rng(5).integers(0, 256, (5, 7, 3), np.uint8)).save(path)
    return path


@pytest.mark.parametrize(
    ("size", "scale", "expected"),
    [((7, 5), 4, (28, 20)), ((7, 5), 2.7, (19, 14)), ((1, 1), 1.2, (1, 1)), ((3, 1000), 1, (3, 1000))],
)
def test_the_size_of_a_result(size, scale, expected):
    assert Target(scale).result_size(*size) == expected


def test_a_done_outcome_says_all_there_is(cat):
    output = cat.parent / "new" / "folder" / "cat.png"
    outcome = run_job(job(cat, output), RunSettings(Target(2.5)), FakeUpscaler())
    assert outcome.status == "done"
    assert (outcome.input_size, outcome.size, outcome.scale) == ((7, 5), (18, 12), 2.5)
    assert (outcome.model, outcome.bytes) == ("fake", output.stat().st_size)
    assert set(outcome.seconds) == {"read", "upscale", "measure", "write"}
    with Image.open(output) as image:
        assert image.size == (18, 12)


def test_a_preset_that_there_is_not_is_refused_by_name():
    with pytest.raises(UsageError, match=r"one of .*Received: `preset='myspace'`"):
        RunSettings(preset="myspace")


def test_progress_is_passed_on(cat, tmp_path):
    calls = []
    run_job(
        job(cat, tmp_path / "o.png"), RunSettings(), FakeUpscaler(), progress=lambda *call: calls.append(call)
    )
    assert calls == [(17, 35), (35, 35)]


def test_the_picture_that_was_read_is_passed_on_before_the_work(cat, tmp_path):
    read = []

    def load():
        assert len(read) == 1
        raise UsageError("no model")

    run_job(job(cat, tmp_path / "o.png"), RunSettings(), load, on_read=read.append)
    with Image.open(cat) as image:
        assert np.array_equal(read[0].to_array(), np.asarray(image))
    run_job(job(tmp_path / "none.png", tmp_path / "p.png"), RunSettings(), load, on_read=read.append)
    assert len(read) == 1


def test_a_result_is_kept_replaced_or_skipped(cat):
    output = cat.parent / "o.png"
    output.write_bytes(b"old")
    assert settled_outcome(job(cat, output), RunSettings()).status == "failed"
    assert settled_outcome(job(cat, output), RunSettings(skip_existing=True)).status == "skipped"
    assert settled_outcome(job(cat, output), RunSettings(overwrite=True)) is None
    assert settled_outcome(job(cat, cat.parent / "p.png"), RunSettings()) is None
    assert settled_outcome(job(cat, output, problem="no"), RunSettings(overwrite=True)).status == "failed"


def test_a_file_that_appears_meanwhile_is_kept(cat):
    output = cat.parent / "o.png"
    output.write_bytes(b"old")
    assert run_job(job(cat, output), RunSettings(), FakeUpscaler()).status == "failed"
    assert output.read_bytes() == b"old"


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (MemoryError(), "must fit into memory"),
        (KeyError("x"), "internal error with .*cat.png: KeyError"),
        (OSError(5, "Input/output error"), "cat.png: .*Input/output error"),
        (UsageError("a rule"), "cat.png: a rule"),
    ],
)
def test_whatever_goes_wrong_is_an_outcome_that_names_the_picture(cat, error, message):
    import re

    outcome = run_job(job(cat, cat.parent / "o.png"), RunSettings(), FakeUpscaler({7: error}))
    assert outcome.status == "failed"
    assert re.search(message, outcome.error)
    assert (outcome.trace is not None) == isinstance(error, KeyError)
    assert not (cat.parent / "o.png").exists()


def test_an_interrupt_is_no_outcome(cat):
    with pytest.raises(KeyboardInterrupt):
        run_job(job(cat, cat.parent / "o.png"), RunSettings(), FakeUpscaler({7: KeyboardInterrupt()}))


def test_what_the_format_cannot_hold_fails_before_the_model_works(cat):
    Image.new("RGBA", (4, 4), (1, 2, 3, 100)).save(cat)
    upscaler = FakeUpscaler()
    settings = RunSettings(write=WriteOptions(format="jpeg"))
    assert "transparen" in run_job(job(cat, cat.parent / "o.jpeg"), settings, upscaler).error
    Image.new("1", (4100, 1)).save(cat)
    settings = RunSettings(write=WriteOptions(format="webp"))
    assert "16383" in run_job(job(cat, cat.parent / "o.webp"), settings, upscaler).error
    assert upscaler.seen_widths == []
    assert (
        run_job(
            job(cat, cat.parent / "o.webp"), RunSettings(Target(2.0), write=settings.write), upscaler
        ).status
        == "done"
    )


def test_the_cap_holds_for_the_input_and_its_result(cat):
    assert (
        "megapixels"
        in run_job(job(cat, cat.parent / "o.png"), RunSettings(max_megapixels=3e-5), FakeUpscaler()).error
    )
    assert (
        run_job(job(cat, cat.parent / "o.png"), RunSettings(max_megapixels=4e-5), FakeUpscaler()).status
        == "done"
    )


def test_a_cap_above_the_default_raises_that_of_the_result_too(monkeypatch, cat):
    seen = {}
    monkeypatch.setattr("waifu4x_tf.imaging.reading.read", lambda *_, **kwargs: seen.update(kwargs))
    read_capped(cat, "cat", 100)
    assert seen["max_output_megapixels"] == 1600


def test_streams(cat):
    read, written = io.BytesIO(cat.read_bytes()), io.BytesIO()
    outcome = run_job(
        Job(Source(None, Path("stdin")), None),
        RunSettings(),
        FakeUpscaler(),
        standard_input=read,
        standard_output=written,
    )
    assert (outcome.input, outcome.output, outcome.status) == ("-", "-", "done")
    assert outcome.bytes == len(written.getvalue())
    with Image.open(written) as image:
        assert image.size == (28, 20)


def test_empty_standard_input_is_an_error():
    outcome = run_job(
        Job(Source(None, Path("stdin")), None), RunSettings(), FakeUpscaler(), standard_input=io.BytesIO()
    )
    assert outcome.status == "failed"


def test_a_reader_that_left_is_not_a_failure_of_the_picture(cat):
    class Closed(io.BytesIO):
        def write(self, _):
            raise BrokenPipeError

    with pytest.raises(BrokenPipeError):
        run_job(job(cat), RunSettings(), FakeUpscaler(), standard_output=Closed())


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
def test_a_named_pipe_is_read(cat):
    pipe = cat.parent / "pipe"
    os.mkfifo(pipe)
    assert probe_px(job(pipe).source, RunSettings()) == 1
    writer = threading.Thread(target=lambda: pipe.write_bytes(cat.read_bytes()))
    writer.start()
    outcome = run_job(job(pipe, cat.parent / "o.png"), RunSettings(), FakeUpscaler())
    writer.join()
    assert outcome.status == "done"


def test_shares_of_the_progress(cat):
    assert probe_px(job(cat).source, RunSettings()) == 35
    assert probe_px(Source(None, Path("stdin")), RunSettings()) == 1
    cat.write_bytes(b"broken")
    assert probe_px(job(cat).source, RunSettings()) == 1
