"""Colours by code points, as PNG's cICP and AVIF's nclx name them (ITU-T H.273)."""

from __future__ import annotations

from waifu4x_tf.errors import PictureError
from waifu4x_tf.imaging.icc_building import SRGB_CURVE, build_profile

SRGB_WHITE = (0.3127, 0.3290)
SRGB_PRIMARIES = ((0.64, 0.33), (0.30, 0.60), (0.15, 0.06))

# ITU-T H.273, table 2: white, then red, green and blue.
_PRIMARIES = {
    1: (SRGB_WHITE, SRGB_PRIMARIES),
    4: ((0.310, 0.316), ((0.67, 0.33), (0.21, 0.71), (0.14, 0.08))),
    5: (SRGB_WHITE, ((0.64, 0.33), (0.29, 0.60), (0.15, 0.06))),
    6: (SRGB_WHITE, ((0.630, 0.340), (0.310, 0.595), (0.155, 0.070))),
    7: (SRGB_WHITE, ((0.630, 0.340), (0.310, 0.595), (0.155, 0.070))),
    8: ((0.310, 0.316), ((0.681, 0.319), (0.243, 0.692), (0.145, 0.049))),
    9: (SRGB_WHITE, ((0.708, 0.292), (0.170, 0.797), (0.131, 0.046))),
    11: ((0.314, 0.351), ((0.680, 0.320), (0.265, 0.690), (0.150, 0.060))),
    12: (SRGB_WHITE, ((0.680, 0.320), (0.265, 0.690), (0.150, 0.060))),
    22: (SRGB_WHITE, ((0.630, 0.340), (0.295, 0.605), (0.155, 0.077))),
}
# H.273, table 3, from values to light: an exponent, or g, a, b, c, d as of `build_profile`.
_BT709_CURVE = (1 / 0.45, 1 / 1.099, 0.099 / 1.099, 1 / 4.5, 0.081)
_CURVES = {
    **dict.fromkeys((1, 6, 11, 12, 14, 15), _BT709_CURVE),
    4: (2.2,),
    5: (2.8,),
    7: (1 / 0.45, 1 / 1.1115, 0.1115 / 1.1115, 1 / 4, 0.0912),
    8: (1.0,),
    13: SRGB_CURVE,
}
_NOT_CONVERTED = {
    9: "a logarithmic curve",
    10: "a logarithmic curve",
    16: "PQ, which is HDR",
    17: "the curve of SMPTE ST 428-1",
    18: "HLG, which is HDR",
}
_SRGB_TRANSFER = 13


def says_something(primaries: int, transfer: int) -> bool:
    """Whether code points name a space; some are reserved or say that it is not known."""
    return (primaries in _PRIMARIES and transfer in _CURVES) or transfer in _NOT_CONVERTED


def profile_of_cicp(cicp: tuple[int, int, int, int], format_name: str, *, is_grey: bool) -> bytes | None:
    """The ICC profile of code points that say something.

    Args:
        cicp: Primaries, transfer, matrix, and 1 for the full range of values.
        format_name: What the profile's name begins with.
        is_grey: Whether it is to be of one channel.

    Returns:
        None for sRGB.

    Raises:
        PictureError: HDR, or another kind that is not converted.
    """
    primaries, transfer, _, is_full = cicp
    wrong = _NOT_CONVERTED.get(transfer) or ("" if is_full else "a narrow range of values, as films have it")
    if wrong:
        raise PictureError(
            "A picture's colours are of the usual range, not HDR. "
            f"Received: cICP {'/'.join(map(str, cicp))}, {wrong}. "
            "Convert it to sRGB in an image editor first."
        )
    curve, (white, colours) = _CURVES[transfer], _PRIMARIES[primaries]
    if transfer == _SRGB_TRANSFER and (is_grey or primaries == 1):
        return None
    name = f"{format_name} cICP {primaries}/{transfer}"
    return build_profile(name, curve, white, None if is_grey else colours)
