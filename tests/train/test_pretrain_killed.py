"""SIGKILL at any moment, the same command again: the same weights to the bit, on each backend."""

import os
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest
from run_files import ROOT, assert_same_run, log_rows, write_recipe

pytestmark = pytest.mark.slow

START_SECONDS = 120


class _Run:
    """The training command as a process of its own."""

    def __init__(self, recipe: str, out: Path, backend: str) -> None:
        self._out = out
        self._rows_before = self._rows()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "train.pretrain", "--recipe", recipe, "--out", str(out)],
            cwd=ROOT,
            env={**os.environ, "KERAS_BACKEND": backend},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def finish(self) -> str:
        """Wait for the end; what it printed."""
        printed, errors = self._process.communicate(timeout=600)
        assert self._process.returncode == 0, errors
        return printed

    def kill(self) -> None:
        """SIGKILL."""
        assert self._process.poll() is None, "the run ended before it could be killed: give it more epochs"
        self._process.kill()
        self._process.communicate()

    def kill_after(self, seconds: float) -> None:
        """SIGKILL so many seconds after the start of the process."""
        time.sleep(seconds)
        self.kill()

    def kill_in_training(self, epochs: int, seconds: float) -> None:
        """SIGKILL so many seconds after so many more epochs are in the log than before this process."""
        self._wait_until(lambda: self._rows() >= self._rows_before + epochs)
        self.kill_after(seconds)

    def kill_while_saving(self) -> None:
        """SIGKILL as soon as a half-written state is seen beside a whole one."""
        state, aside = self._out / "state.weights.h5", self._out / ".part.state.weights.h5"
        aside.unlink(missing_ok=True)
        self._wait_until(state.exists)
        self._wait_until(aside.exists)
        self.kill()

    def _rows(self) -> int:
        path = self._out / "log.csv"
        return len(path.read_text().splitlines()) if path.exists() else 0

    def _wait_until(self, holds) -> None:
        deadline = time.monotonic() + START_SECONDS
        while not holds():
            assert self._process.poll() is None, self._process.communicate()
            assert time.monotonic() < deadline
            time.sleep(0.0005)


@pytest.mark.parametrize(
    ("backend", "epochs", "kills"),
    [
        ("tensorflow", 40, ["start", "training", "saving"]),
        ("jax", 30, ["saving"]),
    ],
)
def test_killed_runs_end_with_the_weights_of_an_uninterrupted_one(
    tmp_path, backend, epochs, kills, all_cores
):
    pytest.importorskip(backend)
    lengths = {"steps": epochs * 4, "epoch_steps": 4, "every_epochs": 10}
    recipe = write_recipe(tmp_path / "run.toml", optimizer="muon", quantisation_aware="true", **lengths)
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    assert f"generator.keras: {epochs * 4} steps" in _Run(recipe, whole, backend).finish()
    moments = random.Random()
    for kind in kills:
        run = _Run(recipe, killed, backend)
        if kind == "start":
            run.kill_after(moments.uniform(0.0, 4.0))
        elif kind == "training":
            run.kill_in_training(moments.randint(1, 8), moments.uniform(0.0, 0.05))
        else:
            run.kill_while_saving()
    printed = _Run(recipe, killed, backend).finish()
    assert "Going on after epoch" in printed
    assert_same_run(killed, whole)
    assert [int(row["epoch"]) for row in log_rows(killed)] == list(range(1, epochs + 1))
    assert not (killed / ".part.state.weights.h5").exists()
