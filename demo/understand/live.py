"""What the live parts of the story compute, on the busiest part of a visitor's picture."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from demo.translations import say
from waifu4x_tf.batch.reading import read_capped
from waifu4x_tf.errors import PictureError
from waifu4x_tf.evaluation.comparison import busiest_square, flatten_on_white
from waifu4x_tf.evaluation.metrics import psnr, ssim
from waifu4x_tf.method.damages import DAMAGES, damaged_to
from waifu4x_tf.method.features import layer_outputs, liveliest, signed_colours
from waifu4x_tf.method.filters import SOBEL, filtered, gaussian_kernel, mean_kernel
from waifu4x_tf.models import zoo

PART_PX = 192
# SSIM's window of 11 px inside a border of 4 on each side, and room for a blur to act.
LEAST_PX = 32
# The busiest part of a large picture is looked for in a thinned one, of at most this many pixels a side.
_SEARCHED_PX = 1024
KERNELS = {
    name: np.round(kernel.astype(float), 3)
    for name, kernel in {
        "mean": mean_kernel(),
        "gaussian": gaussian_kernel(),
        "across": SOBEL,
        "down": SOBEL.T,
    }.items()
}
# Sobel's results for pixels in [0, 1] lie in [-4, 4]; drawings seldom go beyond half of that.
_MOST_EDGE = 2.0
LAYERS = ("head", *(f"block{index}_add" for index in range(1, zoo.entry("compact").widths["blocks"] + 1)))
# A damage that cannot be made this near the others is not comparable.
_SAME_DB = 0.25


@dataclass(frozen=True)
class Part:
    """What of a picture is looked at.

    Attributes:
        pixels: uint8 ``(H, W, 3)``, each side from 32 to 192 px.
        whole_size: (width, height) of all of it.
    """

    pixels: np.ndarray
    whole_size: tuple[int, int]


class TooSmallError(PictureError):
    """A picture that the measures cannot look at."""

    def __init__(self, name: str, width: int, height: int) -> None:
        self.values = {"name": name, "width": width, "height": height, "least": LEAST_PX}
        super().__init__(say("en", "understand_small", **self.values))


def read_part(path: Path, max_megapixels: float) -> Part:
    """The busiest part of a picture file, composited on white.

    Raises:
        PictureError: As `waifu4x_tf.imaging.reading.read`, and for a side below 32 px.
    """
    picture = read_capped(path, path.name, max_megapixels)
    if min(picture.width, picture.height) < LEAST_PX:
        raise TooSmallError(path.name, picture.width, picture.height)
    pixels = flatten_on_white(picture)
    thinned = -(-max(pixels.shape[:2]) // _SEARCHED_PX)
    corner = busiest_square(pixels[::thinned, ::thinned], -(-PART_PX // thinned))[:2]
    left, top = (
        max(0, min(value * thinned, side - PART_PX))
        for value, side in zip(corner, (picture.width, picture.height), strict=True)
    )
    cut = np.ascontiguousarray(pixels[top : top + PART_PX, left : left + PART_PX])
    return Part(cut, (picture.width, picture.height))


def filtered_pixels(pixels: np.ndarray, kernel: np.ndarray) -> np.ndarray:
    """What a filter makes of a picture, as pixels.

    Args:
        pixels: uint8 ``(H, W, 3)``.
        kernel: float ``(3, 3)``. Weights whose sum is 0 find edges: of the brightness, in greys.

    Returns:
        uint8 ``(H, W, 3)``, or ``(H, W)`` of an edge filter: 0 is mid grey.
    """
    picture = pixels.astype(np.float32) / 255
    if abs(kernel.sum()) < 1e-3:
        values = 0.5 + filtered(picture.mean(axis=2, keepdims=True), kernel)[..., 0] / (2 * _MOST_EDGE)
    else:
        values = filtered(picture, kernel)
    return np.rint(255 * np.clip(values, 0, 1)).astype(np.uint8)


def liveliest_maps(pixels: np.ndarray, layer: str) -> dict[int, np.ndarray]:
    """The liveliest feature maps of a layer of `compact`: index -> uint8 ``(H, W, 3)``.

    Raises:
        ModelError: The network cannot be read.
    """
    features = layer_outputs(pixels)[layer]
    return {index: signed_colours(features[..., index]) for index in liveliest(features)}


@dataclass(frozen=True)
class Damaged:
    """A damaged picture, and what measures say of it.

    Attributes:
        pixels: uint8 ``(H, W, 3)``.
        psnr_db: On the Y channel; infinite where nothing changed.
        mse: Mean squared error of RGB in [0, 1].
        ssim: Of brightness.
        comparable: Whether the PSNR is the one asked for.
    """

    pixels: np.ndarray
    psnr_db: float
    mse: float
    ssim: float
    comparable: bool


def six_damages(picture: np.ndarray, psnr_db: float) -> dict[str, Damaged]:
    """Each of ``DAMAGES`` at one PSNR, or as near to it as it comes.

    Args:
        picture: uint8 ``(H, W, 3)``, at least 32 px a side.
        psnr_db: What all six are brought to.
    """
    found = {}
    for name, damage in DAMAGES.items():
        pixels = damaged_to(picture, damage, psnr_db)
        reached = psnr(picture, pixels)
        mse = float(np.mean((picture.astype(np.float64) - pixels) ** 2)) / 255**2
        found[name] = Damaged(pixels, reached, mse, ssim(picture, pixels), abs(reached - psnr_db) <= _SAME_DB)
    return found
