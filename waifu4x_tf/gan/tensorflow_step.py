"""What `waifu4x_tf.gan.srgan.SRGAN` does under TensorFlow alone."""

from typing import Any

import tensorflow as tf

from waifu4x_tf.losses.adversarial import total


class TensorFlowStep:
    """The train step, with gradients from tapes."""

    def train_step(self: Any, data: Any) -> dict[str, Any]:
        """Update the discriminator, then the generator; the metrics so far.

        Args:
            data: ``(small, large)``.
        """
        small, large = self.pair(data)
        with tf.GradientTape() as tape:
            fake = self.generator(small, training=True)
            with tape.stop_recording():
                for _ in range(self.discriminator_steps):
                    outcome = self._update_discriminator(large, fake)
            terms = self.generator_terms(large, fake)
            loss = self.optimizer.scale_loss(total(terms))
        variables = self.generator.trainable_variables
        self.optimizer.apply(tape.gradient(loss, variables), variables)
        self._update_average()
        self.track(large, fake, terms, *outcome)
        return self.get_metrics_result()

    def _update_discriminator(self: Any, large: Any, fake: Any) -> tuple[Any, Any, Any]:
        with tf.GradientTape() as tape:
            outcome = self.discriminator_loss(large, fake, training=True)
            loss = self.d_optimizer.scale_loss(outcome[0])
        variables = self.discriminator.trainable_variables
        self.d_optimizer.apply(tape.gradient(loss, variables), variables)
        return outcome

    def _update_average(self: Any) -> None:
        def update(strategy: tf.distribute.Strategy, triples: list[tuple[Any, Any, float]]) -> None:
            for mean, variable, momentum in triples:
                strategy.extended.update(
                    mean.value, _move, args=(variable.value, tf.cast(momentum, mean.dtype)), group=False
                )

        triples = self.averages()
        if triples:
            # Replicas hold equal values: each moves its own copy, without asking the others.
            tf.distribute.get_replica_context().merge_call(update, args=(triples,))


def _move(mean: Any, value: Any, momentum: Any) -> Any:
    return mean.assign(momentum * mean + (1 - momentum) * tf.cast(value, mean.dtype))
