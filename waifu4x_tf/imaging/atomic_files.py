"""Atomic writes: what can be known before one, the write, and what killed processes left of theirs."""

from __future__ import annotations

import os
import re
import secrets
import shutil
import stat
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from waifu4x_tf.errors import PictureError, Waifu4xError
from waifu4x_tf.imaging.guard import codec_failure

# As `write_whole` names its temporary files.
_TEMPORARY_NAME = re.compile(r"\.[0-9a-f]{16}\.part")
_LEFTOVER_SECONDS = 3600

_EXISTS = "An existing file is kept. Received: a path that exists. Allow overwriting, or choose another name."


def check_destination(path: Path) -> None:
    """Raises what would keep `writing.write` from writing here, as far as it can be known without writing.

    Args:
        path: Where the result is to go; its folder need not exist yet.

    Raises:
        PictureError: Its folder is none or cannot be made, nobody may write there, or a name is too long.
    """
    folder = path.parent
    try:
        while not os.path.lexists(folder) and folder != folder.parent:
            folder = folder.parent
        # Unlike is_dir(), stat reports where links lead in a circle or nowhere.
        is_folder = stat.S_ISDIR(os.stat(folder).st_mode)
        longest_bytes = os.pathconf(folder, "PC_NAME_MAX") if hasattr(os, "pathconf") else None
    except OSError as error:
        raise _refused(path, f"{folder}: {error.strerror}") from error
    if not is_folder:
        raise PictureError(
            f"{path}: The destination's folder must be a folder. Received: {folder}, which is a file. "
            "Choose another folder."
        )
    if not os.access(folder, os.W_OK | os.X_OK):
        raise _refused(path, f"the folder {folder}, which may not be written to")
    for name in path.relative_to(folder).parts:
        if longest_bytes is not None and len(os.fsencode(name)) > longest_bytes:
            raise PictureError(
                f"{path}: A file name has at most {longest_bytes} bytes here. Received: one of "
                f"{len(os.fsencode(name))} for the result. Name a shorter one with `output`."
            )


def write_whole(path: str | Path, fill: Callable[[BinaryIO], object], overwrite: bool = False) -> int:
    """Writes a file atomically, making its folder when there is none.

    The bytes go to a temporary file beside the destination, and reach the disk before it gets its name.
    Without ``overwrite`` not even a file that another program makes in the same moment is replaced.

    Args:
        path: The file.
        fill: Writes the content.
        overwrite: Replace an existing file.

    Returns:
        The size of the file in bytes.

    Raises:
        PictureError: The destination exists, is a folder, or cannot be written. Nothing is left behind then.
    """
    path = Path(path)
    with failures_told(f"{path}: "):
        if path.is_dir():
            raise PictureError("A picture is written to a file. Received: a folder. Name a file in it.")
        if not overwrite and os.path.lexists(path):
            raise PictureError(_EXISTS)
        _make_folder(path.parent)
        # Not the destination's own name with an addition, which could be too long for the file system.
        temporary = path.parent / f".{secrets.token_hex(8)}.part"
        try:
            # 0o666 less the umask, as for any new file; the tempfile module would make it private.
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
            with open(os.open(temporary, flags, 0o666), "wb") as file:
                fill(file)
                file.flush()
                os.fsync(file.fileno())
                size_bytes = file.tell()
            _publish(temporary, path, overwrite)
        finally:
            with suppress(OSError):
                os.unlink(temporary)
    return size_bytes


def replace_file(path: Path, content: bytes) -> None:
    """Atomic write of a program's own file, as `replacing`."""
    with replacing(path) as aside:
        aside.write_bytes(content)


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Atomic write of a program's own file: the block fills the one beside it that is given.

    It takes the place of the file when the block ends well, and is removed when it does not. It has the same
    suffix, by which Keras chooses a format, and the same name each time, so that the next start of a program
    that was killed uses it up; two processes do not write the same file.

    Args:
        path: The file, which may exist; its folder does.

    Raises:
        OSError: It cannot be written.
    """
    aside = path.with_name(f".part.{path.name}")
    try:
        yield aside
        with open(aside, "rb+") as file:
            os.fsync(file.fileno())
        os.replace(aside, path)
    finally:
        aside.unlink(missing_ok=True)


@contextmanager
def replacing_folder(path: Path) -> Iterator[Path]:
    """A new folder that takes the place of another when the block ends well; an older one stays till then.

    Raises:
        OSError: It cannot be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = Path(tempfile.mkdtemp(prefix=f".{path.name}-", dir=path.parent))
    try:
        fresh, older = aside / "fresh", aside / "older"
        fresh.mkdir()
        yield fresh
        if path.exists():
            os.replace(path, older)
        try:
            os.replace(fresh, path)
        except OSError:
            if older.exists():
                os.replace(older, path)
            raise
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def remove_leftovers(folder: Path) -> None:
    """Removes the temporary files of runs that were killed while they wrote here.

    Only regular files with the name that `write_whole` gives them, untouched for an hour: a younger one may
    be that of a process at work.
    """
    oldest = time.time() - _LEFTOVER_SECONDS
    with suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            if _TEMPORARY_NAME.fullmatch(entry.name) and entry.is_file(follow_symlinks=False):
                with suppress(OSError):
                    if entry.stat(follow_symlinks=False).st_mtime < oldest:
                        os.unlink(entry)


@contextmanager
def failures_told(prefix: str) -> Iterator[None]:
    """Makes every failure a PictureError that begins with the prefix; a UsageError is about the options."""
    try:
        yield
    except PictureError as error:
        raise PictureError(f"{prefix}{error}") from error.__cause__
    except Waifu4xError:
        raise
    except OSError as error:
        raise PictureError(
            f"{prefix}The destination must be writable. Received: {error.strerror or error}. "
            "Check the folder, its permissions and the free space."
        ) from error
    except Exception as error:  # Pillow's encoders raise ValueError, MemoryError, struct.error and others
        raise PictureError(
            f"{prefix}A picture must fit its format's encoder and the memory. "
            f"Received: {codec_failure(error)}. Write png, strip the metadata, or enlarge by less."
        ) from error


def _refused(path: Path, received: str) -> PictureError:
    return PictureError(
        f"{path}: The destination must be writable. Received: {received}. "
        "Check the folder and its permissions, or choose another."
    )


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError) as error:
        raise PictureError(
            f"The destination's folder must be a folder. Received: {error.filename}, which is a file. "
            "Choose another folder."
        ) from error


def _publish(temporary: Path, path: Path, overwrite: bool) -> None:
    """Gives the finished file its name, replacing an existing one only when asked to."""
    if overwrite:
        os.replace(temporary, path)
        return
    try:
        os.link(temporary, path)  # unlike a rename, never replaces
    except FileExistsError:
        raise PictureError(_EXISTS) from None
    except (OSError, AttributeError, NotImplementedError):
        # No hard links here (FAT, some network drives): claim the name with an empty file, then replace that.
        try:
            os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666))
        except FileExistsError:
            raise PictureError(_EXISTS) from None
        try:
            os.replace(temporary, path)
        except BaseException:
            os.unlink(path)
            raise
