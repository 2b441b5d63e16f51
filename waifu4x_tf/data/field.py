"""The field: fixed ways in which pictures get small and damaged, to validate and compare networks with.

A network that is right on one kernel alone looks good in a test that shrinks with that one, and nowhere else.
"""

import numpy as np

from waifu4x_tf.data.degradations import Degradation, degrade

_SEED = 4_000_037


def _only(method: str, **damage: object) -> Degradation:
    return Degradation(**{"bicubic": 0.0, method: 1.0, **damage})  # pyright: ignore[reportArgumentType]


def _jpeg(quality: int, method: str = "bicubic", **damage: object) -> Degradation:
    return _only(method, jpeg_share=1.0, jpeg_quality=(quality, quality), jpeg_420_share=1.0, **damage)


CLEAN_KINDS = {method: _only(method) for method in ("bicubic", "area", "lanczos", "bilinear")}
"""Kernel by kernel, nothing else happened."""

DAMAGED_KINDS = {
    "nearest": _only("nearest"),
    "linear light": _only("area", linear_share=1.0),
    "halos": _only("bicubic", halo_share=1.0, halo_radius=(1.2, 1.2), halo_percent=(120, 120)),
    "blur": _only("bicubic", blur_share=1.0, blur_sigma=(0.7, 0.7)),
    "enlarged": _only("bicubic", enlarged_share=1.0, enlarged_size=(0.5, 0.6)),
    "grain": _only("bicubic", grain_share=1.0, grain_sigma=(2.5, 2.5), grain_colour_share=0.0),
    "scan": _only(
        "bicubic",
        blur_share=1.0,
        blur_sigma=(0.5, 0.5),
        grain_share=1.0,
        grain_sigma=(6.0, 6.0),
        grain_colour_share=1.0,
    ),
    "palette": _only("bicubic", palette_share=1.0, palette_colours=(48, 48)),
    "JPEG 90": _jpeg(90),
    "JPEG 75": _jpeg(75, "area"),
    "JPEG 40": _jpeg(40),
    "JPEG twice": _jpeg(60, jpeg_passes=2, jpeg_shift_share=1.0),
    "JPEG of a blur": _jpeg(75, blur_share=1.0, blur_sigma=(0.7, 0.7)),
    "WebP 50": _only("bicubic", webp_share=1.0, webp_quality=(50, 50)),
    "video": _only("bicubic", video_share=1.0, video_crf=(28, 28)),
    "chat": _jpeg(78, "bilinear", chain_share=1.0, chain_size=(0.45, 0.45)),
}
"""Pictures as people have them."""

FIELD = {**CLEAN_KINDS, **DAMAGED_KINDS}


def field_picture(original: np.ndarray, kind: str, *, scale: int = 4, number: int = 0) -> np.ndarray:
    """What becomes of a picture in one kind of the field.

    Args:
        original: uint8 ``(H, W, 3)``, both sides multiples of ``scale``.
        kind: A key of `FIELD`.
        scale: Factor ``r``.
        number: Of the picture in its set: what chance decides falls differently for each.

    Returns:
        uint8 ``(H / r, W / r, 3)``, the same in every call.

    Example:
        >>> field_picture(np.full((64, 64, 3), 90, np.uint8), "JPEG 75").shape
        (16, 16, 3)
    """
    return degrade(original, scale, np.random.default_rng([_SEED, number, *kind.encode()]), FIELD[kind])
