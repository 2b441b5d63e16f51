"""What `waifu4x_tf.gan.srgan.SRGAN` does under JAX alone."""

from collections.abc import Callable, Sequence
from typing import Any

import jax
import keras
from keras import ops

from waifu4x_tf.losses.adversarial import total

State = tuple[Sequence[Any], Sequence[Any], Sequence[Any], Sequence[Any]]


class JAXStep:
    """The train step, a function of the variables' values without side effects."""

    @property
    def non_trainable_variables(self: Any) -> list[Any]:
        """And the discriminator's optimizer's, which Keras' JAX trainer does not know of."""
        own = super().non_trainable_variables  # pyright: ignore[reportAttributeAccessIssue] - keras.Model's
        return own if self.d_optimizer is None else [*own, *self.d_optimizer.variables]

    def train_step(self: Any, state: State, data: Any) -> tuple[dict[str, Any], State]:
        """Update the discriminator, then the generator; the metrics so far, and the new state.

        Args:
            state: Values of the trainable, non-trainable, optimizer and metric variables.
            data: ``(small, large)``.
        """
        small, large = self.pair(data)
        values = _Values(self, state)
        of_generator = self.generator.trainable_variables
        of_discriminator = self.discriminator.trainable_variables

        def enlarge(weights: Sequence[Any]) -> tuple[Any, dict[int, Any]]:
            return values.run(lambda: self.generator(small, training=True), of_generator, weights)

        # The generator's forward pass serves both updates; its backward pass waits for the second.
        fake, pull_back, changed = jax.vjp(enlarge, values.of(of_generator), has_aux=True)
        values.take(changed)

        def discriminator_loss(weights: Sequence[Any]) -> tuple[Any, Any]:
            def discriminator_forward() -> tuple[Any, Any]:
                outcome = self.discriminator_loss(large, fake, training=True)
                return self.d_optimizer.scale_loss(outcome[0]), outcome

            (scaled, outcome), changed = values.run(discriminator_forward, of_discriminator, weights)
            return scaled, (outcome, changed)

        update = jax.grad(discriminator_loss, has_aux=True)
        for _ in range(self.discriminator_steps):
            gradients, (outcome, changed) = update(values.of(of_discriminator))
            values.take(changed)
            values.apply(self.d_optimizer, gradients, of_discriminator)

        def generator_loss(picture: Any) -> tuple[Any, Any]:
            def weighted_sum() -> tuple[Any, Any]:
                terms = self.generator_terms(large, picture)
                return self.optimizer.scale_loss(total(terms)), terms

            return values.run(weighted_sum)[0]

        by_pixel, terms = jax.grad(generator_loss, has_aux=True)(fake)
        values.apply(self.optimizer, pull_back(by_pixel)[0], of_generator)

        def finish() -> dict[str, Any]:
            for mean, variable, momentum in self.averages():
                mean.assign(ops.add(ops.multiply(mean, momentum), ops.multiply(variable, 1 - momentum)))
            self.track(large, fake, terms, *outcome)
            return self.get_metrics_result()

        logs, changed = values.run(finish)
        values.take(changed)
        return logs, values.state()


class _Values:
    """The present value of every variable of a step."""

    def __init__(self, model: Any, state: State) -> None:
        self._groups: list[list[Any]] = [
            list(model.trainable_variables),
            list(model.non_trainable_variables),
            list(model.optimizer.variables),
            list(model.metrics_variables),
        ]
        self._all = [variable for group in self._groups for variable in group]
        flat = [value for group in state for value in group]
        self._now = {id(variable): value for variable, value in zip(self._all, flat, strict=True)}

    def of(self, variables: Sequence[Any]) -> list[Any]:
        """Values of some variables."""
        return [self._now[id(variable)] for variable in variables]

    def take(self, changed: dict[int, Any]) -> None:
        """Accept what a call changed."""
        self._now.update(changed)

    def run(
        self, function: Callable[[], Any], variables: Sequence[Any] = (), weights: Sequence[Any] = ()
    ) -> tuple[Any, dict[int, Any]]:
        """Call with these weights in place of those variables; the result, and what else it changed."""
        now = {**self._now, **{id(v): weight for v, weight in zip(variables, weights, strict=True)}}
        with keras.StatelessScope(state_mapping=[(v, now[id(v)]) for v in self._all]) as scope:
            result = function()
        after = {id(v): scope.get_current_value(v) for v in self._all}
        return result, {key: value for key, value in after.items() if value is not now[key]}

    def apply(self, optimizer: Any, gradients: Sequence[Any], variables: Sequence[Any]) -> None:
        """A step of an optimizer."""
        slots = optimizer.variables
        weights, after = optimizer.stateless_apply(self.of(slots), gradients, self.of(variables))
        for group, news in ((variables, weights), (slots, after)):
            self.take({id(variable): value for variable, value in zip(group, news, strict=True)})

    def state(self) -> State:
        """As `fit` wants it back."""
        trainable, other, slots, metrics = (self.of(group) for group in self._groups)
        return trainable, other, slots, metrics
