"""Kernels rounded to int8 together: what one weight's rounding spoils, the weights after it make good.

A full-integer file holds each kernel in 127 steps on either side of 0, an output channel at a time. Rounding
every weight to the nearest step is not the best choice: neighbouring inputs of a picture are much alike, so
the error of one weight can be undone by others. This is GPTQ (Frantar et al. 2022, arXiv:2210.17323; the
idea is Optimal Brain Surgeon's, Hassibi and Stork 1993), a convolution at a time, on what calibration
pictures bring to it in the network as rounded until there.
"""

import itertools
from collections.abc import Iterator, Sequence
from typing import Any

import keras
import numpy as np

from export.pictures import as_batch
from waifu4x_tf.errors import ModelError

KERNEL_STEPS = 127
_DAMPING = 0.01
_TOGETHER = 16  # pictures in a batch
_PICTURES = 48  # enough to tell how inputs go together
_PLACES_A_SIDE = 64  # likewise; of layers at the large size every fourth row and column


def with_rounded_kernels(model: keras.Model, calibration: Sequence[np.ndarray]) -> keras.Model:
    """A copy whose kernels lie on int8's steps, so that a converter rounds them no further.

    Args:
        model: Functional generator. Its trainable `Conv2D` of stride and dilation 1 with "same" padding, one
            group, are rounded; all else is left as it is.
        calibration: uint8 small pictures ``(H, W, 3)``.

    Returns:
        A network of the same layers; biases take up what the rounding moves on average.

    Raises:
        ModelError: A convolution reads nothing but zeros, whatever the picture: int8 has no steps for those.
    """
    rounded = keras.models.clone_model(model)
    rounded.set_weights(model.get_weights())
    pictures = calibration[:: -(-len(calibration) // _PICTURES) or 1]
    for layer in rounded.layers:
        if not _is_plain(layer):
            continue
        inputs = keras.Model(rounded.input, layer.input)
        kernel, *bias = layer.get_weights()
        moments, mean = _moments(inputs, pictures, kernel.shape[:2])
        if not moments.any():
            raise ModelError(
                "Every convolution of an int8 network reads more than zeros. Received:"
                f" {layer.name}, which reads zeros on all {len(pictures)} calibration pictures: what it reads"
                " has died in training. Train that layer on from fresh weights, or leave its block out."
            )
        before = kernel.reshape(-1, kernel.shape[-1])
        after = rounded_together(before, moments)
        shift = mean @ (before - after)
        layer.set_weights([after.reshape(kernel.shape).astype(np.float32), *(b + shift for b in bias)])
    return rounded


def rounded_together(weights: np.ndarray, moments: np.ndarray) -> np.ndarray:
    """Round a matrix so that its products with inputs change little.

    Args:
        weights: ``(I, O)``, an output a column; its largest weight makes 127 steps and stays on them.
        moments: ``(I, I)``, the mean of ``x x^T`` over inputs ``x``.

    Returns:
        float64 ``(I, O)``, whole multiples of each column's step.
    """
    left = weights.astype(np.float64)
    largest = np.abs(left).argmax(axis=0)
    steps = np.maximum(np.abs(left).max(axis=0) / KERNEL_STEPS, np.finfo(np.float32).tiny)
    damped = moments + np.eye(len(moments)) * (_DAMPING * np.mean(np.diag(moments)) + 1e-12)
    # What matters most is rounded first, while many weights are left to make it good.
    order = np.argsort(-np.diag(damped), kind="stable")
    factor = np.linalg.cholesky(np.linalg.inv(damped[np.ix_(order, order)])).T
    left = left[order]
    done = np.empty_like(left)
    for row, index in enumerate(order):
        whole = np.clip(np.rint(left[row] / steps), -KERNEL_STEPS, KERNEL_STEPS)
        # A column without its 127 would be given other steps by the converter.
        whole = np.where(largest == index, np.sign(weights[index]) * KERNEL_STEPS, whole)
        done[row] = whole * steps
        error = (left[row] - done[row]) / factor[row, row]
        left[row + 1 :] -= np.outer(factor[row, row + 1 :], error)
    result = np.empty_like(done)
    result[order] = done
    return result


def _moments(
    inputs: keras.Model, pictures: Sequence[np.ndarray], size: tuple[int, int]
) -> tuple[np.ndarray, np.ndarray]:
    """Means of ``x x^T`` and of ``x`` over all places of a convolution's kernel on the pictures."""
    total: Any = 0.0
    mean: Any = 0.0
    count = 0
    for x in _outputs(inputs, pictures):
        around = [((side - 1) // 2, side // 2) for side in size]
        windows = np.lib.stride_tricks.sliding_window_view(np.pad(x, (*around, (0, 0))), size, axis=(0, 1))
        every = max(1, min(x.shape[:2]) // _PLACES_A_SIDE)
        windows = windows[::every, ::every].transpose(0, 1, 3, 4, 2)
        rows = windows.reshape(windows.shape[0] * windows.shape[1], -1)
        total = total + (rows.T @ rows).astype(np.float64)
        mean = mean + rows.sum(axis=0, dtype=np.float64)
        count += len(rows)
    return total / count, mean / count


def _outputs(network: keras.Model, pictures: Sequence[np.ndarray]) -> Iterator[np.ndarray]:
    """Of each picture, float32; those that follow one another in one size are run together."""
    for _, alike in itertools.groupby(pictures, key=np.shape):
        batches = list(map(as_batch, alike))
        for first in range(0, len(batches), _TOGETHER):
            yield from np.asarray(network(np.concatenate(batches[first : first + _TOGETHER]), training=False))


def _is_plain(layer: keras.layers.Layer) -> bool:
    return (
        type(layer) is keras.layers.Conv2D
        and layer.trainable
        and layer.groups == 1
        and layer.padding == "same"
        and set(layer.strides) | set(layer.dilation_rate) == {1}
    )
