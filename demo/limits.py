"""What the demo takes from strangers, and how its refusals read."""

from dataclasses import dataclass
from pathlib import Path

from waifu4x_tf.errors import UsageError


@dataclass(frozen=True)
class Limits:
    """How much one visitor may ask for.

    Attributes:
        max_megapixels: The largest picture that is decoded.
        max_file_mb: The largest file that is taken.
        max_pictures: How many at once.
        max_waiting: How many may wait in the queue.
        kept_seconds: After which any file is deleted, whoever has its page still open.
        max_visitor_mb: What one visitor may bring and get in that time.
        max_all_mb: What all visitors' files may take on the disk; what is being written may pass it.
    """

    max_megapixels: float = 16.0
    max_file_mb: int = 64
    max_pictures: int = 50
    max_waiting: int = 100
    kept_seconds: float = 3600
    max_visitor_mb: float = 2048
    max_all_mb: float = 16384

    def check_count(self, files: list[Path]) -> None:
        """Raise UsageError for none or too many."""
        if not 1 <= len(files) <= self.max_pictures:
            raise UsageError(
                f"One run takes 1 to {self.max_pictures} pictures. Received: {len(files)}."
                " Choose fewer, or use the command line for whole folders."
            )
