"""What an SRGAN is fed, checked before the first step: silently wrong pictures train a wrong network."""

import itertools
import math
import types
from collections.abc import Iterator
from typing import Any

import keras
import numpy as np

from waifu4x_tf.errors import ConfigError

_TOLERANCE = 1e-3
_RULE = (
    "SRGAN learns from pairs (small, large) of RGB pictures, in floats from 0 to 1, large scale times small."
)


def peek(x: Any, y: Any, size: int) -> tuple[Any, tuple[Any, ...]]:
    """The first batch of what `fit` is given.

    Args:
        x: Arrays, with ``y`` or without; or a dataset of batches, a generator included.
        y: Arrays or None.
        size: Of a batch of arrays.

    Returns:
        What `fit` is to be given in place of ``x``, which still begins with that batch; the batch, which is
        empty where a dataset holds nothing.
    """
    if hasattr(x, "shape"):
        return x, (x[:size],) if y is None else (x[:size], y[:size])
    if isinstance(x, keras.utils.PyDataset):
        return x, tuple(x[0])
    if not hasattr(x, "__iter__") or isinstance(x, dict | list | tuple):
        return x, (x, y)
    first = next(iter(x), ())
    batch = tuple(first) if isinstance(first, tuple | list) else (first,)
    return _chained(first, x) if isinstance(x, types.GeneratorType) else x, batch


def check_pair(gan: Any, small: Any, large: Any, sample_weight: Any) -> None:
    """See that a batch can be trained on; sizes that a graph does not know are left alone.

    Raises:
        ConfigError: No originals, weights of samples, other shapes or dtypes.
    """
    if small is None:  # an empty dataset, of which Keras has its own words
        return
    if large is None or not (hasattr(small, "shape") and hasattr(large, "shape")):
        raise ConfigError(
            f"{_RULE} Received: {_kind(small)} with {_kind(large)}. Give fit(small, large), or a dataset of"
            " such pairs."
        )
    if sample_weight is not None:
        raise ConfigError(
            "SRGAN weighs its losses, by compile(weights=...), not samples or classes. Received:"
            " sample_weight or class_weight. Leave it out, or show a picture more often."
        )
    shapes = [tuple(picture.shape) for picture in (small, large)]
    if any(len(shape) != 4 or shape[3] not in (None, 3) for shape in shapes):
        raise _of_shapes(shapes, "Give arrays (N, H, W, 3).")
    _check_floats(small=small, large=large)
    if None in (*shapes[0][1:3], *shapes[1][1:3]):
        return
    wanted = tuple(gan.generator.compute_output_shape((1, *shapes[0][1:])))[1:3]
    if shapes[1][1:3] != wanted:
        if shapes[1][1] < shapes[0][1]:
            raise _of_shapes(shapes, "They are swapped: give fit(small, large).")
        raise _of_shapes(shapes, f"From this small size the generator makes {wanted[1]}x{wanted[0]}.")
    taken = tuple(gan.discriminator.inputs[0].shape)[1:3] if gan.discriminator.inputs else (None, None)
    if any(side not in (None, given) for side, given in zip(taken, wanted, strict=True)):
        raise _of_shapes(shapes, f"Build the discriminator with patch_size={wanted[0]}.")


def check_range(**pictures: Any) -> None:
    """See that pictures are floats in [0, 1]; of a graph's tensors only the dtype is known.

    Raises:
        ConfigError: They are not.
    """
    _check_floats(**pictures)
    for name, picture in pictures.items():
        if picture is None or name == "inputs":
            continue
        values = np.asarray(keras.ops.convert_to_numpy(picture), np.float32)
        lowest, highest = float(values.min(initial=0.0)), float(values.max(initial=0.0))
        if not (lowest >= -_TOLERANCE and highest <= 1 + _TOLERANCE):
            way = "Divide by 255" if highest > 2 else "Map [-1, 1] by (x + 1) / 2, or clip"
            way = way if math.isfinite(highest) else "Leave out what is not a number"
            raise ConfigError(f"{_RULE} Received: {name} from {lowest:.3g} to {highest:.3g}. {way}.")


def _check_floats(**pictures: Any) -> None:
    for name, picture in pictures.items():
        dtype = keras.backend.standardize_dtype(picture.dtype) if hasattr(picture, "dtype") else "float32"
        if "float" not in dtype:
            raise ConfigError(f"{_RULE} Received: {name} of dtype {dtype}. Divide by 255, as float32.")


def _of_shapes(shapes: list[tuple], way_out: str) -> ConfigError:
    return ConfigError(f"{_RULE} Received: small {shapes[0]}, large {shapes[1]}. {way_out}")


def _kind(value: Any) -> str:
    return f"shape {tuple(value.shape)}" if hasattr(value, "shape") else type(value).__name__


def _chained(first: Any, rest: Iterator[Any]) -> Iterator[Any]:
    # Keras knows a generator by its type, which itertools.chain is not of.
    yield from itertools.chain([first], rest)
