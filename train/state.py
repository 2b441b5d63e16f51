"""Everything a killed run needs to go on exactly where it was, each file written atomically."""

import csv
import hashlib
import json
import os
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import keras

from waifu4x_tf.errors import ConfigError, Waifu4xError
from waifu4x_tf.imaging.atomic_files import replacing

STATE_NAME = "state.weights.h5"
EARLIER_STATE_NAME = "earlier_state.weights.h5"
RECIPE_NAME = "recipe.json"
LOG_NAME = "log.csv"
_STEPS = "training.steps"


@contextmanager
def claimed_folder(
    out: Path, recipe: str, identity: Mapping[str, str], *, is_lengthened: bool = False
) -> Iterator[None]:
    """Make ``out`` the folder of this run, or check that it already is; meanwhile no other run works there.

    Args:
        out: The folder.
        recipe: As JSON.
        identity: What else makes the run what it is, by a name for messages: pictures, the network it starts
            from. An empty text counts as absent.
        is_lengthened: Whether the recipe may have more steps than when the run began.

    Raises:
        ConfigError: The folder belongs to another recipe, other pictures, or something else altogether, or
            another run is at work in it.
    """
    claim = out / RECIPE_NAME
    # The recipe first: what stands behind it is no concern of those who read it.
    lines = [recipe, *(f"{key}: {value}" for key, value in identity.items() if value)]
    text = "\n".join(lines) + "\n"
    if not claim.is_file():
        half_written = f".part.{RECIPE_NAME}"  # of a first start that was killed at this very point
        if out.is_dir() and any(path.name != half_written for path in out.iterdir()):
            raise ConfigError(
                f"A run starts in a new or empty folder. Received: {out}, which holds other files."
                " Give another --out."
            )
        out.mkdir(parents=True, exist_ok=True)
        write_aside(claim, text.encode())
    with _only_run(out):
        differing = _differences(claim.read_text(encoding="utf-8"), text)
        if is_lengthened and set(differing) == {_STEPS} and differing[_STEPS][1] > differing[_STEPS][0]:
            write_aside(claim, text.encode())
        elif differing:
            raise ConfigError(
                "A run's folder resumes only with the same recipe, pictures and --init."
                f" Received: {out}, where {_told(differing)}. Take that back, or give another --out; a run"
                " gets longer with --steps N, N above its steps."
            )
        yield


def _differences(former: str, text: str) -> dict[str, tuple[Any, Any]]:
    """Dotted keys that two claims differ in, with what each says; None where one says nothing."""
    then, now = _parts(former), _parts(text)
    return {
        key: (then.get(key), now.get(key))
        for key in dict.fromkeys([*then, *now])
        if then.get(key) != now.get(key)
    }


def _parts(claim: str) -> dict[str, Any]:
    try:
        recipe, end = json.JSONDecoder().raw_decode(claim)
    except ValueError:
        return {RECIPE_NAME: "unreadable"}
    lines = [line.partition(": ") for line in claim[end:].splitlines() if line]
    return {**_flat(recipe), **{key: value for key, _, value in lines}}


def _flat(table: Any, prefix: str = "") -> dict[str, Any]:
    if not isinstance(table, dict):
        return {prefix.rstrip("."): table}
    flat = {}
    for name, inner in table.items():
        flat |= _flat(inner, f"{prefix}{name}.")
    return flat


def _told(differing: dict[str, tuple[Any, Any]]) -> str:
    def short(value: Any) -> str:
        return "absent" if value is None else str(value)[:40]

    return ", ".join(f"{key} was {short(then)} and is {short(now)}" for key, (then, now) in differing.items())


@contextmanager
def _only_run(out: Path) -> Iterator[None]:
    """While it lasts no other run works in ``out``; however a process ends, its lock goes with it.

    Raises:
        ConfigError: Another one does.
    """
    with (out / ".lock").open("ab") as file:
        try:
            _lock(file.fileno())
        except BlockingIOError as error:
            raise ConfigError(
                f"One run at a time works in a folder. Received: {out}, where another one is at work."
                " Wait for its end, stop it, or give another --out."
            ) from error
        except OSError:  # a file system without locks
            pass
        yield


def _lock(descriptor: int) -> None:
    if os.name == "nt":
        import msvcrt

        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)  # pyright: ignore[reportAttributeAccessIssue]
        except OSError as error:
            raise BlockingIOError from error
    else:
        import fcntl

        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


def fingerprint(names_and_sizes: list[tuple[str, int, int]]) -> str:
    """Hash of the training pictures' names and sizes: other pictures are another run."""
    return hashlib.sha256(repr(sorted(names_and_sizes)).encode()).hexdigest()


@contextmanager
def atomic_write(path: Path) -> Iterator[Path]:
    """`replacing`, of a file that a run writes.

    Raises:
        Waifu4xError: It cannot be written, on a full disk for one.
    """
    try:
        with replacing(path) as aside:
            yield aside
    except (OSError, RuntimeError, ValueError) as error:  # h5py's are of any of the three
        # h5py's own words go over several lines.
        number = getattr(error, "errno", None)
        reason = os.strerror(number) if number else (str(error).splitlines() or [type(error).__name__])[0]
        raise Waifu4xError(
            f"What a run writes needs room on the disk. Received: {path}: {reason}. Make room, and give the"
            " same command again: it goes on from the last checkpoint."
        ) from error


def write_aside(path: Path, content: bytes) -> None:
    """Write a file completely or not at all; raises as `atomic_write`."""
    with atomic_write(path) as aside:
        aside.write_bytes(content)


def write_csv(path: Path, rows: list[dict[str, str]]) -> None:
    """Write rows of plain values; what a row lacks is left empty."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    lines = [",".join(names), *(",".join(row.get(name, "") for name in names) for row in rows)]
    write_aside(path, ("\n".join(lines) + "\n").encode())


def save_state(model: keras.Model, out: Path) -> None:
    """Weights, optimizer slots and averaged weights; its step count is the position in the run.

    The state before stays beside it.
    """
    state = out / STATE_NAME
    with atomic_write(state) as aside:
        model.save_weights(aside, overwrite=True)
        if state.is_file():
            os.replace(state, out / EARLIER_STATE_NAME)


def restore_state(model: keras.Model, out: Path, epoch_steps: int) -> int:
    """Load the last whole state if there is one; a damaged one is named.

    Returns:
        The number of finished epochs, 0 for a fresh run.

    Raises:
        ConfigError: There are states, but none that is whole.
    """
    if not model.optimizer.built:  # an unbuilt optimizer's state would be skipped
        model.optimizer.build(model.trainable_variables)
    failures = []
    for path in (out / STATE_NAME, out / EARLIER_STATE_NAME):
        if not path.is_file():
            continue
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("error")
                model.load_weights(path)
        except (OSError, RuntimeError, ValueError, KeyError, UserWarning) as error:
            failures.append(f"{path.name}: {(str(error).splitlines() or [type(error).__name__])[0]}")
            continue
        if failures:
            print(f"Damaged: {failures[0]}. Going on from the state before it.")
        return int(model.optimizer.iterations.numpy()) // epoch_steps
    if failures:
        raise ConfigError(
            f"A run goes on from a whole state. Received: {out}, {'; '.join(failures)}. Give another --out,"
            f" with --init {out / 'generator.keras'} to begin with the last weights that were published."
        )
    return 0


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
