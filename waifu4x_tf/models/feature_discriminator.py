"""A discriminator that judges VGG19's features of a patch."""

from os import PathLike, fspath
from typing import Any

import keras

from waifu4x_tf.losses.vgg import vgg_features
from waifu4x_tf.losses.vgg_weights import remembered_weights
from waifu4x_tf.models.layers import batch_normalization

# Edges and noise, textures, parts of things; deeper layers see too coarsely to tell an enlarged patch.
FEATURE_LAYERS = ("conv1_2", "conv2_2", "conv3_1")


@keras.saving.register_keras_serializable(package="waifu4x")
class VGG19Layer(keras.layers.Layer):
    """VGG19's features as a layer without weights: what it holds is neither trained nor saved.

    Args:
        layers: Names of layers.
        weights: Where the numbers come from, see `waifu4x_tf.losses.vgg.vgg_features`.
        **kwargs: ``name`` and ``dtype`` of a layer.
    """

    def __init__(
        self,
        layers: tuple[str, ...] = FEATURE_LAYERS,
        weights: str | PathLike[str] | None = "imagenet",
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.layers = tuple(layers)
        self.source = None if weights is None else fspath(weights)
        self._features = vgg_features(
            self.layers, self.source, after_activation=False, dtype=self.compute_dtype
        )

    def call(self, rgb: Any) -> list[Any]:
        """``(N, H, W, 3)`` RGB in [0, 1] to the features before their ReLU, one tensor a layer."""
        return list(self._features(rgb).values())

    @classmethod
    def from_config(cls, config: dict) -> "VGG19Layer":
        """The counterpart, with VGG19's weights read anew."""
        return cls(**{**config, "weights": remembered_weights(config["weights"])})

    def get_config(self) -> dict:
        """Constructor arguments."""
        return {**super().get_config(), "layers": self.layers, "weights": self.source}


def build_feature_discriminator(
    *,
    patch_size: int | None = None,
    width: int = 32,
    vgg_weights: str | PathLike[str] | None = "imagenet",
    name: str = "feature_discriminator",
) -> keras.Model:
    """Small heads on VGG19, after Projected GANs (Sauer et al. 2021, arXiv:2111.01007).

    Features that tell pictures apart are there from the start, so the heads learn within a hundred steps what
    a discriminator on pixels does not learn in a thousand. On conv1_2, conv2_2 and conv3_1 before their ReLU
    stand, each by itself: BN, a 1x1 convolution, a 3x3 one with stride 2, a 3x3 one and one to a logit, with
    LeakyReLU 0.2 between them; those of all places are averaged.

    Args:
        patch_size: Height and width of the patches; None takes any.
        width: Channels of the heads' convolutions.
        vgg_weights: See `waifu4x_tf.losses.vgg.vgg_features`.
        name: Name of the Keras model.

    Returns:
        Functional model, float32: ``(N, H, W, 3)`` RGB in [0, 1] to logits ``(N, 3)``, one a layer, positive
        for "a real picture".

    Raises:
        ConfigError: The weights of VGG19 are not there or not deep enough, or the patches too small.
    """
    patch: Any = keras.Input((patch_size, patch_size, 3), dtype="float32", name="patch")
    features = VGG19Layer(weights=vgg_weights, name="vgg19")(patch)
    logits = [_head(x, width, layer) for layer, x in zip(FEATURE_LAYERS, features, strict=True)]
    return keras.Model(patch, keras.layers.Concatenate(dtype="float32", name="logits")(logits), name=name)


def _head(x: Any, width: int, layer: str) -> Any:
    """Features ``(N, H, W, C)`` to one logit ``(N, 1)``."""
    x = batch_normalization(f"{layer}_norm")(x)
    for index, (kernel_size, strides) in enumerate(((1, 1), (3, 2), (3, 1)), start=1):
        x = keras.layers.Conv2D(
            width,
            kernel_size,
            strides=strides,
            padding="same",
            kernel_initializer="he_normal",
            name=f"{layer}_conv{index}",
        )(x)
        x = keras.layers.LeakyReLU(0.2, name=f"{layer}_leaky{index}")(x)
    x = keras.layers.Conv2D(1, 3, padding="same", dtype="float32", name=f"{layer}_logits")(x)
    return keras.layers.GlobalAveragePooling2D(dtype="float32", name=f"{layer}_logit")(x)
