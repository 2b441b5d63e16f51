"""The train step of `waifu4x_tf.gan.SRGAN` under TensorFlow."""

from typing import Any

import keras
import tensorflow as tf

from waifu4x_tf.gan import SRGAN, total


def train_step(model: SRGAN, data: Any) -> dict[str, Any]:
    """Update the discriminator, then the generator; the metrics so far.

    Args:
        model: Compiled.
        data: ``(small, large)``.
    """
    small, large, _ = keras.utils.unpack_x_y_sample_weight(data)
    with tf.GradientTape() as tape:
        fake = model.generator(small, training=True)
        with tape.stop_recording():
            game = _update_discriminator(model, large, fake)
        terms = model.generator_terms(large, fake)
        loss = model.optimizer.scale_loss(total(terms))
    variables = model.generator.trainable_variables
    model.optimizer.apply(tape.gradient(loss, variables), variables)
    _average(model)
    model.track(large, fake, terms, *game)
    return model.get_metrics_result()


def _update_discriminator(model: SRGAN, large: Any, fake: Any) -> tuple[Any, Any, Any]:
    with tf.GradientTape() as tape:
        game = model.discriminator_loss(large, fake, training=True)
        loss = model.d_optimizer.scale_loss(game[0])
    variables = model.discriminator.trainable_variables
    model.d_optimizer.apply(tape.gradient(loss, variables), variables)
    return game


def _average(model: SRGAN) -> None:
    def update(strategy: tf.distribute.Strategy, triples: list[tuple[Any, Any, float]]) -> None:
        for mean, variable, momentum in triples:
            strategy.extended.update(
                mean.value, _move, args=(variable.value, tf.cast(momentum, mean.dtype)), group=False
            )

    triples = model.averages()
    if triples:
        # Replicas hold equal values: each moves its own copy, without asking the others.
        tf.distribute.get_replica_context().merge_call(update, args=(triples,))


def _move(mean: Any, value: Any, momentum: Any) -> Any:
    return mean.assign(momentum * mean + (1 - momentum) * tf.cast(value, mean.dtype))
