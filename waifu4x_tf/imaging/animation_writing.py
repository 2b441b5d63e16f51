"""Animated PNG and WebP out. After the first frame only the rectangle that changes is stored, unblended.

Each frame of the picture is one of the file, equal ones too, so that whoever counts them finds them again.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import BinaryIO

from PIL import Image

from waifu4x_tf.imaging.changes import Box, changed_box, part_of
from waifu4x_tf.imaging.picture import Frame, Picture
from waifu4x_tf.imaging.png import pixel_data, write_chunk, write_head
from waifu4x_tf.imaging.webp_chunks import (
    BITSTREAM_CHUNKS,
    chunks,
    extended_header,
    riff_chunk,
    riff_webp,
    three_bytes,
)

_WEBP_ANIMATED, _WEBP_EXIF, _WEBP_ALPHA, _WEBP_PROFILE = 0x02, 0x08, 0x10, 0x20
_WEBP_UNBLENDED = 0x02
_MOST_WEBP_MS = 2**24 - 1


def write_apng(
    stream: BinaryIO,
    picture: Picture,
    *,
    icc_profile: bytes | None = None,
    exif: bytes | None = None,
    dpi: tuple[float, float] | None = None,
    aspect: tuple[int, int] | None = None,
) -> None:
    """Writes an animated PNG, whose first frame is what viewers without animation show.

    Args:
        stream: Where the bytes go, in order.
        picture: The animation; its own metadata are not looked at.
        icc_profile: For the iCCP chunk.
        exif: For the eXIf chunk, with or without the leading EXIF prefix.
        dpi: For the pHYs chunk.
        aspect: For the same, where there is no dpi.
    """
    first, carried = picture.frames[0], {"icc_profile": icc_profile, "exif": exif, "dpi": dpi}
    write_head(stream, first, picture.is_grey, **carried, aspect=aspect)
    write_chunk(stream, b"acTL", struct.pack(">II", len(picture.frames), picture.loop))
    sequence = 0
    for number, (box, frame) in enumerate(_parts(picture, even=False)):
        left, top, width, height = box
        delay = _delay(picture.durations_ms[number])
        control = struct.pack(">IIIIIHHBB", sequence, width, height, left, top, *delay, 0, 0)
        write_chunk(stream, b"fcTL", control)
        sequence += 1
        for data in pixel_data(frame, picture.is_grey):
            if number == 0:
                write_chunk(stream, b"IDAT", data)
            else:
                write_chunk(stream, b"fdAT", struct.pack(">I", sequence) + data)
                sequence += 1
    write_chunk(stream, b"IEND", b"")


def opened_apng(picture: Picture) -> Image.Image:
    """An animation as Pillow opens it from an APNG, at its first frame."""
    file = io.BytesIO()
    carried = {"icc_profile": picture.icc_profile, "exif": picture.exif, "dpi": picture.dpi}
    write_apng(file, picture, **carried, aspect=picture.aspect)
    return Image.open(file, formats=["PNG"])


def write_animated_webp(
    stream: BinaryIO,
    picture: Picture,
    encode: Callable[[Frame], bytes],
    *,
    icc_profile: bytes | None = None,
    exif: bytes | None = None,
) -> None:
    """Writes an animated WebP (RFC 9649, 2.7).

    Args:
        stream: Where the bytes go.
        picture: The animation; its own metadata are not looked at.
        encode: Gives a still WebP file of a frame, without metadata.
        icc_profile: For the ICCP chunk.
        exif: For the EXIF chunk, with or without the leading EXIF prefix.
    """
    flags = _WEBP_ANIMATED | (_WEBP_ALPHA if picture.has_alpha else 0)
    flags |= (_WEBP_PROFILE if icc_profile else 0) | (_WEBP_EXIF if exif else 0)
    body = [extended_header(flags, picture.width, picture.height)]
    if icc_profile:
        body.append(riff_chunk(b"ICCP", icc_profile))
    # The background colour, which browsers ignore, is transparent.
    body.append(riff_chunk(b"ANIM", struct.pack("<IH", 0, min(65535, picture.loop))))
    for (box, frame), duration_ms in zip(_parts(picture, even=True), picture.durations_ms, strict=True):
        left, top, width, height = box
        numbers = (left // 2, top // 2, width - 1, height - 1, min(_MOST_WEBP_MS, duration_ms))
        control = b"".join(map(three_bytes, numbers)) + bytes([_WEBP_UNBLENDED])
        still = chunks(encode(frame)[12:])
        pixels = b"".join(riff_chunk(name, data) for name, data in still if name in BITSTREAM_CHUNKS)
        body.append(riff_chunk(b"ANMF", control + pixels))
    if exif:
        body.append(riff_chunk(b"EXIF", exif.removeprefix(b"Exif\0\0")))
    stream.write(riff_webp(b"".join(body)))


def _parts(picture: Picture, *, even: bool) -> Iterator[tuple[Box, Frame]]:
    """What changes in each frame and where; with ``even``, from an even pixel on."""
    yield (0, 0, picture.width, picture.height), picture.frames[0]
    for before, frame in pairwise(picture.frames):
        left, top, width, height = changed_box(before, frame)
        if even:
            left, top, width, height = left - left % 2, top - top % 2, width + left % 2, height + top % 2
        box = left, top, width, height
        yield box, part_of(frame, box)


def _delay(duration_ms: int) -> tuple[int, int]:
    """A duration as the fraction of a second that an APNG has, each number of 16 bits."""
    for divisor in (1000, 100, 10, 1):
        number = round(duration_ms * divisor / 1000)
        if number < 2**16:
            return number, divisor
    return 2**16 - 1, 1
