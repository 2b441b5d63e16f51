"""A discriminator on VGG's features of a patch, with a logit for each place."""

from os import PathLike, fspath
from typing import Any

import keras
from keras import ops

from waifu4x_tf.losses.vgg import vgg_features
from waifu4x_tf.losses.vgg_weights import remembered_weights
from waifu4x_tf.models.layers import batch_normalization

# Edges and noise, textures, parts of things; deeper layers see too coarsely to tell an enlarged patch.
FEATURE_LAYERS = {"vgg19": ("conv1_2", "conv2_2", "conv3_1"), "vgg16": ("conv1_2", "conv2_2", "conv3_3")}


@keras.saving.register_keras_serializable(package="waifu4x")
class VGGLayer(keras.layers.Layer):
    """VGG's features as a layer without weights: what it holds is neither trained nor saved.

    Args:
        backbone: "vgg19" or "vgg16".
        weights: Where the numbers come from, see `waifu4x_tf.losses.vgg.vgg_features`.
        **kwargs: ``name`` and ``dtype`` of a layer.
    """

    def __init__(
        self,
        backbone: str = "vgg19",
        weights: str | PathLike[str] | None = "imagenet",
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.backbone = backbone
        self.source = None if weights is None else fspath(weights)
        self._features = vgg_features(
            FEATURE_LAYERS.get(backbone, ()),  # an unknown one is refused
            self.source,
            backbone=backbone,
            after_activation=False,
            dtype=self.compute_dtype,
        )

    def call(self, rgb: Any) -> list[Any]:
        """``(N, H, W, 3)`` RGB in [0, 1] to the features before their ReLU, one tensor a layer."""
        return list(self._features(rgb).values())

    @classmethod
    def from_config(cls, config: dict) -> "VGGLayer":
        """The counterpart, with VGG's weights read anew."""
        return cls(**{**config, "weights": remembered_weights(config["weights"])})

    def get_config(self) -> dict:
        """Constructor arguments."""
        return {**super().get_config(), "backbone": self.backbone, "weights": self.source}


@keras.saving.register_keras_serializable(package="waifu4x")
class RepeatTo(keras.layers.Layer):
    """Each value repeated, to the height and width of another tensor; sizes are read when it runs."""

    def call(self, x: Any, other: Any) -> Any:
        """``(N, h, w, C)`` and ``(N, H, W, any)`` to ``(N, H, W, C)``."""
        here: Any = ops.shape(x)
        there: Any = ops.shape(other)
        for axis in (1, 2):
            x = ops.take(x, ops.floor_divide(ops.arange(there[axis]) * here[axis], there[axis]), axis=axis)
        return x

    def compute_output_shape(self, x_shape: Any, other_shape: Any) -> Any:
        """The other's height and width, its own channels."""
        return (*other_shape[:3], x_shape[3])


def build_feature_discriminator(
    *,
    patch_size: int | None = None,
    width: int = 32,
    backbone: str = "vgg19",
    vgg_weights: str | PathLike[str] | None = "imagenet",
    name: str = "feature_discriminator",
) -> keras.Model:
    """Small heads on VGG, after Projected GANs (Sauer et al. 2021, arXiv:2111.01007).

    Features that tell pictures apart are there from the start, so the heads learn within a hundred steps what
    a discriminator on pixels does not learn in a thousand. On conv1_2, conv2_2 and conv3_1 (of VGG16 conv3_3)
    before their ReLU stand, each by itself: BN, a 1x1 convolution, two 3x3 ones, the first with stride 2, and
    one to a logit, with LeakyReLU 0.2 between them. Each place has a logit of its own, as in PatchGAN
    (Isola et al. 2017, arXiv:1611.07004): one for the whole patch would say neither where it looks enlarged
    nor that only a part does.

    Args:
        patch_size: Height and width of the patches; None takes any.
        width: Channels of the heads' convolutions.
        backbone: "vgg19" or "vgg16".
        vgg_weights: See `waifu4x_tf.losses.vgg.vgg_features`.
        name: Name of the Keras model.

    Returns:
        Functional model, float32: ``(N, H, W, 3)`` RGB in [0, 1] to logits ``(N, H / 2, W / 2, 3)``, rounded
        up, one a layer and place, positive for "a real picture". Logits of deeper layers are repeated to the
        size of the first one's, so that layers count alike.

    Raises:
        ConfigError: An unknown backbone; weights that are not there or not deep enough; patches too small.
    """
    patch: Any = keras.Input((patch_size, patch_size, 3), dtype="float32", name="patch")
    features = VGGLayer(backbone, vgg_weights, name="vgg")(patch)
    heads = zip(FEATURE_LAYERS[backbone], features, strict=True)
    first, *deeper = (_head(x, width, layer) for layer, x in heads)
    logits = [first, *(RepeatTo(dtype="float32")(each, first) for each in deeper)]
    return keras.Model(patch, keras.layers.Concatenate(dtype="float32", name="logits")(logits), name=name)


def _head(x: Any, width: int, layer: str) -> Any:
    """Features ``(N, H, W, C)`` to logits ``(N, ceil(H / 2), ceil(W / 2), 1)``."""
    x = batch_normalization(f"{layer}_norm", is_affine=False)(x)
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
    return keras.layers.Conv2D(1, 3, padding="same", dtype="float32", name=f"{layer}_logits")(x)
