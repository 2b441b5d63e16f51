"""What came of one input: the value that runs and dry runs give, and that reports are made of."""

from dataclasses import dataclass, field
from typing import Literal


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
        seconds: By stage: ``read``, ``upscale``, ``write``; in a dry run an ``estimate``.
        model: The model's name.
        bytes: Size of the written file.
        plan: In a dry run: ``tiles``, ``tile_width``, ``tile_height`` and ``memory_bytes``.
        trace: The traceback of an unexpected error; not part of a JSON line.
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
    trace: str | None = None

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
            **self.plan,
        }
