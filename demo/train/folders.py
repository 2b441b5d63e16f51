"""The folders of pictures that a training run may read: those that the demo was started with."""

import os
from collections.abc import Iterable
from itertools import chain, count
from pathlib import Path

from waifu4x_tf.cli.console import one_line
from waifu4x_tf.errors import UsageError


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
