"""The folders of a training run: which there are to choose, how they are shown, and which comes next."""

import os
import re
from collections.abc import Iterable, Mapping
from itertools import chain, count
from pathlib import Path

from waifu4x_tf.errors import UsageError, Waifu4xError
from waifu4x_tf.plain_text import one_line


class TrainingRefusedError(Waifu4xError):
    """A wish that cannot be granted.

    Args:
        key: Of the sentence that says so, in demo/words/train.toml without the file's name.
        **values: What stands in its braces.
    """

    def __init__(self, key: str, **values: object) -> None:
        super().__init__(key, values)
        self.key = key
        self.values = values


def next_folder(runs: Path, recipe: str) -> Path:
    """The first of RECIPE-demo, RECIPE-demo-2 and so on that is not there yet."""
    number, folder = 1, runs / f"{recipe}-demo"
    while folder.exists():
        number += 1
        folder = runs / f"{recipe}-demo-{number}"
    return folder


def shown(runs: Path, folder: Path) -> str:
    """A folder as people write it: from the checkout on where it lies in there."""
    return str(folder.relative_to(runs.parent) if folder.is_relative_to(runs.parent) else folder)


def run_folder(runs: Path, text: str) -> Path:
    """Where a run goes that a person named: runs/NAME, and nowhere else, whoever sent it.

    Raises:
        TrainingRefusedError: No such name, or in use for something else.
    """
    found = re.fullmatch(rf"{re.escape(runs.name)}/([A-Za-z0-9][A-Za-z0-9_-]{{0,63}})", text.strip())
    folder = runs / found[1] if found else runs
    if folder.resolve() != folder or not found:  # a link, which may lead anywhere
        raise TrainingRefusedError("out_refused", runs=shown(runs, runs), received=text.strip())
    if not _is_free(folder):
        raise TrainingRefusedError("out_taken", received=text.strip())
    return folder


def named_folders(folders: Iterable[Path]) -> dict[str, Path]:
    """Folders of pictures by the names that the page offers them under: their own, made unique.

    Raises:
        UsageError: One is no folder, or cannot be read.
    """
    named: dict[str, Path] = {}
    for given in folders:
        if not (os.access(given, os.R_OK | os.X_OK) and given.is_dir()):
            raise UsageError(
                "Pictures to train on are in a folder that can be read. "
                f"Received: --pictures {one_line(str(given))}. Check its path and its permissions."
            )
        folder = given.resolve()
        name = one_line(folder.name or str(folder))
        if folder not in named.values():
            candidates = chain([name], (f"{name} ({number})" for number in count(2)))
            named[next(each for each in candidates if each not in named)] = folder
    return named


def picture_folder(folders: Mapping[str, Path], name: str) -> Path:
    """The folder of a name that was offered; it is only read.

    Raises:
        TrainingRefusedError: None was offered under that name, or it is gone.
    """
    folder = folders.get(name)
    if folder is None or not folder.is_dir():
        raise TrainingRefusedError("data_refused", received=str(name)[:40])
    return folder


def _is_free(folder: Path) -> bool:
    """Whether a run can start in it or may have; the trainer itself checks which."""
    try:
        return not folder.exists() or (folder / "recipe.json").is_file() or not any(folder.iterdir())
    except OSError:
        return False
