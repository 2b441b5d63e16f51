"""PNG and TIFF files of 16 bits per channel, made by other hands than the library's."""

import io
import struct
import zlib

import numpy as np
import tifffile


def chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def png16(pixels: np.ndarray, *chunks: bytes, after: bytes = b"", interlaced: bool = False) -> bytes:
    """A PNG of uint16 (H, W, 1 to 4), unfiltered, with more chunks before and behind the pixels."""
    height, width, channels = pixels.shape
    colour_type = {1: 0, 2: 4, 3: 2, 4: 6}[channels]
    header = struct.pack(">IIBBBBB", width, height, 16, colour_type, 0, 0, int(interlaced))
    if interlaced:  # Adam7, W3C PNG, 8.1: first column, first row, steps
        passes = [
            (0, 0, 8, 8),
            (4, 0, 8, 8),
            (0, 4, 4, 8),
            (2, 0, 4, 4),
            (0, 2, 2, 4),
            (1, 0, 2, 2),
            (0, 1, 1, 2),
        ]
        parts = [pixels[y::step_y, x::step_x] for x, y, step_x, step_y in passes]
    else:
        parts = [pixels]
    raw = b"".join(b"\0" + row.astype(">u2").tobytes() for part in parts for row in part if row.size)
    body = chunk(b"IHDR", header) + b"".join(chunks) + chunk(b"IDAT", zlib.compress(raw))
    return b"\x89PNG\r\n\x1a\n" + body + after + chunk(b"IEND", b"")


def tiff16(pixels: np.ndarray, photometric: str, *, byteorder: str = "<", **settings: object) -> bytes:
    """A TIFF by tifffile of (H, W), (H, W, C), or in planes (C, H, W)."""
    buffer = io.BytesIO()
    with tifffile.TiffWriter(
        buffer, byteorder=byteorder, bigtiff=bool(settings.pop("bigtiff", False))
    ) as file:
        file.write(np.ascontiguousarray(pixels), photometric=photometric, metadata=None, **settings)
    return buffer.getvalue()
