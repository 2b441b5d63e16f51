"""What Keras users do with a model works with an SRGAN, under TensorFlow and under JAX."""

import importlib.util
import os
import subprocess
import sys

import keras
import numpy as np
import pytest
from doors import DOORS, compiled
from gan_networks import ROOT, judge, small_gan
from vgg_files import write_normalised

from waifu4x_tf.errors import ConfigError
from waifu4x_tf.gan.srgan import SRGAN
from waifu4x_tf.losses.perceptual import PerceptualLoss
from waifu4x_tf.losses.vgg_weights import vgg_weights_from
from waifu4x_tf.models.zoo import build_discriminator, build_generator

USUAL = ("gan.save, keras.models.load_model", "EarlyStopping(restore_best_weights=True)", "gan.export")


def enter(door, tmp_path):
    DOORS[door](tmp_path)


@pytest.mark.parametrize("door", USUAL)
def test_a_door_opens(door, tmp_path):
    enter(door, tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("door", [door for door in DOORS if door not in USUAL])
# TensorBoard's protocol buffers, of another version than TensorFlow's.
@pytest.mark.filterwarnings("ignore::UserWarning:google.protobuf")
def test_every_door_opens(door, tmp_path):
    enter(door, tmp_path)


@pytest.mark.slow
@pytest.mark.skipif(importlib.util.find_spec("jax") is None, reason="JAX is not installed")
def test_every_door_opens_under_jax():
    done = subprocess.run(
        [sys.executable, str(ROOT / "tests" / "gan" / "doors.py")],
        # Most of the time goes into compiling.
        env={
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "KERAS_BACKEND": "jax",
            "JAX_DISABLE_MOST_OPTIMIZATIONS": "1",
        },
        capture_output=True,
        text=True,
    )
    lines = done.stdout.splitlines()
    assert len(lines) == len(DOORS)
    assert [line for line in lines if not line.endswith((" yes", "is not installed"))] == []


@pytest.fixture
def saved(tmp_path):
    """An SRGAN, and the file that it is saved in."""
    gan = compiled()
    gan.save(tmp_path / "gan.keras")
    return gan, tmp_path / "gan.keras"


def test_a_saved_model_is_small(saved):
    gan, file = saved
    # conv1_1 alone has 1,792 numbers: VGG19's are not there.
    numbers = sum(
        np.asarray(v).size for v in [*gan.weights, *gan.optimizer.variables, *gan.d_optimizer.variables]
    )
    assert file.stat().st_size < 4 * numbers + 400_000


@pytest.mark.slow
def test_a_process_that_imports_srgan_loads_a_saved_model(saved):
    program = (
        "import sys, keras; from waifu4x_tf import SRGAN;"
        "gan = keras.models.load_model(sys.argv[1]); assert type(gan) is SRGAN and gan.compiled"
    )
    subprocess.run(
        [sys.executable, "-c", program, str(saved[1])],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        check=True,
    )


@pytest.fixture
def with_vgg_file(tmp_path):
    """An SRGAN saved with a file of VGG19's weights that has been moved since, and its new place."""
    here, moved = tmp_path / "vgg.npz", tmp_path / "elsewhere" / "vgg.npz"
    write_normalised(here, "conv3_1")
    gan = SRGAN(
        build_generator("compact", width=4, blocks=1),
        build_discriminator("features", width=2, vgg_weights=str(here)),
    )
    gan.compile("adam", "adam", perceptual=PerceptualLoss("conv1_1", here), adversarial="hinge")
    gan.save(tmp_path / "gan.keras")
    moved.parent.mkdir()
    here.rename(moved)
    return gan, tmp_path / "gan.keras", moved


def test_a_model_says_how_vggs_weights_come_back(with_vgg_file):
    gan, saved, moved = with_vgg_file
    with pytest.raises(
        ConfigError, match=r"names the file of VGG's weights.*vgg\.npz.*vgg_weights_from\(FILE\)"
    ):
        keras.models.load_model(saved)
    with vgg_weights_from(moved):
        loaded = keras.models.load_model(saved)
    patch = np.random.default_rng(0).random((2, 32, 32, 3), np.float32)
    np.testing.assert_array_equal(loaded.discriminator(patch), gan.discriminator(patch))
    other = patch[::-1].copy()
    losses = [model._goal.terms["perceptual"](patch, other) for model in (gan, loaded)]
    assert float(losses[0]) == float(losses[1]) > 0


def test_the_rate_that_a_callback_has_set_is_saved(tmp_path):
    gan = small_gan("adam")
    gan.optimizer.learning_rate = 3e-5
    gan.save(tmp_path / "gan.keras")
    loaded = keras.models.load_model(tmp_path / "gan.keras")
    assert float(loaded.optimizer.learning_rate) == pytest.approx(3e-5)
    assert float(loaded.d_optimizer.learning_rate) == pytest.approx(1e-3)


def test_an_uncompiled_model_is_saved_too(tmp_path):
    gan = SRGAN(build_generator("compact", width=4, blocks=1), judge(), ema_half_life=5)
    gan.save(tmp_path / "gan.keras")
    loaded = keras.models.load_model(tmp_path / "gan.keras")
    assert not loaded.compiled
    assert loaded.ema_half_life == 5
