"""What measures say about damaged pictures: RGB and SSIM always, the others where Keras and its files are."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from waifu4x_tf.errors import ConfigError, MissingExtraError
from waifu4x_tf.method.damages import DAMAGES, damaged_to
from waifu4x_tf.metrics import psnr, ssim

VGG_VARIABLE = "WAIFU4X_VGG"
VGG_FILE = "vgg19_weights_tf_dim_ordering_tf_kernels_notop.h5"
# The layers of the recipe srgan_compact.
VGG_LAYERS = ("conv2_2", "conv3_1")
# A damage that cannot be made this near the others is not comparable.
_SAME_DB = 0.25

Measure = Callable[[np.ndarray, np.ndarray], float]


@dataclass(frozen=True)
class Damaged:
    """A damaged picture.

    Attributes:
        pixels: uint8 ``(H, W, 3)``.
        psnr_db: On the Y channel; infinite where nothing changed.
        comparable: Whether that is the PSNR asked for.
    """

    pixels: np.ndarray
    psnr_db: float
    comparable: bool


def six_damages(picture: np.ndarray, psnr_db: float) -> dict[str, Damaged]:
    """Each of ``DAMAGES`` at one PSNR, or as near to it as it comes.

    Args:
        picture: uint8 ``(H, W, 3)``, at least 32 px a side.
        psnr_db: What all six are brought to.
    """
    answers = {}
    for name, damage in DAMAGES.items():
        pixels = damaged_to(picture, damage, psnr_db)
        reached = psnr(picture, pixels)
        answers[name] = Damaged(pixels, reached, abs(reached - psnr_db) <= _SAME_DB)
    return answers


def plain_measures() -> dict[str, Measure]:
    """Those that need nothing: mean squared error of RGB in [0, 1], and SSIM of brightness."""
    return {"rgb": _rgb_mse, "ssim": ssim}


@cache
def colour_measures() -> dict[str, Measure]:
    """Mean squared errors in Lab and HSV, as the losses of that name; the first call loads Keras.

    Raises:
        MissingExtraError: Keras, or what it runs on, is not installed.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    try:
        from waifu4x_tf.losses.colour import HSVMSE, LabMSE
    except ImportError as error:
        raise MissingExtraError("Losses in other colour spaces", "train") from error
    return {"lab": _of_loss(LabMSE()), "hsv": _of_loss(HSVMSE())}


def vgg_weights() -> Path | None:
    """The file that the environment variable names, or Keras' own download of before; None: there is none."""
    if named := os.environ.get(VGG_VARIABLE):
        return Path(named)
    path = keras_models_folder() / VGG_FILE
    return path if path.is_file() else None


def keras_models_folder() -> Path:
    """Where Keras keeps the weights it downloads."""
    return Path(os.environ.get("KERAS_HOME") or Path.home() / ".keras") / "models"


@cache
def vgg_measure(weights: Path) -> Measure:
    """Mean squared distance of VGG19's features, as the loss of the recipe srgan_compact.

    Raises:
        MissingExtraError: Keras is not installed.
        ConfigError: The file is none of VGG19's weights, or does not reach the layers.
    """
    colour_measures()
    from waifu4x_tf.losses.perceptual import PerceptualLoss

    if str(weights) == "imagenet":
        raise ConfigError(
            f"{VGG_VARIABLE} names a file. Received: imagenet, which would be downloaded. Give the path of"
            " the file."
        )
    return _of_loss(PerceptualLoss(VGG_LAYERS, weights, normalise=False))


def _of_loss(loss: Any) -> Measure:
    def measure(original: np.ndarray, damaged: np.ndarray) -> float:
        pair = (picture[None].astype(np.float32) / 255 for picture in (original, damaged))
        return float(loss(*pair))

    return measure


def _rgb_mse(original: np.ndarray, damaged: np.ndarray) -> float:
    return float(np.mean((original.astype(np.float64) - damaged) ** 2)) / 255**2
