"""The Train tab without a browser: its sentences in both languages, and what it shows in each state."""

import re

import pytest

from demo.train.recipes import CHECKOUT, RecipeChoice, read_recipes
from demo.train.run import RunRecord, RunView
from demo.train.run_files import LogRow, RunFiles
from demo.train.status import about_recipe, curves, status_html
from demo.translations import LANGUAGES, sentences

ROWS = [LogRow(1, 250, 0.05, 50.0, None), LogRow(2, 500, 0.04, 50.0, 27.5)]


def view(phase, rows=ROWS, **values):
    record = RunRecord("large", 1000, "/w/runs/<x>", [], "/w/runs/<x>.log")
    files = RunFiles(rows=rows, bicubic_psnr=25.0)
    return RunView(phase, record, files, **values)


@pytest.mark.parametrize("missing", ["missing", "elsewhere"])
def test_where_nothing_can_be_trained_there_is_one_sentence(pages_built, missing):
    assert pages_built[missing] == {"blocks": ["Markdown"], "active": [], "visibility": []}


def test_nothing_heavy_is_loaded_no_listener_is_an_api_and_nothing_is_made_on_disk(pages_built):
    assert pages_built["loaded"] == []
    assert pages_built[""]["active"] == [False]
    assert pages_built[""]["visibility"] == ["private"]
    assert pages_built["made"] == []


def test_what_recipes_are_for_is_told_as_in_their_files():
    for recipe in read_recipes().values():
        assert about_recipe("en", recipe) == recipe.about
        assert re.search("[\u4e00-\u9fff]", about_recipe("zh", recipe)), recipe.name
    assert about_recipe("zh", RecipeChoice("own", "Mine.", 10)) == "Mine."


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("phase", ["running", "finished", "failed", "ended"])
@pytest.mark.parametrize("rows", [[], ROWS])
def test_every_state_is_told_and_escaped(language, phase, rows):
    told = status_html(language, view(phase, rows, tail="<script>"))
    assert told
    assert "{" not in told
    assert not re.search("<script|<x>", told)


def test_a_running_run_is_told_with_its_pace():
    told = status_html("en", view("running"))
    assert told.startswith(
        "large in runs/&lt;x&gt;: epoch 2, step 500 of 1000, 200 ms a step, about 2 min to go"
    )
    assert 'value="0.500"' in told
    assert "getting ready" in status_html("en", view("running", []))


@pytest.mark.parametrize(("step_seconds", "told"), [(1, "about 8 min"), (100, "about 13.9 h")])
def test_the_time_left_has_a_fitting_unit(step_seconds, told):
    rows = [LogRow(2, 500, 0.04, 500 * step_seconds, None)]
    assert told in status_html("en", view("running", rows))


def test_errors_stand_out_and_stopped_runs_say_how_to_go_on():
    assert 'class="w4x-failed"' in status_html("en", view("failed", tail="A rule."))
    assert "<pre>last line</pre>" in status_html("en", view("ended", tail="last line"))
    assert "Resume goes on from its last checkpoint" in status_html("en", view("ended"))
    assert status_html("en", None).startswith("Nothing trained yet")


def test_curves_hold_every_value_and_bicubics_beside_the_networks():
    loss, psnr = curves("en", view("running"))
    assert loss.value["data"] == [[250, 0.05, "this network"], [500, 0.04, "this network"]]
    assert psnr.value["data"] == [[500, 27.5, "this network"], [500, 25.0, "bicubic"]]
    assert psnr.y_lim[0] < 25 < 27.5 < psnr.y_lim[1]
    for empty in curves("en", None):
        assert empty.value["data"] == []


def test_every_refusal_has_its_sentence():
    folder = CHECKOUT / "demo" / "train"
    source = "".join((folder / f"{name}.py").read_text() for name in ("tab", "run"))
    refused = re.findall(r"TrainingRefusedError\(\"(\w+)\"", source)
    assert len(refused) >= 6
    assert {f"train_{key}" for key in refused} <= sentences().keys()
