"""The plain kind of ICC profile, three curves and a matrix or one curve for grey, computed with 16 bits.

Pillow's LittleCMS takes RGB in 8 bits only, and grey needs no more than its curve. Tags and types are those
of ICC.1:2022; the colours of the profile's connection space are XYZ relative to D50.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

import numpy as np

# ICC.1:2022, 7.2 and 7.3: the header, then a count, then 12 bytes a tag.
_HEADER_BYTES, _TAG_BYTES = 128, 12
# IEC 61966-2-1, its primaries adapted to D50 as its own ICC profile has them.
SRGB_TO_XYZ = np.array(
    [[0.43607, 0.38515, 0.14307], [0.22249, 0.71687, 0.06061], [0.01392, 0.09708, 0.71410]], np.float64
)
# Enough that a curve's tenth of a 16-bit level is kept where it is steep.
_POINTS = 65536


@dataclass(frozen=True, eq=False)
class Curves:
    """What a plain profile holds.

    Attributes:
        curves: For each channel the light, float64 (65536,) in [0, 1], of values spread evenly over [0, 1];
            never falling.
        to_xyz: float64 (3, 3), from light to XYZ; not of use for grey.
    """

    curves: tuple[np.ndarray, ...]
    to_xyz: np.ndarray


def read_curves(profile: bytes) -> Curves | None:
    """The curves and the matrix of a profile; None when it holds tables instead, or makes no sense."""
    try:
        tags = _tags(profile)
        if profile[16:20] == b"GRAY":
            return Curves((_curve(tags[b"kTRC"]),), np.eye(3))
        if profile[16:20] != b"RGB " or profile[20:24] != b"XYZ " or b"A2B0" in tags:
            return None
        columns = [_xyz(tags[name]) for name in (b"rXYZ", b"gXYZ", b"bXYZ")]
        to_xyz = np.array(columns).T
        np.linalg.inv(to_xyz)
        return Curves(tuple(_curve(tags[name]) for name in (b"rTRC", b"gTRC", b"bTRC")), to_xyz)
    except (KeyError, ValueError, struct.error, np.linalg.LinAlgError):
        return None


def srgb_light(values: np.ndarray) -> np.ndarray:
    """The light, in [0, 1], of sRGB values in [0, 1] (IEC 61966-2-1)."""
    return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)


def srgb_value(light: np.ndarray) -> np.ndarray:
    """The sRGB values of light, both in [0, 1]; the inverse of `srgb_light`."""
    curved = 1.055 * np.maximum(light, 0.0031308) ** (1 / 2.4) - 0.055
    return np.where(light <= 0.0031308, light * 12.92, curved)


def inverted(curve: np.ndarray, light: np.ndarray) -> np.ndarray:
    """The values in [0, 1] at which a curve gives this light."""
    return np.interp(light, curve, np.linspace(0, 1, len(curve)))


def _tags(profile: bytes) -> dict[bytes, bytes]:
    (count,) = struct.unpack_from(">I", profile, _HEADER_BYTES)
    found = {}
    for index in range(min(count, 100)):
        name, offset, size = struct.unpack_from(">4sII", profile, _HEADER_BYTES + 4 + _TAG_BYTES * index)
        found[name] = profile[offset : offset + size]
    return found


def _xyz(tag: bytes) -> list[float]:
    kind, x, y, z = struct.unpack_from(">4s4xiii", tag)
    if kind != b"XYZ ":
        raise ValueError(kind)
    return [each / 65536 for each in (x, y, z)]


def _curve(tag: bytes) -> np.ndarray:
    """A curveType (10.6) or parametricCurveType (10.18) as points."""
    values = np.linspace(0, 1, _POINTS)
    if tag[:4] == b"curv":
        (count,) = struct.unpack_from(">I", tag, 8)
        numbers = np.frombuffer(tag, ">u2", count, 12).astype(np.float64)
        if count == 0:
            light = values
        elif count == 1:
            light = values ** (numbers[0] / 256)
        else:
            light = np.interp(values, np.linspace(0, 1, count), numbers / 65535)
    elif tag[:4] == b"para":
        light = _parametric(tag, values)
    else:
        raise ValueError(tag[:4])
    if not np.isfinite(light).all() or light[-1] <= light[0]:
        raise ValueError("a curve that does not rise")
    return np.maximum.accumulate(light.clip(0, 1))


def _parametric(tag: bytes, values: np.ndarray) -> np.ndarray:
    (kind,) = struct.unpack_from(">H", tag, 8)
    if kind > 4:
        raise ValueError(kind)
    given = [each / 65536 for each in struct.unpack_from(f">{(1, 3, 4, 5, 7)[kind]}i", tag, 12)]
    # All five kinds as (a x + b) ** g + e from d on, and c x + f before; table 68.
    g, a, b, c, d, e, f = {
        0: lambda g: (g, 1, 0, 0, 0, 0, 0),
        1: lambda g, a, b: (g, a, b, 0, -b / a if a else 0, 0, 0),
        2: lambda g, a, b, c: (g, a, b, 0, -b / a if a else 0, c, c),
        3: lambda g, a, b, c, d: (g, a, b, c, d, 0, 0),
        4: lambda *each: each,
    }[kind](*given)
    curved = np.maximum(a * values + b, 0) ** g + e
    return np.where(values >= d, curved, c * values + f)
