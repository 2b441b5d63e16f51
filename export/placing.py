"""Whether a folder may be written, which is found out before the work."""

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
