"""What is asked of every picture of a run: the options of `waifu4x upscale`, checked before any work."""

import math
from dataclasses import dataclass
from typing import Any, cast

from waifu4x_tf.batch.settings import RunSettings
from waifu4x_tf.errors import UsageError
from waifu4x_tf.imaging import writing
from waifu4x_tf.imaging.presets import PRESETS, Preset
from waifu4x_tf.imaging.target import Fit, Target
from waifu4x_tf.imaging.writing import WriteOptions

_MOST_PX, _MOST_LETTERS = 1_000_000, 20
_RECEIPTS = {"png": None, "yes": True, "no": False}
# A preset decides about these; "png" and "inside" are what is there when nobody asked.
_OF_PRESETS = ("file_format", "quality", "bits", "size", "fit", "min_side", "wrap", "scale")


@dataclass(frozen=True)
class UpscaleRequest:
    """What is asked of every picture of a run: the options of `waifu4x upscale`.

    A new option is one more field: the API takes its arguments from here. A receipt is asked for in words:
    "png" is the command line's default, "yes" and "no" are its two options.
    """

    model: str = "compact"
    denoise: str | int = "auto"
    strength: float = 0.0
    scale: float | None = None
    file_format: str = "png"
    quality: int | None = None
    background: str | None = None
    strip: bool = False
    size: str = ""
    fit: str = "inside"
    min_side: int | None = None
    wrap: str = ""
    tta: bool = False
    raw: bool = False
    bits: int | None = None
    preset: str | None = None
    receipt: str = "png"

    @classmethod
    def of(cls, **values: Any) -> "UpscaleRequest":
        """From what controls and callers give; empty texts and numbers, and 0 but for the factor, are none.

        Raises:
            UsageError: A number that is none.
        """
        given: dict[str, Any] = {
            name: value.strip() if isinstance(value, str) else value for name, value in values.items()
        }
        for name in ("quality", "min_side", "bits"):
            given[name] = _whole(name, given.get(name) or 0) or None
        for name in ("background", "preset"):
            given[name] = given.get(name) or None
        given["strength"] = float(given.get("strength") or 0)
        # Numbers come as texts, too.
        way = str(given.get("denoise", "auto"))[:_MOST_LETTERS].removesuffix(".0")
        given["denoise"] = int(way) if way.isdecimal() else way
        return cls(**{name: value for name, value in given.items() if value is not None})

    @property
    def label(self) -> str:
        """What a result's name says of it."""
        return self.preset or self._target().label

    def settings(self, max_megapixels: float) -> RunSettings:
        """Those of the command line.

        Raises:
            UsageError: No picture could satisfy them.
        """
        target, strip, format_name = self._target(), self.strip, self.file_format
        if self.preset is not None:
            preset = self._preset(self.preset)
            target, strip, format_name = preset.target, True, preset.formats[0]
        write = WriteOptions(format_name, self.quality, self.background, strip)
        writing.check(1, 1, False, write, bits=target.bits or 8)
        if self.receipt not in _RECEIPTS:
            raise UsageError(
                f"A receipt is one of {', '.join(_RECEIPTS)}. Received: {self.receipt[:20]}. Choose another."
            )
        return RunSettings(
            target=target,
            write=write,
            max_megapixels=max_megapixels,
            receipt=_RECEIPTS[self.receipt],
            preset=self.preset,
        )

    def _target(self) -> Target:
        size = None
        if self.size:
            width, cross, height = self.size.lower().partition("x")
            is_whole = cross and width.isdecimal() and height.isdecimal()
            if not is_whole or len(self.size) > _MOST_LETTERS:
                raise UsageError(
                    f"A size is WIDTHxHEIGHT in pixels, such as 1920x1080. Received: {self.size[:40]}."
                )
            size = int(width), int(height)
        scale = None if self.scale is None else float(self.scale)
        return Target(scale, size, cast(Fit, self.fit), self.min_side, self.wrap, bits=self.bits)

    def _preset(self, preset: str) -> Preset:
        if preset not in PRESETS:
            raise UsageError(
                f"A preset is one of {', '.join(PRESETS)}. Received: {preset[:40]}. Choose one of these."
            )
        asked = [name for name in _OF_PRESETS if getattr(self, name) != getattr(UpscaleRequest(), name)]
        if asked:
            raise UsageError(
                "A preset decides about size, format and quality. "
                f"Received: preset {preset} with {' and '.join(asked)}. Leave one of them out."
            )
        return PRESETS[preset]


def _whole(name: str, number: float) -> int:
    if not (math.isfinite(number) and abs(number) <= _MOST_PX):
        raise UsageError(
            f"{name} is a whole number up to {_MOST_PX}. Received: {number:g}. Leave it out, or give one."
        )
    return int(number)
