"""Everything a killed run needs to go on exactly where it was: one file, written aside and renamed."""

import csv
import hashlib
import warnings
from pathlib import Path

import keras

from waifu4x_tf.errors import ConfigError
from waifu4x_tf.imaging.atomic_files import replace_file, replacing

STATE_NAME = "state.weights.h5"
RECIPE_NAME = "recipe.json"
LOG_NAME = "log.csv"


def claim_folder(out: Path, *identity: str) -> None:
    """Make ``out`` the folder of this run, or check that it already is.

    Args:
        out: The folder.
        identity: All that makes the run what it is: recipe, pictures, the network it starts from; an empty
            text counts as absent.

    Raises:
        ConfigError: The folder belongs to another recipe, other pictures, or something else altogether.
    """
    claim = out / RECIPE_NAME
    text = "".join(f"{part}\n" for part in identity if part)
    if claim.is_file():
        if claim.read_text(encoding="utf-8") != text:
            raise ConfigError(
                f"A run's folder resumes only with the same recipe, pictures and --init. Received: {out},"
                f" which holds another run (see {claim}). Give another --out, or remove the folder to start"
                " again."
            )
        return
    half_written = f".part.{RECIPE_NAME}"  # of a first start that was killed at this very point
    if out.is_dir() and any(path.name != half_written for path in out.iterdir()):
        raise ConfigError(
            f"A run starts in a new or empty folder. Received: {out}, which holds other files."
            " Give another --out."
        )
    out.mkdir(parents=True, exist_ok=True)
    replace_file(claim, text.encode())


def fingerprint(names_and_sizes: list[tuple[str, int, int]]) -> str:
    """Hash of the training pictures' names and sizes: other pictures are another run."""
    return hashlib.sha256(repr(sorted(names_and_sizes)).encode()).hexdigest()


def write_csv(path: Path, rows: list[dict[str, str]]) -> None:
    """Write rows of plain values; what a row lacks is left empty."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    lines = [",".join(names), *(",".join(row.get(name, "") for name in names) for row in rows)]
    replace_file(path, ("\n".join(lines) + "\n").encode())


def save_state(model: keras.Model, out: Path) -> None:
    """Weights, optimizer slots and averaged weights; its step count is the position in the run."""
    with replacing(out / STATE_NAME) as aside:
        model.save_weights(aside, overwrite=True)


def restore_state(model: keras.Model, out: Path, epoch_steps: int) -> int:
    """Load the state if there is one.

    Returns:
        The number of finished epochs, 0 for a fresh run.
    """
    if not model.optimizer.built:  # an unbuilt optimizer's state would be skipped
        model.optimizer.build(model.trainable_variables)
    path = out / STATE_NAME
    if not path.is_file():
        return 0
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model.load_weights(path)
    return int(model.optimizer.iterations.numpy()) // epoch_steps


class RunLog:
    """The CSV log, one row an epoch; rows past the restored state are dropped: no epoch comes twice."""

    def __init__(self, path: Path, finished_epochs: int) -> None:
        self._path = path
        self.rows: list[dict[str, str]] = []
        if path.is_file():
            with path.open(newline="", encoding="utf-8") as lines:
                self.rows = [row for row in csv.DictReader(lines) if int(row["epoch"]) <= finished_epochs]

    @property
    def seconds(self) -> float:
        """Training time of all rows, also of earlier processes."""
        return sum(float(row["seconds"]) for row in self.rows)

    def append(self, **values: object) -> None:
        """Add a row and write the file anew."""
        self.rows.append({name: str(value) for name, value in values.items()})
        write_csv(self._path, self.rows)
