"""ModelOptions: what `load_upscaler` is asked for, checked once and kept by all who need it again."""

from __future__ import annotations

import os
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any, Literal

from waifu4x_tf.errors import ModelError, UsageError
from waifu4x_tf.models import zoo

Denoise = Literal["auto", "off", "low", "medium", "high"]
ENGINES = ("litert", "keras")
DENOISE = ("auto", "off", *zoo.DENOISE_LEVELS)
# Change no pixel: tiled equals whole, on any number of threads. The model's files are known by their content.
_WITHOUT_EFFECT = frozenset({"model", "threads", "tile_px"})


@dataclass(frozen=True)
class ModelOptions:
    """The arguments of `waifu4x_tf.load_upscaler`; see there.

    Raises:
        UsageError: An unknown engine or way to denoise, threads below 1, a strength outside [0, 1].
        ModelError: A model without the variant that is asked for, or, with a strength above 0, without a GAN
            variant for clean or for damaged pictures where they may go through it.
    """

    model: str = "compact"
    engine: str = "litert"
    threads: int | None = None
    tile_px: int | None = None
    denoise: Denoise | int = "auto"
    strength: float = 0.0
    tta: bool = False
    raw: bool = False

    def __post_init__(self) -> None:
        if self.engine not in ENGINES:
            raise UsageError(
                f"An engine is one of {', '.join(ENGINES)}. Received: `engine={self.engine!r}`. Choose one of"
                " these."
            )
        if self.threads is not None and self.threads < 1:
            raise UsageError(
                f"`threads` is at least 1. Received: {self.threads}. Leave it out to use all cores."
            )
        if not 0 <= self.strength <= 1:
            raise UsageError(
                f"`strength` is from 0, faithful, to 1, the GAN variant. Received: {self.strength}. Use 0.5."
            )
        if type(self.denoise) is int and 0 <= self.denoise <= 3:  # as waifu2x counts
            object.__setattr__(self, "denoise", DENOISE[1 + self.denoise])
        if self.denoise not in DENOISE:
            raise UsageError(
                f"`denoise` is one of {', '.join(DENOISE)}, or off to high as 0 to 3. Received:"
                f" `denoise={self.denoise!r}`. Choose one of these."
            )
        _ = self.networks  # raises where there is none

    @property
    def is_file(self) -> bool:
        """Whether the model is a file, not a shipped one."""
        return is_file_name(self.model)

    @property
    def label(self) -> str:
        """The model's name; of a file its name without folder and suffix."""
        return Path(self.model).stem if self.is_file else self.model

    @property
    def networks(self) -> dict[str, tuple[str, ...]]:
        """The networks that pictures may go through, by variant: one, or two that are blended.

        ``""`` is the model itself, the others are chosen by the picture; raw output is the model's own.
        """
        if self.denoise in zoo.DENOISE_LEVELS:
            level = str(self.denoise)
            return {"": self._blended(zoo.variant(self.model, level, "denoise"), level)}
        names = {"": self.model}
        if not self.is_file and not self.raw:
            wanted = ("area", *zoo.DENOISE_LEVELS) if self.denoise == "auto" else ("area",)
            names |= {kind: name for kind in wanted if (name := zoo.shipped_variant(self.model, kind))}
        return {kind: self._blended(name, kind) for kind, name in names.items()}

    def _blended(self, name: str, kind: str) -> tuple[str, ...]:
        """What runs at this strength where at 0 a network runs that is this kind of variant."""
        if not self.strength:
            return (name,)
        gan = zoo.gan_variant(self.model, kind)
        return (gan,) if self.strength == 1 else (name, gan)

    @property
    def looks(self) -> bool:
        """Whether pictures are looked at before: what they need is chosen, as far as there is a choice."""
        return not (self.is_file or self.raw or zoo.is_variant(self.model))

    def absolute(self) -> ModelOptions:
        """The same for another current folder."""
        return replace(self, model=os.path.abspath(self.model)) if self.is_file else self

    def effective(self) -> dict[str, Any]:
        """Those that change pixels, by name."""
        names = [field.name for field in fields(self) if field.name not in _WITHOUT_EFFECT]
        return {name: getattr(self, name) for name in names}


def takes_strength(model: str) -> bool:
    """Whether a model has a GAN variant for every picture, however it is denoised."""
    try:
        ModelOptions(model, strength=1.0)
    except ModelError:
        return False
    return True


def is_file_name(model: str) -> bool:
    """Whether a model's name is a file's, not a shipped model's."""
    return Path(model).suffix in (".tflite", ".keras")
