"""Which model it was, without a path: what a receipt keeps, and what a pickled Upscaler is held to."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from waifu4x_tf.config import read_regular
from waifu4x_tf.errors import ModelError
from waifu4x_tf.inference.networks import model_files
from waifu4x_tf.inference.options import ModelOptions
from waifu4x_tf.models import zoo


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


def identify_model(options: ModelOptions) -> ModelIdentity:
    """The identity of what `load_upscaler` would load, from its files alone; no network is started.

    Raises:
        UsageError: As `load_upscaler`.
        ModelError: As `load_upscaler`.

    Example:
        >>> from waifu4x_tf.inference.options import ModelOptions
        >>> identify_model(ModelOptions("compact")).name
        'compact'
    """
    names = dict.fromkeys(name for each in options.networks.values() for name in each)
    paths = [path for name in names for path in model_files(name, options.engine)]
    digest = hashlib.sha256()
    for path in paths:
        digest.update(path.read_bytes())
    if options.looks:
        digest.update(read_regular(zoo.ESTIMATOR, error=ModelError))
    return ModelIdentity(options.label, digest.hexdigest(), options.effective())
