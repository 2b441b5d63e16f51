"""SRGAN: a generator and a discriminator trained against each other, with plain `fit`."""

import inspect
from collections.abc import Mapping, Sequence
from typing import Any

import keras
from keras import ops

from waifu4x_tf.data.patches import PairedPatches
from waifu4x_tf.errors import ConfigError
from waifu4x_tf.gan.first_batch import check_pair, check_range, peek
from waifu4x_tf.gan.rates import CommonRate
from waifu4x_tf.losses.adversarial import AdversarialLoss, adversarial_loss, total
from waifu4x_tf.losses.checkerboard import CheckerboardLoss  # noqa: F401 - registered for `load_model`
from waifu4x_tf.losses.perceptual import PerceptualLoss  # noqa: F401 - likewise
from waifu4x_tf.losses.pixel import pixel_loss
from waifu4x_tf.losses.vgg import features_computed_once
from waifu4x_tf.models.feature_discriminator import VGGLayer
from waifu4x_tf.models.layers import tensorflow_replicas
from waifu4x_tf.models.unet_discriminator import EnlargeToSkip  # noqa: F401 - likewise

# A mixin a backend, as Keras' own trainers have.
if keras.backend.backend() == "jax":
    from waifu4x_tf.gan.jax_step import JAXStep as BackendStep
elif keras.backend.backend() == "tensorflow":
    from waifu4x_tf.gan.tensorflow_step import TensorFlowStep as BackendStep
else:
    BackendStep = object  # SRGAN refuses

_OPTIONS = ("run_eagerly", "steps_per_execution", "jit_compile")


@keras.saving.register_keras_serializable(package="waifu4x")
class SRGAN(BackendStep, keras.Model):  # pyright: ignore[reportGeneralTypeIssues] - one of three
    """A super-resolution GAN (Ledig et al. 2017, arXiv:1609.04802, section 2).

    Compile it with two optimizers and at least one loss of the generator, then `fit` it on batches of
    ``(small, large)``. Called on a batch it enlarges with the averaged generator, or, without averaging, with
    the generator itself; so do `evaluate` and `predict`, and that network is what `export` writes.

    A step updates the discriminator first, on the generator's present outputs, and then the generator, which
    meets the discriminator in inference mode. TensorFlow and JAX are supported; both run the same losses.

    `save` and `ModelCheckpoint` write a ``.keras`` file with all networks, both optimizers and the losses;
    `keras.models.load_model` brings it back, ready to go on. Weights of VGG are not in it: their file is
    looked for where it was, or in `waifu4x_tf.losses.vgg_weights.vgg_weights_from`.

    Args:
        generator: ``(N, H, W, 3)`` to ``(N, r * H, r * W, 3)``, RGB in [0, 1].
        discriminator: ``(N, r * H, r * W, 3)`` to logits, ``(N, 1)`` or one a place ``(N, H', W', 1)``.
        ema_half_life: Of the averaged copy of the generator, in steps: after so many, half of the average is
            newer. A tenth of the run at most, some hundreds in a long one; 0 means no averaging.
        **kwargs: ``name``, ``dtype`` and ``trainable`` of `keras.Model`.

    Raises:
        ConfigError: A network without weights, ``ema_half_life`` below 0, or a Keras backend without a train
            step.

    Example:
        >>> generator = waifu4x_tf.build_generator("espcn", width=8, mapping_width=4)
        >>> gan = SRGAN(generator, waifu4x_tf.build_discriminator("unet", width=4), ema_half_life=100)
        >>> gan.compile("adam", "adam", pixel="mae", adversarial="hinge", weights={"adversarial": 0.01})
        >>> gan.adversarial.name  # and then gan.fit(patches)
        'hinge'
    """

    def __init__(
        self,
        generator: keras.Model,
        discriminator: keras.Model,
        *,
        ema_half_life: float = 0.0,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        if not ema_half_life >= 0:
            raise ConfigError(
                f"ema_half_life is a number of steps, at least 0. Received: {ema_half_life!r}."
                " Use 500, or 0 for no averaging."
            )
        if keras.backend.backend() not in ("tensorflow", "jax"):
            raise ConfigError(
                "SRGAN trains with TensorFlow or JAX. Received: the Keras backend"
                f" {keras.backend.backend()}. Set KERAS_BACKEND."
            )
        for part, network in (("generator", generator), ("discriminator", discriminator)):
            if not network.built:
                raise ConfigError(
                    f"SRGAN is given networks that have their weights. Received: a {part}, {network.name!r},"
                    " not yet built. Call it on a batch first, or begin it with keras.Input((None, None, 3))."
                )
        self.generator = generator
        self.discriminator = discriminator
        self._logits = _Logits(discriminator)
        self.ema_half_life = ema_half_life
        # Once: TensorFlow takes equal numbers of two replicas for different ones unless they are one object.
        self._momentum = 0.5 ** (1 / ema_half_life) if ema_half_life else 0.0
        self.averaged = None
        if ema_half_life:
            averaged = keras.models.clone_model(generator)
            averaged.set_weights(generator.get_weights())
            averaged.trainable = False
            self.averaged = averaged
        self.d_optimizer: Any = None
        self.discriminator_steps = 1
        self._goal: Any = None
        self._trackers = {}
        self.built = True  # its parts are; a subclassed model would otherwise wait for its first call

    def compile(  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        g_optimizer: Any,
        d_optimizer: Any,
        *,
        pixel: keras.losses.Loss | str | None = None,
        perceptual: keras.losses.Loss | None = None,
        adversarial: AdversarialLoss | str | None = None,
        checkerboard: keras.losses.Loss | None = None,
        weights: Mapping[str, float] | None = None,
        metrics: Sequence[Any] = (),
        discriminator_steps: int = 1,
        **options: Any,
    ) -> None:
        """Set optimizers and losses; each term is logged by itself, weighted.

        Args:
            g_optimizer: Of the generator; also ``self.optimizer``.
            d_optimizer: Of the discriminator. Each has its own learning rate or schedule; what a callback
                multiplies the generator's rate by, the discriminator's is multiplied by too.
            pixel: Loss between pictures, such as `keras.losses.MeanAbsoluteError`, or a name of
                `waifu4x_tf.losses.pixel`.
            perceptual: Loss between pictures' features, `waifu4x_tf.losses.perceptual.PerceptualLoss`.
            adversarial: The adversarial objective, of `waifu4x_tf.losses.adversarial`, or its name there.
            checkerboard: `waifu4x_tf.losses.checkerboard.CheckerboardLoss`, against what the adversarial
                objective rewards.
            weights: Factor of each term given, by its name here; 1 where absent.
            metrics: Further metrics of outputs against originals, `keras.metrics.Metric` or Keras' names.
            discriminator_steps: Updates of the discriminator on each batch, before the generator's one.
            **options: ``run_eagerly``, ``steps_per_execution``, ``jit_compile`` of `keras.Model.compile`.

        Raises:
            ConfigError: No adversarial loss, a weight of a term that is not there, something else than a
                loss, an optimizer that averages weights itself, or an option that SRGAN does not have.
        """
        given = {
            "pixel": pixel_loss(pixel) if isinstance(pixel, str) else pixel,
            "perceptual": perceptual,
            "adversarial": adversarial_loss(adversarial) if isinstance(adversarial, str) else adversarial,
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
        for name, loss in terms.items():
            kind = AdversarialLoss if name == "adversarial" else keras.losses.Loss
            if not isinstance(loss, kind):
                raise ConfigError(
                    f"The loss `{name}` is an object of the class {kind.__name__}; pixel and adversarial may"
                    f" be names. Received: {loss!r}. Give such an object."
                )
        if unknown := set(options) - set(_OPTIONS):
            raise ConfigError(
                "SRGAN.compile takes two optimizers, pixel, perceptual, adversarial, checkerboard, weights,"
                f" metrics, discriminator_steps, {', '.join(_OPTIONS)}."
                f" Received: {', '.join(sorted(unknown))}."
                " A loss between pictures goes into `pixel`, its factor into `weights`."
            )
        if not (isinstance(discriminator_steps, int) and discriminator_steps >= 1):
            raise ConfigError(
                "discriminator_steps is a whole number of at least 1."
                f" Received: {discriminator_steps!r}. Use 1."
            )
        g_optimizer, d_optimizer = (
            _scaling_losses(keras.optimizers.get(optimizer), part)
            for optimizer, part in ((g_optimizer, self.generator), (d_optimizer, self.discriminator))
        )
        super().compile(optimizer=g_optimizer, loss=None, auto_scale_loss=False, **options)
        self.d_optimizer = d_optimizer
        self.discriminator_steps = discriminator_steps
        # Unbuilt optimizers would not be restored by a resumed run.
        self.optimizer.build(self.generator.trainable_variables)
        self.d_optimizer.build(self.discriminator.trainable_variables)
        own = [_as_metric(metric) for metric in metrics]
        self._goal = _Goal(terms, factors, own, {**options, "discriminator_steps": discriminator_steps})
        names = ("loss", *terms, "d_loss", "d_real", "d_fake", "psnr")
        self._trackers = {name: keras.metrics.Mean(name=name) for name in names}

    @property
    def metrics(self) -> list[keras.metrics.Metric]:
        """The means since the epoch began, and the metrics given to `compile`.

        "loss" of the generator and its weighted terms, "d_loss"; "d_real" and "d_fake", the probability of
        being real that the discriminator gives to originals and to outputs; "psnr" in RGB.
        """
        return [*self._trackers.values(), *(self._goal.metrics if self._goal else ())]

    @property
    def adversarial(self) -> AdversarialLoss:
        """The adversarial objective that it was compiled with."""
        return self._goal.terms["adversarial"]

    @property
    def perceptual(self) -> keras.losses.Loss | None:
        """The loss on features that it was compiled with, if any."""
        return self._goal.terms.get("perceptual")

    def fit(self, x: Any = None, y: Any = None, *args: Any, **kwargs: Any) -> Any:
        """`keras.Model.fit`, on ``(small, large)``, float RGB in [0, 1]; its first batch is checked.

        Batches of `PairedPatches` keep their order, and a run that goes on (``initial_epoch``,
        `BackupAndRestore`) sees those that the uninterrupted one would have seen.

        Raises:
            ConfigError: Integers or another range, no originals, the sides swapped, another scale than the
                generator's, sizes that the discriminator does not take, weights of samples or classes.
        """
        fit: Any = super().fit
        given = inspect.signature(fit).bind(x, y, *args, **kwargs).arguments
        given["x"], batch = peek(x, y, given.get("batch_size") or 32)
        if given.get("class_weight") is not None:
            batch = (*batch, given["class_weight"])
        self._check(batch if given.get("sample_weight") is None else (*batch, given["sample_weight"]))
        callbacks = given.get("callbacks")
        if not isinstance(callbacks, keras.callbacks.CallbackList):
            callbacks = [*keras.tree.flatten(callbacks or []), CommonRate()]
            restores = any(isinstance(each, keras.callbacks.BackupAndRestore) for each in callbacks)
            if isinstance(x, PairedPatches) and (restores or given.get("initial_epoch")):
                callbacks.append(x.epoch_callback())
            given["callbacks"] = callbacks
        if isinstance(x, PairedPatches):
            given.setdefault("shuffle", False)
        return fit(**given)

    def train_on_batch(self, x: Any, y: Any = None, *args: Any, **kwargs: Any) -> Any:
        """`keras.Model.train_on_batch`; the first batch after `compile` is checked as by `fit`."""
        if self._goal and not self._goal.is_checked:
            self._check((x,) if y is None else (x, y))
            self._goal.is_checked = True
        return super().train_on_batch(x, y, *args, **kwargs)

    def call(self, inputs: Any, training: bool = False) -> Any:
        """``(N, H, W, 3)`` to ``(N, r * H, r * W, 3)``, RGB in [0, 1]."""
        check_range(inputs=inputs)
        if training:
            return self.generator(inputs, training=True)
        return self._enlarger(inputs, training=False)

    def compute_loss(  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        x: Any = None,
        y: Any = None,
        y_pred: Any = None,
        sample_weight: Any = None,
        training: Any = True,
    ) -> Any:
        """Of `evaluate`: the generator's loss and every metric, with both networks in inference mode."""
        check_pair(self, x, y, sample_weight)
        outcome = self.discriminator_loss(y, y_pred, training=False)
        terms = self._weighted_terms(y, y_pred, *outcome[1:])
        self.track(y, y_pred, terms, *outcome)
        return total(terms)

    def pair(self, data: Any) -> tuple[Any, Any]:
        """``(small, large)`` of what `fit` hands on, checked as far as a graph knows it."""
        small, large, sample_weight = keras.utils.unpack_x_y_sample_weight(data)
        check_pair(self, small, large, sample_weight)
        return small, large

    def discriminator_loss(self, large: Any, fake: Any, *, training: bool) -> tuple[Any, Any, Any]:
        """Loss, logits of originals, logits of outputs.

        Both kinds are one batch: statistics of each by itself would hide from a discriminator with batch
        normalisation that originals have stronger edges.
        """
        logits: Any = ops.split(self._logits([large, fake], training=training), 2)
        return self.adversarial.discriminator_loss(*logits), *logits

    def generator_terms(self, large: Any, fake: Any) -> dict[str, Any]:
        """The generator's terms, weighted, by name; with the discriminator in inference mode."""
        with features_computed_once():
            logits = [self._logits([picture], training=False) for picture in (large, fake)]
            return self._weighted_terms(large, fake, *logits)

    def track(
        self, large: Any, fake: Any, terms: dict[str, Any], d_loss: Any, real_logits: Any, fake_logits: Any
    ) -> None:
        """Add a step to the metrics; losses are reported as if there were one replica."""
        replicas = tensorflow_replicas()
        for name, value in {**terms, "loss": total(terms), "d_loss": d_loss}.items():
            self._trackers[name].update_state(ops.multiply(value, replicas))
        logits = (ops.cast(each, "float32") for each in (real_logits, fake_logits))
        for name, value in zip(("d_real", "d_fake"), self.adversarial.probabilities(*logits), strict=True):
            self._trackers[name].update_state(value)
        shown = ops.clip(ops.cast(fake, "float32"), 0.0, 1.0)
        squared = ops.mean(ops.square(ops.subtract(shown, large)), axis=(1, 2, 3))
        psnr = ops.multiply(ops.log10(ops.maximum(squared, 1e-10)), -10.0)
        self._trackers["psnr"].update_state(psnr)
        for metric in self._goal.metrics:
            metric.update_state(large, shown)

    def averages(self) -> list[tuple[Any, Any, float]]:
        """(variable of the averaged generator, the generator's, momentum); statistics are copied."""
        if self.averaged is None:
            return []
        learned = {id(variable) for variable in self.generator.trainable_variables}
        return [
            (mean, variable, self._momentum if id(variable) in learned else 0.0)
            for mean, variable in zip(self.averaged.weights, self.generator.weights, strict=True)
        ]

    def export(self, filepath: Any, **kwargs: Any) -> Any:  # pyright: ignore[reportIncompatibleMethodOverride]
        """As `keras.Model.export`, of the network that enlarges: the averaged generator if there is one."""
        return self._enlarger.export(filepath, **kwargs)

    def get_config(self) -> dict[str, Any]:
        """Constructor arguments."""
        networks = {"generator": self.generator, "discriminator": self.discriminator}
        return {
            **super().get_config(),
            **{name: keras.saving.serialize_keras_object(network) for name, network in networks.items()},
            "ema_half_life": self.ema_half_life,
        }

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: Any = None) -> "SRGAN":
        """The counterpart; the weights come after."""
        networks = {
            name: keras.saving.deserialize_keras_object(config[name], custom_objects=custom_objects)
            for name in ("generator", "discriminator")
        }
        return cls(**{**config, **networks})

    def get_compile_config(self) -> dict[str, Any]:
        """Arguments of `compile`: optimizers at their present rates, losses, metrics, options."""
        if not self.compiled:
            return {}
        arguments = {"g_optimizer": self.optimizer, "d_optimizer": self.d_optimizer, **self._goal.arguments}
        return {name: keras.saving.serialize_keras_object(value) for name, value in arguments.items()}

    def compile_from_config(self, config: dict[str, Any]) -> None:
        """The counterpart; the optimizers' states come after."""
        self.compile(**keras.saving.deserialize_keras_object(config))

    @property
    def _enlarger(self) -> keras.Model:
        return self.generator if self.averaged is None else self.averaged

    def _check(self, batch: tuple[Any, ...]) -> None:
        small, large, sample_weight = (*batch, None, None)[:3]
        check_pair(self, small, large, sample_weight)
        check_range(small=small, large=large)

    def _weighted_terms(self, large: Any, fake: Any, real_logits: Any, fake_logits: Any) -> dict[str, Any]:
        terms = {}
        for name, loss in self._goal.terms.items():
            value = (
                loss.generator_loss(real_logits, fake_logits) if name == "adversarial" else loss(large, fake)
            )
            terms[name] = ops.multiply(value, self._goal.factors[name])
        return terms


class _Goal:
    """What was given to `compile`, in an object Keras does not look into: no part of a checkpoint's weights.

    Attributes:
        terms: Losses by name.
        factors: Of each.
        metrics: Those given.
        arguments: As `compile` takes them, but for the optimizers.
        is_checked: Whether a batch was, since.
    """

    def __init__(
        self,
        terms: dict[str, Any],
        factors: dict[str, float],
        metrics: list[keras.metrics.Metric],
        options: dict[str, Any],
    ) -> None:
        self.terms = terms
        self.factors = factors
        self.metrics = metrics
        self.is_checked = False
        self.arguments = {**terms, "weights": factors, "metrics": metrics, **options}


class _Logits:
    """What a discriminator gives for several batches at once.

    Frozen features at its start are computed of each batch by itself: so a graph has them once for both steps
    and the perceptual loss.

    Args:
        discriminator: Any; one that begins with a `VGGLayer` is taken apart after it.
    """

    def __init__(self, discriminator: keras.Model) -> None:
        frozen = [layer for layer in getattr(discriminator, "layers", ()) if isinstance(layer, VGGLayer)]
        self._front, self._rest = None, discriminator
        if frozen:
            self._front = frozen[0]
            self._rest = keras.Model(frozen[0].output, discriminator.outputs[0])

    def __call__(self, batches: Sequence[Any], *, training: bool) -> Any:
        """Of all of them, one after another along the first axis."""
        batches = [ops.cast(batch, "float32") for batch in batches]
        if self._front is None:
            return self._rest(ops.concatenate(batches), training=training)
        features = zip(*map(self._front, batches), strict=True)
        return self._rest([ops.concatenate(layer) for layer in features], training=training)


def _as_metric(metric: Any) -> keras.metrics.Metric:
    found: Any = keras.metrics.get(metric)
    if isinstance(found, keras.metrics.Metric):
        return type(found)(name=metric) if isinstance(metric, str) else found
    return keras.metrics.MeanMetricWrapper(found, name=metric if isinstance(metric, str) else found.__name__)


def _scaling_losses(optimizer: Any, model: keras.Model) -> Any:
    """Under mixed_float16 small gradients vanish unless the loss is scaled."""
    if getattr(optimizer, "use_ema", False):
        raise ConfigError(
            "SRGAN averages the generator itself. Received: an optimizer with use_ema=True. Leave it out, and"
            " give SRGAN(..., ema_half_life=500)."
        )
    wrapped = isinstance(optimizer, keras.optimizers.LossScaleOptimizer)
    if model.dtype_policy.name == "mixed_float16" and not wrapped:
        return keras.optimizers.LossScaleOptimizer(optimizer)
    return optimizer
