"""waifu4x: small anime pictures, stickers and memes, four times larger and clean, on the CPU.

A name is loaded when it is first used: `import waifu4x_tf` costs nothing, and upscaling never loads Keras.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from waifu4x_tf.errors import MissingExtraError, Waifu4xError
from waifu4x_tf.version import VERSION

if TYPE_CHECKING:
    from waifu4x_tf.data.patches import PairedPatches
    from waifu4x_tf.evaluation.metrics import psnr, ssim
    from waifu4x_tf.gan.srgan import SRGAN
    from waifu4x_tf.gan.watchdog import Watchdog
    from waifu4x_tf.imaging.picture import Picture
    from waifu4x_tf.imaging.reading import read
    from waifu4x_tf.imaging.target import Target
    from waifu4x_tf.imaging.writing import WriteOptions, write
    from waifu4x_tf.inference.loading import load_upscaler
    from waifu4x_tf.inference.upscaler import Upscaler
    from waifu4x_tf.losses.adversarial import adversarial_loss
    from waifu4x_tf.losses.perceptual import PerceptualLoss
    from waifu4x_tf.models.zoo import build_discriminator, build_generator

__all__ = [
    "SRGAN",
    "PairedPatches",
    "PerceptualLoss",
    "Picture",
    "Target",
    "Upscaler",
    "Waifu4xError",
    "Watchdog",
    "WriteOptions",
    "__version__",
    "adversarial_loss",
    "build_discriminator",
    "build_generator",
    "load_upscaler",
    "psnr",
    "read",
    "ssim",
    "write",
]

__version__ = VERSION
_HOMES = {"PairedPatches": "data.patches", "Picture": "imaging.picture"}
_HOMES |= {"SRGAN": "gan.srgan", "Watchdog": "gan.watchdog", "adversarial_loss": "losses.adversarial"}
_HOMES |= {"PerceptualLoss": "losses.perceptual", "build_discriminator": "models.zoo"}
_HOMES |= {"Target": "imaging.target", "WriteOptions": "imaging.writing"}
_HOMES |= {"Upscaler": "inference.upscaler", "load_upscaler": "inference.loading"}
_HOMES |= {"build_generator": "models.zoo", "read": "imaging.reading", "write": "imaging.writing"}
_HOMES |= {"psnr": "evaluation.metrics", "ssim": "evaluation.metrics"}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    try:
        globals()[name] = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    except ModuleNotFoundError as error:
        if error.name not in ("keras", "tensorflow"):
            raise
        raise MissingExtraError(f"waifu4x_tf.{name}", "train") from error
    return globals()[name]


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
