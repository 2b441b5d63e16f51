"""CommonRate: the discriminator's learning rate takes part in what callbacks do to the generator's."""

from typing import Any

import keras
import numpy as np


class CommonRate(keras.callbacks.Callback):
    """Multiplies the discriminator's rate by what another callback has multiplied the generator's by.

    Keras' `ReduceLROnPlateau` and `LearningRateScheduler` know ``model.optimizer`` alone. Rates of schedules,
    and a discriminator's rate that has been changed in the same epoch, are left alone. `SRGAN.fit` adds it
    behind the other callbacks.
    """

    def __init__(self) -> None:
        super().__init__()
        self._rates: tuple[float, float] | None = None

    def on_train_begin(self, logs: dict | None = None) -> None:
        """Note the rates."""
        gan: Any = self.model
        optimizers = (gan.optimizer, gan.d_optimizer)
        if any(isinstance(_schedule(each), _SCHEDULE) for each in optimizers):
            self._rates = None
        else:
            self._rates = self._present()

    def on_epoch_begin(self, epoch: int, logs: dict | None = None) -> None:
        """Follow a scheduler."""
        self._follow()

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        """Follow a reduction."""
        self._follow()

    def _follow(self) -> None:
        if self._rates is None:
            return
        gan: Any = self.model
        (before, d_before), (now, d_now) = self._rates, self._present()
        if now != before and d_now == d_before and before:
            gan.d_optimizer.learning_rate = d_now * now / before
        self._rates = self._present()

    def _present(self) -> tuple[float, float]:
        gan: Any = self.model
        rates = (float(np.asarray(each.learning_rate)) for each in (gan.optimizer, gan.d_optimizer))
        return next(rates), next(rates)


_SCHEDULE = keras.optimizers.schedules.LearningRateSchedule


def _schedule(optimizer: Any) -> Any:
    inner = getattr(optimizer, "inner_optimizer", optimizer)
    return inner._learning_rate
