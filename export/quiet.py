"""What is heard of an export's start: a line of its own at once, and nothing of TensorFlow's native code."""

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

from waifu4x_tf.cli.process import native_log_in
from waifu4x_tf.errors import Waifu4xError

_STANDARD_ERROR = 2


@contextmanager
def native_noise_held() -> Iterator[None]:
    """Hold back what native code writes to the standard error; it is shown when an unexpected error ends it.

    Python's own ``sys.stderr`` goes on as before.
    """
    with tempfile.TemporaryFile() as noise:
        try:
            with native_log_in(noise.fileno()):
                yield
        except (Waifu4xError, OSError, KeyboardInterrupt):
            raise
        except BaseException:
            noise.seek(0)
            os.write(_STANDARD_ERROR, noise.read())
            raise


@contextmanager
def tensorflow_import(module: str) -> Iterator[None]:
    """Import TensorFlow inside: without its noise, and in a program after a first line, as it takes seconds.

    Args:
        module: The importing one's ``__name__``; the line is for one that runs as a program.
    """
    if module == "__main__" and not {"-h", "--help"} & set(sys.argv):
        print("loading TensorFlow", flush=True)
    with native_noise_held():
        yield
