"""Watchdog: stops an SRGAN that goes wrong, with the last good weights and the reason in words."""

import logging
import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np

from waifu4x_tf.errors import ConfigError
from waifu4x_tf.gan.srgan import SRGAN

_ALIVE = 5
_LOG = logging.getLogger("waifu4x_tf")


@dataclass(frozen=True)
class Limits:
    """Where an epoch counts as bad.

    Attributes:
        won_share: The discriminator has won when its loss is nearer than this to that of one that is always
            right, as a share of the way to one that cannot tell originals from outputs: the generator, or the
            discriminator itself, learns no more from it. It means the same for every adversarial loss.
        died_gap: It has died when it gives originals and outputs the same probability of being real, to
            within this, after it once told them apart by `_ALIVE` times as much.
        colour_levels: Largest `colour_drift` in levels, beyond what it was when training began.
        checkerboard_levels: Largest energy of a `checkerboard` in levels, likewise.
        patience: Bad epochs of one kind in a row before the run is stopped; not-a-number stops it at once.
    """

    won_share: float = 0.015
    died_gap: float = 0.002
    colour_levels: float = 3.0
    checkerboard_levels: float = 1.5
    patience: int = 3

    def __post_init__(self) -> None:
        if self.patience < 1:
            raise ConfigError(f"patience is at least 1. Received: {self.patience}. Use 3.")


class Watchdog(keras.callbacks.Callback):
    """Looks at every epoch; give it to `fit` before callbacks that save.

    When it stops a run, ``model.stop_training`` is true, the model has the weights of the last good epoch
    (before the first, those it began with), ``reason`` says why, and so does the log "waifu4x_tf".

    Args:
        small: Pictures to look at, float32 ``(N, H, W, 3)`` in [0, 1].
        large: Their originals, ``(N, r * H, r * W, 3)``.
        limits: Where an epoch counts as bad.

    Attributes:
        reason: Why the run was stopped; empty as long as it was not.
        good_epochs: Number of epochs in the weights that were kept.

    Example:
        >>> watchdog = Watchdog(np.zeros((1, 16, 16, 3), "float32"), np.zeros((1, 64, 64, 3), "float32"))
        >>> watchdog.reason  # after gan.fit(patches, callbacks=[watchdog])
        ''
    """

    def __init__(self, small: np.ndarray, large: np.ndarray, limits: Limits | None = None) -> None:
        super().__init__()
        self._small, self._large = small, large
        self._limits = limits or Limits()
        self._bad: dict[str, int] = {}
        self._kept: list[np.ndarray] = []
        self._at_start = (0.0, 0.0)
        self._largest_gap = 0.0
        self.reason = ""
        self.good_epochs = 0

    def on_train_begin(self, logs: dict | None = None) -> None:
        """Keep what it begins with."""
        self._bad, self.reason, self._largest_gap = {}, "", 0.0
        self._kept = self._gan.get_weights()
        self._at_start = self._artefacts()

    def on_epoch_begin(self, epoch: int, logs: dict | None = None) -> None:
        """Note where a resumed run goes on."""
        if not self.good_epochs:
            self.good_epochs = epoch

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        """Check the epoch; keep its weights, or stop."""
        logs = logs or {}
        lost = sorted(name for name, value in logs.items() if not math.isfinite(value))
        if lost:
            self._stop(epoch, f"{', '.join(lost)} is not a number. Lower the learning rates.")
            return
        troubles = dict(self._troubles(logs))
        self._bad = {kind: self._bad.get(kind, 0) + 1 for kind in troubles}
        for kind, words in troubles.items():
            if self._bad[kind] >= self._limits.patience:
                self._stop(epoch, f"{words} ({self._bad[kind]} epochs in a row)")
                return
        if not troubles:
            self._kept = self._gan.get_weights()
            self.good_epochs = epoch + 1

    def _troubles(self, logs: dict[str, float]) -> Iterator[tuple[str, str]]:
        limits = self._limits
        lowest, blind = self._gan.adversarial.discriminator_loss_range()
        if logs["d_loss"] - lowest < limits.won_share * (blind - lowest):
            found = f"its loss is {logs['d_loss']:.4f}"
            yield "won", f"The discriminator has won: {found}. Lower its learning rate or strengthen pixel."
        gap = abs(logs["d_real"] - logs["d_fake"])
        self._largest_gap = max(self._largest_gap, gap)
        if gap < limits.died_gap <= self._largest_gap / _ALIVE:
            found = f"its probabilities of originals and outputs differ by {gap:.1e}"
            yield "died", f"The discriminator has died: {found}. Raise its learning rate or its width."
        drift, energy = (now - start for now, start in zip(self._artefacts(), self._at_start, strict=True))
        if drift > limits.colour_levels:
            yield "colour", f"Colours drift: by {drift:.1f} levels. Raise the weight of pixel."
        if energy > limits.checkerboard_levels:
            yield "checkerboard", f"A checkerboard of {energy:.1f} levels. Lower the weight of adversarial."

    def _stop(self, epoch: int, words: str) -> None:
        self.reason = (
            f"Stopped after epoch {epoch + 1}: {words} Kept: the weights of epoch {self.good_epochs}."
        )
        self._gan.set_weights(self._kept)
        self._gan.stop_training = True
        _LOG.warning(self.reason)

    def _artefacts(self) -> tuple[float, float]:
        outputs = np.asarray(self._gan(self._small, training=False), np.float32)
        scale = outputs.shape[1] // self._small.shape[1]
        return colour_drift(outputs, self._large), checkerboard(outputs, self._large, scale)

    @property
    def _gan(self) -> SRGAN:
        model: Any = self.model
        return model


def colour_drift(outputs: np.ndarray, originals: np.ndarray, block_px: int = 16) -> float:
    """How far the means of blocks lie from the original's.

    Args:
        outputs: Float ``(N, H, W, 3)`` in [0, 1].
        originals: The same of the originals.
        block_px: Side of a block; what is left over at the right and the bottom is not looked at.

    Returns:
        Root mean square over blocks and channels, in levels of 255.
    """
    count, height, width, channels = outputs.shape
    rows, columns = max(1, height // block_px), max(1, width // block_px)
    error = (outputs - originals)[:, : height // rows * rows, : width // columns * columns]
    blocks = error.reshape(count, rows, height // rows, columns, width // columns, channels).mean(axis=(2, 4))
    return float(np.sqrt(np.square(blocks).mean()) * 255)


def checkerboard(outputs: np.ndarray, originals: np.ndarray, scale: int) -> float:
    """Energy of the part of the error that is the same in every small pixel.

    A picture does not know where the small pixels lay; a network with badly balanced sub-pixels leaves such a
    pattern (Odena et al. 2016, https://distill.pub/2016/deconv-checkerboard).

    Args:
        outputs: Float ``(N, r * H, r * W, 3)`` in [0, 1].
        originals: The same of the originals.
        scale: ``r``.

    Returns:
        Root mean square of the pattern without its mean, over pictures, places in the small pixel and
        channels, in levels of 255.
    """
    count, height, width, channels = outputs.shape
    error = (outputs - originals).reshape(count, height // scale, scale, width // scale, scale, channels)
    pattern = error.mean(axis=(1, 3))
    pattern -= pattern.mean(axis=(1, 2), keepdims=True)
    return float(np.sqrt(np.square(pattern).mean()) * 255)
