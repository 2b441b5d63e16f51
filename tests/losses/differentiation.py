"""Gradients on the backend at hand, and by differences."""

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
from keras import ops


def with_gradients(function: Callable, *values: np.ndarray) -> tuple[float, list[np.ndarray]]:
    """``sum(function(*values))`` and its gradients by each of the values; zeros where there is none."""
    if keras.backend.backend() == "jax":
        import jax

        both = jax.value_and_grad(lambda *inputs: ops.sum(function(*inputs)), tuple(range(len(values))))
        total, found = jax.jit(both)(*values)
    else:
        import tensorflow as tf

        inputs = [tf.convert_to_tensor(value) for value in values]
        with tf.GradientTape() as tape:
            tape.watch(inputs)
            total: Any = ops.sum(function(*inputs))
        found = tape.gradient(total, inputs, unconnected_gradients=tf.UnconnectedGradients.ZERO)
    return float(total), [np.asarray(each) for each in found]


def gradients(function: Callable, *values: np.ndarray) -> list[np.ndarray]:
    """The gradients of `with_gradients` alone."""
    return with_gradients(function, *values)[1]


def by_differences(function: Callable, value: np.ndarray, step: float = 1e-6) -> np.ndarray:
    """Of ``sum(function(value))``, a function of NumPy arrays in float64, one element at a time."""
    value = np.asarray(value, np.float64)
    slopes = np.zeros_like(value)
    for index in np.ndindex(value.shape):
        change = np.zeros_like(value)
        change[index] = step
        slopes[index] = (np.sum(function(value + change)) - np.sum(function(value - change))) / (2 * step)
    return slopes
