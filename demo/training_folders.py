"""The folders of a training run: which a person may name, how they are shown, and which comes next."""

import contextlib
import re
from pathlib import Path

from waifu4x_tf.errors import Waifu4xError


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


def picture_folder(text: str) -> Path:
    """An existing folder, which is only read.

    Raises:
        TrainingRefusedError: There is none of that name.
    """
    folder = _typed_path(text)
    try:
        if folder.is_dir():
            return folder.resolve()
    except (OSError, ValueError):  # a name too long, or with a zero in it
        pass
    raise TrainingRefusedError("data_refused", received=text.strip())


def _is_free(folder: Path) -> bool:
    """Whether a run can start in it or may have; the trainer itself checks which."""
    try:
        return not folder.exists() or (folder / "recipe.json").is_file() or not any(folder.iterdir())
    except OSError:
        return False


def _typed_path(text: str) -> Path:
    """As pasted from a file manager or a terminal, with quotes or a tilde."""
    path = Path(text.strip().strip("'\""))
    with contextlib.suppress(RuntimeError):  # no such user
        path = path.expanduser()
    return path
