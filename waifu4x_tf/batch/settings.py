"""RunSettings: what holds for every picture of a batch."""

from __future__ import annotations

from dataclasses import dataclass, field

from waifu4x_tf.errors import UsageError
from waifu4x_tf.imaging.presets import PRESETS
from waifu4x_tf.imaging.target import Target
from waifu4x_tf.imaging.writing import WriteOptions


@dataclass(frozen=True)
class RunSettings:
    """What holds for every picture of a batch.

    Attributes:
        target: How large the results are to be.
        write: Format, quality, background and metadata of the results.
        overwrite: Replace results that exist.
        skip_existing: Leave results that exist, and count them as skipped; those whose receipt says that they
            were made from another source, model or setting are made again.
        max_megapixels: The largest input that is decoded.
        receipt: True gives every result a receipt, False none; None those that can hold it themselves, which
            is a png unless metadata is stripped.
        preset: A name of `PRESETS`, whose target the results have; their format and quality are searched for.

    Raises:
        UsageError: On making one with a preset that there is not.
    """

    target: Target = field(default_factory=Target)
    write: WriteOptions = field(default_factory=WriteOptions)
    overwrite: bool = False
    skip_existing: bool = False
    max_megapixels: float = 64.0
    receipt: bool | None = None
    preset: str | None = None

    def __post_init__(self) -> None:
        if self.preset is not None and self.preset not in PRESETS:
            raise UsageError(
                f"`preset` is one of {', '.join(PRESETS)}. Received: `preset={self.preset!r}`. Choose one of"
                " these."
            )
