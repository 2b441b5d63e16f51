"""Train a generator on a pixel loss.

python -m train.pretrain --recipe NAME|PATH [--data DIR] [--out DIR] [--init MODEL.keras] [--steps N]
[--dry-run]

Any Keras backend: plain `fit`. Kill it whenever you like and start the same command again: the final weights
are those of an uninterrupted run. Writes generator.keras, card.json, log.csv and samples/ into OUT.
"""

import sys
from functools import partial
from typing import Any

import keras
import numpy as np

from train.build import make_compiled
from train.command import given_recipe, make_parser, run_command
from train.loop import Stage
from train.recipe import Recipe


def main(argv: list[str] | None = None) -> int:
    """Run the command line; exit codes as of `train.command.run_command`."""
    return run_command(make_parser("train.pretrain", __doc__), argv, _prepare)


def _prepare(arguments: Any) -> tuple[Recipe, Stage]:
    recipe = given_recipe(arguments, Recipe)
    stage = Stage(
        partial(make_compiled, recipe, arguments.init),
        with_averaged_weights,
        is_lengthened=arguments.steps is not None,
    )
    return recipe, stage


def with_averaged_weights(model: keras.Model, averaged: keras.Model) -> None:
    """Copy the optimizer's averaged weights (or, without averaging, the weights) into ``averaged``.

    By their paths, since a model may have more than them: the ranges of `train.quantisation`.
    """
    raw = [np.asarray(v) for v in model.trainable_variables]
    model.optimizer.finalize_variable_values(model.trainable_variables)
    values = {variable.path: np.asarray(variable) for variable in model.variables}
    averaged.set_weights([values[variable.path] for variable in averaged.weights])
    for variable, value in zip(model.trainable_variables, raw, strict=True):
        variable.assign(value)


if __name__ == "__main__":
    sys.exit(main())
