"""Which model it was, told without a path: what a receipt keeps, and what a pickled Upscaler is held to."""

from __future__ import annotations

import hashlib
import inspect
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from waifu4x_tf.errors import ModelError
from waifu4x_tf.models import zoo

if TYPE_CHECKING:
    from waifu4x_tf.inference.upscaler import Upscaler

# Arguments of `load_upscaler` that change no pixel: tiled equals whole, on any number of threads.
WITHOUT_EFFECT = frozenset({"model", "threads", "tile_px"})


@dataclass(frozen=True)
class ModelIdentity:
    """What would give the same pixels again.

    Attributes:
        name: What `load_upscaler` was asked for; of a file its name without folder and suffix.
        sha256: Of the model's file, in hexadecimal; where there are several, as with a twin for 16 bits or
            with a strength between 0 and 1, of them all, one after another.
        options: The arguments of `load_upscaler` that change pixels: the engine, the strength and so on.
    """

    name: str
    sha256: str
    options: Mapping[str, Any]


def identify_model(model: str = "compact", **options: Any) -> ModelIdentity:
    """The identity of what `load_upscaler` would load, from its files alone; no network is started.

    Args:
        model: As `load_upscaler` takes it.
        **options: Its other arguments; those left out have its defaults.

    Raises:
        UsageError: As `load_upscaler`.
        ModelError: As `load_upscaler`.
    """
    # Both import this module.
    from waifu4x_tf.inference.networks import model_files
    from waifu4x_tf.inference.upscaler import load_upscaler

    bound = inspect.signature(load_upscaler).bind(model, **options)
    bound.apply_defaults()
    asked = bound.arguments
    strength = asked["strength"]
    names = ([model] if strength < 1 else []) + ([zoo.vivid_model(model)] if strength > 0 else [])
    digest = hashlib.sha256()
    for name in names:
        for path in model_files(name, asked["engine"]):
            digest.update(path.read_bytes())
    effective = {key: value for key, value in asked.items() if key not in WITHOUT_EFFECT}
    return ModelIdentity(Path(model).stem if is_file_name(model) else model, digest.hexdigest(), effective)


def is_file_name(model: str) -> bool:
    """Whether an argument of `load_upscaler` names a file, not a shipped model."""
    return Path(model).suffix in (".tflite", ".keras")


def load_again(asked: Mapping[str, Any], sha256: str) -> Upscaler:
    """The Upscaler that was pickled, loaded from the files of this machine.

    Args:
        asked: The arguments of `load_upscaler`.
        sha256: Of the model that was pickled.

    Raises:
        ModelError: The file here is another one, or missing.
    """
    from waifu4x_tf.inference.upscaler import load_upscaler

    upscaler = load_upscaler(**asked)
    if upscaler.identity is None or upscaler.identity.sha256 != sha256:
        raise ModelError(
            "A pickled Upscaler loads the model it was made with. "
            f"Received: {asked['model']}, which is another file here. Install the same version everywhere."
        )
    return upscaler
