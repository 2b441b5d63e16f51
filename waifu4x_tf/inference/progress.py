"""How far an enlargement is, and whether it is to stop."""

from collections.abc import Callable

from waifu4x_tf.errors import CancelledError
from waifu4x_tf.inference.tile_memory import TileMemory

Progress = Callable[[int, int], None]
Cancel = Callable[[], bool]


def part_of(progress: Progress | None, done: float, share: float) -> Progress | None:
    """Reports the progress of one pass as a share of all of them."""
    if progress is None or share == 1:
        return progress

    def report(done_px: int, total_px: int) -> None:
        progress(round(done * total_px / share + done_px), round(total_px / share))

    return report


class Meter:
    """Adds up pixels, reports them, and asks whether to stop; of an animation it has the memory too."""

    def __init__(
        self,
        progress: Progress | None,
        cancel: Cancel | None,
        total_px: int,
        memory: TileMemory | None = None,
    ) -> None:
        self.memory = memory
        self._progress, self._cancel, self._total = progress, cancel, total_px
        self._done = 0.0

    def check(self) -> None:
        """Raise CancelledError when the caller wants to stop."""
        if self._cancel is not None and self._cancel():
            raise CancelledError("Upscaling was stopped by the caller. Nothing was written.")

    def add(self, pixels: float) -> None:
        """So many input pixels more are done."""
        self._done += pixels
        if self._progress is not None:
            self._progress(min(self._total, round(self._done)), self._total)
