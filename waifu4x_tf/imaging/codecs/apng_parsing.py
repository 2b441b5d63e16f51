"""The chunks of an animated PNG, taken apart (W3C, "PNG Specification, Third Edition", 4.9 and 11.3.6)."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction

from waifu4x_tf.imaging.codecs.animation import Animation, Disposal, Part, whole_milliseconds
from waifu4x_tf.imaging.codecs.signatures import png_without_animation

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_DISPOSALS = (Disposal.KEEP, Disposal.CLEAR, Disposal.RESTORE)


class ContradictoryApngError(ValueError):
    """A whole file whose chunks of animation do not fit together: viewers show its default image."""


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
            raise ContradictoryApngError("a frame without pixels")
        width, height, left, top, number, divisor, disposal, blend = struct.unpack(">IIIIHHBB", self.control)
        canvas_width, canvas_height = struct.unpack_from(">II", self.header)
        if not (0 < width <= canvas_width - left and 0 < height <= canvas_height - top):
            raise ContradictoryApngError("a frame that reaches beyond the canvas")
        if disposal > 2 or blend > 1:
            raise ContradictoryApngError("a frame of an unknown operation")
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
        ContradictoryApngError: Chunks do not fit together, or frames are missing from a file that is whole.
        ValueError: Chunks are damaged, or the end is missing.
    """
    read = _Parts()
    promised = plays = None
    sequence = 0
    is_default_image_seen = has_end = False
    for name, body in _chunks(data):
        if name == b"IHDR":
            read.header = body
        elif name in (b"PLTE", b"tRNS") and not is_default_image_seen:
            read.shared.append((name, body))
        elif name == b"IEND":
            has_end = True
        elif name == b"acTL" and not is_default_image_seen:
            if promised is not None:
                raise ContradictoryApngError("two counts of frames")
            promised, plays = struct.unpack(">II", body)
        elif name == b"IDAT":
            if not promised:
                return None
            is_default_image_seen = True
            if read.control is not None:
                read.pixels.append(body)
        elif name in (b"fcTL", b"fdAT") and promised:
            if int.from_bytes(body[:4], "big") != sequence:
                raise ContradictoryApngError("frames out of order")
            sequence += 1
            if name == b"fcTL":
                read.finish()
                read.control = body[4:]
            elif read.control is None:
                raise ContradictoryApngError("pixels of no frame")
            else:
                read.pixels.append(body[4:])
    read.finish()
    if not promised or plays is None:
        return None
    if len(read.parts) != promised:
        kind = ContradictoryApngError if has_end else ValueError
        raise kind(f"{len(read.parts)} frames where it says {promised}")
    width, height = struct.unpack_from(">II", read.header)
    return Animation(width, height, tuple(read.parts), whole_milliseconds(read.durations_ms), plays)


def as_viewers_see(data: bytes) -> tuple[bytes, str | None]:
    """A PNG, without its animation where that is broken as such, and then a note that says so.

    W3C PNG, 4.9: a decoder that detects an error before the animation has started shows the static image.

    Raises:
        ValueError: As `parse_apng`.
    """
    try:
        parse_apng(data)
    except ContradictoryApngError as error:
        return png_without_animation(data), f"its animation is broken ({error}): read is its default image"
    return data, None


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Name and body of each chunk to the end; those that matter here have their checksum checked."""
    position = len(_SIGNATURE)
    while position + 12 <= len(data):
        (length,) = struct.unpack_from(">I", data, position)
        name = data[position + 4 : position + 8]
        body = data[position + 8 : position + 8 + length]
        checksum = data[position + 8 + length : position + 12 + length]
        if name in (b"acTL", b"fcTL", b"fdAT") and checksum != zlib.crc32(body, zlib.crc32(name)).to_bytes(4):
            raise ValueError(f"a wrong checksum of the chunk {name.decode()}")
        yield name, body
        if name == b"IEND":
            return
        position += 12 + length


def _chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(body, zlib.crc32(name)))
