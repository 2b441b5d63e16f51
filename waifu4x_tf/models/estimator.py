"""The degradation estimator: squares of one picture in, what is told of the picture out.

Convolutions find traces, which say little each: an edge's overshoot, a block's border, a grain. Their means
over all squares say how often each is there, in proportion to one another; the last layers decide by that.

Sources: parts pooled by their mean, Deep Sets (Zaheer et al. 2017, arXiv:1703.06114); layer normalisation
(Ba et al. 2016, arXiv:1607.06450); telling the degradation first, then what to do about it, as blind
super-resolution does (Gu et al. 2019, "Blind Super-Resolution With Iterative Kernel Correction").
"""

import keras

_WIDTHS = ((16, 1), (24, 2), (32, 1), (48, 2), (64, 1))
_HEAD_WIDTH = 64
# Keeps the logarithm finite where nothing of a kind was found.
_LEAST = 1e-3


def build_estimator(outputs: int, *, square_px: int = 64, squares: int | None = None) -> keras.Model:
    """Build the estimator.

    Args:
        outputs: How many numbers it tells.
        square_px: Edge ``P`` of a square.
        squares: Of each picture in a batch, for training; None for one picture at a time.

    Returns:
        Functional model. With ``squares`` float32 ``(N, squares, P, P, 3)`` to ``(N, outputs)``, else
        ``(squares, P, P, 3)`` to ``(1, outputs)``; levels of 0 to 255. Both have the same weights.
    """
    square = (square_px, square_px, 3)
    inputs = keras.Input(square if squares is None else (squares, *square))
    x = inputs if squares is None else keras.ops.reshape(inputs, (-1, *square))
    x = keras.layers.Rescaling(1 / 64, offset=-2.0, name="scaled")(x)
    for index, (width, stride) in enumerate(_WIDTHS):
        x = keras.layers.Conv2D(width, 3, strides=stride, activation="relu", name=f"conv_{index}")(x)
    x = keras.layers.GlobalAveragePooling2D(name="found")(x)
    if squares is None:
        x = keras.ops.mean(x, axis=0, keepdims=True)
    else:
        x = keras.ops.mean(keras.ops.reshape(x, (-1, squares, _WIDTHS[-1][0])), axis=1)
    x = keras.layers.LayerNormalization(name="proportions")(keras.ops.log(keras.ops.add(x, _LEAST)))
    x = keras.layers.Dense(_HEAD_WIDTH, activation="relu", name="hidden")(x)
    return keras.Model(inputs, keras.layers.Dense(outputs, name="told", dtype="float32")(x), name="estimator")
