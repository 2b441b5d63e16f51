"""The models that a command asks for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from argparse import Namespace

    from waifu4x_tf.imaging.target import Target
    from waifu4x_tf.inference.upscaler import Upscaler


def load(arguments: Namespace, denoise: int) -> Upscaler:
    """The model that the arguments ask for at a level of damage, started."""
    from waifu4x_tf.imaging.target import Target

    upscaler = load_started(**model_options(arguments, denoise))
    if getattr(arguments, "bits", None) == 16:
        _try_out(upscaler, Target(bits=16))
    return upscaler


def denoise_levels(arguments: Namespace) -> tuple[int, ...]:
    """The levels that may be chosen."""
    from waifu4x_tf.models.zoo import shipped_denoise_levels

    return shipped_denoise_levels(arguments.model, getattr(arguments, "strength", 0.0))


def load_started(model: str, **options: Any) -> Upscaler:
    """A model by the arguments of `load_upscaler`, started."""
    from waifu4x_tf.inference.upscaler import load_upscaler

    upscaler = load_upscaler(model, **options)
    _try_out(upscaler)
    return upscaler


def _try_out(upscaler: Upscaler, target: Target | None = None) -> None:
    """Starts the network, which its first tile does: what it fails with then belongs to the loading."""
    import numpy as np

    upscaler.upscale(np.zeros((1, 1, 3), np.uint8), target=target)


def model_options(arguments: Namespace, denoise: int) -> dict[str, Any]:
    """The arguments of `load_upscaler`."""
    from waifu4x_tf.models.zoo import denoise_model

    return {
        "model": denoise_model(arguments.model, denoise),
        "engine": arguments.engine,
        "threads": arguments.threads,
        "tile_px": arguments.tile,
        "strength": arguments.strength,
        "tta": arguments.tta,
        "raw": arguments.raw,
    }
