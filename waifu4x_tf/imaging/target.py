"""Target: how large a result is to be."""

from __future__ import annotations

from dataclasses import dataclass

from waifu4x_tf.errors import UsageError

MOST_SCALE = 16.0


@dataclass(frozen=True)
class Target:
    """How large a result is to be.

    Attributes:
        scale: The factor, from 1 to `MOST_SCALE`.

    Raises:
        UsageError: On making one whose numbers make no sense.
    """

    scale: float = 4.0

    def __post_init__(self) -> None:
        if not 1 <= self.scale <= MOST_SCALE:
            raise UsageError(
                f"A factor is from 1 to {MOST_SCALE:g}. Received: --scale {self.scale:g}. Choose another."
            )

    def result_size(self, width: int, height: int) -> tuple[int, int]:
        """(width, height) of the result of a picture of this size, at least 1 each."""
        return max(1, round(width * self.scale)), max(1, round(height * self.scale))
