"""The command line that all training scripts share."""

import argparse
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from train.loop import RunStoppedError, Stage, preview, run
from train.precision import for_this_processor
from train.recipe import Recipe, load_recipe, with_steps
from waifu4x_tf.cli.console import run_program

Prepare = Callable[[Any], tuple[Recipe, Stage]]
R = TypeVar("R", bound=Recipe)


def make_parser(program: str, about: str | None) -> argparse.ArgumentParser:
    """The options of every run; a script may add its own."""
    parser = argparse.ArgumentParser(prog=f"python -m {program}", description=about)
    parser.add_argument("--recipe", required=True, help="name in train/recipes, or the path of a .toml file")
    parser.add_argument("--data", type=Path, help="folder of pictures; default: drawn pictures")
    parser.add_argument("--out", type=Path, help="folder of the run; default: runs/<recipe>")
    parser.add_argument("--init", type=Path, help="start from this trained network, as deep or shallower")
    parser.add_argument("--steps", type=int, help="other than the recipe's; lengthens a run that is resumed")
    parser.add_argument(
        "--dry-run",
        action="store_true",
        help="say what would happen: pictures, steps, time at the measured speed, memory",
    )
    return parser


def given_recipe(arguments: Any, kind: type[R]) -> R:
    """The recipe of the command line, with its steps and in a precision that this processor has."""
    recipe = for_this_processor(load_recipe(arguments.recipe, kind))
    return recipe if arguments.steps is None else with_steps(recipe, arguments.steps)


def run_command(parser: argparse.ArgumentParser, argv: list[str] | None, prepare: Prepare) -> int:
    """Run the command line.

    Returns:
        0 on success, 1 when the watchdog ended the run, 2 for a mistake of the user, 130 for Ctrl-C.
    """
    arguments = parser.parse_args(argv)

    def obey() -> None:
        recipe, stage = prepare(arguments)
        if arguments.dry_run:
            preview(recipe, arguments.data, stage)
        else:
            run(recipe, arguments.data, arguments.out or default_out(recipe), arguments.init, stage)

    return told(parser, obey, "Stopped. The same command goes on from the last checkpoint.")


def default_out(recipe: Recipe) -> Path:
    """Where a run goes without ``--out``."""
    return Path("runs") / recipe.name


def told(parser: argparse.ArgumentParser, action: Callable[[], None], when_stopped: str) -> int:
    """Do it, report errors and Ctrl-C in a line, and return the exit code of `run_command`."""
    name = parser.prog.removeprefix("python -m ")

    def work() -> int:
        try:
            action()
        except RunStoppedError as error:
            print(f"{name}: error: {error}", file=sys.stderr)
            return 1
        except KeyboardInterrupt:
            print(when_stopped, file=sys.stderr)
            raise
        return 0

    return run_program(name, work)
