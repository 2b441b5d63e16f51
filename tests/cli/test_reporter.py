"""Lines for people and for programs."""

import dataclasses
import io
import json

import pytest

from waifu4x_tf.batch.outcome import Outcome
from waifu4x_tf.cli.console import one_line
from waifu4x_tf.cli.reporter import Reporter
from waifu4x_tf.imaging.drift import Drift
from waifu4x_tf.inference.treatment import Treatment

DONE = Outcome(
    "a.png",
    "o/a.png",
    "done",
    input_size=(2, 3),
    size=(8, 12),
    scale=4.0,
    seconds={"read": 0.123456},
    model="m",
    bytes=9,
)


def test_the_summary_counts_what_there_was_and_names_what_was_passed_over():
    notes = io.StringIO()
    reporter = Reporter(errors=io.StringIO(), notes=notes)
    for status in ("failed", "done", "skipped", "done", "done"):
        reporter.report(Outcome("a", "b", status, error="why" if status != "done" else None))
    reporter.summary(2.11, {"hidden": 2, "not a picture": 1})
    assert notes.getvalue().splitlines()[-1] == (
        "3 done, 1 skipped, 1 failed in 2.1 s (passed over: 2 hidden, 1 not a picture)"
    )
    assert reporter.failed == 1


def test_an_early_end_is_said():
    notes = io.StringIO()
    reporter = Reporter(errors=None, notes=notes)
    reporter.summary(0.5, {}, stopped=True)
    assert notes.getvalue() == "stopped: nothing done in 0.5 s\n"


def test_errors_are_reported_even_when_nothing_else_is():
    errors = io.StringIO()
    reporter = Reporter(errors=errors)
    reporter.report(DONE)
    reporter.report(Outcome("a.png", None, "failed", error="a.png: broken", trace="Traceback"))
    reporter.summary(1.0, {})
    assert errors.getvalue() == "waifu4x: error: a.png: broken\n"


def test_a_trace_is_shown_when_asked():
    errors = io.StringIO()
    Reporter(errors=errors, show_traces=True).report(
        Outcome("a", None, "failed", error="e", trace="Traceback ...\n")
    )
    assert errors.getvalue() == "waifu4x: error: e\nTraceback ...\n"


@pytest.mark.parametrize(
    ("scale", "levels", "remark"),
    [(4.0, 2.0, ""), (4.0, 2.26, "; colours moved by up to 2.3 levels"), (0.5, 9.0, "")],
)
def test_a_line_says_by_how_much_the_colours_of_an_enlarged_picture_moved(scale, levels, remark):
    notes = io.StringIO()
    outcome = dataclasses.replace(DONE, scale=scale, drift=Drift(0.1, levels))
    Reporter(errors=None, notes=notes).report(outcome)
    assert notes.getvalue() == f"a.png -> o/a.png (8x12, 0.1 s{remark})\n"


@pytest.mark.parametrize(
    ("treatment", "remark"),
    [
        (Treatment("low", damages=("jpeg", "blur")), "; denoise low: JPEG artefacts, blur"),
        (Treatment(amount=0.25), "; sharpness +0.25: a soft picture"),
        (Treatment(), ""),
    ],
)
def test_a_line_says_what_was_seen_and_done_for_that(treatment, remark):
    notes, lines = io.StringIO(), io.StringIO()
    outcome = dataclasses.replace(DONE, treatment=treatment)
    Reporter(errors=None, notes=notes, json_lines=lines).report(outcome)
    assert notes.getvalue() == f"a.png -> o/a.png (8x12, 0.1 s{remark})\n"
    said = json.loads(lines.getvalue())
    assert (said["seen"], said["treatment"]) == (treatment.seen, treatment.done)


@pytest.mark.parametrize(("strength", "remark"), [(None, ""), (0.0, ""), (0.5, "; strength 0.5")])
def test_a_line_says_the_strength(strength, remark):
    notes, plans, lines = io.StringIO(), io.StringIO(), io.StringIO()
    reporter = Reporter(errors=None, notes=notes, plans=plans, json_lines=lines)
    outcome = dataclasses.replace(DONE, treatment=Treatment("low"), strength=strength)
    reporter.report(outcome)
    assert notes.getvalue() == f"a.png -> o/a.png (8x12, 0.1 s; denoise low: damage{remark})\n"
    plan = {"tiles": 1, "tile_width": 2, "tile_height": 3, "memory_bytes": 2_000_000}
    reporter.report(dataclasses.replace(outcome, status="planned", plan=plan, seconds={"estimate": 0.2}))
    assert plans.getvalue() == (
        "a.png -> o/a.png: 2x3 to 8x12, 1 tile of 2x3, about 2 MB of memory, 0.2 s; denoise low: damage"
        f"{remark}\n"
    )
    assert [json.loads(line)["strength"] for line in lines.getvalue().splitlines()] == [strength] * 2


def test_a_json_line_has_every_field():
    lines = io.StringIO()
    Reporter(errors=None, json_lines=lines).report(DONE)
    assert json.loads(lines.getvalue()) == {
        "input": "a.png",
        "output": "o/a.png",
        "status": "done",
        "error": None,
        "input_width": 2,
        "input_height": 3,
        "width": 8,
        "height": 12,
        "scale": 4.0,
        "seconds": {"read": 0.1235},
        "model": "m",
        "bytes": 9,
        "frames": None,
        "duration_ms": None,
        "bits": None,
        "note": None,
        "seen": None,
        "treatment": None,
        "strength": None,
        "again": None,
        "drift": None,
    }


def test_results_that_exist_are_one_line_at_the_end_and_all_in_json():
    errors, lines = io.StringIO(), io.StringIO()
    reporter = Reporter(errors=errors, json_lines=lines)
    for name in ("a", "b", "c"):
        reporter.report(Outcome(f"{name}.jpg", f"{name}.png", "failed", f"{name} exists", exists=name != "b"))
    assert errors.getvalue() == "waifu4x: error: b exists\n"
    reporter.summary(1.0, {})
    assert errors.getvalue().splitlines()[1:] == [
        "waifu4x: error: Results that exist are kept. Received: 2 inputs whose outputs exist, such as a.jpg, "
        "whose output is a.png. Add --overwrite or --skip-existing."
    ]
    assert [json.loads(line)["error"] for line in lines.getvalue().splitlines()] == [
        "a exists",
        "b exists",
        "c exists",
    ]


def test_a_file_name_cannot_break_a_line_or_steer_the_terminal():
    assert one_line("a\nb\x1b[31m\udcff\u202e 猫\u3000é") == "a?b?[31m?? 猫\u3000é"
    notes = io.StringIO()
    Reporter(errors=None, notes=notes).report(Outcome("a\r\nb.png", "c.png", "done", size=(1, 1)))
    assert notes.getvalue() == "a??b.png -> c.png (1x1, 0.0 s)\n"
