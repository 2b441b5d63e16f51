"""ICC profiles made from numbers: curves, a matrix, nothing of anybody's."""

import struct

import numpy as np

D50 = np.array([0.96422, 1.0, 0.82521])
_D65_XY, _D50_XY = (0.3127, 0.3290), (0.3457, 0.3585)
# Bradford's cone responses, with which ICC profiles adapt their white.
_CONES = np.array([[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]])
_SRGB_CURVE = (2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)


def rgb_profile(primaries, gamma=None, white=_D65_XY):
    """A profile of three (x, y) primaries; without a gamma the curve is sRGB's."""
    columns = np.stack([_xyz(point) for point in primaries], axis=1)
    white_xyz = _xyz(white)
    matrix = columns * np.linalg.solve(columns, white_xyz)
    adapted = np.linalg.inv(_CONES) @ np.diag(_CONES @ D50 / (_CONES @ white_xyz)) @ _CONES @ matrix
    curve = _curve(gamma)
    tags = {name: _xyz_tag(adapted[:, index]) for index, name in enumerate((b"rXYZ", b"gXYZ", b"bXYZ"))}
    return _profile(b"RGB ", {**tags, b"rTRC": curve, b"gTRC": curve, b"bTRC": curve})


def grey_profile(gamma):
    """A profile of one channel."""
    return _profile(b"GRAY", {b"kTRC": _curve(gamma)})


def cmyk_profile(lab_of_inks):
    """A profile of a press: Lab of every combination of full and no ink, {(c, m, y, k): (L, a, b)}."""
    identity = bytes(range(256))
    corners = [lab_of_inks(*(index >> shift & 1 for shift in (3, 2, 1, 0))) for index in range(16)]
    grid = bytes(round(each) for lightness, a, b in corners for each in (lightness * 2.55, a + 128, b + 128))
    # lut8Type (ICC.1:2022, 10.11).
    table = b"mft1\0\0\0\0" + bytes([4, 3, 2, 0]) + _fixed(*np.eye(3).ravel())
    return _profile(b"CMYK", {b"A2B0": table + identity * 4 + grid + identity * 3}, b"prtr", b"Lab ")


def _curve(gamma):
    if gamma is None:
        return b"para\0\0\0\0" + struct.pack(">HH", 3, 0) + _fixed(*_SRGB_CURVE)
    return b"curv\0\0\0\0" + struct.pack(">IH", 1, round(gamma * 256)) + b"\0\0"


def _profile(space, tags, kind=b"mntr", connection=b"XYZ "):
    text = b"desc\0\0\0\0" + struct.pack(">I", 2) + b"x\0" + b"\0" * 78
    tags = {b"desc": text, b"cprt": b"text\0\0\0\0x\0\0\0", b"wtpt": _xyz_tag(D50), **tags}
    table, data = b"", b""
    start = 128 + 4 + 12 * len(tags)
    for name, content in tags.items():
        content += b"\0" * (-len(content) % 4)
        table += name + struct.pack(">II", start + len(data), len(content))
        data += content
    body = struct.pack(">I", len(tags)) + table + data
    head = struct.pack(">I4xI4s4s4s", 128 + len(body), 0x04200000, kind, space, connection)
    head += struct.pack(">6H", 2020, 1, 1, 0, 0, 0) + b"acsp" + b"\0" * 28 + _fixed(*D50)
    return head.ljust(128, b"\0") + body


def _xyz(point):
    x, y = point
    return np.array([x / y, 1, (1 - x - y) / y])


def _xyz_tag(values):
    return b"XYZ \0\0\0\0" + _fixed(*values)


def _fixed(*values):
    """Numbers of type s15Fixed16."""
    return b"".join(struct.pack(">i", round(value * 65536)) for value in values)


LIKE_SRGB = rgb_profile([(0.64, 0.33), (0.30, 0.60), (0.15, 0.06)])
LIKE_P3 = rgb_profile([(0.68, 0.32), (0.265, 0.69), (0.15, 0.06)])
LIKE_ADOBE = rgb_profile([(0.64, 0.33), (0.21, 0.71), (0.15, 0.06)], 563 / 256)
LIKE_PROPHOTO = rgb_profile([(0.7347, 0.2653), (0.1596, 0.8404), (0.0366, 0.0001)], 1.8, white=_D50_XY)
WIDE = {"p3": LIKE_P3, "adobe": LIKE_ADOBE, "prophoto": LIKE_PROPHOTO}
