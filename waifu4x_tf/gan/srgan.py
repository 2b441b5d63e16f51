"""SRGAN: a generator and a discriminator trained against each other, with plain `fit`."""

from collections.abc import Mapping
from typing import Any

import keras
from keras import ops

from waifu4x_tf.errors import ConfigError
from waifu4x_tf.losses.adversarial import AdversarialLoss, total
from waifu4x_tf.models.layers import tensorflow_replicas

# A mixin a backend, as Keras' own trainers have.
if keras.backend.backend() == "jax":
    from waifu4x_tf.gan.jax_step import JAXStep as BackendStep
elif keras.backend.backend() == "tensorflow":
    from waifu4x_tf.gan.tensorflow_step import TensorFlowStep as BackendStep
else:
    BackendStep = object  # SRGAN refuses


class SRGAN(BackendStep, keras.Model):  # pyright: ignore[reportGeneralTypeIssues] - one of three
    """A super-resolution GAN (Ledig et al. 2017, arXiv:1609.04802, section 2).

    Compile it with two optimizers and at least one loss of the generator, then `fit` it on batches of
    ``(small, large)``. Called on a batch it enlarges with the averaged generator, or, without averaging, with
    the generator itself; so do `evaluate` and `predict`.

    A step updates the discriminator first, on the generator's present answers, and then the generator, which
    meets the discriminator in inference mode. TensorFlow and JAX are supported; both run the same losses.

    Args:
        generator: ``(N, H, W, 3)`` to ``(N, r * H, r * W, 3)``, RGB in [0, 1].
        discriminator: ``(N, r * H, r * W, 3)`` to logits, ``(N, 1)`` or one a place ``(N, H', W', 1)``.
        ema_momentum: Of the averaged copy of the generator, which is kept beside it; 0 keeps none.
        **kwargs: ``name`` and ``dtype`` of `keras.Model`.

    Raises:
        ConfigError: ``ema_momentum`` outside [0, 1), or a Keras backend without a train step.
    """

    def __init__(
        self,
        generator: keras.Model,
        discriminator: keras.Model,
        *,
        ema_momentum: float = 0.0,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        if not 0 <= ema_momentum < 1:
            raise ConfigError(
                f"ema_momentum lies in [0, 1). Received: {ema_momentum!r}. Use 0.999, or 0 for no averaging."
            )
        if keras.backend.backend() not in ("tensorflow", "jax"):
            raise ConfigError(
                "SRGAN trains with TensorFlow or JAX. Received: the Keras backend"
                f" {keras.backend.backend()}. Set KERAS_BACKEND."
            )
        self.generator = generator
        self.discriminator = discriminator
        self.ema_momentum = ema_momentum
        self.averaged = None
        if ema_momentum:
            averaged = keras.models.clone_model(generator)
            averaged.set_weights(generator.get_weights())
            averaged.trainable = False
            self.averaged = averaged
        self.d_optimizer: Any = None
        self._goal: Any = None
        self._trackers = {}
        self.built = True  # its parts are; a subclassed model would otherwise wait for its first call

    def compile(  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        g_optimizer: Any,
        d_optimizer: Any,
        *,
        pixel: keras.losses.Loss | None = None,
        perceptual: keras.losses.Loss | None = None,
        adversarial: AdversarialLoss | None = None,
        checkerboard: keras.losses.Loss | None = None,
        weights: Mapping[str, float] | None = None,
        **kwargs: Any,
    ) -> None:
        """Set optimizers and losses; each term is logged by itself, weighted.

        Args:
            g_optimizer: Of the generator; also ``self.optimizer``, the one that callbacks reach.
            d_optimizer: Of the discriminator. Give each its own learning rate or schedule.
            pixel: Loss between pictures, such as `keras.losses.MeanAbsoluteError`.
            perceptual: Loss between pictures' features, `waifu4x_tf.losses.perceptual.PerceptualLoss`.
            adversarial: The game, of `waifu4x_tf.losses.adversarial`.
            checkerboard: `waifu4x_tf.losses.checkerboard.CheckerboardLoss`, against what the game rewards.
            weights: Factor of each term given, by its name here; 1 where absent.
            **kwargs: ``run_eagerly``, ``steps_per_execution``, ``jit_compile`` of `keras.Model.compile`.

        Raises:
            ConfigError: No term, no adversarial term, or a weight of a term that is not there.
        """
        given = {
            "pixel": pixel,
            "perceptual": perceptual,
            "adversarial": adversarial,
            "checkerboard": checkerboard,
        }
        terms = {name: loss for name, loss in given.items() if loss is not None}
        factors = {**dict.fromkeys(terms, 1.0), **(weights or {})}
        if adversarial is None or set(factors) != set(terms):
            received = (", ".join(names) or "none" for names in (terms, weights or {}))
            raise ConfigError(
                "SRGAN is compiled with an adversarial loss, and weights name losses that are given."
                f" Received: losses {next(received)}, weights {next(received)}."
                " Give the missing loss, or leave the weight out; without an adversary use train.pretrain."
            )
        g_optimizer, d_optimizer = (
            _scaling_losses(keras.optimizers.get(optimizer), part)
            for optimizer, part in ((g_optimizer, self.generator), (d_optimizer, self.discriminator))
        )
        super().compile(optimizer=g_optimizer, loss=None, auto_scale_loss=False, **kwargs)
        self.d_optimizer = d_optimizer
        # Unbuilt optimizers would not be restored by a resumed run.
        self.optimizer.build(self.generator.trainable_variables)
        self.d_optimizer.build(self.discriminator.trainable_variables)
        self._goal = _Goal(terms, factors)
        names = ("loss", *terms, "d_loss", "d_real", "d_fake", "psnr")
        self._trackers = {name: keras.metrics.Mean(name=name) for name in names}

    @property
    def metrics(self) -> list[keras.metrics.Metric]:
        """The means since the epoch began.

        "loss" of the generator and its weighted terms, "d_loss"; "d_real" and "d_fake", the probability of
        being real that the discriminator gives to originals and to answers; "psnr" in RGB.
        """
        return list(self._trackers.values())

    def call(self, inputs: Any, training: bool = False) -> Any:
        """``(N, H, W, 3)`` to ``(N, r * H, r * W, 3)``, RGB in [0, 1]."""
        if training or self.averaged is None:
            return self.generator(inputs, training=training)
        return self.averaged(inputs, training=False)

    def compute_loss(  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        x: Any = None,
        y: Any = None,
        y_pred: Any = None,
        sample_weight: Any = None,
        training: Any = True,
    ) -> Any:
        """Of `evaluate`: the generator's loss and every metric, with both networks in inference mode."""
        game = self.discriminator_loss(y, y_pred, training=False)
        terms = self._weighted_terms(y, y_pred, *game[1:])
        self.track(y, y_pred, terms, *game)
        return total(terms)

    def discriminator_loss(self, large: Any, fake: Any, *, training: bool) -> tuple[Any, Any, Any]:
        """Loss, logits of originals, logits of answers.

        Both kinds are one batch: statistics of each by itself would hide from a discriminator with batch
        normalisation that originals have stronger edges.
        """
        both = ops.concatenate([large, ops.cast(fake, large.dtype)])
        logits: Any = ops.split(self.discriminator(both, training=training), 2)
        return self._goal.terms["adversarial"].discriminator_loss(*logits), *logits

    def generator_terms(self, large: Any, fake: Any) -> dict[str, Any]:
        """The generator's terms, weighted, by name; the discriminator judges in inference mode."""
        logits = [self.discriminator(picture, training=False) for picture in (large, fake)]
        return self._weighted_terms(large, fake, *logits)

    def track(
        self, large: Any, fake: Any, terms: dict[str, Any], d_loss: Any, real_logits: Any, fake_logits: Any
    ) -> None:
        """Add a step to the metrics; losses are told as if there were one replica."""
        replicas = tensorflow_replicas()
        for name, value in {**terms, "loss": total(terms), "d_loss": d_loss}.items():
            self._trackers[name].update_state(ops.multiply(value, replicas))
        for name, logits in (("d_real", real_logits), ("d_fake", fake_logits)):
            self._trackers[name].update_state(ops.sigmoid(ops.cast(logits, "float32")))
        difference = ops.subtract(ops.clip(ops.cast(fake, "float32"), 0.0, 1.0), large)
        squared = ops.mean(ops.square(difference), axis=(1, 2, 3))
        psnr = ops.multiply(ops.log10(ops.maximum(squared, 1e-10)), -10.0)
        self._trackers["psnr"].update_state(psnr)

    def averages(self) -> list[tuple[Any, Any, float]]:
        """(variable of the averaged generator, the generator's, momentum); statistics are copied."""
        if self.averaged is None:
            return []
        learned = {id(variable) for variable in self.generator.trainable_variables}
        return [
            (mean, variable, self.ema_momentum if id(variable) in learned else 0.0)
            for mean, variable in zip(self.averaged.weights, self.generator.weights, strict=True)
        ]

    def _weighted_terms(self, large: Any, fake: Any, real_logits: Any, fake_logits: Any) -> dict[str, Any]:
        terms = {}
        for name, loss in self._goal.terms.items():
            judged = name == "adversarial"
            value = loss.generator_loss(real_logits, fake_logits) if judged else loss(large, fake)
            terms[name] = ops.multiply(value, self._goal.factors[name])
        return terms


class _Goal:
    """The losses, in an object Keras does not look into: what they hold is no part of a checkpoint."""

    def __init__(self, terms: dict[str, Any], factors: dict[str, float]) -> None:
        self.terms = terms
        self.factors = factors


def _scaling_losses(optimizer: Any, model: keras.Model) -> Any:
    """Under mixed_float16 small gradients vanish unless the loss is scaled."""
    wrapped = isinstance(optimizer, keras.optimizers.LossScaleOptimizer)
    if model.dtype_policy.name == "mixed_float16" and not wrapped:
        return keras.optimizers.LossScaleOptimizer(optimizer)
    return optimizer
