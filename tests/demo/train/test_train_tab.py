"""The Train tab without a browser: its sentences in both languages, and what it shows in each state."""

import json
import re
import string
import subprocess
import sys
from pathlib import Path

import pytest

from demo.train.folders import TrainingRefusedError
from demo.train.recipes import CHECKOUT, RecipeChoice, read_recipes
from demo.train.run import RunRecord, RunView
from demo.train.run_files import LogRow, RunFiles
from demo.train.status import (
    about_recipe,
    curves_html,
    refusal_html,
    started_html,
    status_html,
    take_html,
)
from demo.train.tab import model_name
from demo.translations import LANGUAGES, sentences

ROWS = [LogRow(1, 250, 0.05, 50.0, None), LogRow(2, 500, 0.04, 50.0, 27.5)]


def view(phase, rows=ROWS, **values):
    record = RunRecord("large", 1000, "/w/runs/<x>", [], "/w/runs/<x>.log", 0, 0.0)
    files = RunFiles(rows=rows, is_fresh=True, age_seconds=10.0, bicubic_psnr=25.0)
    return RunView(phase, record, files, **values)


def status(language, shown):
    return status_html(language, shown, Path("/w/runs"))


PAGES = """
import json, sys
from pathlib import Path
import gradio as gr
import demo.train.tab as train_tab
from demo.context import DemoContext, Upscalers
told = {"loaded": sorted({"tensorflow", "keras", "matplotlib"} & set(sys.modules))}
folder = Path(sys.argv[1])
train_tab.RUNS = folder / "runs"
context = DemoContext(Upscalers.__new__(Upscalers), folder)
for missing in ("missing", "elsewhere", ""):
    train_tab.what_is_missing = lambda: missing
    with gr.Blocks() as page:
        models = gr.Dropdown([])
        with gr.Tab() as tab:
            train_tab.add_train_tab(context, models, {})
    told[missing] = {
        "blocks": [type(block).__name__ for block in tab.children],
        "active": [block.active for block in page.blocks.values() if isinstance(block, gr.Timer)],
        "visibility": sorted({listener.api_visibility for listener in page.fns.values()}),
    }
print(json.dumps(told))
"""


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    """Facts of the tab as it is laid out, in a process that has loaded nothing else; and its folder."""
    folder = tmp_path_factory.mktemp("pages")
    command = [sys.executable, "-c", PAGES, str(folder)]
    told = subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, check=True)
    return json.loads(told.stdout), folder


@pytest.mark.parametrize("missing", ["missing", "elsewhere"])
def test_where_nothing_can_be_trained_there_is_one_sentence(pages, missing):
    assert pages[0][missing] == {"blocks": ["Markdown"], "active": [], "visibility": []}


def test_nothing_heavy_is_loaded_no_listener_is_an_api_and_nothing_is_made_on_disk(pages):
    told, folder = pages
    assert told["loaded"] == []
    assert told[""]["active"] == [False]
    assert told[""]["visibility"] == ["private"]
    assert list(folder.iterdir()) == []


def test_every_sentence_has_the_same_blanks_in_both_languages():
    for key, entry in sentences().items():
        if key.startswith("train_"):
            blanks = {
                each: {name for _, name, _, _ in string.Formatter().parse(entry[each]) if name}
                for each in entry
            }
            assert set(blanks) == set(LANGUAGES), key
            assert blanks["en"] == blanks["zh"], key


def test_what_recipes_are_for_is_told_as_in_their_files():
    for recipe in read_recipes().values():
        assert about_recipe("en", recipe) == recipe.about
        assert re.search("[\u4e00-\u9fff]", about_recipe("zh", recipe)), recipe.name
    assert about_recipe("zh", RecipeChoice("own", "Mine.", 10, (), "")) == "Mine."


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("phase", ["running", "finished", "stopped", "failed", "ended"])
@pytest.mark.parametrize("rows", [[], ROWS])
def test_every_state_is_told_and_escaped(language, phase, rows):
    told = status(language, view(phase, rows, error="<script>", tail="<script>"))
    assert told
    assert "{" not in told
    assert not re.search("<script|<x>", told)


def test_a_running_run_is_told_with_its_pace():
    told = status("en", view("running"))
    assert told.startswith(
        "large in runs/&lt;x&gt;: epoch 2 of 4, step 500 of 1000, 200 ms a step, about 2 min to go"
    )
    assert 'value="0.500"' in told
    assert "in its first epoch" in status(
        "en", RunView("running", view("running").record, RunFiles(claimed=True))
    )
    assert "TensorFlow" in status("en", RunView("running", view("running").record, RunFiles()))


@pytest.mark.parametrize(
    ("step_seconds", "told"), [(0.05, "less than a minute"), (1, "about 8 min"), (100, "about 13.9 h")]
)
def test_the_time_left_has_a_fitting_unit(step_seconds, told):
    rows = [LogRow(2, 500, 0.04, 500 * step_seconds, None)]
    assert told in status("en", view("running", rows))


def test_errors_stand_out_and_stopped_runs_say_how_to_go_on():
    assert 'class="w4x-failed"' in status("en", view("failed", error="A rule."))
    assert "Resume goes on from there" in status("en", view("stopped"))
    assert "<pre>last line</pre>" in status("en", view("ended", tail="last line"))
    assert status("en", None).startswith("Nothing trained yet")


def test_curves_tell_their_last_values():
    loss, psnr = curves_html("en", view("running"))
    assert "0.04000 at step 500" in loss
    assert "27.50 dB at step 500; bicubic (dashed): 25.00 dB" in psnr
    assert all("nothing measured yet" in curve for curve in curves_html("en", None))


def test_what_there_is_to_take_is_told():
    assert "no network" in take_html("en", None)
    ready = RunView(
        "running", view("running").record, RunFiles(model=Path("generator.keras"), model_steps=500)
    )
    assert "step 500" in take_html("en", ready)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_refusal_has_its_sentence(language):
    source = "".join(
        (CHECKOUT / "demo/train" / f"{name}.py").read_text() for name in ("tab", "run", "folders")
    )
    calls = re.findall(r"TrainingRefusedError\(\"(\w+)\"", source)
    assert len(calls) >= 6
    values = dict.fromkeys(("out", "other", "runs", "received", "recipe", "error", "pid"), "<b>")
    for key in calls:
        told = refusal_html(language, TrainingRefusedError(key, **values))
        assert "w4x-failed" in told
        assert "<b>" not in told
    assert "&lt;b&gt;" in started_html(language, "<b>")


def test_a_trained_network_never_takes_a_shipped_ones_name():
    assert model_name(Path("runs/smoke-demo")) == "smoke-demo"
    assert model_name(Path("runs/compact")) == "compact-trained"
