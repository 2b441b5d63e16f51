"""Where receipts lie: in a PNG as text, else in a file of their own beside the result."""

from __future__ import annotations

import hashlib
import json
import os
from contextlib import suppress
from pathlib import Path

from waifu4x_tf.batch.receipts import MAX_BYTES, Receipt
from waifu4x_tf.config import read_regular
from waifu4x_tf.errors import ConfigError, PictureError, ReceiptError
from waifu4x_tf.imaging.atomic_files import write_whole
from waifu4x_tf.imaging.codecs.png_text import read_text
from waifu4x_tf.imaging.writing import WriteOptions, carries_text

KEYWORD = "waifu4x"


def find(output: Path) -> Receipt | None:
    """The receipt of a result: the text in it, else the file beside it; None when there is neither.

    Raises:
        ReceiptError: It is damaged, or of a format that this version does not know.
        OSError: The result cannot be read.
    """
    try:
        text = read_text(output, KEYWORD, max_bytes=MAX_BYTES)
    except PictureError as error:
        raise ReceiptError(f"{output}: {error}") from error
    if text is not None:
        return Receipt.parse(text, str(output))
    text = _text_beside(output)
    return None if text is None else Receipt.parse(text, str(path_beside(output)))


def path_beside(output: Path) -> Path:
    """The file for the receipt of a result that cannot hold it: cat.webp.json beside cat.webp."""
    return output.with_name(f"{output.name}.json")


def is_beside(output: Path) -> bool:
    """Whether a receipt, of whatever format, lies beside a result."""
    return _text_beside(output) is not None


def check_beside(output: Path) -> None:
    """Refuse a place for a receipt that a file of another kind has.

    Raises:
        ReceiptError: There is such a file.
    """
    path = path_beside(output)
    if os.path.lexists(path) and not is_beside(output):
        raise ReceiptError(
            f"A result's name with .json after it is that of its receipt. Received: {path}, which is "
            "none. Rename it, choose another `output` folder, or leave out `receipt`."
        )


def write_beside(output: Path, receipt: Receipt) -> None:
    """Write the receipt's file atomically in place of an older receipt.

    Raises:
        ReceiptError: A file of another kind has its name.
        PictureError: It cannot be written.
    """
    check_beside(output)
    content = f"{receipt.text()}\n".encode("ascii")
    write_whole(path_beside(output), lambda file: file.write(content), overwrite=True)


def remove(output: Path) -> None:
    """Remove a result that another one, in another format, has taken the place of, and its receipt."""
    with suppress(OSError):
        os.unlink(output)
    remove_beside(output)


def remove_beside(output: Path) -> None:
    """Remove the receipt's file, if there is one and it is a receipt."""
    if is_beside(output):
        with suppress(OSError):
            os.unlink(path_beside(output))


def text_of(receipt: Receipt) -> tuple[str, str]:
    """Keyword and text, as `writing.write` puts them into a file that can carry them."""
    return KEYWORD, receipt.text()


def settle_beside(
    output: Path, receipt: Receipt | None, options: WriteOptions, is_wanted: bool | None
) -> None:
    """After a result is written: write, renew or remove the receipt's file beside it.

    A receipt that lies there already is kept up to date; one of a former result never stays.
    If the process ends between the two files, the older receipt makes a run that skips what is up to date to
    make the result once more.

    Args:
        output: The result.
        receipt: Its receipt.
        options: How it was written.
        is_wanted: As `RunSettings.receipt`.

    Raises:
        ReceiptError: A file of another kind has its name.
        PictureError: It cannot be written.
    """
    if receipt is None or is_wanted is False or carries_text(options):
        remove_beside(output)
    elif is_wanted or is_beside(output):
        write_beside(output, receipt)


def sha256_of_file(path: Path) -> str:
    """In hexadecimal; the file is read once and not kept.

    Raises:
        OSError: It cannot be read.
    """
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _text_beside(output: Path) -> bytes | None:
    """What the receipt's file says; None when there is none, or one that others wrote for their own ends."""
    try:
        content = read_regular(path_beside(output), max_bytes=MAX_BYTES)
        found = json.loads(content)  # in any of the encodings in which a receipt may have been saved again
    except (ConfigError, ValueError, RecursionError):
        return None
    return content if isinstance(found, dict) and {"receipt", "waifu4x"} <= found.keys() else None
