"""What a command does to its own process: signals and standard streams."""

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TextIO

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
    """Keep standard error for our own lines; native code, which knows no log level of ours, is not heard.

    TensorFlow writes there of the processor at its import, libtiff of every odd tag; and packages that log do
    too where nobody has said what is to become of it. The whole process is affected: a command may do this, a
    library may not.
    """
    import logging  # 10 ms that --help does without

    silent = logging.NullHandler()
    logging.root.addHandler(silent)
    try:
        with open(os.devnull, "wb") as nothing, native_log_in(nothing.fileno()):
            yield
    finally:
        logging.root.removeHandler(silent)


@contextmanager
def native_log_in(descriptor: int) -> Iterator[None]:
    """Lead to an open descriptor what native code writes to standard error; Python's own goes on as before.

    Where there is no standard error nothing is done.
    """
    former = sys.stderr
    try:
        kept = os.dup(_STANDARD_ERROR)
    except OSError:
        yield
        return
    try:
        if _descriptor(former) == _STANDARD_ERROR:
            sys.stderr = open(  # noqa: SIM115 - its descriptor is closed below
                kept, "w", buffering=1, encoding=former.encoding, errors="backslashreplace", closefd=False
            )
        os.dup2(descriptor, _STANDARD_ERROR)
        yield
    finally:
        with suppress(OSError):
            sys.stderr.flush()
        sys.stderr = former
        os.dup2(kept, _STANDARD_ERROR)
        os.close(kept)


def open_standard_streams() -> None:
    """Put null streams where the process was started with closed ones.

    The next file to be opened would otherwise take their descriptor, and what native code prints would stand
    in a picture.
    """
    for descriptor in (0, 1, _STANDARD_ERROR):
        try:
            os.fstat(descriptor)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # Takes the lowest that is free, which is this one.
    if sys.stdout is None:
        sys.stdout = open(os.devnull, "w")  # noqa: SIM115 - as long as the process
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w")  # noqa: SIM115


def was_closed(stream: TextIO) -> bool:
    """Whether this is a null stream of `open_standard_streams`."""
    return getattr(stream, "name", None) == os.devnull


def _descriptor(stream: TextIO) -> int | None:
    try:
        return stream.fileno()
    except (OSError, ValueError):  # No real file, or a closed one.
        return None


def discard_standard_output() -> None:
    """Let the interpreter's last flush succeed although nobody reads any more."""
    try:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except (OSError, ValueError):  # Standard output is no real file.
        return
