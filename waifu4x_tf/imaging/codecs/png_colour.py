"""What a PNG says of its colours and its pixels' shape beside an ICC profile.

Its chunks cICP, sRGB, gAMA, cHRM, sBIT and pHYs: W3C, "Portable Network Graphics (PNG) Specification (Third
Edition)", 11.3.2 and 11.3.4.3. Where several are there, cICP comes before iCCP, that before sRGB, and that
before gAMA and cHRM (4.3). What they say becomes an ICC profile, the one form of it that the rest of the
program knows.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

from PIL import Image

from waifu4x_tf.imaging.cicp import SRGB_PRIMARIES, SRGB_WHITE, profile_of_cicp, says_something
from waifu4x_tf.imaging.icc_building import SRGB_CURVE, build_profile
from waifu4x_tf.imaging.metadata import usable_profile

_SIGNATURE_BYTES = 8
# Pillow's, of PNGs of one colour channel.
_GREY_MODES = ("1", "L", "LA", "I;16", "I;16B")
# Real files have a dozen chunks before their pixels; a forged one may have millions.
_MOST_CHUNKS = 256

# As near as libpng (png.c) takes gamma and chromaticities for those of sRGB.
_SRGB_GAMMA, _SAME_GAMMA, _SAME_CHROMATICITY = 0.45455, 0.05, 0.01
# Others are mistakes; libpng (png.c) refuses them too.
_GAMMAS = (0.00016, 6.25)


@dataclass(frozen=True)
class ColourTags:
    """What the chunks say; None for one that is missing or makes no sense.

    Attributes:
        cicp: H.273's code points of primaries and transfer, the matrix, and whether the range is full.
        is_srgb: Whether there is an sRGB chunk.
        gamma: Of encoding, 0.45455 for about sRGB.
        chromaticities: Of white, red, green and blue.
        significant_bits: Of each channel.
        aspect: Pixels per length, horizontally and vertically, of no known unit.
    """

    cicp: tuple[int, int, int, int] | None = None
    is_srgb: bool = False
    gamma: float | None = None
    chromaticities: tuple[tuple[float, float], ...] | None = None
    significant_bits: tuple[int, ...] | None = None
    aspect: tuple[int, int] | None = None

    def __str__(self) -> str:
        """The tags in a few words such as "cICP 12/13, gAMA 0.45455"; nothing without any."""
        words = []
        if self.cicp is not None:
            words.append(f"cICP {self.cicp[0]}/{self.cicp[1]}")
        if self.is_srgb:
            words.append("sRGB")
        if self.gamma is not None:
            words.append(f"gAMA {self.gamma:g}")
        if self.chromaticities is not None:
            words.append("cHRM " + " ".join(f"{x:g},{y:g}" for x, y in self.chromaticities))
        if self.significant_bits is not None:
            words.append("sBIT " + " ".join(map(str, self.significant_bits)))
        if self.aspect is not None:
            words.append("pHYs {}:{}".format(*self.aspect))
        return ", ".join(words)


def read_colour_tags(data: bytes) -> ColourTags:
    """The tags of a PNG; of several of a kind the first counts, and what is damaged is left out."""
    found: dict[bytes, bytes] = {}
    for name, body in _chunks_before_pixels(data):
        found.setdefault(name, body)
    return ColourTags(
        cicp=_cicp(found.get(b"cICP", b"")),
        is_srgb=len(found.get(b"sRGB", b"")) == 1,
        gamma=_gamma(found.get(b"gAMA", b"")),
        chromaticities=_chromaticities(found.get(b"cHRM", b"")),
        significant_bits=tuple(found.get(b"sBIT", b"")[:4]) or None,
        aspect=_aspect(found.get(b"pHYs", b"")),
    )


def opened_profile(image: Image.Image) -> object:
    """The ICC profile of an image that Pillow opened; of a PNG, as its tags that Pillow keeps say.

    Those are gAMA, cHRM and sRGB. `settle_colour` leaves none of them.
    """
    info = image.info
    if image.format != "PNG":
        return info.get("icc_profile")
    numbers = [round(100_000 * each) for each in info.get("chromaticity", ())]
    tags = ColourTags(
        is_srgb="srgb" in info,
        gamma=_gamma(round(100_000 * info.get("gamma", 0)).to_bytes(4, "big")),
        chromaticities=_chromaticities(struct.pack(f">{len(numbers)}I", *numbers)),
    )
    return tagged_profile(tags, info.get("icc_profile"), is_grey=image.mode in _GREY_MODES)


def settle_colour(image: Image.Image, data: bytes) -> None:
    """Gives an opened PNG the profile that all of its tags say, in their place.

    Raises:
        PictureError: As `tagged_profile`.
    """
    profile = tagged_profile(
        read_colour_tags(data), image.info.get("icc_profile"), is_grey=image.mode in _GREY_MODES
    )
    for name in ("gamma", "chromaticity", "srgb"):
        image.info.pop(name, None)
    image.info["icc_profile"] = profile


def tagged_profile(tags: ColourTags, embedded: object, *, is_grey: bool) -> bytes | None:
    """The ICC profile that says what the tags do.

    Args:
        tags: Those of the file.
        embedded: The content of its iCCP chunk, or anything.
        is_grey: Whether it is stored with one colour channel.

    Returns:
        The embedded one where that counts, one made from the tags, or None for sRGB.

    Raises:
        PictureError: The colours are HDR, or of another kind that is not converted.
    """
    if tags.cicp is not None:
        return profile_of_cicp(tags.cicp, "PNG", is_grey=is_grey)
    for grey in (False, True):
        profile = usable_profile(embedded, is_grey=grey)
        if profile is not None:
            return profile
    if tags.is_srgb or (tags.gamma is None and tags.chromaticities is None):
        return None
    gamma, chromaticities = tags.gamma, tags.chromaticities
    is_same_curve = gamma is None or abs(gamma / _SRGB_GAMMA - 1) <= _SAME_GAMMA
    srgb = (SRGB_WHITE, *SRGB_PRIMARIES)
    is_same_space = chromaticities is None or all(
        abs(value - wanted) <= _SAME_CHROMATICITY
        for pair, wanted_pair in zip(chromaticities, srgb, strict=True)
        for value, wanted in zip(pair, wanted_pair, strict=True)
    )
    if is_same_curve and (is_same_space or is_grey):
        return None
    white, *primaries = chromaticities or srgb
    curve = SRGB_CURVE if gamma is None else (1 / gamma,)
    named = [f"gAMA {gamma:g}"] if gamma is not None else []
    named += ["cHRM"] if chromaticities is not None else []
    try:
        return build_profile(f"PNG {' '.join(named)}", curve, white, None if is_grey else primaries)
    except ValueError:
        return None


def _cicp(body: bytes) -> tuple[int, int, int, int] | None:
    """None for code points that say nothing: PNG's matrix is 0, and H.273 leaves some unspecified or free."""
    if len(body) != 4 or body[2] != 0 or body[3] > 1 or not says_something(body[0], body[1]):
        return None
    return body[0], body[1], body[2], body[3]


def _gamma(body: bytes) -> float | None:
    gamma = int.from_bytes(body, "big") / 100_000 if len(body) == 4 else 0.0
    return gamma if _GAMMAS[0] <= gamma <= _GAMMAS[1] else None


def _chromaticities(body: bytes) -> tuple[tuple[float, float], ...] | None:
    if len(body) != 32:
        return None
    numbers = [each / 100_000 for each in struct.unpack(">8I", body)]
    pairs = tuple(zip(numbers[::2], numbers[1::2], strict=True))
    is_sound = all(0 <= x <= 1 and 0 < y <= 1 and x + y <= 1 for x, y in pairs)
    return pairs if is_sound else None


def _aspect(body: bytes) -> tuple[int, int] | None:
    if len(body) != 9 or body[8] != 0:
        return None
    horizontal, vertical = struct.unpack_from(">II", body)
    return (horizontal, vertical) if 0 < horizontal < 2**31 and 0 < vertical < 2**31 else None


def _chunks_before_pixels(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Name and body of each chunk as small as these tags are, if its checksum fits."""
    position = _SIGNATURE_BYTES
    for _ in range(_MOST_CHUNKS):
        if position + 12 > len(data):
            return
        (length,) = struct.unpack_from(">I", data, position)
        name = data[position + 4 : position + 8]
        if name in (b"IDAT", b"IEND"):
            return
        end = position + 8 + length
        if length <= 32 and data[end : end + 4] == zlib.crc32(data[position + 4 : end]).to_bytes(4, "big"):
            yield name, data[position + 8 : end]
        position = end + 4
