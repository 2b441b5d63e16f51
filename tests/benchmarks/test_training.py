"""The parts of a training step: each is measured, and the table says what they take."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from tiny_networks import tiny_generator

from benchmarks import training

ROOT = Path(__file__).parents[2]


@pytest.mark.slow
def test_every_part_is_measured_and_the_table_adds_up():
    """In a process of its own: the number of threads is set before TensorFlow starts."""
    options = ["--rounds", "1", "--batch-size", "1", "--lr-size", "16"]
    command = [sys.executable, "-m", "benchmarks.training", *options]
    printed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert printed.startswith("1 patches of 16 x 16 a step")
    rows = [re.split(r"\s{2,}", line) for line in printed.splitlines()[2:9]]
    titles = [row[0] for row in rows]
    assert titles[0] == "a batch, one worker"
    assert titles[-2:] == [training.STEP, "steps a second"]
    assert all(float(row[1]) > 0 for row in rows)
    assert rows[-2][2] == "100%"
    step_ms, steps = float(rows[-2][1]), float(rows[-1][1])
    assert abs(steps * step_ms / 1000 - 1) < 0.05
    assert len(re.findall(r"^generator, .*: \d+% of the matrix rate$", printed, flags=re.MULTILINE)) == 2
    assert ("torch" in printed.splitlines()[1]) != ("not measured" in printed)


def test_another_librarys_times_stand_beside_ours_as_ratios():
    seconds = {"ours": {"a": 0.1, training.STEP: 0.4}, "theirs": {training.STEP: 0.6}}
    header, rows = training.report(seconds)
    assert header == ["part", "ours ms", "of a step", "theirs ms", "theirs / ours"]
    assert rows == [
        ["a", "100.0", "25%", "", ""],
        [training.STEP, "400.0", "100%", "600.0", "1.50"],
        ["steps a second", "2.5", "", "1.67", ""],
    ]


def test_the_best_of_the_rounds_counts():
    calls = []
    best = training.best_seconds({"ours": {"a": lambda: calls.append(1)}}, rounds=3)
    assert len(calls) == 4
    assert 0 <= best["ours"]["a"] < 1


def test_operations_are_counted_by_hand():
    # width 8, two blocks: head 3->8, four 8->8, tail 8->48, frozen bilinear 3->48; 3x3 kernels, 100 positions
    head, block, tail, bilinear = (2 * 9 * a * b * 100 for a, b in ((3, 8), (8, 8), (8, 48), (3, 48)))
    forward, backward_too = training.operations(tiny_generator(width=8, blocks=2), 100)
    assert forward == head + 4 * block + tail + bilinear
    assert backward_too == 2 * head + 3 * (4 * block + tail) + bilinear
