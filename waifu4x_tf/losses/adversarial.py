"""Adversarial objectives of generator and discriminator, computed from the discriminator's logits.

``D = sigmoid(logit)`` is the probability that the discriminator gives to a picture of being real. Logits are
``(N, 1)``, one for a picture, or ``(N, H, W, 1)``, one for a patch. Every logarithm of a probability is a
softplus of a logit, ``-log D = softplus(-logit)``, finite and with a gradient for any logit.
"""

import math
from collections.abc import Callable
from typing import Any

import keras
from keras import ops

from waifu4x_tf.errors import ConfigError


def total(terms: dict[str, Any]) -> Any:
    """The sum of weighted terms."""
    return sum(terms.values())


class AdversarialLoss(keras.losses.Loss):
    """Base of the adversarial losses: the same methods, whatever the objective.

    Called as any Keras loss, with real logits as ``y_true``, it is the generator's. Both sides are reduced as
    Keras reduces losses, so that they are right under several replicas.

    Args:
        label_smoothing: ``s`` of one-sided label smoothing (Salimans et al. 2016, arXiv:1606.03498): the
            discriminator's target for real pictures is ``1 - s``.
        **kwargs: ``reduction``, ``name``, ``dtype`` of `keras.losses.Loss`; it applies to both sides.

    Raises:
        ConfigError: ``label_smoothing`` outside [0, 1), or where the loss has no labels.
    """

    has_labels = True

    def __init__(self, label_smoothing: float = 0.0, **kwargs) -> None:
        super().__init__(**kwargs)
        if not 0 <= label_smoothing < 1:
            raise ConfigError(
                "label_smoothing lies in [0, 1), usually at 0.1. "
                f"Received: label_smoothing={label_smoothing}. Choose one there."
            )
        if label_smoothing and not self.has_labels:
            raise ConfigError(
                f"label_smoothing is for losses with labels; {type(self).__name__} has margins. "
                f"Received: label_smoothing={label_smoothing}. Leave it at 0 or choose another loss."
            )
        self.label_smoothing = label_smoothing
        self._discriminator_side = _Values(
            self.discriminator_values,
            name=f"{self.name}_discriminator",
            reduction=self.reduction,
            dtype=self.dtype,
        )

    def generator_loss(self, real_logits: Any, fake_logits: Any) -> Any:
        """The reduced loss that the generator minimises.

        Args:
            real_logits: Of real pictures, ``(N, 1)`` or ``(N, H, W, 1)``.
            fake_logits: Of the generator's pictures, of the same shape.

        Returns:
            Scalar, float32 unless ``dtype`` says otherwise.
        """
        return self(real_logits, fake_logits)

    def discriminator_loss(self, real_logits: Any, fake_logits: Any) -> Any:
        """The reduced loss that the discriminator minimises; takes and gives what `generator_loss` does."""
        return self._discriminator_side(real_logits, fake_logits)

    def probabilities(self, real_logits: Any, fake_logits: Any) -> tuple[Any, Any]:
        """Of being real, as the discriminator gives them to both; in the shape of the logits, in [0, 1]."""
        return ops.sigmoid(real_logits), ops.sigmoid(fake_logits)

    def discriminator_loss_range(self) -> tuple[float, float]:
        """The mean `discriminator_loss` of one that is always right, and of one that cannot tell the two."""
        s = self.label_smoothing
        return -s * math.log(s) - (1 - s) * math.log(1 - s) if s else 0.0, 2 * math.log(2)

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """The generator's values ``(N,)`` or ``(N, H, W)``, before their reduction."""
        return ops.mean(self.generator_values(y_true, y_pred), axis=-1)

    def generator_values(self, real_logits: Any, fake_logits: Any) -> Any:
        """The generator's loss at every logit, in the shape of the logits."""
        raise NotImplementedError

    def discriminator_values(self, real_logits: Any, fake_logits: Any) -> Any:
        """The discriminator's loss at every pair of logits, in the shape of the logits."""
        raise NotImplementedError

    def get_config(self) -> dict:
        """Constructor arguments."""
        return {**super().get_config(), "label_smoothing": self.label_smoothing}

    def _cross_entropy(self, real_logits: Any, fake_logits: Any) -> Any:
        """Of the discriminator: real pictures have the label ``1 - s``, fake ones 0."""
        real = ops.add(ops.softplus(-real_logits), self.label_smoothing * real_logits)
        return ops.add(real, ops.softplus(fake_logits))


class _Values(keras.losses.Loss):
    """Reduces the values of a function of real and fake logits."""

    def __init__(self, values: Callable, **kwargs) -> None:
        super().__init__(**kwargs)
        self._values = values

    def call(self, y_true: Any, y_pred: Any) -> Any:
        return ops.mean(self._values(y_true, y_pred), axis=-1)


@keras.saving.register_keras_serializable(package="waifu4x")
class MinimaxLoss(AdversarialLoss):
    """The objective as first written: the generator minimises ``log(1 - D(fake))``.

    Goodfellow et al. 2014, arXiv:1406.2661, equation 1. Its gradient by the logit is ``-D``: none to speak of
    as long as the discriminator is sure of itself, which is why `NonSaturatingLoss` is the one in use.

    Args:
        **kwargs: Those of `AdversarialLoss`.
    """

    def __init__(self, name: str = "minimax", **kwargs) -> None:
        super().__init__(name=name, **kwargs)

    def generator_values(self, real_logits: Any, fake_logits: Any) -> Any:
        """``log(1 - D(fake))``, at most 0."""
        return ops.negative(ops.softplus(fake_logits))

    def discriminator_values(self, real_logits: Any, fake_logits: Any) -> Any:
        """``-log D(real) - log(1 - D(fake))``."""
        return self._cross_entropy(real_logits, fake_logits)


@keras.saving.register_keras_serializable(package="waifu4x")
class NonSaturatingLoss(AdversarialLoss):
    """The generator minimises ``-log D(fake)``, whose gradient by the logit is ``-(1 - D)``.

    Goodfellow et al. 2014, section 3; SRGAN (Ledig et al. 2017, equation 6).

    Args:
        **kwargs: Those of `AdversarialLoss`.
    """

    def __init__(self, name: str = "non_saturating", **kwargs) -> None:
        super().__init__(name=name, **kwargs)

    def generator_values(self, real_logits: Any, fake_logits: Any) -> Any:
        """``-log D(fake)``."""
        return ops.softplus(-fake_logits)

    def discriminator_values(self, real_logits: Any, fake_logits: Any) -> Any:
        """``-log D(real) - log(1 - D(fake))``."""
        return self._cross_entropy(real_logits, fake_logits)


@keras.saving.register_keras_serializable(package="waifu4x")
class RelativisticAverageLoss(AdversarialLoss):
    """Are real pictures more real than the average fake one, and the other way round? RaGAN.

    Jolicoeur-Martineau 2018, arXiv:1807.00734; ESRGAN (Wang et al. 2018, arXiv:1809.00219, section 3.2).
    Averages are over all logits of the batch; under several replicas, of each replica's share of it. The
    generator learns from real pictures too.

    Args:
        **kwargs: Those of `AdversarialLoss`.
    """

    def __init__(self, name: str = "relativistic", **kwargs) -> None:
        super().__init__(name=name, **kwargs)

    def generator_values(self, real_logits: Any, fake_logits: Any) -> Any:
        """``-log(1 - D_Ra(real, fake)) - log D_Ra(fake, real)``: the discriminator's, sides swapped."""
        real, fake = _relative(real_logits, fake_logits)
        return ops.add(ops.softplus(real), ops.softplus(-fake))

    def probabilities(self, real_logits: Any, fake_logits: Any) -> tuple[Any, Any]:
        """``D_Ra(real, fake)`` and ``D_Ra(fake, real)``: a logit by itself means nothing here."""
        real, fake = _relative(real_logits, fake_logits)
        return ops.sigmoid(real), ops.sigmoid(fake)

    def discriminator_values(self, real_logits: Any, fake_logits: Any) -> Any:
        """``-log D_Ra(real, fake) - log(1 - D_Ra(fake, real))``."""
        return self._cross_entropy(*_relative(real_logits, fake_logits))


def _relative(real_logits: Any, fake_logits: Any) -> tuple[Any, Any]:
    """Logits of ``D_Ra(real, fake) = sigmoid(real - mean(fake))`` and of ``D_Ra(fake, real)``."""
    return real_logits - ops.mean(fake_logits), fake_logits - ops.mean(real_logits)


@keras.saving.register_keras_serializable(package="waifu4x")
class HingeAdversarialLoss(AdversarialLoss):
    """The discriminator is content once real logits are above 1 and fake ones below -1.

    Lim and Ye 2017, arXiv:1705.02894; Miyato et al. 2018, arXiv:1802.05957, equations 16 and 17.

    Args:
        **kwargs: Those of `AdversarialLoss`; ``label_smoothing`` must be 0.
    """

    has_labels = False

    def __init__(self, name: str = "hinge", **kwargs) -> None:
        super().__init__(name=name, **kwargs)

    def generator_values(self, real_logits: Any, fake_logits: Any) -> Any:
        """``-fake``."""
        return -fake_logits

    def discriminator_values(self, real_logits: Any, fake_logits: Any) -> Any:
        """``max(0, 1 - real) + max(0, 1 + fake)``."""
        return ops.add(ops.relu(1.0 - real_logits), ops.relu(1.0 + fake_logits))

    def discriminator_loss_range(self) -> tuple[float, float]:
        """0, and 2 at equal logits between -1 and 1."""
        return 0.0, 2.0


@keras.saving.register_keras_serializable(package="waifu4x")
class LeastSquaresLoss(AdversarialLoss):
    """Logits are drawn to 1 for real pictures, to 0 for fake ones. LSGAN.

    Mao et al. 2017, arXiv:1611.04076, equation 9.

    Args:
        **kwargs: Those of `AdversarialLoss`.
    """

    def __init__(self, name: str = "least_squares", **kwargs) -> None:
        super().__init__(name=name, **kwargs)

    def probabilities(self, real_logits: Any, fake_logits: Any) -> tuple[Any, Any]:
        """The logits, which are drawn to 1 and 0, cut to that range."""
        return ops.clip(real_logits, 0.0, 1.0), ops.clip(fake_logits, 0.0, 1.0)

    def generator_values(self, real_logits: Any, fake_logits: Any) -> Any:
        """``(fake - 1)^2 / 2``."""
        return ops.multiply(0.5, ops.square(fake_logits - 1.0))

    def discriminator_values(self, real_logits: Any, fake_logits: Any) -> Any:
        """``(real - (1 - s))^2 / 2 + fake^2 / 2``."""
        target = 1.0 - self.label_smoothing
        return ops.multiply(0.5, ops.add(ops.square(real_logits - target), ops.square(fake_logits)))

    def discriminator_loss_range(self) -> tuple[float, float]:
        """0, and that of logits half-way between the targets."""
        return 0.0, (1.0 - self.label_smoothing) ** 2 / 4


ADVERSARIAL_LOSSES = {
    "minimax": MinimaxLoss,
    "non_saturating": NonSaturatingLoss,
    "relativistic": RelativisticAverageLoss,
    "hinge": HingeAdversarialLoss,
    "least_squares": LeastSquaresLoss,
}


def adversarial_loss(name: str, *, label_smoothing: float = 0.0) -> AdversarialLoss:
    """Adversarial loss by its name: one of `ADVERSARIAL_LOSSES`.

    Raises:
        ConfigError: Unknown name; ``label_smoothing`` outside [0, 1), or with "hinge".

    Example:
        >>> float(adversarial_loss("hinge").generator_loss(np.array([[2.0]]), np.array([[-0.5]])))
        0.5
    """
    if name not in ADVERSARIAL_LOSSES:
        raise ConfigError(
            f"An adversarial loss is one of {', '.join(ADVERSARIAL_LOSSES)}. "
            f"Received: {name!r}. Choose one of these."
        )
    return ADVERSARIAL_LOSSES[name](label_smoothing=label_smoothing)
