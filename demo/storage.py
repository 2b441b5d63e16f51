"""How long visitors' files stay, and how many bytes they may take."""

import asyncio
import contextlib
import os
import threading
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import anyio

from demo.limits import Limits
from waifu4x_tf.errors import UsageError

_MOST_SWEEP_SECONDS = 60.0


class FullError(UsageError):
    """All visitors' files together take what they may."""


class Storage:
    """The files of all visitors: Gradio's copies, results, and what is being made.

    Args:
        folder: Where all of them lie.
        limits: Their bytes and their age.
    """

    def __init__(self, folder: Path, limits: Limits) -> None:
        self._folder = folder
        self._limits = limits
        self._kept: set[Path] = set()
        self._taken: defaultdict[str, list[tuple[float, int]]] = defaultdict(list)
        self._coming: list[int] = []
        self._lock = threading.Lock()

    def check(self, visitor: str, wanted: int = 0) -> None:
        """Raise for a visitor who has brought and got too much, or when nothing more fits.

        Args:
            visitor: Of `visitors.payer`.
            wanted: Bytes that are to come.

        Raises:
            UsageError: The visitor has to wait.
            FullError: Everybody has to.
        """
        minutes = f"{self._limits.kept_seconds / 60:g} minutes"
        with self._lock:
            taken = sum(count for _, count in self._recent(visitor))
            coming = sum(self._coming)
        if taken + wanted > self._limits.max_visitor_mb * 1e6:
            raise UsageError(
                f"One visitor brings and gets at most {self._limits.max_visitor_mb:g} MB in {minutes}."
                " Received: more. Come back later."
            )
        used = sum(size for _, size, _ in self._files())
        if used + coming + wanted > self._limits.max_all_mb * 1e6:
            raise FullError(
                f"All visitors' files take at most {self._limits.max_all_mb:g} MB. Received: more. They are"
                f" deleted after {minutes}: come back later."
            )

    @contextmanager
    def expecting(self, visitor: str, count: int) -> Iterator[None]:
        """Check and book what a visitor is about to bring, and count it to all until it is on the disk.

        Raises:
            UsageError: As `check`.
        """
        self.check(visitor, count)
        self.book(visitor, count)
        self._coming.append(count)
        try:
            yield
        finally:
            self._coming.remove(count)

    def book(self, visitor: str, count: int) -> None:
        """Note the bytes that a visitor brought or got."""
        with self._lock:
            self._taken[visitor].append((time.monotonic(), count))

    def sweep(self, age_seconds: float) -> None:
        """Delete files that have not changed for so long, but for the page's own.

        The change of the inode counts: a copy has the time of what it was copied from.
        """
        oldest = time.time() - age_seconds
        for path, _, changed in self._files():
            if changed < oldest and path not in self._kept:
                with contextlib.suppress(OSError):
                    path.unlink()
        with self._lock:
            for visitor in list(self._taken):
                self._taken[visitor] = self._recent(visitor)
                if not self._taken[visitor]:
                    del self._taken[visitor]

    @asynccontextmanager
    async def swept(self) -> AsyncIterator[None]:
        """Sweep while the page is served; what is there at the start is the page's own."""
        self._kept = {path for path, _, _ in self._files()}
        kept_seconds = self._limits.kept_seconds
        rest_seconds = min(_MOST_SWEEP_SECONDS, kept_seconds / 10)

        async def work() -> None:
            while True:
                await asyncio.sleep(rest_seconds)
                # Before the next time a file would be too old.
                await anyio.to_thread.run_sync(self.sweep, kept_seconds - 2 * rest_seconds)

        task = asyncio.create_task(work())
        try:
            yield
        finally:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task

    def _recent(self, visitor: str) -> list[tuple[float, int]]:
        since = time.monotonic() - self._limits.kept_seconds
        return [each for each in self._taken.get(visitor, ()) if each[0] >= since]

    def _files(self) -> Iterator[tuple[Path, int, float]]:
        return files_below(self._folder)


def files_below(folder: Path) -> Iterator[tuple[Path, int, float]]:
    """Path, bytes and time of the last change of every file; links are not followed."""
    for place, _, names in os.walk(folder):
        for name in names:
            path = Path(place, name)
            with contextlib.suppress(OSError):
                found = path.lstat()
                yield path, found.st_size, found.st_ctime


@asynccontextmanager
async def swept_storage(app: Any) -> AsyncIterator[None]:
    """The lifespan of the served page."""
    async with app.get_blocks().storage.swept():
        yield
