"""ICC profiles made from what other tags say of a picture's colours: primaries, white and one curve.

The header, tags and types are those of ICC.1:2022, which is version 4: its connection space is D50, to which
the colours are adapted by Bradford's matrix.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence

import numpy as np

# The media white of every such profile, ICC.1:2022, 7.2.16.
_D50 = (0.9642, 1.0, 0.8249)
_BRADFORD = np.array([[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]])

# IEC 61966-2-1 as a parametric curve of type 3: (a x + b) ** g from d on, c x before.
SRGB_CURVE = (2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)


def build_profile(
    name: str,
    curve: Sequence[float],
    white: tuple[float, float],
    primaries: Sequence[tuple[float, float]] | None,
) -> bytes:
    """An ICC profile of three channels, or of grey.

    Args:
        name: ASCII, what programs show.
        curve: An exponent alone, or g, a, b, c, d of a parametric curve of type 3.
        white: Its chromaticity.
        primaries: Those of red, green and blue; None makes a GRAY profile.

    Raises:
        ValueError: The chromaticities span no space of colours.
    """
    tags = [(b"desc", _text(name)), (b"cprt", _text("CC0")), (b"wtpt", _xyz(_D50))]
    shape = _fixed(b"para", struct.pack(">HH", {1: 0, 5: 3}[len(curve)], 0), curve)
    if primaries is None:
        tags.append((b"kTRC", shape))
    else:
        adaptation, to_xyz = _matrices(white, primaries)
        tags.append((b"chad", _fixed(b"sf32", b"", adaptation.ravel())))
        tags += [(letter + b"XYZ", _xyz(to_xyz[:, at])) for at, letter in enumerate((b"r", b"g", b"b"))]
        tags += [(letter + b"TRC", shape) for letter in (b"r", b"g", b"b")]
    table, body = struct.pack(">I", len(tags)), b""
    start = 128 + 4 + 12 * len(tags)
    places: dict[bytes, int] = {}  # equal ones, the three curves, are stored once
    for tag, content in tags:
        if content not in places:
            places[content] = start + len(body)
            body += content
        table += struct.pack(">4sII", tag, places[content], len(content))
    space = b"GRAY" if primaries is None else b"RGB "
    header = struct.pack(">I4xI4s4s4s", start + len(body), 0x04400000, b"mntr", space, b"XYZ ")
    header += struct.pack(">6H4s28x", 2026, 1, 1, 0, 0, 0, b"acsp")
    header += struct.pack(">3i", *(round(65536 * each) for each in _D50))
    return header.ljust(128, b"\0") + table + body


def _matrices(
    white: tuple[float, float], primaries: Sequence[tuple[float, float]]
) -> tuple[np.ndarray, np.ndarray]:
    """Bradford's adaptation to D50, and light to XYZ with it, both float64 (3, 3)."""
    try:
        columns = np.array([_of_chromaticity(each) for each in primaries]).T
        white_xyz = _of_chromaticity(white)
        unadapted = columns * np.linalg.solve(columns, white_xyz)
        gains = (_BRADFORD @ _D50) / (_BRADFORD @ white_xyz)
        adaptation = np.linalg.solve(_BRADFORD, gains[:, None] * _BRADFORD)
        to_xyz = adaptation @ unadapted
        is_sound = np.isfinite(to_xyz).all() and np.abs(to_xyz).max() < 4 and np.linalg.cond(to_xyz) < 1e4
    except (ZeroDivisionError, np.linalg.LinAlgError) as error:
        raise ValueError("chromaticities that span no space") from error
    if not is_sound:
        raise ValueError("chromaticities that span no space")
    return adaptation, to_xyz


def _of_chromaticity(chromaticity: tuple[float, float]) -> np.ndarray:
    x, y = chromaticity
    return np.array([x / y, 1.0, (1 - x - y) / y])


def _text(text: str) -> bytes:
    """A multiLocalizedUnicodeType of one record (10.15), filled up to four bytes."""
    content = text.encode("utf-16-be")
    record = struct.pack(">4s4xII2s2sII", b"mluc", 1, 12, b"en", b"US", len(content), 28) + content
    return record + bytes(-len(record) % 4)


def _xyz(values: Sequence[float] | np.ndarray) -> bytes:
    return _fixed(b"XYZ ", b"", values)


def _fixed(kind: bytes, head: bytes, values: Sequence[float] | np.ndarray) -> bytes:
    """A tag of s15Fixed16 numbers."""
    return kind + bytes(4) + head + struct.pack(f">{len(values)}i", *(round(65536 * each) for each in values))
