"""The degradation estimator: a small network that tells how a picture was made small, and what it needs.

Kernels that shrink differ in how sharp they leave a picture, and damage shows in its pixels, whatever file it
comes in. The estimator is trained on pictures whose history is known (`train.estimator`): it tells the amount
for `waifu4x_tf.imaging.sharpness.sharpen`, by how many dB each variant of a model would be nearer to the
original, and what damage there is.
"""

from __future__ import annotations

import functools
import hashlib
import math
import threading
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from waifu4x_tf.config import Sha256, build, read_json, read_regular
from waifu4x_tf.errors import ModelError
from waifu4x_tf.imaging.alpha import bleed
from waifu4x_tf.imaging.depth import with_bits
from waifu4x_tf.imaging.picture import Frame, Picture
from waifu4x_tf.inference.engines import first_line, interpreter_class
from waifu4x_tf.inspection.luma import WEIGHTS
from waifu4x_tf.models import zoo

SQUARE_PX = 64
_BUSIEST, _OTHERS = 5, 3
# Of a large picture not every square is looked at.
_MOST_ACROSS = 24
# What is smaller tells nothing of how it came to be.
_LEAST_SIDE_PX = 16
_UNIT = 0.3
"""Amounts of sharpening are estimated as sign(a) log(1 + |a| / 0.3)."""


@dataclass(frozen=True)
class Estimate:
    """What is told of one picture.

    Attributes:
        amount: For `sharpen`: above 0 where the picture is softer than antialiased bicubic leaves it.
        gains: By variant of the model, the expected gain in dB over the model itself.
        damages: By name, the probability of each.
        busiest: The part of the picture that says most, uint8 ``(64, 64, 3)``; None where nobody looked.
    """

    amount: float
    gains: dict[str, float]
    damages: dict[str, float]
    busiest: np.ndarray | None = field(default=None, repr=False, compare=False)


def estimate(picture: Picture, model: str) -> Estimate | None:
    """Look at a picture's first frame.

    Args:
        picture: Of any kind; what is transparent is filled as for the network.
        model: The family that would enlarge it.

    Returns:
        None for one too small or too even to tell.

    Raises:
        ModelError: The installation's estimator is damaged.
    """
    squares = busy_squares(with_bits(picture, 8).frames[0])
    if squares is None:
        return None
    outputs = _Estimator.shipped().run(squares)
    damages = _of("damage", outputs)
    return Estimate(
        amount_of(outputs["amount"]),
        _of(model, outputs),
        {name: 1 / (1 + math.exp(-value)) for name, value in damages.items()},
        squares[0],
    )


def amount_of(value: float) -> float:
    """The amount of sharpening that an output of the network stands for."""
    return math.copysign(math.expm1(min(abs(value), 5.0)) * _UNIT, value)


def value_of(amount: float) -> float:
    """The inverse of `amount_of`, what the network is trained to give."""
    return math.copysign(math.log1p(abs(amount) / _UNIT), amount)


def busy_squares(frame: Frame) -> np.ndarray | None:
    """The parts of a frame that say most: five of the busiest, and three of the rest, where grain shows.

    Args:
        frame: Of 8 bits.

    Returns:
        uint8 ``(N, 64, 64, 3)`` with N up to 8, or None where all is of one colour or too small.
    """
    rgb = frame.rgb if frame.alpha is None else bleed(frame.rgb, frame.alpha)
    if min(rgb.shape[:2]) < _LEAST_SIDE_PX:
        return None
    missing = [(0, max(0, SQUARE_PX - side)) for side in rgb.shape[:2]]
    rgb = np.pad(rgb, (*missing, (0, 0)), mode="symmetric")
    places = [(top, left) for top in _places(rgb.shape[0]) for left in _places(rgb.shape[1])]
    squares = [rgb[top : top + SQUARE_PX, left : left + SQUARE_PX] for top, left in places]
    activity = np.array([_activity(square) for square in squares])
    order = [index for index in np.argsort(-activity, kind="stable") if activity[index] > 0]
    if not order:
        return None
    rest = order[_BUSIEST:]
    others = [rest[round(at)] for at in np.linspace(0, len(rest) - 1, min(_OTHERS, len(rest)))]
    return np.stack([squares[index] for index in [*order[:_BUSIEST], *others]])


def _places(side: int) -> list[int]:
    """Where squares begin along a side: as few as cover it, at most so many."""
    count = min(-(-side // SQUARE_PX), _MOST_ACROSS)
    return [round(at) for at in np.linspace(0, side - SQUARE_PX, count)]


def _activity(square: np.ndarray) -> float:
    luma = square @ WEIGHTS
    return float(np.abs(np.diff(luma, axis=0)).mean() + np.abs(np.diff(luma, axis=1)).mean())


def _of(group: str, outputs: dict[str, float]) -> dict[str, float]:
    """The outputs named ``group:name``, by their names."""
    return {key.partition(":")[2]: value for key, value in outputs.items() if key.startswith(f"{group}:")}


@dataclass(frozen=True)
class _Card:
    """What is read of the estimator's card.

    Attributes:
        outputs: ``amount``, ``MODEL:VARIANT`` for gains in dB, ``damage:NAME`` for logits.
        sha256: Of its file.
    """

    outputs: tuple[str, ...]
    sha256: Sha256


class _Estimator:
    """The network in LiteRT; one at a time may use it."""

    def __init__(self, outputs: tuple[str, ...], content: bytes) -> None:
        self._outputs = outputs
        self._interpreter: Any = interpreter_class()(model_content=content, num_threads=1)
        self._lock = threading.Lock()
        told = self._interpreter.get_output_details()[0]["shape"][-1]
        if "amount" not in outputs or len(outputs) != told:
            raise ValueError(f"a card that names {len(outputs)} outputs of {told}")

    @classmethod
    @functools.cache
    def shipped(cls) -> _Estimator:
        path = zoo.ESTIMATOR
        said = read_json(path.with_suffix(".json"), error=ModelError)
        card = build(_Card, said, str(path), error=ModelError, is_open=True)
        content = read_regular(path, error=ModelError)
        if hashlib.sha256(content).hexdigest() != card.sha256:
            raise ModelError(
                f"The card beside a network names its file. Received: {path}, which is another file."
                " Reinstall the package."
            )
        try:
            return cls(card.outputs, content)
        except (ValueError, RuntimeError) as error:
            raise ModelError(
                f"The estimator is a network that its card describes. Received: {path}: {first_line(error)}."
                " Reinstall the package."
            ) from error

    def run(self, squares: np.ndarray) -> dict[str, float]:
        """The outputs by name for uint8 squares ``(N, 64, 64, 3)``."""
        with self._lock:
            given = self._interpreter.get_input_details()[0]["index"]
            self._interpreter.resize_tensor_input(given, list(squares.shape), strict=True)
            self._interpreter.allocate_tensors()
            self._interpreter.set_tensor(given, squares.astype(np.float32))
            self._interpreter.invoke()
            values = self._interpreter.get_tensor(self._interpreter.get_output_details()[0]["index"])
        return dict(zip(self._outputs, map(float, values.ravel()), strict=True))
