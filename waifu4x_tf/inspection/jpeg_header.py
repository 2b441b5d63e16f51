"""What a JPEG says of itself: the quality in its quantisation tables, chroma subsampling, kind of coding."""

from __future__ import annotations

import functools
from dataclasses import dataclass

import numpy as np

# ITU-T T.81, tables K.1 and K.2: the tables that libjpeg scales by its quality, row by row.
_LUMA = """
16 11 10 16 24 40 51 61  12 12 14 19 26 58 60 55  14 13 16 24 40 57 69 56  14 17 22 29 51 87 80 62
18 22 37 56 68 109 103 77  24 35 55 64 81 104 113 92  49 64 78 87 103 121 120 101  72 92 95 98 112 100 103 99
"""
_CHROMA = """
17 18 24 47 99 99 99 99  18 21 26 66 99 99 99 99  24 26 56 99 99 99 99 99  47 66 99 99 99 99 99 99
99 99 99 99 99 99 99 99  99 99 99 99 99 99 99 99  99 99 99 99 99 99 99 99  99 99 99 99 99 99 99 99
"""
_SUBSAMPLING: dict[tuple[float, float], str] = {
    (1, 1): "4:4:4",
    (2, 1): "4:2:2",
    (2, 2): "4:2:0",
    (1, 2): "4:4:0",
    (4, 1): "4:1:1",
}

# T.81, table B.1.
_START, _END, _SCAN, _TABLES = 0xD8, 0xD9, 0xDA, 0xDB
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_PROGRESSIVE = frozenset({0xC2, 0xC6, 0xCA, 0xCE})
_FIRST_ARITHMETIC = 0xC9
_WITHOUT_LENGTH = frozenset({0x01, _START, *range(0xD0, 0xD8)})


@dataclass(frozen=True, eq=False)
class JpegHeader:
    """What stands before the first scan of a JPEG.

    Attributes:
        quality: 1 to 100, as libjpeg counts it: of the luma table, exact for one that libjpeg made, else the
            nearest.
        is_standard: Whether the luma table is exactly the standard one of that quality.
        chroma_quality: The same of the first chroma table; None for grey.
        subsampling: "4:2:0" and the like; None for grey.
        components: Colour channels: 1 grey, 3 colour, 4 CMYK.
        is_progressive: Whether it is sent coarse to fine.
        is_arithmetic: Whether it is coded arithmetically instead of with Huffman's codes.
        luma_table: int (8, 8), the steps of the luma coefficients by vertical and horizontal frequency.
    """

    quality: int
    is_standard: bool
    chroma_quality: int | None
    subsampling: str | None
    components: int
    is_progressive: bool
    is_arithmetic: bool
    luma_table: np.ndarray


@functools.cache
def standard_tables(*, chroma: bool = False) -> np.ndarray:
    """The tables that libjpeg makes of qualities 1 to 100 (jcparam.c, jpeg_quality_scaling).

    Returns:
        int (100, 8, 8), each step from 1 to 255.
    """
    base = np.array((_CHROMA if chroma else _LUMA).split(), np.int64).reshape(8, 8)
    quality = np.arange(1, 101)
    percent = np.where(quality < 50, 5000 // quality, 200 - 2 * quality)
    tables = np.clip((base * percent[:, None, None] + 50) // 100, 1, 255)
    tables.flags.writeable = False
    return tables


def nearest_quality(table: np.ndarray, *, chroma: bool = False) -> tuple[int, bool]:
    """The quality whose standard table is nearest in the logarithms of its steps, and whether it is equal.

    Args:
        table: int (8, 8), each step at least 1.
        chroma: Compare with the chroma tables.
    """
    distances = np.abs(np.log(table) - np.log(standard_tables(chroma=chroma))).sum(axis=(1, 2))
    best = int(distances.argmin())
    return best + 1, bool(distances[best] == 0)


def read_jpeg_header(content: bytes) -> JpegHeader | None:
    """Reads the segments before the first scan; None when they are damaged or no frame is among them."""
    tables: dict[int, np.ndarray] = {}
    frame: tuple[int, bytes] | None = None
    position = 2
    while position + 4 <= len(content) and content[position] == 0xFF:
        marker = content[position + 1]
        if marker == 0xFF or marker in _WITHOUT_LENGTH:
            position += 1 if marker == 0xFF else 2
            continue
        if marker in (_SCAN, _END):
            break
        end = position + 2 + int.from_bytes(content[position + 2 : position + 4], "big")
        segment = content[position + 4 : end]
        if marker == _TABLES:
            tables.update(_tables_of(segment))
        elif marker in _FRAMES:
            frame = marker, segment
        position = end
    return _header_of(frame, tables) if frame is not None else None


def _tables_of(segment: bytes) -> dict[int, np.ndarray]:
    """The tables of one DQT segment by their number (T.81, B.2.4.1); a broken one ends the list."""
    tables = {}
    while segment:
        wide, number = divmod(segment[0], 16)
        size = 128 if wide else 64
        steps = np.frombuffer(segment[1 : 1 + size], ">u2" if wide else np.uint8)
        if len(steps) != 64 or not steps.all():
            break
        table = np.empty(64, np.int64)
        table[_zigzag()] = steps
        tables[number] = table.reshape(8, 8)
        segment = segment[1 + size :]
    return tables


@functools.cache
def _zigzag() -> np.ndarray:
    """The place in a block, row by row, of each coefficient in the order of the file (T.81, figure A.6)."""
    places = [(row, column) for row in range(8) for column in range(8)]
    places.sort(key=lambda at: (sum(at), at[0] if sum(at) % 2 else at[1]))
    return np.array([8 * row + column for row, column in places])


def _header_of(frame: tuple[int, bytes], tables: dict[int, np.ndarray]) -> JpegHeader | None:
    """T.81, B.2.2: precision, height, width, count, then number, sampling factors and table of each."""
    marker, segment = frame
    components = [segment[at : at + 3] for at in range(6, len(segment), 3)]
    if not components or len(components[-1]) != 3 or len(components) != segment[5]:
        return None
    factors = [divmod(each[1], 16) for each in components]
    luma = tables.get(components[0][2])
    if luma is None or not all(min(each) for each in factors):
        return None
    quality, is_standard = nearest_quality(luma)
    chroma_quality, subsampling = None, None
    if len(components) >= 3:
        ratio = factors[0][0] / factors[1][0], factors[0][1] / factors[1][1]
        subsampling = _SUBSAMPLING.get(ratio) or f"{ratio[0]:g}x{ratio[1]:g}"
        chroma = tables.get(components[1][2])
        if chroma is not None:
            chroma_quality = nearest_quality(chroma, chroma=components[1][2] != components[0][2])[0]
    return JpegHeader(
        quality,
        is_standard,
        chroma_quality,
        subsampling,
        len(components),
        marker in _PROGRESSIVE,
        marker >= _FIRST_ARITHMETIC,
        luma,
    )
