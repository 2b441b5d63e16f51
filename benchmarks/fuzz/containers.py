"""Picture files taken apart into their chunks, segments, blocks or tags, and put together again.

Lengths and checksums are made right when a file is put together, so that a mutation of a part reaches the
decoder behind them.
"""

import struct
import zlib
from dataclasses import dataclass

_PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_JPEG_WITHOUT_LENGTH = {0x01, *range(0xD0, 0xDA)}
_TIFF_ENTRY_BYTES = 12


@dataclass
class Part:
    """A chunk, segment, block or tag.

    Attributes:
        name: Its type as it stands in the file, or a word of ours in angle brackets.
        data: What it holds, without name, length and checksum.
    """

    name: bytes
    data: bytes


def split(content: bytes, suffix: str) -> list[Part]:
    """Takes a file apart; an empty list when it is too broken for that.

    Args:
        content: The file.
        suffix: png, jpg, webp, gif, tif or bmp.
    """
    try:
        return _SPLITTERS[suffix](content)
    except (struct.error, IndexError, ValueError):
        return []


def join(parts: list[Part], suffix: str) -> bytes:
    """Puts a file together; the inverse of `split` for a whole file."""
    return _JOINERS[suffix](parts)


def _split_png(content: bytes) -> list[Part]:
    parts, at = [], len(_PNG_SIGNATURE)
    while at + 12 <= len(content):
        (length,) = struct.unpack_from(">I", content, at)
        parts.append(Part(content[at + 4 : at + 8], content[at + 8 : at + 8 + length]))
        at += 12 + length
    return parts


def _join_png(parts: list[Part]) -> bytes:
    return _PNG_SIGNATURE + b"".join(
        struct.pack(">I", len(part.data))
        + part.name
        + part.data
        + struct.pack(">I", zlib.crc32(part.name + part.data))
        for part in parts
    )


def _split_webp(content: bytes) -> list[Part]:
    parts, at = [], 12
    while at + 8 <= len(content):
        (length,) = struct.unpack_from("<I", content, at + 4)
        parts.append(Part(content[at : at + 4], content[at + 8 : at + 8 + length]))
        at += 8 + length + length % 2
    return parts


def _join_webp(parts: list[Part]) -> bytes:
    body = b"WEBP" + b"".join(
        part.name + struct.pack("<I", len(part.data)) + part.data + b"\0" * (len(part.data) % 2)
        for part in parts
    )
    return b"RIFF" + struct.pack("<I", len(body)) + body


def _split_jpg(content: bytes) -> list[Part]:
    parts, at = [], 0
    while at + 1 < len(content):
        if content[at] != 0xFF or content[at + 1] == 0:
            end = at + 1
            while end + 1 < len(content) and not (content[end] == 0xFF and content[end + 1] != 0):
                end += 1
            parts.append(Part(b"<scan>", content[at:end]))
            at = end
            continue
        name = content[at : at + 2]
        length = 0
        if name[1] not in _JPEG_WITHOUT_LENGTH:
            (length,) = struct.unpack_from(">H", content, at + 2)
        parts.append(Part(name, content[at + 4 : at + 2 + length]))
        at += 2 + length
    return parts


def _join_jpg(parts: list[Part]) -> bytes:
    content = b""
    for part in parts:
        if part.name != b"<scan>":
            content += part.name
            if part.name[1] not in _JPEG_WITHOUT_LENGTH:
                content += struct.pack(">H", min(65535, len(part.data) + 2))
        content += part.data
    return content


def _split_gif(content: bytes) -> list[Part]:
    at = 13 + _gif_palette_bytes(content[10])
    parts = [Part(b"<screen>", content[:at])]
    while at < len(content):
        start = at
        if content[at] == ord("!"):
            at = _after_sub_blocks(content, at + 2)
        elif content[at] == ord(","):
            at = _after_sub_blocks(content, at + 11 + _gif_palette_bytes(content[at + 9]))
        else:
            at = len(content)
        parts.append(Part(b"<image>" if content[start] == ord(",") else b"<block>", content[start:at]))
    return parts


def _gif_palette_bytes(flags: int) -> int:
    return 3 * 2 ** (flags % 8 + 1) if flags & 0x80 else 0


def _after_sub_blocks(content: bytes, at: int) -> int:
    while content[at]:
        at += 1 + content[at]
    return at + 1


def _split_tif(content: bytes) -> list[Part]:
    """The entries of the first directory, after all of the file: values may stand anywhere in it."""
    order = _tiff_order(content)
    magic, start = struct.unpack_from(f"{order}HI", content, 2)
    if magic != 42:
        raise ValueError("not a classic TIFF")
    (count,) = struct.unpack_from(f"{order}H", content, start)
    places = range(start + 2, start + 2 + count * _TIFF_ENTRY_BYTES, _TIFF_ENTRY_BYTES)
    (following,) = struct.unpack_from(f"{order}I", content, start + 2 + count * _TIFF_ENTRY_BYTES)
    entries = [Part(b"<entry>", content[at : at + _TIFF_ENTRY_BYTES]) for at in places]
    return [Part(b"<file>", content), *entries, Part(b"<next>", struct.pack(f"{order}I", following))]


def _join_tif(parts: list[Part]) -> bytes:
    """The file with a new first directory at its end."""
    body = b"".join(part.data for part in parts if part.name == b"<file>")
    order = _tiff_order(body)
    body += b"\0" * (len(body) % 2)
    entries = [part.data for part in parts if part.name == b"<entry>"]
    following = b"".join(part.data for part in parts if part.name == b"<next>")
    head = body[:4].ljust(4, b"\0") + struct.pack(f"{order}I", max(8, len(body)))
    return head + body[8:] + struct.pack(f"{order}H", len(entries)) + b"".join(entries) + following


def _tiff_order(content: bytes) -> str:
    return ">" if content[:2] == b"MM" else "<"


def _split_bmp(content: bytes) -> list[Part]:
    (header_bytes,) = struct.unpack_from("<I", content, 14)
    return [
        Part(b"<file>", content[:14]),
        Part(b"<header>", content[14 : 14 + header_bytes]),
        Part(b"<pixels>", content[14 + header_bytes :]),
    ]


def _join_as_they_are(parts: list[Part]) -> bytes:
    return b"".join(part.data for part in parts)


_SPLITTERS = {
    "png": _split_png,
    "jpg": _split_jpg,
    "webp": _split_webp,
    "gif": _split_gif,
    "tif": _split_tif,
    "bmp": _split_bmp,
}
_JOINERS = {
    "png": _join_png,
    "jpg": _join_jpg,
    "webp": _join_webp,
    "gif": _join_as_they_are,
    "tif": _join_tif,
    "bmp": _join_as_they_are,
}
