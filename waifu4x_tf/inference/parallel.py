"""Pieces of a picture worked on at once: NumPy leaves the interpreter's lock while it computes."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from waifu4x_tf.inference.engines import usable_cores

T = TypeVar("T")
_MOST_THREADS = 8


def run_all(work: Callable[[T], None], pieces: Sequence[T]) -> None:
    """Do the work on every piece; it is the work's matter that no two change the same thing."""
    threads = min(len(pieces), usable_cores(), _MOST_THREADS)
    if threads <= 1:
        for piece in pieces:
            work(piece)
        return
    with ThreadPoolExecutor(threads, thread_name_prefix="colours") as pool:
        for _ in pool.map(work, pieces):
            pass
