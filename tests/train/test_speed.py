"""The training step's share of the matrix rate: its counting, its table, its errors."""

import numpy as np
import pytest
from run_files import write_recipe
from tiny_networks import tiny_generator

from train import speed


def test_operations_are_counted_by_hand():
    # width 8, two blocks: head 3->8, four 8->8, tail 8->48, frozen bilinear 3->48; 3x3 kernels, 100 positions
    head, block, tail, bilinear = (2 * 9 * a * b * 100 for a, b in ((3, 8), (8, 8), (8, 48), (3, 48)))
    forward, training = speed.operations(tiny_generator(width=8, blocks=2), 100)
    assert forward == head + 4 * block + tail + bilinear
    assert training == 2 * head + 3 * (4 * block + tail) + bilinear


def test_best_takes_the_shortest_of_the_rounds(monkeypatch):
    clock = iter(np.cumsum([0, 5, 0, 3, 0, 4]).astype(float))
    monkeypatch.setattr(speed.time, "perf_counter", lambda: next(clock))
    calls = []
    assert speed.best_seconds({"part": lambda: calls.append(1)}, rounds=3) == {"part": 3.0}
    assert len(calls) == 4


@pytest.mark.slow
def test_the_command_prints_a_line_a_part(tmp_path, capsys):
    recipe = write_recipe(tmp_path / "mine.toml", optimizer="muon", quantisation_aware="true")
    assert speed.main(["--recipe", recipe, "--rounds", "1"]) == 0
    lines = capsys.readouterr().out.splitlines()
    parts = ["forward", "forward and backward, Adam", "the recipe's step", "making a batch, one worker"]
    assert [line[:28].strip() for line in lines[1:]] == parts
    assert lines[3].endswith("100%")
    assert all("%" in line for line in lines[1:])


def test_an_unknown_recipe_is_an_error_without_a_traceback(capsys):
    assert speed.main(["--recipe", "none"]) == 2
    assert capsys.readouterr().err.startswith("train.speed: error: A recipe is one of ")
