"""The process behind the Train tab: it outlives who started it, is found again, stopped and resumed."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import fake_trainer
import pytest

from demo.train import run
from demo.train.folders import named_folders
from demo.train.recipes import CHECKOUT, RecipeChoice, read_recipes
from demo.train.run import TrainingRefusedError, TrainingRun, what_is_missing
from demo.train.run_files import read_log, read_run
from waifu4x_tf.errors import UsageError

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the tab says so there")

FAKE = (sys.executable, str(Path(__file__).with_name("fake_trainer.py")))


def recipe(name: str) -> RecipeChoice:
    return RecipeChoice(name, "", fake_trainer.STEPS, "compact" if name == "begun" else "")


@pytest.fixture
def runs(tmp_path):
    """A folder for runs; what is still going is ended with the test."""
    folder = tmp_path / "checkout" / "runs"
    yield folder
    TrainingRun(folder).stop((0, 0, 5))


def wait_until(training, phase, seconds=15.0):
    until = time.monotonic() + seconds
    while (view := training.look()) is None or view.phase != phase:
        assert time.monotonic() < until, view
        time.sleep(0.05)
    return view


def wait_for_rows(training, count=1):
    until = time.monotonic() + 15
    while len((view := training.look()).files.rows) < count:
        assert time.monotonic() < until, view
        time.sleep(0.05)
    return view


def refusal_of(action):
    with pytest.raises(TrainingRefusedError) as caught:
        action()
    return caught.value.key


def test_before_the_first_run_there_is_nothing_and_no_folder_is_made(runs):
    training = TrainingRun(runs, FAKE)
    assert training.look() is None
    training.stop()
    assert refusal_of(training.resume) == "nothing_to_resume"
    assert not runs.exists()


def test_a_run_outlives_who_started_it_and_is_found_stopped_and_resumed(runs):
    start = (
        "import sys; from pathlib import Path; from demo.train.recipes import RecipeChoice;"
        " from demo.train.run import TrainingRun;"
        " TrainingRun(Path(sys.argv[1]), tuple(sys.argv[2:])).start(RecipeChoice('endless', '', 20))"
    )
    subprocess.run([sys.executable, "-c", start, runs, *FAKE], check=True, cwd=CHECKOUT)
    training = TrainingRun(runs, FAKE)
    view = wait_for_rows(training)
    assert (view.phase, view.record.recipe) == ("running", "endless")
    assert Path(view.record.out) == runs / "endless-demo"
    assert os.getpgid(view.record.pid) == view.record.pid
    assert refusal_of(lambda: training.start(recipe("quick"))) == "one_at_a_time"
    assert refusal_of(training.resume) == "one_at_a_time"
    assert sorted(path.name for path in runs.glob("[!.]*")) == ["endless-demo", "endless-demo.log"]

    training.stop()
    view = training.look()
    assert (view.phase, view.files.rows[-1].step) == ("ended", 10)
    assert view.tail == "Stopped. The same command goes on from the last checkpoint."

    training.resume()
    resumed = training.look()
    assert (resumed.phase, resumed.record.command) == ("running", view.record.command)
    training.stop()
    assert training.look().phase == "ended"


def test_what_ignores_requests_is_killed(runs):
    training = TrainingRun(runs, FAKE)
    training.start(recipe("deaf"))
    wait_for_rows(training)
    training.stop((0.2, 0.2, 10))
    assert training.look().phase == "ended"


def test_a_process_that_took_the_number_is_neither_seen_nor_stopped(runs):
    training = TrainingRun(runs, FAKE)
    training.start(recipe("quick"))
    wait_until(training, "finished")
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as stranger:
        path = runs / ".demo_run.json"
        path.write_text(json.dumps({**json.loads(path.read_text()), "pid": stranger.pid}))
        assert training.look().phase == "finished"
        training.stop((0, 0, 0))
        assert stranger.poll() is None
        stranger.communicate(b"\n")


def test_every_run_has_a_folder_of_its_own(runs):
    training = TrainingRun(runs, FAKE)
    training.start(recipe("quick"))
    view = wait_until(training, "finished")
    assert view.record.command[2:] == ["--recipe", "quick", "--out", str(runs / "quick-demo")]
    assert len(view.files.rows) == 2
    training.start(recipe("quick"))
    assert Path(training.look().record.out).name == "quick-demo-2"
    wait_until(training, "finished")


def test_the_trainers_error_is_its_last_sentence_and_of_this_start_alone(runs):
    training = TrainingRun(runs, FAKE)
    training.start(recipe("refused"))
    assert wait_until(training, "failed").tail == "A rule. Received: <this>. A way out."
    training.start(recipe("quick"))
    assert wait_until(training, "finished").tail == ""


def test_what_breaks_is_told_with_its_last_lines_and_can_be_resumed(runs):
    training = TrainingRun(runs, FAKE)
    training.start(recipe("broken"))
    view = wait_until(training, "ended")
    assert view.tail.endswith("MemoryError: too large")


def test_a_killed_run_has_ended_early(runs):
    training = TrainingRun(runs, FAKE)
    training.start(recipe("endless"))
    view = wait_for_rows(training)
    os.kill(view.record.pid, signal.SIGKILL)
    wait_until(training, "ended")


def test_pictures_and_the_recipes_start_are_handed_on(runs, tmp_path):
    pictures = tmp_path / "my pictures"
    pictures.mkdir()
    training = TrainingRun(runs, FAKE)
    training.start(recipe("begun"), pictures)
    command = wait_for_rows(training).record.command
    assert command[command.index("--data") + 1] == str(pictures)
    assert command[command.index("--init") + 1].endswith("weights/compact.keras")


def test_what_cannot_be_written_is_refused(runs):
    training = TrainingRun(runs, FAKE)
    (runs / "quick-demo.log").mkdir(parents=True)
    assert refusal_of(lambda: training.start(recipe("quick"))) == "not_started"


def test_folders_of_pictures_are_offered_under_names_that_differ(tmp_path):
    wanted = {
        "cats": "a/cats",
        "cats (2)": "b/cats",
        "cats (2) (2)": "c/cats (2)",
        "cats (3)": "d/cats",
        "?egap?": "\u202eegap\n",
    }
    for path in wanted.values():
        (tmp_path / path).mkdir(parents=True)
    (tmp_path / "link").symlink_to(tmp_path / "a" / "cats")
    given = [*(tmp_path / path for path in wanted.values()), tmp_path / "b" / ".." / "a" / "cats"]
    folders = named_folders([*given, tmp_path / "link"])
    assert folders == {name: tmp_path / path for name, path in wanted.items()}
    assert list(named_folders([Path("/")])) == ["/"]
    assert named_folders([]) == {}


@pytest.mark.parametrize("name", ["none", "file", "loop", "x" * 5000])
def test_a_folder_of_pictures_that_cannot_be_read_is_an_error_of_three_parts(tmp_path, name):
    (tmp_path / "file").write_text("")
    (tmp_path / "loop").symlink_to("loop")
    with pytest.raises(UsageError, match=r"can be read\. Received: --pictures .*\. Check its path"):
        named_folders([tmp_path / name])


@pytest.mark.parametrize(
    "text",
    ["", "epoch,step", fake_trainer.HEADER, fake_trainer.HEADER + "1,10,0.5", "not,a\nlog,file\n", "\0\n"],
)
def test_a_log_without_a_whole_row_is_empty(tmp_path, text):
    (tmp_path / "log.csv").write_text(text)
    assert read_log(tmp_path / "log.csv") == []


def test_a_half_written_last_line_is_left_out(tmp_path):
    text = fake_trainer.HEADER + "".join(fake_trainer.ROWS)
    (tmp_path / "log.csv").write_text(text[:-4])
    rows = read_log(tmp_path / "log.csv")
    assert [(row.epoch, row.step, row.loss, row.psnr) for row in rows] == [(1, 10, 0.5, None)]
    (tmp_path / "log.csv").write_text(text)
    assert read_log(tmp_path / "log.csv")[-1].psnr == 21.5


def test_what_a_run_left_is_read(tmp_path):
    fake_trainer.work(tmp_path, endless=False)
    files = read_run(tmp_path)
    assert (files.step_seconds, files.rows[-1].step, files.model) == (0.1, fake_trainer.STEPS, None)
    assert read_run(tmp_path / "none").rows == []


def test_recipes_are_those_of_pretrain_with_their_first_line():
    recipes = read_recipes()
    assert next(iter(recipes)) == "smoke"
    assert {"compact", "large", "espcn", "srcnn", "srresnet"} <= recipes.keys()
    assert not {"smoke_gan", "srgan_compact", "srgan_paper", "compare_losses"} & recipes.keys()
    assert recipes["compact"].about.startswith("The default generator")
    assert recipes["smoke"].steps == 80
    starts = {name: recipes[name].init for name in ("smoke", "compact", "large", "compact_denoise2")}
    assert starts == {"smoke": "", "compact": "", "large": "compact", "compact_denoise2": "compact_denoise1"}


def test_a_recipe_without_a_command_is_offered(tmp_path):
    (tmp_path / "own.toml").write_text("[model]\nname = 'compact'\n[training]\nsteps = 10\n")
    assert read_recipes(tmp_path)["own"].about == ""


@pytest.mark.parametrize("package", ["tensorflow", "keras"])
def test_without_the_training_packages_that_is_said(monkeypatch, package):
    monkeypatch.setattr(run.importlib.util, "find_spec", lambda name: None if name == package else object())
    assert what_is_missing() == "missing"
