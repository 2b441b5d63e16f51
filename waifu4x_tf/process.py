"""What a command does to its own process: signals and standard streams."""

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager

_STANDARD_ERROR = 2


class TerminatedError(KeyboardInterrupt):
    """SIGTERM: the same way out as Ctrl-C, with its own exit code."""


@contextmanager
def termination_as_interrupt() -> Iterator[None]:
    """Raise TerminatedError on SIGTERM; outside of the main thread, where no signal arrives, do nothing."""

    def stop(*_: object) -> None:
        raise TerminatedError

    try:
        previous = signal.signal(signal.SIGTERM, stop)
    except ValueError:
        yield
        return
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, previous)


@contextmanager
def native_log_hidden() -> Iterator[None]:
    """Drop standard error, so that native code, which knows no log level of ours, stays out of our lines.

    LiteRT tells of its delegate when a network first runs, and TensorFlow of the processor at its import. The
    whole process is affected: a command may do this, a library may not.
    """
    try:
        kept = os.dup(_STANDARD_ERROR)
    except OSError:  # There is no standard error.
        yield
        return
    try:
        sys.stderr.flush()
        nothing = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nothing, _STANDARD_ERROR)
        os.close(nothing)
        yield
    finally:
        sys.stderr.flush()
        os.dup2(kept, _STANDARD_ERROR)
        os.close(kept)


def discard_standard_output() -> None:
    """Let the interpreter's last flush succeed although nobody reads any more."""
    try:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except (OSError, ValueError):  # Standard output is no real file.
        return
