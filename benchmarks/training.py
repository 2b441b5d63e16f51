"""One SRGAN training step, part by part, beside the same networks in PyTorch: python -m benchmarks.training.

The generator `compact`, the U-Net discriminator and VGG19 to conv3_1 with drawn weights; L1, features and
-log D; Adam; drawn pictures. All parts take their turns in one process, the best of --rounds counts. PyTorch
is optional (its CPU build will do): without it the table has one column less. Any Keras backend. Below the
table stands how near the generator comes to the rate of one large matrix product by the same library.
"""

import argparse
import importlib.util
import os
import sys
import time
from collections.abc import Callable
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
import keras
import numpy as np
from keras import ops

from benchmarks.measuring import print_table
from benchmarks.training_settings import DISCRIMINATOR_WIDTH, STEP, VGG_LAYER
from waifu4x_tf.data.patches import PairedPatches
from waifu4x_tf.data.sources import drawn_pictures
from waifu4x_tf.gan.srgan import SRGAN
from waifu4x_tf.losses.adversarial import NonSaturatingLoss
from waifu4x_tf.losses.perceptual import PerceptualLoss
from waifu4x_tf.models.zoo import build_discriminator, build_generator

Parts = dict[str, Callable[[], Any]]

FORWARD, BACKWARD = "generator, forward", "generator, forward and backward"
_MATRIX, _MATRIX_SIDE = "a matrix product", 3072


def main(argv: list[str] | None = None) -> int:
    """Measure, and print a row a part."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.training", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="of which the best counts (default 5)")
    parser.add_argument("--batch-size", type=int, default=8, help="patches a step (default 8)")
    parser.add_argument("--lr-size", type=int, default=32, help="edge of a small patch (default 32)")
    parser.add_argument("--threads", type=int, default=os.cpu_count(), help="default: all")
    arguments = parser.parse_args(argv)
    _limit_threads(arguments.threads)
    pictures = drawn_pictures(4, seed=0, size=max(256, 4 * arguments.lr_size + 64))
    patches = PairedPatches(
        pictures, batch_size=arguments.batch_size, lr_size=arguments.lr_size, batches_per_epoch=1
    )
    ours = keras.backend.backend()
    matrix = ops.convert_to_tensor(np.random.default_rng(0).random((_MATRIX_SIDE, _MATRIX_SIDE), np.float32))
    columns = {ours: keras_parts(patches) | {_MATRIX: lambda: np.asarray(ops.matmul(matrix, matrix))}}
    if importlib.util.find_spec("torch"):
        from benchmarks.training_torch import torch_parts

        columns["torch"] = torch_parts(*patches[0], threads=arguments.threads)
    seconds = best_seconds(columns, arguments.rounds)
    rate = 2 * _MATRIX_SIDE**3 / seconds[ours].pop(_MATRIX)
    print(
        f"{arguments.batch_size} patches of {arguments.lr_size} x {arguments.lr_size} a step,"
        f" {arguments.threads} threads, the best of {arguments.rounds}"
    )
    print_table(*report(seconds))
    work = operations(build_generator("compact"), arguments.batch_size * arguments.lr_size**2)
    for title, operation_count in zip((FORWARD, BACKWARD), work, strict=True):
        print(f"{title}: {operation_count / seconds[ours][title] / rate:.0%} of the matrix rate")
    if "torch" not in seconds:
        print("torch: not measured, it is not installed")
    return 0


def keras_parts(patches: PairedPatches) -> Parts:
    """The parts of a step, and the step, as functions that wait for their result."""
    batch: Any = [ops.convert_to_tensor(side) for side in patches[0]]
    small, large = batch
    keras.utils.set_random_seed(0)
    generator = build_generator("compact")
    discriminator = build_discriminator("unet", patch_size=large.shape[1], width=DISCRIMINATOR_WIDTH)
    perceptual = PerceptualLoss(VGG_LAYER, weights=None)
    pixel = keras.losses.MeanAbsoluteError()
    pretraining = build_generator("compact")
    pretraining.compile(keras.optimizers.Adam(1e-4), pixel, jit_compile=_jit())
    gan = SRGAN(generator, discriminator)
    gan.compile(
        keras.optimizers.Adam(1e-4),
        keras.optimizers.Adam(1e-4),
        pixel=pixel,
        perceptual=perceptual,
        adversarial=NonSaturatingLoss(),
        weights={"perceptual": 0.05, "adversarial": 0.005},
        jit_compile=_jit(),
    )
    seen = _trained_picture(large.shape)
    seen.compile(keras.optimizers.Adam(1e-4), perceptual, jit_compile=_jit())
    judging = _both_judged(discriminator)
    judging.compile(keras.optimizers.Adam(1e-4), _game, jit_compile=_jit())
    return {
        "a batch, one worker": lambda: patches[0],
        FORWARD: lambda: np.asarray(pretraining.predict_on_batch(small)),
        BACKWARD: lambda: pretraining.train_on_batch(small, large),
        f"VGG19 to {VGG_LAYER}, both pictures and backward": lambda: seen.train_on_batch(large, large),
        "discriminator, both pictures and backward": lambda: judging.train_on_batch(large, large),
        STEP: lambda: gan.train_on_batch(small, large),
    }


def operations(model: keras.Model, positions: int) -> tuple[int, int]:
    """Multiplications and additions of a model's convolutions, forward and with the backward pass.

    Args:
        model: Of stride-1 convolutions at one resolution.
        positions: Pixels of a batch at that resolution.

    Returns:
        Forward; forward and backward. A frozen convolution has no gradient of its kernel, and one that reads
        the picture none of its input.
    """
    forward = training = 0
    for layer in model.layers:
        if isinstance(layer, keras.layers.Conv2D):
            work = 2 * np.asarray(layer.kernel).size * positions
            tensor: Any = layer.input
            reads_picture = isinstance(tensor._keras_history.operation, keras.layers.InputLayer)
            forward += work
            training += work * (1 + bool(layer.trainable) + (not reads_picture))
    return forward, training


def _both_judged(discriminator: keras.Model) -> keras.Model:
    """The discriminator's logits of a picture and of its negative, side by side."""
    picture: Any = keras.Input(discriminator.input_shape[1:])
    logits = [discriminator(picture), discriminator(ops.subtract(1.0, picture))]
    return keras.Model(picture, ops.concatenate(logits, axis=-1))


def _game(_: Any, logits: Any) -> Any:
    return NonSaturatingLoss().discriminator_loss(logits[..., :1], logits[..., 1:])


def _trained_picture(shape: tuple[int, ...]) -> keras.Model:
    """A trained 1x1 convolution of a picture: its gradient needs the gradient by the picture."""
    picture: Any = keras.Input(shape[1:])
    return keras.Model(picture, keras.layers.Conv2D(3, 1)(picture))


def best_seconds(columns: dict[str, Parts], rounds: int) -> dict[str, dict[str, float]]:
    """The shortest time of each part of each column, in turn, after a call that does not count."""
    best = {name: dict.fromkeys(parts, float("inf")) for name, parts in columns.items()}
    for parts in columns.values():
        for part in parts.values():
            part()
    for _ in range(rounds):
        for name, parts in columns.items():
            for title, part in parts.items():
                started = time.perf_counter()
                part()
                best[name][title] = min(best[name][title], time.perf_counter() - started)
    return best


def report(seconds: dict[str, dict[str, float]]) -> tuple[list[str], list[list[str]]]:
    """Header and rows: milliseconds, shares of the step, and the ratio of the two libraries."""
    ours, *others = seconds
    header = ["part", f"{ours} ms", "of a step"] + [
        cell for o in others for cell in (f"{o} ms", f"{o} / {ours}")
    ]
    rows = []
    for title, taken in seconds[ours].items():
        row = [title, f"{taken * 1000:.1f}", f"{taken / seconds[ours][STEP]:.0%}"]
        for other in others:
            theirs = seconds[other].get(title)
            row += ["", ""] if theirs is None else [f"{theirs * 1000:.1f}", f"{theirs / taken:.2f}"]
        rows.append(row)
    steps = [cell for name in seconds for cell in (f"{1 / seconds[name][STEP]:.3g}", "")]
    rows.append(["steps a second", *steps])
    return header, rows


def _limit_threads(threads: int) -> None:
    if keras.backend.backend() == "tensorflow":
        import tensorflow as tf

        tf.config.threading.set_intra_op_parallelism_threads(threads)


def _jit() -> Any:
    return False if keras.backend.backend() == "tensorflow" else "auto"


if __name__ == "__main__":
    sys.exit(main())
