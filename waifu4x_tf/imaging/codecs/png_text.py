"""A line of text in a PNG: written before the pixels, and found again without decoding any."""

from __future__ import annotations

import stat
import struct
import zlib
from pathlib import Path
from typing import BinaryIO

from waifu4x_tf.errors import PictureError

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
# The signature and IHDR, which is always first and always as long (W3C PNG, 5.6 and 11.2.1).
_HEADER_BYTES = 8 + 25
# Real files have a dozen chunks before their pixels; a forged one may have millions.
_MOST_CHUNKS = 256


class TextAfterHeader:
    """A stream that puts a text behind the header of the PNG that is written to it.

    There any reader finds it at once, whoever made the PNG and however many frames it has.

    Args:
        stream: Where the bytes go.
        keyword: ASCII, 1 to 79 characters (W3C PNG, 11.3.3.2).
        text: ASCII.
    """

    def __init__(self, stream: BinaryIO, keyword: str, text: str) -> None:
        body = b"tEXt" + keyword.encode("ascii") + b"\0" + text.encode("ascii")
        self._chunk = struct.pack(">I", len(body) - 4) + body + struct.pack(">I", zlib.crc32(body))
        self._stream = stream
        self._header_left = _HEADER_BYTES

    def write(self, data: bytes | memoryview) -> int:
        """Pass bytes on; with those that end the header goes the text."""
        view = memoryview(data).cast("B")
        if self._header_left:
            head = view[: self._header_left]
            self._stream.write(head)
            self._header_left -= len(head)
            if self._header_left == 0:
                self._stream.write(self._chunk)
                self._stream.write(view[len(head) :])
        else:
            self._stream.write(view)
        return len(view)

    def flush(self) -> None:
        """Flush the stream."""
        self._stream.flush()


def read_text(path: Path, keyword: str, *, max_bytes: int) -> str | None:
    """The text that a PNG holds under a keyword before its pixels.

    Args:
        path: A file of any kind.
        keyword: As it was written.
        max_bytes: The longest text that is read.

    Returns:
        The text, or None: no regular file, no PNG, or nothing under the keyword.

    Raises:
        PictureError: The text is longer than ``max_bytes``, or damaged.
        OSError: The file cannot be read.
    """
    if not stat.S_ISREG(path.stat().st_mode):
        return None
    start = keyword.encode("ascii") + b"\0"
    with path.open("rb") as file:
        if file.read(len(_SIGNATURE)) != _SIGNATURE:
            return None
        for _ in range(_MOST_CHUNKS):
            head = file.read(8)
            if len(head) < 8 or head[4:] in (b"IDAT", b"IEND"):
                return None
            (length,) = struct.unpack(">I", head[:4])
            if head[4:] == b"tEXt" and (data := file.read(min(length, len(start)))) == start:
                return _rest_of_text(file, start, length - len(start), max_bytes, path)
            passed = len(data) if head[4:] == b"tEXt" else 0
            file.seek(length - passed + 4, 1)
    return None


def _rest_of_text(file: BinaryIO, start: bytes, length: int, max_bytes: int, path: Path) -> str:
    if length > max_bytes:
        raise PictureError(
            f"A text of waifu4x in a PNG has at most {max_bytes} bytes. Received: {length} in {path}. "
            "It was not written by waifu4x; enlarge the picture again."
        )
    data = file.read(length + 4)
    checksum = zlib.crc32(data[:length], zlib.crc32(b"tEXt" + start))
    if data[length:] != struct.pack(">I", checksum):
        raise PictureError(
            f"A text in a PNG has a checksum that fits. Received: {path}, where it does not. "
            "The file is damaged; enlarge the picture again."
        )
    return data[:length].decode("latin-1")
