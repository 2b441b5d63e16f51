"""Silence: what TensorFlow's and LiteRT's native code writes to the standard error, held back."""

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

from waifu4x_tf.errors import Waifu4xError

_STANDARD_ERROR = 2


@contextmanager
def native_noise_held() -> Iterator[None]:
    """Hold back what native code writes to the standard error; it is shown when an unexpected error ends it.

    Python's own ``sys.stderr`` goes on as before.
    """
    sys.stderr.flush()
    kept, ours = os.dup(_STANDARD_ERROR), sys.stderr
    with tempfile.TemporaryFile() as noise, os.fdopen(os.dup(kept), "w", buffering=1) as direct:
        os.dup2(noise.fileno(), _STANDARD_ERROR)
        if ours is sys.__stderr__:
            sys.stderr = direct
        try:
            yield
        except (Waifu4xError, OSError, KeyboardInterrupt):
            raise
        except BaseException:
            noise.seek(0)
            os.write(kept, noise.read())
            raise
        finally:
            sys.stderr = ours
            os.dup2(kept, _STANDARD_ERROR)
            os.close(kept)
