"""What TensorFlow saved, JAX loads, answers alike, and can train."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from network_checks import answer, centred_noise, lively

from waifu4x_tf.models import zoo

ROOT = Path(__file__).parents[2]
PATCH_SIZE = 17
_FAST_JAX = {"KERAS_BACKEND": "jax", "JAX_PLATFORMS": "cpu", "JAX_DISABLE_MOST_OPTIMIZATIONS": "1"}

_IN_JAX = """\
import json, sys
from pathlib import Path

import jax, keras, numpy as np

import waifu4x_tf.models.feature_discriminator
import waifu4x_tf.models.unet_discriminator

# Most of the time would go into compiling the random starts of weights that are then loaded.
for start in (keras.initializers.VarianceScaling, keras.initializers.RandomNormal):
    start.__call__ = lambda self, shape, dtype=None: np.zeros(shape, dtype)

folder = Path(sys.argv[1])
x = np.load(folder / "x.npy")
told = {"backend": keras.backend.backend(), "difference": {}, "still": []}


def loss(trainable, others, model):
    out, others = model.stateless_call(trainable, others, x, training=True)
    return (out**2).sum(), (out, others)


def both(trainable, others, model):
    answer = model.stateless_call(trainable, others, x, training=False)[0]
    gradients, (_, changed) = jax.grad(loss, has_aux=True)(trainable, others, model)
    return answer, gradients, changed


for path in sorted(folder.glob("*.keras")):
    model = keras.saving.load_model(path, safe_mode=True)
    before = [np.asarray(weight.value) for weight in model.non_trainable_variables]
    trainable = [np.asarray(weight.value) for weight in model.trainable_variables]
    outcome = jax.jit(both, static_argnums=2)(trainable, before, model)
    answer, gradients, after = jax.tree.map(np.asarray, outcome)  # eagerly JAX compiles for every shape anew
    theirs = np.load(path.with_suffix(".npy"))
    largest = max(1, abs(theirs).max())  # logits on drawn features come to hundreds
    told["difference"][path.stem] = float(abs(answer - theirs).max() / largest)
    told["still"] += [w.path for w, g in zip(model.trainable_variables, gradients) if not abs(g).max() > 0]
    moving = ("moving_mean", "moving_variance", "u")
    for weight, old, new in zip(model.non_trainable_variables, before, after):
        if (weight.name in moving) == bool((old == new).all()):
            told["still"].append(weight.path)
print(json.dumps(told))
"""


@pytest.mark.slow
def test_every_network_predicts_and_trains_alike_under_jax(tmp_path):
    x = centred_noise(2, PATCH_SIZE, PATCH_SIZE)
    np.save(tmp_path / "x.npy", x)
    small = {"width": 4, "mapping_width": 4, "dense_width": 4, "blocks": 1}
    networks = {"compact", "srcnn", "espcn", "srresnet"}
    models = [
        *(zoo.build_generator(name, **_known(zoo.MODELS[name].widths, small)) for name in networks),
        *(
            zoo.build_discriminator(
                name, patch_size=PATCH_SIZE, vgg_weights=None, **_known(entry.widths, small)
            )
            for name, entry in zoo.DISCRIMINATORS.items()
        ),
    ]
    for model in models:
        lively(model).save(tmp_path / f"{model.name}.keras")
        np.save(tmp_path / f"{model.name}.npy", answer(model, x))
    done = subprocess.run(
        [sys.executable, "-c", _IN_JAX, str(tmp_path)],
        cwd=ROOT,
        env=os.environ | _FAST_JAX,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout.splitlines()[-1])
    assert told["backend"] == "jax"
    assert told["difference"].keys() == networks | set(zoo.DISCRIMINATORS)
    assert max(told["difference"].values()) < 1e-5, told
    assert told["still"] == []


def _known(widths: dict[str, int], small: dict[str, int]) -> Any:
    return {key: value for key, value in small.items() if key in widths}
