"""What came of one input: the value that runs and dry runs give, and that reports are made of."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from waifu4x_tf.imaging.drift import Drift

if TYPE_CHECKING:
    from waifu4x_tf.inference.treatment import Treatment

# Holding colours leaves less than this, where the picture lets it.
_NOTED_LEVELS = 2.0


@dataclass(frozen=True)
class Outcome:
    """What came of one input; the fields of a JSON line.

    Attributes:
        input: The file, or ``-``.
        output: The file, ``-``, or ``None`` where none was planned.
        status: ``"planned"`` is what a dry run gives.
        error: Why it failed, or why it was skipped.
        input_size: (width, height) of the input.
        size: (width, height) of the result.
        scale: The factor.
        seconds: By stage: ``read``, ``upscale``, ``write``, and ``measure`` where the drift was measured; in
            a dry run an ``estimate``.
        model: The model's name.
        bytes: Size of the written file.
        plan: In a dry run: ``tiles``, ``tile_width``, ``tile_height`` and ``memory_bytes``.
        frames: 1 for a still.
        duration_ms: Of an animation, all its frames together; 0 for a still.
        bits: Of the result per channel, 8 or 16.
        note: What the person should know of a result that was made.
        treatment: What was seen in the picture and done for that; None where it was not looked at, or went
            through no network.
        strength: Between the faithful network, 0, and its GAN variant, 1; None where it is unknown, or the
            picture went through no network.
        again: Why a result that existed was made again.
        drift: How far its colours moved, before it was encoded; None where it was not measured.
        trace: The traceback of an unexpected error; not part of a JSON line.
        exists: Whether it failed for no other reason than that its result exists; not part of one either.
    """

    input: str
    output: str | None
    status: Literal["done", "skipped", "failed", "planned"]
    error: str | None = None
    input_size: tuple[int, int] | None = None
    size: tuple[int, int] | None = None
    scale: float | None = None
    seconds: dict[str, float] = field(default_factory=dict)
    model: str | None = None
    bytes: int | None = None
    plan: dict[str, int] = field(default_factory=dict)
    frames: int | None = None
    duration_ms: int | None = None
    bits: int | None = None
    note: str | None = None
    treatment: Treatment | None = None
    strength: float | None = None
    again: str | None = None
    drift: Drift | None = None
    trace: str | None = None
    exists: bool = False

    @property
    def levels_off(self) -> float | None:
        """How far the colours of an enlarged picture moved, where that is more than can be passed over."""
        if self.drift is None or (self.scale or 0) < 1 or self.drift.worst_block <= _NOTED_LEVELS:
            return None
        return self.drift.worst_block

    def as_json(self) -> dict[str, object]:
        """The outcome as one flat JSON object; what is unknown is null."""
        input_width, input_height = self.input_size or (None, None)
        width, height = self.size or (None, None)
        return {
            "input": self.input,
            "output": self.output,
            "status": self.status,
            "error": self.error,
            "input_width": input_width,
            "input_height": input_height,
            "width": width,
            "height": height,
            "scale": self.scale,
            "seconds": {stage: round(value, 4) for stage, value in self.seconds.items()},
            "model": self.model,
            "bytes": self.bytes,
            "frames": self.frames,
            "duration_ms": self.duration_ms,
            "bits": self.bits,
            "note": self.note,
            "seen": self.treatment and self.treatment.seen,
            "treatment": self.treatment and self.treatment.done,
            "strength": self.strength,
            "again": self.again,
            "drift": None if self.drift is None else self.drift.as_json(),
            **self.plan,
        }
