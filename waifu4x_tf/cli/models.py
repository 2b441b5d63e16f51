"""The models that a command asks for."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from argparse import Namespace

    from waifu4x_tf.inference.options import ModelOptions
    from waifu4x_tf.inference.upscaler import Upscaler


def load(arguments: Namespace) -> Upscaler:
    """The model that the arguments ask for, started."""
    import numpy as np

    from waifu4x_tf.imaging.target import Target
    from waifu4x_tf.inference.loading import load_upscaler

    upscaler = load_upscaler(**asdict(model_options(arguments)))
    # The first tile starts the network: what it fails with then belongs to the loading.
    upscaler.upscale(np.zeros((1, 1, 3), np.uint8))
    if getattr(arguments, "bits", None) == 16:
        upscaler.upscale(np.zeros((1, 1, 3), np.uint8), target=Target(bits=16))
    return upscaler


def model_options(arguments: Namespace) -> ModelOptions:
    """What is asked of the model, checked."""
    from waifu4x_tf.inference.options import ModelOptions

    return ModelOptions(
        model=arguments.model,
        engine=arguments.engine,
        threads=arguments.threads,
        tile_px=arguments.tile,
        denoise=arguments.denoise,
        strength=arguments.strength,
        tta=arguments.tta,
        raw=arguments.raw,
    )
