"""The second network of the story: all work at the small size, unfolded once by sub-pixel convolution."""

from typing import Any

import keras
from keras import ops

from waifu4x_tf.models.layers import EACH_ITSELF, bilinear_phases_kernel, linear_tail, pass_colours


def build_espcn(
    *, scale: int = 4, width: int = 64, mapping_width: int = 32, name: str = "espcn"
) -> keras.Model:
    """ESPCN, Shi et al. 2016 (arXiv:1609.05158): 5-3-3 filters, 64-32-``3 * r**2`` of them.

    The hidden layers are tanh, which the paper found better than ReLU for pictures; the last one is linear.
    Otherwise than in the paper: RGB instead of luma, zero padding, the output is clipped; and it starts as
    bilinear interpolation but for 1 part in 300, as three channels hand the colours on (`pass_colours`),
    made small first, where a tanh is nearly straight.

    Args:
        scale: Enlargement factor ``r``, 2 or 4.
        width: Filters of the first layer, the paper's n1.
        mapping_width: Filters of the second layer, n2.
        name: Name of the Keras model.

    Returns:
        Functional model, float32: ``(N, H, W, 3)`` RGB in [0, 1] to ``(N, r * H, r * W, 3)`` in [0, 1].
        Receptive radius: 4 input pixels.
    """
    picture: Any = keras.Input((None, None, 3), dtype="float32", name="picture")
    x = keras.layers.Conv2D(width, 5, padding="same", activation="tanh", name="head")(picture)
    x = keras.layers.Conv2D(mapping_width, 3, padding="same", activation="tanh", name="mapping")(x)
    x = ops.clip(linear_tail(3 * scale * scale, 3)(x), 0.0, 1.0)
    model = keras.Model(picture, ops.depth_to_space(x, scale), name=name)
    pass_colours(model.get_layer("head"), 0.1 * EACH_ITSELF)
    pass_colours(model.get_layer("mapping"))
    pass_colours(model.get_layer("tail"), 10 * bilinear_phases_kernel(scale))
    return model
