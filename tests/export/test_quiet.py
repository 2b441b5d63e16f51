"""Native code's noise: held back while all goes well, shown when something unexpected ends it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parents[2]
PROGRAM = """
import os, sys
from export.quiet import native_noise_held
from waifu4x_tf.errors import UsageError

try:
    with native_noise_held():
        os.write(2, b"noise of native code\\n")
        print("a line of ours", file=sys.stderr)
        {what}
finally:
    os.write(2, b"after\\n")
"""


@pytest.mark.parametrize(
    ("what", "is_shown"),
    [("pass", False), ("raise UsageError('a mistake')", False), ("raise RuntimeError('a fault')", True)],
)
def test_noise_is_shown_after_an_unexpected_error_alone(what, is_shown):
    process = subprocess.run(
        [sys.executable, "-c", PROGRAM.format(what=what)],
        capture_output=True,
        text=True,
        timeout=60,
        cwd=CHECKOUT,
        env={**os.environ, "PYTHONPATH": str(CHECKOUT)},
    )
    assert ("noise of native code" in process.stderr) == is_shown
    assert "a line of ours" in process.stderr
    assert "after" in process.stderr
