"""TensorFlow and JAX, one device and two: the same numbers on the same batches."""

import importlib.util
import json
import os
import subprocess
import sys

import numpy as np
import pytest
from gan_networks import ROOT, small_gan, trained_weights

needs_jax = pytest.mark.skipif(importlib.util.find_spec("jax") is None, reason="JAX is not installed")


@pytest.fixture(scope="module")
def here():
    """Weights and log of this process, one device."""
    return trained_weights(small_gan())


def elsewhere(tmp_path, backend, *options, **environment):
    """Weights and log of a process of its own."""
    out = tmp_path / "weights.npz"
    done = subprocess.run(
        [sys.executable, str(ROOT / "tests" / "gan" / "gan_networks.py"), str(out), *options],
        env={**os.environ, "PYTHONPATH": str(ROOT), "KERAS_BACKEND": backend, **environment},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    with np.load(out) as arrays:
        return [arrays[name] for name in arrays.files], json.loads(done.stdout.splitlines()[-1])


def assert_same(one, other, tolerance):
    for a, b in zip(one[0], other[0], strict=True):
        np.testing.assert_allclose(a, b, rtol=0, atol=tolerance)
    assert one[1].keys() == other[1].keys()
    for name, values in one[1].items():
        np.testing.assert_allclose(values, other[1][name], rtol=1e-4, err_msg=name)


@needs_jax
@pytest.mark.slow
def test_jax_gives_tensorflows_numbers(here, tmp_path):
    assert_same(here, elsewhere(tmp_path, "jax"), 1e-6)


@needs_jax
@pytest.mark.slow
def test_two_devices_under_jax_give_the_numbers_of_one(here, tmp_path):
    flags = {"XLA_FLAGS": "--xla_force_host_platform_device_count=2"}
    assert_same(here, elsewhere(tmp_path, "jax", "--data-parallel", **flags), 1e-5)


@pytest.mark.slow
def test_two_replicas_under_tensorflow_give_the_numbers_of_one(here, tmp_path):
    assert_same(here, elsewhere(tmp_path, "tensorflow", "--replicas", "2"), 1e-5)
