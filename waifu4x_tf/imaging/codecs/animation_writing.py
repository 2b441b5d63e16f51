"""Animated PNG and WebP out. After the first frame only what changes is stored.

That is the rectangle around it, in which pixels that stay are transparent where blending gives the right
result, so that two small parts far from each other cost no more than they are. They are not stored as two
frames with no time between them: browsers play a frame of no duration for 100 ms.

Each frame of the picture is one of the file, equal ones too, so that whoever counts them finds them again.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import BinaryIO

import numpy as np
from PIL import Image

from waifu4x_tf.imaging.codecs.png_writing import pixel_data, write_chunk, write_head
from waifu4x_tf.imaging.codecs.webp_container import (
    BITSTREAM_CHUNKS,
    chunks,
    extended_header,
    riff_chunk,
    riff_webp,
    three_bytes,
)
from waifu4x_tf.imaging.frame_differences import Box, changed_box, changed_pixels, part_of
from waifu4x_tf.imaging.metadata import NO_METADATA, Metadata
from waifu4x_tf.imaging.picture import Frame, Picture

_WEBP_ANIMATED, _WEBP_EXIF, _WEBP_ALPHA, _WEBP_PROFILE = 0x02, 0x08, 0x10, 0x20
_WEBP_UNBLENDED = 0x02
_MOST_WEBP_MS = 2**24 - 1
# Below it, alpha costs an opaque animation more than it saves.
_LEAST_UNCHANGED = 0.1


def write_apng(stream: BinaryIO, picture: Picture, metadata: Metadata = NO_METADATA) -> None:
    """Writes an animated PNG, whose first frame is what viewers without animation show.

    Args:
        stream: Where the bytes go, in order.
        picture: The animation; its own metadata are not looked at.
        metadata: For the chunks iCCP, pHYs and eXIf.
    """
    layers = _Layers.of(picture, even=False, masks=True)
    write_head(stream, layers.frame(0), picture.is_grey, metadata)
    write_chunk(stream, b"acTL", struct.pack(">II", len(picture.frames), picture.loop))
    sequence = 0
    for number, duration_ms in enumerate(picture.durations_ms):
        left, top, width, height = layers.boxes[number]
        place = struct.pack(">IIIII", sequence, width, height, left, top)
        blend = int(layers.blended[number])
        write_chunk(stream, b"fcTL", place + struct.pack(">HHBB", *_delay(duration_ms), 0, blend))
        sequence += 1
        for data in pixel_data(layers.frame(number), picture.is_grey):
            if number == 0:
                write_chunk(stream, b"IDAT", data)
            else:
                write_chunk(stream, b"fdAT", struct.pack(">I", sequence) + data)
                sequence += 1
    write_chunk(stream, b"IEND", b"")


def opened_apng(picture: Picture) -> Image.Image:
    """An animation as Pillow opens it from an APNG, at its first frame."""
    file = io.BytesIO()
    write_apng(file, picture, Metadata(picture.icc_profile, picture.exif, picture.dpi, picture.aspect))
    return Image.open(file, formats=["PNG"])


def write_animated_webp(
    stream: BinaryIO,
    picture: Picture,
    encode: Callable[[Frame], bytes],
    *,
    is_lossless: bool,
    icc_profile: bytes | None = None,
    exif: bytes | None = None,
) -> None:
    """Writes an animated WebP (RFC 9649, 2.7).

    Args:
        stream: Where the bytes go.
        picture: The animation; its own metadata are not looked at.
        encode: Gives a still WebP file of a frame, without metadata.
        is_lossless: Whether that has the very pixels.
        icc_profile: For the ICCP chunk.
        exif: For the EXIF chunk, with or without the leading EXIF prefix.
    """
    layers = _Layers.of(picture, even=True, masks=is_lossless)
    flags = _WEBP_ANIMATED | (_WEBP_ALPHA if layers.has_alpha else 0)
    flags |= (_WEBP_PROFILE if icc_profile else 0) | (_WEBP_EXIF if exif else 0)
    body = [extended_header(flags, picture.width, picture.height)]
    if icc_profile:
        body.append(riff_chunk(b"ICCP", icc_profile))
    # The background colour, which browsers ignore, is transparent.
    body.append(riff_chunk(b"ANIM", struct.pack("<IH", 0, min(65535, picture.loop))))
    for number, duration_ms in enumerate(picture.durations_ms):
        left, top, width, height = layers.boxes[number]
        numbers = (left // 2, top // 2, width - 1, height - 1, min(_MOST_WEBP_MS, duration_ms))
        control = b"".join(map(three_bytes, numbers)) + bytes(
            [0 if layers.blended[number] else _WEBP_UNBLENDED]
        )
        still = chunks(encode(layers.frame(number))[12:])
        pixels = b"".join(riff_chunk(name, data) for name, data in still if name in BITSTREAM_CHUNKS)
        body.append(riff_chunk(b"ANMF", control + pixels))
    if exif:
        body.append(riff_chunk(b"EXIF", exif.removeprefix(b"Exif\0\0")))
    stream.write(riff_webp(b"".join(body)))


@dataclass(frozen=True)
class _Layers:
    """What is stored of each frame.

    Attributes:
        picture: The animation.
        boxes: Where each frame is stored.
        blended: Of which frames only the changed pixels are, drawn over the frame before; the others are
            transparent.
        has_alpha: Whether frames are stored with alpha.
    """

    picture: Picture
    boxes: list[Box]
    blended: list[bool]
    has_alpha: bool

    @classmethod
    def of(cls, picture: Picture, *, even: bool, masks: bool) -> _Layers:
        """Looks for what changes.

        Args:
            picture: The animation.
            even: Whether boxes begin at even pixels.
            masks: Whether frames may be blended.
        """
        boxes, blended = [(0, 0, picture.width, picture.height)], [False]
        unchanged_px = 0
        for before, frame in pairwise(picture.frames):
            left, top, width, height = changed_box(before, frame)
            if even:
                left, top, width, height = left - left % 2, top - top % 2, width + left % 2, height + top % 2
            boxes.append((left, top, width, height))
            changed = changed_pixels(before, frame, boxes[-1])
            blended.append(masks and _is_drawn_over(before, frame, boxes[-1], changed))
            if blended[-1]:
                unchanged_px += changed.size - int(changed.sum())
        stored_px = sum(width * height for _, _, width, height in boxes)
        if not picture.has_alpha and unchanged_px < _LEAST_UNCHANGED * stored_px:
            return cls(picture, boxes, [False] * len(boxes), False)
        return cls(picture, boxes, blended, picture.has_alpha or any(blended))

    def frame(self, number: int) -> Frame:
        """The pixels that are stored of a frame, with alpha where all of them have it."""
        box = self.boxes[number]
        part = part_of(self.picture.frames[number], box)
        if not self.has_alpha:
            return part
        alpha = np.full(part.rgb.shape[:2], 255, np.uint8) if part.alpha is None else part.alpha
        if not self.blended[number]:
            return Frame(part.rgb, alpha)
        changed = changed_pixels(self.picture.frames[number - 1], self.picture.frames[number], box)
        return Frame(part.rgb * changed[..., None], alpha * changed)


def _is_drawn_over(before: Frame, frame: Frame, box: Box, changed: np.ndarray) -> bool:
    """Whether each changed pixel is opaque now, or transparent as before: drawing over is then replacing."""
    if before.alpha is None or frame.alpha is None:
        return True
    was, is_now = part_of(before, box).alpha, part_of(frame, box).alpha
    return bool(((is_now == 255) | ((is_now == 0) & (was == 0)))[changed].all())


def _delay(duration_ms: int) -> tuple[int, int]:
    """A duration as the fraction of a second that an APNG has, each number of 16 bits."""
    for divisor in (1000, 100, 10, 1):
        number = round(duration_ms * divisor / 1000)
        if number < 2**16:
            return number, divisor
    return 2**16 - 1, 1
