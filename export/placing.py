"""A folder that is whole or not there: checked before the work, filled aside, renamed into its place."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from waifu4x_tf.errors import UsageError


def check_place(out: Path, what: str, *, marks: tuple[str, ...], overwrite: bool) -> None:
    """See that a folder may be written.

    Args:
        out: It does not exist yet, is empty, or holds an older one of its kind and ``overwrite`` is on.
        what: Its kind, in a word.
        marks: Files that every folder of this kind has.
        overwrite: Replace an older one.

    Raises:
        UsageError: The place is taken.
    """
    if not out.exists():
        return
    if not out.is_dir():
        raise UsageError(f"A {what} is a folder. Received: {out}, which is a file. Give another -o.")
    older = all((out / mark).is_file() for mark in marks)
    if any(out.iterdir()) and not (older and overwrite):
        way = "Add --overwrite, or give" if older else f"It holds no {what}: give"
        raise UsageError(f"A {what} goes into a new folder. Received: {out}, which exists. {way} another -o.")


@contextmanager
def placed(out: Path) -> Iterator[Path]:
    """A new folder that takes the place of ``out`` when the block ends well; an older one stays till then."""
    out.parent.mkdir(parents=True, exist_ok=True)
    aside = Path(tempfile.mkdtemp(prefix=f".{out.name}-", dir=out.parent))
    try:
        fresh, older = aside / "fresh", aside / "older"
        fresh.mkdir()
        yield fresh
        if out.exists():
            os.replace(out, older)
        try:
            os.replace(fresh, out)
        except OSError:
            if older.exists():
                os.replace(older, out)
            raise
    finally:
        shutil.rmtree(aside, ignore_errors=True)
