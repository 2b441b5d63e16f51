"""How well a folder's pictures come back after being shrunk: PSNR and SSIM of each way to enlarge."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from waifu4x_tf.errors import PictureError
from waifu4x_tf.evaluation import metrics
from waifu4x_tf.evaluation.comparison import busiest_square, enlarge_by_each
from waifu4x_tf.imaging.codecs.recoding import recode
from waifu4x_tf.imaging.interpolation import cropped_to_multiple, resize

if TYPE_CHECKING:
    from waifu4x_tf.inference.upscaler import Upscaler

# The Gaussian window of SSIM is this wide, and only windows that lie wholly inside are counted.
_SSIM_WINDOW_PX = 11
# Chroma at half the resolution, as most programs save a JPEG.
_SUBSAMPLING_420 = 2


class Scores(NamedTuple):
    """PSNR in dB (infinite for equal pictures) and SSIM of a result against the original."""

    psnr: float
    ssim: float


def shrunk_pair(
    picture: np.ndarray, scale: int, *, jpeg_quality: int | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """The picture as it is measured against, and the small one that every method starts from.

    Args:
        picture: uint8 (H, W, 3), both sides at least ``scale``.
        scale: The factor.
        jpeg_quality: The small picture is saved as JPEG with this quality, 1 to 100, chroma 4:2:0.

    Returns:
        uint8 (rH, rW, 3), cropped at the right and the bottom to a multiple of the scale, and uint8
        (H, W, 3), shrunk from it with antialiased bicubic.
    """
    large = cropped_to_multiple(picture, scale)
    small = resize(large, (large.shape[0] // scale, large.shape[1] // scale), "bicubic")
    if jpeg_quality is not None:
        small = recode(small, "JPEG", quality=jpeg_quality, subsampling=_SUBSAMPLING_420)
    return large, small


def check_size(picture: np.ndarray, scale: int, name: str) -> None:
    """Refuse a picture (H, W, 3) that is too small for SSIM after cropping.

    Raises:
        PictureError: One side is too short; the message has the ``name``.
    """
    least = _SSIM_WINDOW_PX + 2 * scale
    if any(side - side % scale < least for side in picture.shape[:2]):
        raise PictureError(
            f"{name}: a picture is measured from {least}x{least} pixels on. Received: "
            f"{picture.shape[1]}x{picture.shape[0]}. Leave it out of the folder."
        )


def score(original: np.ndarray, result: np.ndarray, scale: int) -> Scores:
    """PSNR and SSIM of the Y channel, with a border as wide as the scale left out.

    Example:
        >>> picture = waifu4x_tf.read("examples/face.png").to_array()
        >>> score(picture, picture, 4).ssim
        1.0
    """
    return Scores(
        float(metrics.psnr(original, result, border=scale)),
        float(metrics.ssim(original, result, border=scale)),
    )


def evaluate(
    rgb: np.ndarray,
    upscaler: Upscaler,
    *,
    scale: int = 4,
    jpeg_quality: int | None = None,
    name: str = "picture",
) -> dict[str, Scores]:
    """Shrink a picture with antialiased bicubic, enlarge it in every way, and measure.

    The picture is cropped to a multiple of the scale first. Scores are of the Y channel, with a border as
    wide as the scale left out.

    Args:
        rgb: uint8 (H, W, 3), the original.
        upscaler: The model.
        scale: The factor.
        jpeg_quality: As of `shrunk_pair`.
        name: For messages.

    Returns:
        Method name to scores: nearest, bilinear, bicubic, then the model.

    Raises:
        PictureError: The picture is too small to be measured.
    """
    check_size(rgb, scale, name)
    original, small = shrunk_pair(rgb, scale, jpeg_quality=jpeg_quality)
    enlarged = enlarge_by_each(small, upscaler, (original.shape[0], original.shape[1]))
    return {method: score(original, result, scale) for method, result in enlarged.items()}


def field_scores(
    enlarge: Callable[[np.ndarray], np.ndarray],
    pictures: Iterable[np.ndarray],
    *,
    scale: int = 4,
    kinds: Collection[str] | None = None,
    side_lr_px: int = 64,
) -> dict[str, Scores]:
    """Mean scores in each kind of `waifu4x_tf.data.field.FIELD`, over the pictures' busiest squares.

    Args:
        enlarge: uint8 (H, W, 3) to uint8 (rH, rW, 3).
        pictures: uint8 (H, W, 3), large enough for `check_size`.
        scale: Factor r.
        kinds: Of the field; all by default.
        side_lr_px: Side of the squares in low-resolution pixels; a smaller picture limits it.
    """
    from waifu4x_tf.data.field import FIELD, field_picture

    scores: dict[str, list[Scores]] = {kind: [] for kind in (FIELD if kinds is None else kinds)}
    for number, picture in enumerate(pictures):
        left, top, width, height = busiest_square(picture, side_lr_px * scale)
        original = cropped_to_multiple(picture[top : top + height, left : left + width], scale)
        for kind, of_kind in scores.items():
            small = field_picture(original, kind, scale=scale, number=number)
            of_kind.append(score(original, enlarge(small), scale))
    return {kind: mean(of_kind) for kind, of_kind in scores.items()}


def group_means(field: Mapping[str, Scores]) -> dict[str, Scores]:
    """Means of `field_scores`: over the clean kernels, "clean", and over all other kinds, "damaged"."""
    from waifu4x_tf.data.field import CLEAN_KINDS

    clean = [scores for kind, scores in field.items() if kind in CLEAN_KINDS]
    damaged = [scores for kind, scores in field.items() if kind not in CLEAN_KINDS]
    return {name: mean(group) for name, group in (("clean", clean), ("damaged", damaged)) if group}


def mean(scores: Sequence[Scores]) -> Scores:
    """The mean over pictures."""
    return Scores(*(math.fsum(column) / len(scores) for column in zip(*scores, strict=True)))


def mean_scores(pictures: Sequence[Mapping[str, Scores]]) -> dict[str, Scores]:
    """The mean over pictures, method by method."""
    return {method: mean([picture[method] for picture in pictures]) for method in pictures[0]}


def scores_table(rows: Mapping[str, Mapping[str, Scores]]) -> str:
    """A text table with a line for each row and method.

    Args:
        rows: Row title (a picture's name, or "mean") to its scores by method.

    Returns:
        Lines with one header, without a line break at the end.
    """
    titles = max(len(title) for title in ("picture", *rows))
    methods = max(len(method) for scores in rows.values() for method in ("method", *scores))
    lines = [f"{'picture':{titles}}  {'method':{methods}}  PSNR (dB)    SSIM"]
    for title, scores in rows.items():
        lines += [
            f"{title:{titles}}  {method:{methods}}  {score.psnr:9.2f}  {score.ssim:6.4f}"
            for method, score in scores.items()
        ]
    return "\n".join(lines)


def scores_as_json(scores: Mapping[str, Scores]) -> dict[str, dict[str, float | None]]:
    """Scores as plain values; an infinite PSNR, which JSON has no number for, is null."""
    return {
        method: {"psnr": score.psnr if math.isfinite(score.psnr) else None, "ssim": score.ssim}
        for method, score in scores.items()
    }
