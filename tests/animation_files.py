"""GIF, APNG and WebP files put together by hand, so that every field is what the test says."""

import io
import struct
import zlib

import numpy as np
from PIL import Image

# Index 0 is the transparent one where a frame has one.
COLOURS = np.array([(9, 9, 9), (255, 0, 0), (0, 255, 0), (0, 0, 255)], np.uint8)


def gif(width, height, frames, *, repeats=None, end=b"\x3b"):
    """A GIF of frames: (left, top, indices, disposal, centiseconds, transparent or None)."""
    loop = b""
    if repeats is not None:
        loop = b"\x21\xff\x0bNETSCAPE2.0\x03\x01" + struct.pack("<HB", repeats, 0)
    screen = struct.pack("<HHBBB", width, height, 0x80 | 1, 3, 0)
    return (
        b"GIF89a" + screen + COLOURS.tobytes() + loop + b"".join(_gif_frame(*frame) for frame in frames) + end
    )


def _gif_frame(left, top, indices, disposal, centiseconds, transparent):
    indices = np.array(indices, np.uint8)
    height, width = indices.shape
    packed = disposal << 2 | (transparent is not None)
    control = b"\x21\xf9\x04" + struct.pack("<BHBB", packed, centiseconds, transparent or 0, 0)
    descriptor = struct.pack("<BHHHHB", 0x2C, left, top, width, height, 0)
    return control + descriptor + _uncompressed_lzw(indices.tobytes())


def _uncompressed_lzw(indices):
    """LZW of four colours in codes of 3 bits, cleared before they grow."""
    codes = []
    for start in range(0, len(indices), 2):
        codes += [4, *indices[start : start + 2]]
    bits = sum(code << 3 * place for place, code in enumerate([*codes, 5]))
    data = bits.to_bytes(-(-3 * (len(codes) + 1) // 8), "little")
    blocks = [data[start : start + 255] for start in range(0, len(data), 255)]
    return b"\x02" + b"".join(bytes([len(block)]) + block for block in blocks) + b"\0"


def apng(canvas, frames, *, plays=0, default=None, promised=None):
    """An APNG of frames: (left, top, RGBA array, disposal, blend, (numerator, denominator))."""
    height, width = canvas
    colour_type, depth = 6, 8 * frames[0][2].itemsize
    chunks = [
        png_chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour_type, 0, 0, 0)),
        png_chunk(b"acTL", struct.pack(">II", len(frames) if promised is None else promised, plays)),
    ]
    sequence = 0
    if default is not None:
        chunks.append(png_chunk(b"IDAT", _png_pixels(default)))
    for number, (left, top, pixels, disposal, blend, delay) in enumerate(frames):
        rows, columns = pixels.shape[:2]
        control = struct.pack(">IIIIIHHBB", sequence, columns, rows, left, top, *delay, disposal, blend)
        chunks.append(png_chunk(b"fcTL", control))
        sequence += 1
        if number == 0 and default is None:
            chunks.append(png_chunk(b"IDAT", _png_pixels(pixels)))
        else:
            chunks.append(png_chunk(b"fdAT", struct.pack(">I", sequence) + _png_pixels(pixels)))
            sequence += 1
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks) + png_chunk(b"IEND", b"")


def png_chunk(name, body):
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def _png_pixels(pixels):
    rows = pixels.astype(pixels.dtype.newbyteorder(">")).view(np.uint8).reshape(len(pixels), -1)
    return zlib.compress(b"".join(b"\0" + row.tobytes() for row in rows))


def webp(canvas, frames, *, plays=0):
    """An animated WebP of frames: (left, top, RGBA array, disposes, blends, milliseconds)."""
    height, width = canvas
    body = _riff(b"VP8X", b"\x12\0\0\0" + _three(width - 1) + _three(height - 1))
    body += _riff(b"ANIM", struct.pack("<IH", 0xFF112233, plays))
    for left, top, pixels, disposes, blends, milliseconds in frames:
        rows, columns = pixels.shape[:2]
        buffer = io.BytesIO()
        Image.fromarray(pixels).save(buffer, "WEBP", lossless=True, exact=True)
        numbers = (left // 2, top // 2, columns - 1, rows - 1, milliseconds)
        flags = disposes | (0 if blends else 2)
        still = buffer.getvalue()
        body += _riff(
            b"ANMF", b"".join(map(_three, numbers)) + bytes([flags]) + still[still.index(b"VP8L") :]
        )
    return b"RIFF" + struct.pack("<I", 4 + len(body)) + b"WEBP" + body


def _riff(name, body):
    return name + struct.pack("<I", len(body)) + body + b"\0" * (len(body) % 2)


def _three(number):
    return number.to_bytes(3, "little")
