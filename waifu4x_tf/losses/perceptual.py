"""Loss on features of VGG19 or VGG16."""

from collections.abc import Iterable, Mapping
from os import PathLike, fspath
from typing import Any

import keras
from keras import ops

from waifu4x_tf.errors import ConfigError
from waifu4x_tf.losses.vgg import VGGFeatures, vgg_features
from waifu4x_tf.losses.vgg_weights import remembered_weights

_DISTANCES = {"l1": ops.abs, "l2": ops.square}


@keras.saving.register_keras_serializable(package="waifu4x")
class PerceptualLoss(keras.losses.Loss):
    """Distance of two pictures in VGG's features.

    Johnson et al. 2016 (arXiv:1603.08155); for super-resolution Ledig et al. 2017 (SRGAN, arXiv:1609.04802,
    equation 5, whose VGG54 is conv5_4 and VGG22 conv2_2). No gradient reaches the true pictures. The weights
    are read here, at once; a model that holds this loss does not save them, and takes them again from where
    they were when it is loaded (`waifu4x_tf.losses.vgg_weights.vgg_weights_from` for another place).

    Args:
        layers: One layer, several of weight 1, or a weight for each: ``{"conv2_2": 1.0, "conv3_1": 0.5}``.
        weights: "imagenet", the path of a file, or None, see `vgg_features`.
        backbone: "vgg19" or "vgg16".
        after_activation: After the layer's ReLU (SRGAN) or before it (ESRGAN).
        distance: "l2", the mean square of the difference, or "l1", the mean of its size.
        normalise: Whether features are brought to one size first, so that a weight of this loss means the
            same whatever the weights of VGG, see `vgg_features`.
        seed: Of drawn weights (``weights=None``).
        features_dtype: What VGG19 computes in, see `vgg_features`.
        **kwargs: ``reduction``, ``name``, ``dtype`` of `keras.losses.Loss`.

    Raises:
        ConfigError: Unknown distance; and as `vgg_features`.

    Example:
        >>> loss = PerceptualLoss("conv1_2", weights=None)  # drawn weights; "imagenet" is the default
        >>> float(loss(np.ones((1, 16, 16, 3), "float32"), np.ones((1, 16, 16, 3), "float32")))
        0.0
    """

    def __init__(
        self,
        layers: str | Iterable[str] | Mapping[str, float] = "conv5_4",
        weights: str | PathLike[str] | None = "imagenet",
        *,
        backbone: str = "vgg19",
        after_activation: bool = True,
        distance: str = "l2",
        normalise: bool = True,
        seed: int = 0,
        features_dtype: str = "float32",
        name: str = "perceptual",
        **kwargs,
    ) -> None:
        super().__init__(name=name, **kwargs)
        if distance not in _DISTANCES:
            raise ConfigError(
                f"The distance of features is one of {', '.join(_DISTANCES)}. "
                f"Received: {distance!r}. Choose one of these."
            )
        self.layers = _layer_weights(layers)
        self.weights = None if weights is None else fspath(weights)
        self.backbone = backbone
        self.after_activation = after_activation
        self.normalise = normalise
        self.distance = distance
        self.seed = seed
        self.features_dtype = features_dtype
        self._features = vgg_features(
            self.layers,
            self.weights,
            backbone=backbone,
            after_activation=after_activation,
            normalise=normalise,
            seed=seed,
            dtype=features_dtype,
        )

    @property
    def features(self) -> VGGFeatures:
        """The function from RGB to features."""
        return self._features

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """Loss of each picture ``(N,)``, float32, of two RGB tensors ``(N, H, W, 3)`` in [0, 1].

        The weighted sum over the layers of the mean distance over a layer's positions and channels.
        """
        true = self._features(y_true)
        predicted = self._features(y_pred)
        loss: Any = 0.0
        for layer, weight in self.layers.items():
            difference = _DISTANCES[self.distance](predicted[layer] - ops.stop_gradient(true[layer]))
            loss += ops.multiply(weight, ops.mean(difference, axis=(1, 2, 3)))
        return loss

    @classmethod
    def from_config(cls, config: dict) -> "PerceptualLoss":
        """The counterpart, with VGG's weights read anew."""
        return cls(**{**config, "weights": remembered_weights(config["weights"])})

    def get_config(self) -> dict:
        """Constructor arguments."""
        return {
            **super().get_config(),
            "layers": self.layers,
            "weights": self.weights,
            "backbone": self.backbone,
            "after_activation": self.after_activation,
            "normalise": self.normalise,
            "distance": self.distance,
            "seed": self.seed,
            "features_dtype": self.features_dtype,
        }


def _layer_weights(layers: str | Iterable[str] | Mapping[str, float]) -> dict[str, float]:
    if isinstance(layers, Mapping):
        return {name: float(weight) for name, weight in layers.items()}
    return dict.fromkeys([layers] if isinstance(layers, str) else layers, 1.0)
