"""Progress on a terminal: one line, rewritten in place, with the time left by pixels."""

import shutil
import time
import unicodedata
from collections.abc import Callable
from typing import TextIO

from waifu4x_tf.cli.console import one_line

_REDRAW_SECONDS = 0.1
# Earlier than this the speed is not known well enough to promise anything.
_ETA_AFTER_SECONDS = 1.0


class Progress:
    """How far a batch has come, counted in input pixels.

    Args:
        stream: Where the line is drawn.
        sizes_px: Pixels of every picture of the batch, in order; at least 1 each.
        enabled: False draws nothing at all.
        clock: Seconds that only grow.
    """

    def __init__(
        self,
        stream: TextIO,
        sizes_px: list[int],
        *,
        enabled: bool = True,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._stream, self._sizes, self._enabled, self._clock = stream, sizes_px, enabled, clock
        self._started = clock()
        self._drawn_at = float("-inf")
        self._line_columns = 0
        self._index = 0
        self._label = ""

    def start_picture(self, index: int, label: str) -> None:
        """Say that the picture of this index has begun; the ones before it are over."""
        self._index, self._label = index, one_line(label)
        self.update(0, 1)

    def update(self, done_px: int, total_px: int) -> None:
        """Say how much of the present picture is done; the signature that `Upscaler.upscale` calls."""
        now = self._clock()
        if not self._enabled or now - self._drawn_at < _REDRAW_SECONDS:
            return
        self._drawn_at = now
        done = sum(self._sizes[: self._index]) + self._sizes[self._index] * done_px / max(1, total_px)
        fraction = done / sum(self._sizes)
        elapsed = now - self._started
        counted = f"[{self._index + 1}/{len(self._sizes)}] {fraction:4.0%}"
        left = seconds_left(fraction, elapsed)
        if left is not None:
            counted += f"  {_clock_time(left)} left"
        self._draw(f"{counted}  {self._label}")

    def clear(self) -> None:
        """Remove the line, so that something else can be written."""
        if self._line_columns:
            self._stream.write("\r" + " " * self._line_columns + "\r")
            self._stream.flush()
            self._line_columns = 0
            self._drawn_at = float("-inf")

    def _draw(self, text: str) -> None:
        # The last column stays free: some terminals wrap as soon as it is filled.
        text, columns = _fit(text, shutil.get_terminal_size().columns - 1)
        self._stream.write("\r" + text + " " * max(0, self._line_columns - columns))
        self._stream.flush()
        self._line_columns = max(columns, self._line_columns)


def seconds_left(fraction: float, elapsed: float) -> float | None:
    """How long the rest takes at the speed until now; None while that is not known well enough.

    Args:
        fraction: Of the work that is done.
        elapsed: Seconds since it began.
    """
    if fraction <= 0 or elapsed < _ETA_AFTER_SECONDS:
        return None
    return elapsed / fraction - elapsed


def _fit(text: str, limit: int) -> tuple[str, int]:
    """Cut a text to so many columns; wide characters take two."""
    columns = 0
    for position, character in enumerate(text):
        width = 2 if unicodedata.east_asian_width(character) in "WF" else 1
        if columns + width > limit:
            return text[:position], columns
        columns += width
    return text, columns


def _clock_time(seconds: float) -> str:
    minutes, seconds = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"
