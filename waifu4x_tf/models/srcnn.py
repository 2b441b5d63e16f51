"""The first network of the story: bicubic enlargement, then three convolutions that repair it."""

from typing import Any

import keras
from keras import ops

from waifu4x_tf.errors import ModelError
from waifu4x_tf.models.layers import frozen_bicubic_phases, linear_tail, pass_colours


def build_srcnn(
    *, scale: int = 4, width: int = 64, mapping_width: int = 32, mapping_kernel: int = 1, name: str = "srcnn"
) -> keras.Model:
    """SRCNN, Dong et al. 2014/2016 (arXiv:1501.00092): 9-1-5 by default, 9-5-5 with ``mapping_kernel=5``.

    Patch extraction (9x9, ReLU), non-linear mapping (ReLU) and reconstruction (5x5, linear), all at the large
    size. Otherwise than in the paper: RGB instead of luma; zero padding instead of a smaller output; He's
    start for the first two layers, whose signal N(0, 0.001) all but extinguishes; three channels of them hand
    the colours on (`pass_colours`), so that it starts as bicubic; the output is clipped.

    Args:
        scale: Enlargement factor ``r``, 2 or 4.
        width: Filters of the first layer, the paper's n1.
        mapping_width: Filters of the second layer, n2.
        mapping_kernel: Size of the second layer's filters, f2: 1, 3 or 5 in the paper; odd.
        name: Name of the Keras model.

    Returns:
        Functional model, float32: ``(N, H, W, 3)`` RGB in [0, 1] to ``(N, r * H, r * W, 3)`` in [0, 1].
        Receptive radius: 3 input pixels at scale 4 and 5 at scale 2, with ``mapping_kernel=5`` 4 and 6.

    Raises:
        ModelError: ``mapping_kernel`` is even, which would shift the picture by half a pixel.
    """
    if mapping_kernel % 2 == 0:
        raise ModelError(f"mapping_kernel is odd. Received: {mapping_kernel}. Use 1 or 5.")

    def conv(filters: int, size: int, layer_name: str) -> keras.layers.Conv2D:
        return keras.layers.Conv2D(
            filters, size, padding="same", activation="relu", kernel_initializer="he_normal", name=layer_name
        )

    picture: Any = keras.Input((None, None, 3), dtype="float32", name="picture")
    enlarged = ops.depth_to_space(frozen_bicubic_phases(picture, scale), scale)
    x = conv(width, 9, "patches")(enlarged)
    x = conv(mapping_width, mapping_kernel, "mapping")(x)
    x = linear_tail(3, 5)(x)
    model = keras.Model(picture, ops.clip(x, 0.0, 1.0), name=name)
    for layer_name in ("patches", "mapping", "tail"):
        pass_colours(model.get_layer(layer_name))
    return model
