"""What a WebP says of itself: lossless or lossy, and the quality of a lossy one from its quantisers."""

from __future__ import annotations

import math
from dataclasses import dataclass

_KEY_FRAME_START = b"\x9d\x01\x2a"
_LARGEST_QUANTISER = 127


@dataclass(frozen=True)
class WebpHeader:
    """How a WebP is coded; of an animation its first frame.

    Attributes:
        is_lossy: Whether its pixels went through VP8's transform.
        quality: 0 to 100, as libwebp counts it; None for a lossless one, or where the header is damaged.
    """

    is_lossy: bool
    quality: int | None


def read_webp_header(content: bytes) -> WebpHeader | None:
    """Reads the first picture's own header; None when there is none."""
    position = 12
    while position + 8 <= len(content):
        name = content[position : position + 4]
        if name == b"VP8L":
            return WebpHeader(False, None)
        if name == b"VP8 ":
            return WebpHeader(True, _quality(content[position + 8 : position + 8 + 4096]))
        if name == b"ANMF":  # a frame of an animation: its own chunks follow 16 bytes of place and duration
            position += 8 + 16
            continue
        size = int.from_bytes(content[position + 4 : position + 8], "little")
        position += 8 + size + size % 2
    return None


class _BoolDecoder:
    """The arithmetic decoder of VP8 (RFC 6386, section 7.3); past its end it reads zeros."""

    def __init__(self, data: bytes) -> None:
        self._data, self._place = data, 2
        self._value = int.from_bytes(data[:2].ljust(2, b"\0"), "big")
        self._range, self._shifts = 255, 0

    def bit(self, probability: int = 128) -> int:
        split = 1 + ((self._range - 1) * probability >> 8)
        is_set = self._value >= split << 8
        if is_set:
            self._range -= split
            self._value -= split << 8
        else:
            self._range = split
        while self._range < 128:
            self._value <<= 1
            self._range <<= 1
            self._shifts += 1
            if self._shifts == 8:
                self._shifts = 0
                if self._place < len(self._data):
                    self._value |= self._data[self._place]
                self._place += 1
        return int(is_set)

    def number(self, bits: int) -> int:
        value = 0
        for _ in range(bits):
            value = 2 * value + self.bit()
        return value

    def optional_signed(self, bits: int) -> int:
        """A flag, then a size and a sign; 0 without the flag."""
        if not self.bit():
            return 0
        value = self.number(bits)
        return -value if self.bit() else value


def _quality(data: bytes) -> int | None:
    """The quality from a VP8 key frame's header (RFC 6386, sections 9.1 to 9.6 and 19.2)."""
    if len(data) < 12 or data[0] & 1 or data[3:6] != _KEY_FRAME_START:
        return None
    read = _BoolDecoder(data[10:])
    read.number(2)  # colour space, clamping
    # Without a map all blocks are of the first segment.
    segments, shares = [0] * 4, [1.0, 0.0, 0.0, 0.0]
    is_absolute = False
    if read.bit():
        has_map, has_data = read.bit(), read.bit()
        if has_data:
            is_absolute = bool(read.bit())
            segments = [read.optional_signed(7) for _ in range(4)]
            for _ in range(4):
                read.optional_signed(6)  # loop filter
        if has_map:
            tree = [read.number(8) / 255 if read.bit() else 1.0 for _ in range(3)]
            shares = [tree[0] * tree[1], tree[0] * (1 - tree[1])]
            shares += [(1 - tree[0]) * tree[2], (1 - tree[0]) * (1 - tree[2])]
    read.number(10)  # loop filter: kind, level, sharpness
    if read.bit() and read.bit():
        for _ in range(8):
            read.optional_signed(6)
    read.number(2)  # partitions
    base = read.number(7)
    return _quality_of([value if is_absolute else base + value for value in segments], shares)


def _quality_of(quantisers: list[int], shares: list[float]) -> int:
    """Undoes libwebp's mapping (src/enc/quant_enc.c, VP8SetSegmentParams).

    The segments' compression c is the picture's own, raised to powers that average to one over its area.
    """
    # libwebp cuts off a quantiser's decimals: on average they are a half.
    logarithms = [
        math.log(1 - min(value + 0.5 if value > 0 else 0, _LARGEST_QUANTISER - 0.1) / _LARGEST_QUANTISER)
        for value in quantisers
    ]
    mean = math.fsum(map(math.prod, zip(logarithms, shares, strict=True))) / (math.fsum(shares) or 1)
    linear = math.exp(mean) ** 3
    return round(100 * (1.5 * linear if linear < 0.5 else (linear + 1) / 2))
