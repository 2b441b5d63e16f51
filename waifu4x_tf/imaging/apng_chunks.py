"""The chunks of an animated PNG, taken apart (W3C, "PNG Specification, Third Edition", 4.9 and 11.3.6)."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction

from waifu4x_tf.imaging.animation import Animation, Disposal, Part, whole_milliseconds

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_DISPOSALS = (Disposal.KEEP, Disposal.CLEAR, Disposal.RESTORE)


@dataclass
class _Parts:
    """What has been read so far; ``control`` is of the frame whose pixels are being gathered."""

    header: bytes = b""
    shared: list[tuple[bytes, bytes]] = field(default_factory=list)
    parts: list[Part] = field(default_factory=list)
    durations_ms: list[Fraction] = field(default_factory=list)
    control: bytes | None = None
    pixels: list[bytes] = field(default_factory=list)

    def finish(self) -> None:
        """Makes a part of the pixels gathered for the last frame control."""
        if self.control is None:
            return
        if not self.pixels:
            raise ValueError("an APNG frame without pixels")
        width, height, left, top, number, divisor, disposal, blend = struct.unpack(">IIIIHHBB", self.control)
        canvas_width, canvas_height = struct.unpack_from(">II", self.header)
        if not (0 < width <= canvas_width - left and 0 < height <= canvas_height - top):
            raise ValueError("an APNG frame that reaches beyond the canvas")
        if disposal > 2 or blend > 1:
            raise ValueError("an APNG frame control with unknown operations")
        header = struct.pack(">II", width, height) + self.header[8:]
        chunks = [(b"IHDR", header), *self.shared, (b"IDAT", b"".join(self.pixels)), (b"IEND", b"")]
        file = _SIGNATURE + b"".join(_chunk(*chunk) for chunk in chunks)
        self.parts.append(Part(left, top, width, height, _DISPOSALS[disposal], blend == 1, file))
        self.durations_ms.append(Fraction(1000 * number, divisor or 100))
        self.control, self.pixels = None, []


def parse_apng(data: bytes) -> Animation | None:
    """What a PNG says of its frames; None when it is no animation.

    A default image that no frame control precedes is for viewers without animation, and is left out.

    Raises:
        ValueError: Chunks contradict each other or are damaged, or frames are missing.
    """
    read = _Parts()
    promised = plays = None
    sequence = 0
    is_default_image_seen = False
    for name, body in _chunks(data):
        if name == b"IHDR":
            read.header = body
        elif name in (b"PLTE", b"tRNS") and not is_default_image_seen:
            read.shared.append((name, body))
        elif name == b"acTL" and not is_default_image_seen:
            promised, plays = struct.unpack(">II", body)
        elif name == b"IDAT":
            if not promised:
                return None
            is_default_image_seen = True
            if read.control is not None:
                read.pixels.append(body)
        elif name in (b"fcTL", b"fdAT") and promised:
            if int.from_bytes(body[:4], "big") != sequence:
                raise ValueError("APNG chunks out of order")
            sequence += 1
            if name == b"fcTL":
                read.finish()
                read.control = body[4:]
            elif read.control is None:
                raise ValueError("APNG pixels without a frame control")
            else:
                read.pixels.append(body[4:])
    read.finish()
    if not promised or plays is None:
        return None
    if len(read.parts) != promised:
        raise ValueError(f"an APNG with {len(read.parts)} of {promised} frames")
    width, height = struct.unpack_from(">II", read.header)
    return Animation(width, height, tuple(read.parts), whole_milliseconds(read.durations_ms), plays)


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Name and body of each chunk up to the end; those that matter here have their checksum checked."""
    position = len(_SIGNATURE)
    while position + 12 <= len(data):
        (length,) = struct.unpack_from(">I", data, position)
        name = data[position + 4 : position + 8]
        body = data[position + 8 : position + 8 + length]
        checksum = data[position + 8 + length : position + 12 + length]
        if name in (b"acTL", b"fcTL", b"fdAT") and checksum != zlib.crc32(body, zlib.crc32(name)).to_bytes(4):
            raise ValueError(f"a wrong checksum of the chunk {name.decode()}")
        if name == b"IEND":
            return
        yield name, body
        position += 12 + length


def _chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(body, zlib.crc32(name)))
