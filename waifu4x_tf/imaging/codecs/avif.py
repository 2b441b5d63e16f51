"""AVIF: whether Pillow can read and write it, and what its boxes say that Pillow does not.

The boxes are those of ISO/IEC 14496-12 (files) and 23008-12 (pictures), av1C that of "AV1 Codec ISO Media
File Format Binding".
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from PIL import features

from waifu4x_tf.errors import PictureError
from waifu4x_tf.imaging.cicp import profile_of_cicp, says_something

# Files of cameras and browsers have about twenty properties; a forged one may have millions.
_MOST_BOXES = 1000
# Film's curves are taken for sRGB's, as browsers do: encoders write them beside pixels that are sRGB.
_FILM_TRANSFERS = (1, 6, 11, 12, 14, 15)
_SRGB_TRANSFER = 13


@dataclass(frozen=True)
class AvifColour:
    """What a file says of its pixels.

    Attributes:
        bits: Per channel: 8, 10 or 12.
        cicp: H.273's code points of primaries and transfer; None where they are not given.
    """

    bits: int = 8
    cicp: tuple[int, int] | None = None

    @property
    def note(self) -> str | None:
        """What the person should know of a file of more bits than Pillow gives."""
        if self.bits == 8:
            return None
        return f"rounded from {self.bits} to 8 bits per channel, all that is read of an AVIF"

    def profile(self) -> bytes | None:
        """The ICC profile that the code points stand for; None for sRGB.

        Raises:
            PictureError: HDR, or another kind that is not converted.
        """
        if self.cicp is None or not says_something(*self.cicp):
            return None
        primaries, transfer = self.cicp
        transfer = _SRGB_TRANSFER if transfer in _FILM_TRANSFERS else transfer
        return profile_of_cicp((primaries, transfer, 0, 1), "AVIF", is_grey=False)


def check_supported() -> None:
    """Refuses AVIF where this Pillow cannot do it, as some that are not from PyPI.

    Raises:
        PictureError: It cannot.
    """
    if not features.check("avif"):
        raise PictureError(
            "AVIF needs a Pillow that was built with it. Received: one without. Install Pillow from PyPI "
            "anew, or use PNG."
        )


def read_colour(data: bytes) -> AvifColour:
    """What the boxes say; what is damaged or missing is left at its default."""
    bits, cicp = 8, None
    try:
        for name, body in _properties(data):
            if name == b"av1C" and body[2] & 0x40:
                bits = 12 if body[2] & 0x20 else 10
            elif name == b"colr" and body[:4] == b"nclx" and cicp is None:
                primaries, transfer = struct.unpack_from(">HH", body, 4)
                cicp = primaries, transfer
    except (IndexError, struct.error):
        pass
    return AvifColour(bits, cicp)


def _properties(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """The properties of all pictures in a file; that of an alpha channel has no colours."""
    for name, meta in _boxes(data):
        if name == b"meta":
            for name_inside, properties in _boxes(meta[4:]):
                if name_inside == b"iprp":
                    for kind, container in _boxes(properties):
                        if kind == b"ipco":
                            yield from _boxes(container)


def _boxes(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    position = 0
    for _ in range(_MOST_BOXES):
        if position + 8 > len(data):
            return
        size, name = struct.unpack_from(">I4s", data, position)
        head = 8
        if size == 1:
            (size,), head = struct.unpack_from(">Q", data, position + 8), 16
        if size == 0:  # up to the end
            size = len(data) - position
        if size < head:
            return
        yield name, data[position + head : position + size]
        position += size
