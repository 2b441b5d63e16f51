"""SRGAN's generator, called SRResNet when it is trained on pixels alone."""

from typing import Any

import keras
from keras import ops

from waifu4x_tf.models.layers import batch_normalization, bilinear_phases_kernel, linear_tail, pass_colours


def build_srresnet(
    *, scale: int = 4, width: int = 64, blocks: int = 16, name: str = "srresnet"
) -> keras.Model:
    """SRResNet, Ledig et al. 2017 (arXiv:1609.04802, figure 4): 1.55 million parameters at scale 4.

    A 9x9 convolution, ``blocks`` residual blocks (3x3, BN, PReLU, 3x3, BN), a 3x3 convolution with BN whose
    output is added to the first one's, a stage of 3x3 convolution, sub-pixel shuffle and PReLU for each
    factor of 2, and a 9x9 convolution without activation, as the figure draws it.

    Otherwise than in the paper: it predicts [-1, 1] and leaves it open; this one predicts [0, 1] linearly
    and clips it in the graph. It starts as bilinear interpolation: three channels hand the colours on
    (`pass_colours`), and the trunk's sum is not heard at first (a factor of 0, as Goyal et al. 2017,
    arXiv:1706.02677, begin their residual branches). A tanh would bend all tones to keep black and white,
    which drawings are full of, out of reach; the clip gives them exactly. Where it saturates no gradient
    passes, so adversarial training starts from a network trained on pixels (the paper's own order), whose
    outputs stray little past the ends. Convolutions before BN have no bias, which BN would subtract
    again.

    Args:
        scale: Enlargement factor ``r``, 2 or 4.
        width: Channels of the inner convolutions.
        blocks: Number of residual blocks.
        name: Name of the Keras model.

    Returns:
        Functional model, float32: ``(N, H, W, 3)`` RGB in [0, 1] to ``(N, r * H, r * W, 3)`` in [0, 1].
        Receptive radius: ``2 * blocks + 8`` input pixels at both scales.
    """

    def conv(filters: int, size: int, layer_name: str, use_bias: bool = True) -> keras.layers.Conv2D:
        return keras.layers.Conv2D(
            filters,
            size,
            padding="same",
            use_bias=use_bias,
            kernel_initializer="he_normal",
            name=layer_name,
        )

    def prelu(layer_name: str) -> keras.layers.PReLU:
        # One slope a channel, from 0.25 (He et al. 2015, arXiv:1502.01852).
        start: Any = keras.initializers.Constant(0.25)
        return keras.layers.PReLU(alpha_initializer=start, shared_axes=[1, 2], name=layer_name)

    picture: Any = keras.Input((None, None, 3), dtype="float32", name="picture")
    head = x = prelu("head_prelu")(conv(width, 9, "head")(picture))
    for index in range(1, blocks + 1):
        block = f"block{index}"
        inner = batch_normalization(f"{block}_norm1")(conv(width, 3, f"{block}_conv1", use_bias=False)(x))
        inner = conv(width, 3, f"{block}_conv2", use_bias=False)(prelu(f"{block}_prelu")(inner))
        x = keras.layers.Add(name=f"{block}_add")([x, batch_normalization(f"{block}_norm2")(inner)])
    x = batch_normalization("trunk_norm", start=0.0)(conv(width, 3, "trunk_conv", use_bias=False)(x))
    x = keras.layers.Add(name="trunk_add")([x, head])
    for stage in range(1, scale.bit_length()):
        x = ops.depth_to_space(conv(4 * width, 3, f"enlarge{stage}_conv")(x), 2)
        x = prelu(f"enlarge{stage}_prelu")(x)
    x = linear_tail(3, 9)(x)
    model = keras.Model(picture, ops.clip(x, 0.0, 1.0), name=name)
    for layer_name in ("head", "tail"):
        pass_colours(model.get_layer(layer_name))
    for stage in range(1, scale.bit_length()):
        pass_colours(model.get_layer(f"enlarge{stage}_conv"), bilinear_phases_kernel(2))
    return model
