"""What an export prints: its first line at once, and native code's noise after an unexpected error alone."""

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


def exported(program, *arguments, path=()):
    environment = {key: value for key, value in os.environ.items() if key != "TF_CPP_MIN_LOG_LEVEL"}
    return subprocess.run(
        [sys.executable, "-m", program, *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=600,
        cwd=CHECKOUT,
        env={**environment, "PYTHONPATH": os.pathsep.join(map(str, (*path, CHECKOUT)))},
    )


@pytest.mark.parametrize("program", ["export.tflite", "export.bundle"])
@pytest.mark.parametrize(("arguments", "line"), [((), "loading TensorFlow\n"), (("--help",), "")])
def test_the_first_line_is_there_before_tensorflow(tmp_path, program, arguments, line):
    (tmp_path / "keras.py").write_text("raise SystemExit(3)")
    process = exported(program, *arguments, path=[tmp_path])
    assert (process.returncode, process.stdout, process.stderr) == (3, line, "")


@pytest.mark.slow
def test_steps_are_all_that_is_printed_before_the_figures(faithful, tmp_path):
    process = exported("export.tflite", faithful, "-o", tmp_path / "out", "--precisions", "float16")
    assert (process.returncode, process.stderr) == (0, "")
    assert process.stdout.splitlines()[:6] == [
        "loading TensorFlow",
        "1 of 4: reading generator.keras",
        "2 of 4: preparing pictures to calibrate and to validate with",
        "3 of 4: converting and validating tiny_float16_dynamic.tflite",
        f"4 of 4: writing {tmp_path / 'out'}",
        "float16",
    ]
