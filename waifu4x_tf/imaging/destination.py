"""Whether a file could be written at a place, told before the work and not after it."""

import os
import stat
from pathlib import Path

from waifu4x_tf.errors import PictureError


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
        # Unlike is_dir(), stat tells where links lead in a circle or nowhere.
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


def _refused(path: Path, received: str) -> PictureError:
    return PictureError(
        f"{path}: The destination must be writable. Received: {received}. "
        "Check the folder and its permissions, or choose another."
    )
