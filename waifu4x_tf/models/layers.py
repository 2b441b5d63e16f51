"""Pieces that several generators share."""

import keras
import numpy as np


def phase_weights(scale: int) -> np.ndarray:
    """Bilinear weights of the ``scale`` sub-pixel phases over the neighbours at -1, 0 and +1.

    Sub-pixel ``p`` of a pixel lies at ``(p + 0.5) / scale - 0.5`` from the pixel's centre
    (half-pixel centres, as Pillow and every image viewer place them).

    Returns:
        Float32 array of shape ``(scale, 3)``; each row sums to 1.
    """
    offsets = (np.arange(scale) + 0.5) / scale - 0.5
    rows = [(max(-offset, 0.0), 1.0 - abs(offset), max(offset, 0.0)) for offset in offsets]
    return np.asarray(rows, np.float32)


def bilinear_phases_kernel(scale: int, channels: int = 3) -> np.ndarray:
    """3x3 kernel that computes every sub-pixel of a bilinear enlargement at low resolution.

    Followed by ``depth_to_space(scale)`` it equals bilinear interpolation of an edge-replicated picture.
    Unlike ``UpSampling2D`` it exports to TFLite with dynamic height and width and quantises to int8.

    Returns:
        Float32 array ``(3, 3, channels, scale * scale * channels)``, HWIO.
    """
    weights = phase_weights(scale)
    kernel = np.zeros((3, 3, channels, scale, scale, channels), np.float32)
    phases = np.einsum("yi,xj->ijyx", weights, weights)
    for channel in range(channels):
        kernel[:, :, channel, :, :, channel] = phases
    return kernel.reshape(3, 3, channels, scale * scale * channels)


def frozen_bilinear_phases(x: keras.KerasTensor, scale: int) -> keras.KerasTensor:
    """Apply `bilinear_phases_kernel` as a frozen convolution, in float32 under every dtype policy.

    Args:
        x: ``(N, H, W, 3)``, float32.
        scale: Enlargement factor ``r``.

    Returns:
        ``(N, H, W, 3 * r * r)``, float32, before ``depth_to_space``.
    """
    layer = keras.layers.Conv2D(
        3 * scale * scale,
        3,
        padding="same",
        use_bias=False,
        trainable=False,
        dtype="float32",
        name="bilinear",
    )
    y = layer(x)
    layer.set_weights([bilinear_phases_kernel(scale)])
    return y
