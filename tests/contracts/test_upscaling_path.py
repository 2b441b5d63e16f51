"""Upscaling needs no TensorFlow: it neither loads it nor misses it."""

import subprocess
import sys
from pathlib import Path

import pytest
from checkout import ROOT
from PIL import Image

from waifu4x_tf.data.procedural import draw

_LOADED = """\
import sys
from waifu4x_tf.cli.main import main
code = main(sys.argv[1:])
loaded = {"tensorflow", "keras", "jax"} & set(sys.modules)
sys.exit(f"loaded {loaded}" if loaded else code)
"""
_HIDDEN = """\
import sys
sys.modules.update(dict.fromkeys(("tensorflow", "keras", "jax")))
from waifu4x_tf.cli.main import main
sys.exit(main(sys.argv[1:]))
"""
_FROM_PYTHON = """\
import sys
import numpy as np
from waifu4x_tf import load_upscaler
large = load_upscaler(sys.argv[1]).upscale(np.zeros((5, 6, 3), np.uint8))
assert large.shape == (20, 24, 3)
loaded = {"tensorflow", "keras", "jax"} & set(sys.modules)
sys.exit(f"loaded {loaded}" if loaded else 0)
"""
_CHEAP = """\
import sys
before = set(sys.modules)
import waifu4x_tf
print(*sorted({name.split(".")[0] for name in set(sys.modules) - before} - sys.stdlib_module_names))
"""


def python(code: str, *arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    bootstrap = f"import sys; sys.path.insert(0, {str(ROOT)!r})\n{code}"
    return subprocess.run(
        [sys.executable, "-c", bootstrap, *arguments], cwd=folder, capture_output=True, text=True, timeout=120
    )


@pytest.fixture
def sticker(tmp_path):
    """A drawn sticker with alpha, 40 x 32 pixels."""
    path = tmp_path / "sticker.png"
    Image.fromarray(draw("sticker_soft", seed=2, width=40, height=32)).save(path)
    return path


@pytest.mark.parametrize("code", [_LOADED, _HIDDEN], ids=["not loaded", "not missed"])
def test_the_command_line_upscales_without_the_training_packages(code, sticker, tiny_models):
    model = str(tiny_models / "tiny_int8.tflite")
    process = python(code, "upscale", sticker.name, "--model", model, folder=sticker.parent)
    assert process.returncode == 0, process.stderr
    with Image.open(sticker.with_name("sticker_4x.png")) as image:
        image.load()
        assert (image.mode, image.size) == ("RGBA", (160, 128))


def test_the_facade_upscales_without_the_training_packages(tmp_path, tiny_models):
    process = python(_FROM_PYTHON, str(tiny_models / "tiny_int8.tflite"), folder=tmp_path)
    assert process.returncode == 0, process.stderr


def test_importing_the_package_loads_nothing_else(tmp_path):
    process = python(_CHEAP, folder=tmp_path)
    assert process.stdout.split() == ["waifu4x_tf"], process.stderr
