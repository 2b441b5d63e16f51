"""The chunks of an animated WebP, taken apart (RFC 9649, 2.7)."""

from __future__ import annotations

import struct
from collections.abc import Iterator

from waifu4x_tf.imaging.codecs.animation import Animation, Disposal, Part

_ANIMATION_FLAG, _ALPHA_FLAG = 0x02, 0x10
_FRAME_HEADER_BYTES = 16
# What a frame's pixels are made of, in the order in which they must stand.
BITSTREAM_CHUNKS = (b"ALPH", b"VP8 ", b"VP8L")


def parse_webp(data: bytes) -> Animation | None:
    """What a WebP says of its frames; None when it is no animation.

    Raises:
        ValueError: A frame without pixels or beyond the canvas, or no frame.
    """
    if data[12:16] != b"VP8X" or not data[20] & _ANIMATION_FLAG:
        return None
    width, height = (int.from_bytes(data[at : at + 3], "little") + 1 for at in (24, 27))
    parts = []
    durations_ms = []
    loop = 0
    for name, body in chunks(data[12:]):
        if name == b"ANIM" and len(body) >= 6:
            (loop,) = struct.unpack_from("<H", body, 4)
        elif name == b"ANMF":
            part = _parse_frame(body)
            if part.left + part.width > width or part.top + part.height > height:
                raise ValueError("a WebP frame that reaches beyond the canvas")
            parts.append(part)
            durations_ms.append(int.from_bytes(body[12:15], "little"))
    if not parts:
        raise ValueError("an animated WebP without frames")
    return Animation(width, height, tuple(parts), tuple(durations_ms), loop)


def chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Name and body of each RIFF chunk."""
    position = 0
    while position + 8 <= len(data):
        name, length = struct.unpack_from("<4sI", data, position)
        yield name, data[position + 8 : position + 8 + length]
        position += 8 + length + length % 2


def riff_chunk(name: bytes, body: bytes) -> bytes:
    """A RIFF chunk, padded to an even length."""
    return struct.pack("<4sI", name, len(body)) + body + b"\0" * (len(body) % 2)


def riff_webp(body: bytes) -> bytes:
    """A WebP file of these chunks."""
    return struct.pack("<4sI4s", b"RIFF", 4 + len(body), b"WEBP") + body


def extended_header(flags: int, width: int, height: int) -> bytes:
    """The VP8X chunk."""
    return riff_chunk(b"VP8X", struct.pack("<I", flags) + three_bytes(width - 1) + three_bytes(height - 1))


def three_bytes(number: int) -> bytes:
    """A number as RIFF stores it in 24 bits."""
    return number.to_bytes(3, "little")


def _parse_frame(body: bytes) -> Part:
    left, top, width, height = (int.from_bytes(body[at : at + 3], "little") for at in (0, 3, 6, 9))
    flags = body[15]
    bitstream = {
        name: content for name, content in chunks(body[_FRAME_HEADER_BYTES:]) if name in BITSTREAM_CHUNKS
    }
    if not bitstream:
        raise ValueError("a WebP frame without pixels")
    pixels = b"".join(riff_chunk(name, bitstream[name]) for name in BITSTREAM_CHUNKS if name in bitstream)
    if b"ALPH" in bitstream:
        pixels = extended_header(_ALPHA_FLAG, width + 1, height + 1) + pixels
    disposal = Disposal.CLEAR if flags & 1 else Disposal.KEEP
    return Part(2 * left, 2 * top, width + 1, height + 1, disposal, not flags & 2, riff_webp(pixels))
