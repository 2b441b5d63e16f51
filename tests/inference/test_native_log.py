"""LiteRT writes nothing to standard error through the library, and nobody else is silenced."""

import os
import subprocess
import sys
from pathlib import Path

import waifu4x_tf

ROOT = Path(waifu4x_tf.__file__).parents[1]

_UPSCALING = """\
import os, sys
import numpy as np
from waifu4x_tf import load_upscaler
if "closed" in sys.argv:
    os.close(2)
upscaler = load_upscaler(sys.argv[1])
assert upscaler.upscale(np.zeros((5, 6, 3), np.uint8)).shape == (20, 24, 3)
"""
_OTHERS = """\
import os
from waifu4x_tf.inference.native_log import first_delegate_hidden
for text in (b"one\\nINFO: Created TensorFlow Lite XNNPACK delegate for CPU.\\ntwo\\n", b"three\\n"):
    with first_delegate_hidden():
        os.write(2, text)
"""


def python(code: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", code, *arguments]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    return subprocess.run(command, capture_output=True, text=True, timeout=120, env=environment)


def test_a_network_is_set_up_in_silence(tiny_models):
    for arguments in ([], ["closed"]):
        process = python(_UPSCALING, str(tiny_models / "tiny_int8.tflite"), *arguments)
        assert (process.returncode, process.stdout, process.stderr) == (0, "", "")


def test_what_others_write_meanwhile_arrives():
    assert python(_OTHERS).stderr == "one\ntwo\nthree\n"
