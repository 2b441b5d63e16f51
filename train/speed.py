"""How much of the machine's matrix rate a recipe's training step reaches, and where the rest goes.

python -m train.speed --recipe NAME|PATH [--rounds N]

Any Keras backend; drawn pictures. The matrix rate is that of one large product by the same library. All rates
come from the same process, the best of N rounds in turn, so a noisy machine disturbs them alike.
"""

import argparse
import dataclasses
import sys
import time
from collections.abc import Callable
from typing import Any

import keras
import numpy as np
from keras import ops

from train.build import make_compiled, make_patches
from train.precision import for_this_processor
from train.recipe import Recipe, load_recipe
from waifu4x_tf.cli.console import run_program

_MATRIX_SIDE = 3072


def main(argv: list[str] | None = None) -> int:
    """Print a table; 0, or 2 for a mistake of the user."""
    parser = argparse.ArgumentParser(prog="python -m train.speed", description=__doc__)
    parser.add_argument("--recipe", required=True, help="name in train/recipes, or the path of a .toml file")
    parser.add_argument("--rounds", type=int, default=8, help="of which the best counts (default: 8)")
    arguments = parser.parse_args(argv)
    return run_program("train.speed", _run, arguments)


def _run(arguments: argparse.Namespace) -> None:
    lines = report(for_this_processor(load_recipe(arguments.recipe)), max(1, arguments.rounds))
    print("\n".join(lines))


def report(recipe: Recipe, rounds: int) -> list[str]:
    """The table's lines: each part's share of the matrix rate and of the whole step."""
    patches = make_patches(recipe, [])
    small, large = patches[0]
    whole = make_compiled(recipe)
    simplest: dict[str, Any] = {
        "optimizer": "adam",
        "ema_half_life": 0.0,
        "weight_decay": 0.0,
        "quantisation_aware": False,
    }
    training = dataclasses.replace(recipe.training, **simplest)
    plain = make_compiled(dataclasses.replace(recipe, training=training))
    forward_work, training_work = operations(plain, small.shape[0] * small.shape[1] * small.shape[2])
    matrix = ops.convert_to_tensor(np.random.default_rng(0).random((_MATRIX_SIDE, _MATRIX_SIDE), np.float32))

    seconds = best_seconds(
        {
            "matrix product": lambda: np.asarray(ops.matmul(matrix, matrix)),
            "forward": lambda: plain.predict_on_batch(small),
            "forward and backward, Adam": lambda: plain.train_on_batch(small, large),
            "the recipe's step": lambda: whole.train_on_batch(small, large),
            "making a batch, one worker": lambda: patches[0],
        },
        rounds,
    )
    rate = 2 * _MATRIX_SIDE**3 / seconds["matrix product"]
    work = {
        "forward": forward_work,
        "forward and backward, Adam": training_work,
        "the recipe's step": training_work,
    }
    step = seconds["the recipe's step"]
    lines = [f"{'part':28}  of the matrix rate  of a step"]
    for name, taken in seconds.items():
        if name != "matrix product":
            share = f"{work[name] / taken / rate:18.0%}" if name in work else " " * 18
            lines.append(f"{name:28}  {share}  {taken / step:9.0%}")
    return lines


def operations(model: keras.Model, positions: int) -> tuple[int, int]:
    """Multiplications and additions of a model's convolutions, forward and with the backward pass.

    Args:
        model: Of stride-1 convolutions at one resolution.
        positions: Pixels of a batch at that resolution.

    Returns:
        Forward; forward and backward. A frozen convolution has no gradient of its kernel, and one that reads
        the picture none of its input.
    """
    forward = training = 0
    for layer in model.layers:
        if isinstance(layer, keras.layers.Conv2D):
            work = 2 * np.asarray(layer.kernel).size * positions
            reads_picture = isinstance(_maker(layer.input), keras.layers.InputLayer)
            forward += work
            training += work * (1 + bool(layer.trainable) + (not reads_picture))
    return forward, training


def best_seconds(parts: dict[str, Callable[[], Any]], rounds: int) -> dict[str, float]:
    """The shortest time of each part, all in turn, after one call that does not count."""
    best = dict.fromkeys(parts, float("inf"))
    for part in parts.values():
        part()
    for _ in range(rounds):
        for name, part in parts.items():
            started = time.perf_counter()
            part()
            best[name] = min(best[name], time.perf_counter() - started)
    return best


def _maker(tensor: Any) -> Any:
    return tensor._keras_history.operation


if __name__ == "__main__":
    sys.exit(main())
