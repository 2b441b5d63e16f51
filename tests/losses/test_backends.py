"""The losses are the same on every Keras backend."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from every_loss import values_and_slopes

FOLDER = Path(__file__).resolve().parent


@pytest.mark.slow
def test_values_and_gradients_are_those_of_jax():
    pytest.importorskip("jax")
    environment = {
        **os.environ,
        "KERAS_BACKEND": "jax",
        "PYTHONPATH": str(FOLDER.parents[1]),
        "XLA_FLAGS": "--xla_backend_optimization_level=0",  # compiles in half the time
    }
    command = [sys.executable, str(FOLDER / "every_loss.py")]
    finished = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert finished.returncode == 0, finished.stderr
    by_jax = json.loads(finished.stdout)
    here = values_and_slopes()
    assert by_jax.keys() == here.keys()
    for name, (value, slopes) in here.items():
        assert by_jax[name][0] == pytest.approx(value, rel=1e-4), name
        assert by_jax[name][1] == pytest.approx(slopes, rel=1e-3, abs=1e-6), name
