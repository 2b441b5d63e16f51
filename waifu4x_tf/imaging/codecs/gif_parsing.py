"""The blocks of a GIF, taken apart (CompuServe, "GIF89a Specification", 1990)."""

from __future__ import annotations

import struct

from waifu4x_tf.imaging.codecs.animation import Animation, Disposal, Part

_TRAILER, _EXTENSION, _IMAGE = 0x3B, 0x21, 0x2C
_GRAPHIC_CONTROL, _PLAIN_TEXT, _APPLICATION = 0xF9, 0x01, 0xFF
_LOOP_OWNERS = (b"NETSCAPE2.0", b"ANIMEXTS1.0")
_PALETTE_FLAG, _INTERLACE_FLAG = 0x80, 0x40
_DISPOSALS = {2: Disposal.CLEAR, 3: Disposal.RESTORE}


def parse_gif(data: bytes) -> Animation:
    """What a GIF says of its frames.

    Without a loop extension a GIF is played once; with one it is repeated that often after the first time, or
    for ever. Durations are what the file says, though browsers play one of 10 ms or less as 100 ms.

    Raises:
        ValueError: The blocks make no sense, or the file ends within one.
    """
    width, height, flags = struct.unpack_from("<HHB", data, 6)
    position = 13
    palette = data[position : position + _palette_bytes(flags)]
    position += len(palette)
    parts: list[Part] = []
    durations_ms: list[int] = []
    loop = 1
    control = (0, 0, 0)
    while position < len(data) and data[position] != _TRAILER:
        if data[position] == _IMAGE:
            part, position = _parse_image(data, position, palette, control[0], control[2])
            parts.append(part)
            durations_ms.append(control[1] * 10)
            control = (0, 0, 0)
        elif data[position] == _EXTENSION:
            label = data[position + 1]
            blocks, position = _sub_blocks(data, position + 2)
            if label == _GRAPHIC_CONTROL and blocks and len(blocks[0]) >= 4:
                control = struct.unpack_from("<BHB", blocks[0])
            elif label == _APPLICATION and len(blocks) > 1 and blocks[0] in _LOOP_OWNERS:
                if len(blocks[1]) >= 3 and blocks[1][0] == 1:
                    repeats = int.from_bytes(blocks[1][1:3], "little")
                    loop = repeats + 1 if repeats else 0
            elif label == _PLAIN_TEXT:
                control = (0, 0, 0)  # A text takes the control that stands before it, and nobody draws it.
        elif parts:
            break  # Rubbish after the last frame, as viewers see it.
        else:
            raise ValueError(f"a GIF block of the unknown kind {data[position]:#04x}")
    if not parts:
        raise ValueError("a GIF without a picture")
    # A first frame larger than the screen enlarges it, in browsers too.
    width, height = max(width, parts[0].left + parts[0].width), max(height, parts[0].top + parts[0].height)
    return Animation(width, height, tuple(parts), tuple(durations_ms), loop)


def image_data(gif: bytes) -> bytes:
    """The compressed pixels of a GIF with one frame and a global palette: code size and sub-blocks."""
    position = 13 + _palette_bytes(gif[10])
    while gif[position] == _EXTENSION:
        _, position = _sub_blocks(gif, position + 2)
    start = position + 10 + _palette_bytes(gif[position + 9])
    _, end = _sub_blocks(gif, start + 1)
    return gif[start:end]


def _parse_image(
    data: bytes, position: int, palette: bytes, packed: int, transparent: int
) -> tuple[Part, int]:
    """A part from its image descriptor on, and where the next block begins."""
    left, top, width, height, flags = struct.unpack_from("<HHHHB", data, position + 1)
    start = position + 10
    own = data[start : start + _palette_bytes(flags)]
    start += len(own)
    _, end = _sub_blocks(data, start + 1)
    file = None
    if width and height:
        file = _still(width, height, own or palette, flags, packed & 1, transparent, data[start:end])
    disposal = _DISPOSALS.get(packed >> 2 & 7, Disposal.KEEP)
    return Part(left, top, width, height, disposal, True, file), end


def _still(
    width: int,
    height: int,
    palette: bytes,
    image_flags: int,
    has_transparent: int,
    transparent: int,
    pixels: bytes,
) -> bytes:
    """A GIF of this part alone."""
    size_bits = max(0, (len(palette) // 3 - 1).bit_length() - 1)
    flags = _PALETTE_FLAG | size_bits if palette else 0
    control = struct.pack("<4BHBB", _EXTENSION, _GRAPHIC_CONTROL, 4, has_transparent, 0, transparent, 0)
    image = struct.pack("<BHHHHB", _IMAGE, 0, 0, width, height, image_flags & _INTERLACE_FLAG)
    screen = struct.pack("<HHBBB", width, height, flags, 0, 0)
    return b"".join((b"GIF89a", screen, palette, control, image, pixels, bytes([_TRAILER])))


def _palette_bytes(flags: int) -> int:
    return 3 << (flags & 7) + 1 if flags & _PALETTE_FLAG else 0


def _sub_blocks(data: bytes, position: int) -> tuple[list[bytes], int]:
    """The data sub-blocks up to the empty one, and where the next block begins."""
    blocks = []
    while position < len(data):
        size = data[position]
        if size == 0:
            return blocks, position + 1
        blocks.append(data[position + 1 : position + 1 + size])
        position += 1 + size
    raise ValueError("a GIF that ends within a block")
