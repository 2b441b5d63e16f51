"""Pieces that several generators share."""

from typing import Any

import keras
import numpy as np

_TAIL_STDDEV = 1e-4


def phase_weights(scale: int) -> np.ndarray:
    """Bilinear weights of the ``scale`` sub-pixel phases over the neighbours at -1, 0 and +1.

    Sub-pixel ``p`` of a pixel lies at ``(p + 0.5) / scale - 0.5`` from the pixel's centre
    (half-pixel centres, as Pillow and every image viewer place them).

    Returns:
        Float32 array of shape ``(scale, 3)``; each row sums to 1.
    """
    return np.maximum(1.0 - _distances(scale, reach=1), 0.0).astype(np.float32)


def bicubic_phase_weights(scale: int) -> np.ndarray:
    """Bicubic weights of the same phases over the neighbours at -2 to +2.

    The cubic of Keys 1981 (IEEE Trans. ASSP 29) with ``a = -0.5``, Pillow's.

    Returns:
        Float32 array of shape ``(scale, 5)``; each row sums to 1.
    """
    t = _distances(scale, reach=2)
    near = (1.5 * t - 2.5) * t * t + 1.0
    far = ((-0.5 * t + 2.5) * t - 4.0) * t + 2.0
    return np.where(t < 1.0, near, np.where(t < 2.0, far, 0.0)).astype(np.float32)


def bilinear_phases_kernel(scale: int, channels: int = 3) -> np.ndarray:
    """3x3 kernel that computes every sub-pixel of a bilinear enlargement at low resolution.

    Followed by ``depth_to_space(scale)`` it equals bilinear interpolation of an edge-replicated picture.
    Unlike ``UpSampling2D`` it exports to TFLite with dynamic height and width and quantises to int8.

    Returns:
        Float32 array ``(3, 3, channels, scale * scale * channels)``, HWIO.
    """
    return _phases_kernel(phase_weights(scale), channels)


def bicubic_phases_kernel(scale: int, channels: int = 3) -> np.ndarray:
    """5x5 kernel that does the same for bicubic enlargement.

    Two pixels inside an edge-replicated border it equals Pillow's bicubic interpolation of the picture with
    that border. (At the very edge Pillow drops the missing neighbours instead of replicating them.)

    Returns:
        Float32 array ``(5, 5, channels, scale * scale * channels)``, HWIO.
    """
    return _phases_kernel(bicubic_phase_weights(scale), channels)


def frozen_bilinear_phases(x: keras.KerasTensor, scale: int) -> keras.KerasTensor:
    """Apply `bilinear_phases_kernel` as a frozen convolution, in float32 under every dtype policy.

    Args:
        x: ``(N, H, W, 3)``, float32.
        scale: Enlargement factor ``r``.

    Returns:
        ``(N, H, W, 3 * r * r)``, float32, before ``depth_to_space``.
    """
    return _frozen_convolution(x, bilinear_phases_kernel(scale), "bilinear")


def frozen_bicubic_phases(x: keras.KerasTensor, scale: int) -> keras.KerasTensor:
    """Apply `bicubic_phases_kernel` likewise. The result is not clipped: bicubic overshoots.

    Args:
        x: ``(N, H, W, 3)``, float32.
        scale: Enlargement factor ``r``.

    Returns:
        ``(N, H, W, 3 * r * r)``, float32, before ``depth_to_space``.
    """
    return _frozen_convolution(x, bicubic_phases_kernel(scale), "bicubic")


def mid_grey_tail(channels: int, kernel_size: int) -> keras.layers.Conv2D:
    """Last convolution of a generator without an image-space residual: linear, float32, starts at mid grey.

    The clip to [0, 1] that follows passes no gradient where it saturates. From the usual zero bias half of
    the outputs would start below 0, and a colour that starts so everywhere would stay so; from 0.5 with small
    weights all of them start inside. It is also where SRGAN's linear output in [-1, 1] starts, seen in
    [0, 1].
    """
    start: dict[str, Any] = {
        "kernel_initializer": keras.initializers.RandomNormal(stddev=_TAIL_STDDEV),
        "bias_initializer": keras.initializers.Constant(0.5),
    }
    return keras.layers.Conv2D(
        channels,
        kernel_size,
        padding="same",
        **start,
        dtype="float32",
        name="tail",
    )


def batch_normalization(name: str) -> keras.layers.BatchNormalization:
    """With SRGAN's settings; built under several TensorFlow replicas it looks at the whole batch."""
    return keras.layers.BatchNormalization(
        momentum=0.9, epsilon=1e-5, synchronized=tensorflow_replicas() > 1, name=name
    )


def tensorflow_replicas() -> int:
    """Replicas of TensorFlow's present distribution strategy; 1 with every other backend."""
    if keras.backend.backend() != "tensorflow":
        return 1
    import tensorflow as tf

    return tf.distribute.get_strategy().num_replicas_in_sync


def _distances(scale: int, reach: int) -> np.ndarray:
    """From each phase (rows) to each neighbour at ``-reach`` to ``reach`` (columns), in pixels."""
    offsets = (np.arange(scale) + 0.5) / scale - 0.5
    return np.abs(offsets[:, None] - np.arange(-reach, reach + 1))


def _phases_kernel(weights: np.ndarray, channels: int) -> np.ndarray:
    scale, size = weights.shape
    kernel = np.zeros((size, size, channels, scale, scale, channels), np.float32)
    phases = np.einsum("yi,xj->ijyx", weights, weights)
    for channel in range(channels):
        kernel[:, :, channel, :, :, channel] = phases
    return kernel.reshape(size, size, channels, scale * scale * channels)


def _frozen_convolution(x: keras.KerasTensor, kernel: np.ndarray, name: str) -> keras.KerasTensor:
    layer = keras.layers.Conv2D(
        kernel.shape[3],
        kernel.shape[0],
        padding="same",
        use_bias=False,
        trainable=False,
        dtype="float32",
        name=name,
    )
    y = layer(x)
    layer.set_weights([kernel])
    return y
