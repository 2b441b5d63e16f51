"""A recipe that trains in a second, and the reading of what a run wrote."""

import csv
from pathlib import Path

import numpy as np

ROOT = Path(__file__).parents[2]

RECIPE = """
[model]
name = "compact"
arguments = {{ width = 4, blocks = 1 }}
[data]
drawn_pictures = 3
drawn_size = 96
validation_drawn = 1
validation_share = 0.3
[patches]
lr_size = 8
batch_size = 2
workers = {workers}
[training]
steps = {steps}
epoch_steps = {epoch_steps}
learning_rate = {learning_rate}
final_learning_rate = 1e-9
warmup_steps = 1
ema_half_life = 3
dtype_policy = "{policy}"
seed = {seed}
loss = "mae"
optimizer = "{optimizer}"
quantisation_aware = {quantisation_aware}
[report]
every_epochs = {every_epochs}
sample_pictures = 1
field_pictures = 0
"""

_USUAL = {
    "steps": 6,
    "epoch_steps": 2,
    "every_epochs": 2,
    "workers": 1,
    "policy": "float32",
    "seed": 0,
    "optimizer": "adam",
    "quantisation_aware": "false",
    "learning_rate": "2e-3",
}


def write_recipe(path: Path, **values: object) -> str:
    """Write a recipe of four channels and a few steps; the path as the command takes it."""
    path.write_text(RECIPE.format(**{**_USUAL, **values}), encoding="utf-8")
    return str(path)


def log_rows(out: Path) -> list[dict[str, str]]:
    """The log without the column that differs from run to run."""
    with (out / "log.csv").open(newline="") as lines:
        return [{k: v for k, v in row.items() if k != "seconds"} for row in csv.DictReader(lines)]


def generator_weights(out: Path) -> list[np.ndarray]:
    """All weights of OUT/generator.keras."""
    import keras

    return keras.saving.load_model(out / "generator.keras", compile=False).get_weights()


def assert_same_run(out: Path, other: Path) -> None:
    """Equal weights, to the bit, and equal logs."""
    for a, b in zip(generator_weights(out), generator_weights(other), strict=True):
        np.testing.assert_array_equal(a.view(np.uint32), b.view(np.uint32))
    assert log_rows(out) == log_rows(other)
