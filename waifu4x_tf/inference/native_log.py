"""The line of LiteRT's own log: once a process, on standard error, with no level that Python could set."""

import os
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress

_DELEGATE_LINE = b"INFO: Created TensorFlow Lite XNNPACK delegate for CPU.\n"
_STANDARD_ERROR = 2

_lock = threading.Lock()
_is_over = False


@contextmanager
def first_delegate_hidden() -> Iterator[None]:
    """Leave out the line about the delegate, which comes when the first network of a process is set up.

    Whatever else is written to standard error meanwhile, by other threads too, follows right after.
    """
    global _is_over
    if _is_over:
        yield
        return
    with _lock, ExitStack() as stack:
        try:
            kept = stack.enter_context(tempfile.TemporaryFile())
            former = os.dup(_STANDARD_ERROR)
        except OSError:  # There is no standard error, or no place for what is written to it.
            yield
            return
        _flush()
        os.dup2(kept.fileno(), _STANDARD_ERROR)
        try:
            yield
        finally:
            _flush()
            os.dup2(former, _STANDARD_ERROR)
            os.close(former)
            kept.seek(0)
            with suppress(OSError):
                os.write(_STANDARD_ERROR, kept.read().replace(_DELEGATE_LINE, b""))
            _is_over = True


def _flush() -> None:
    if sys.stderr is not None:
        with suppress(OSError, ValueError):
            sys.stderr.flush()
