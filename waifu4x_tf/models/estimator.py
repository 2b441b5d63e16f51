"""The degradation estimator: squares of one picture in, an estimate of its history out.

Convolutions find traces, which say little each: an edge's overshoot, a block's border, a grain. Their means
over all squares say how often each is there, in proportion to one another; the last layers decide by that.
What is left when each pixel's surroundings are taken off is given as well, and amplified: traces of codecs
and grain are a level or two high.

Sources: parts pooled by their mean, Deep Sets (Zaheer et al. 2017, arXiv:1703.06114); layer normalisation
(Ba et al. 2016, arXiv:1607.06450); the residual as an input, as in steganalysis (Fridrich and Kodovsky 2012,
"Rich Models for Steganalysis of Digital Images"); the degradation first, then what to do about it, as blind
super-resolution does (Gu et al. 2019, "Blind Super-Resolution With Iterative Kernel Correction").
"""

import keras

_WIDTHS = ((24, 1), (32, 2), (48, 1), (64, 2), (96, 1))
_HEAD_WIDTHS = (96, 96)
_MOST_RESIDUAL = 24.0  # in levels; edges are higher, and seen in the picture itself
# Keeps the logarithm finite where nothing of a kind was found.
_LEAST = 1e-2


def build_estimator(outputs: int, *, square_px: int = 64, squares: int | None = None) -> keras.Model:
    """Build the estimator.

    Args:
        outputs: How many numbers it estimates.
        square_px: Edge ``P`` of a square.
        squares: Of each picture in a batch, for training; None for one picture at a time.

    Returns:
        Functional model. With ``squares`` float32 ``(N, squares, P, P, 3)`` to ``(N, outputs)``, else
        ``(squares, P, P, 3)`` to ``(1, outputs)``; levels of 0 to 255. Both have the same weights.
    """
    square = (square_px, square_px, 3)
    inputs = keras.Input(square if squares is None else (squares, *square))
    x = inputs if squares is None else keras.ops.reshape(inputs, (-1, *square))
    around = keras.layers.AveragePooling2D(3, strides=1, padding="same", name="surroundings")(x)
    residual = keras.ops.clip(keras.ops.subtract(x, around), -_MOST_RESIDUAL, _MOST_RESIDUAL)
    scaled = keras.layers.Rescaling(1 / 64, offset=-2.0, name="scaled")(x)
    x = keras.layers.Concatenate()([scaled, keras.layers.Rescaling(1 / 6, name="amplified")(residual)])
    for index, (width, stride) in enumerate(_WIDTHS):
        x = keras.layers.Conv2D(width, 3, strides=stride, activation="relu", name=f"conv_{index}")(x)
    x = keras.layers.GlobalAveragePooling2D(name="found")(x)
    if squares is None:
        x = keras.ops.mean(x, axis=0, keepdims=True)
    else:
        x = keras.ops.mean(keras.ops.reshape(x, (-1, squares, _WIDTHS[-1][0])), axis=1)
    x = keras.layers.LayerNormalization(name="proportions")(keras.ops.log(keras.ops.add(x, _LEAST)))
    for index, width in enumerate(_HEAD_WIDTHS):
        x = keras.layers.Dense(width, activation="relu", name=f"hidden_{index}")(x)
    return keras.Model(inputs, keras.layers.Dense(outputs, name="told", dtype="float32")(x), name="estimator")
