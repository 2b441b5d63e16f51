"""Pieces that several generators share."""

from typing import Any

import keras
import numpy as np

EACH_ITSELF = np.eye(3, dtype=np.float32)[None, None]
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


def pass_colours(layer: Any, phases: np.ndarray = EACH_ITSELF) -> None:
    """Let a built convolution hand red, green and blue on, from its first three channels to its first three.

    A network without an image-space residual has to learn first to give back what it was shown; with such
    layers it starts as an interpolation. Behind a ReLU or PReLU that holds for numbers of at least 0.

    Args:
        layer: Convolution with bias and filters of odd size; changed in place, its other channels are not.
        phases: ``(k, k, 3, p * 3)``, HWIO, of at most the layer's size, where ``depth_to_space`` with ``p``
            phases follows, as `bilinear_phases_kernel`; default: `EACH_ITSELF`, one phase.
    """
    kernel, bias = layer.get_weights()
    height, width, _, count = *phases.shape[:3], phases.shape[3] // 3
    filters = kernel.reshape(*kernel.shape[:3], count, -1)
    kept = min(3, *filters.shape[2::2])  # a tiny network has fewer channels than colours
    filters[..., :kept] = 0.0
    top, left = (kernel.shape[0] - height) // 2, (kernel.shape[1] - width) // 2
    inner = filters[top : top + height, left : left + width, :kept, :, :kept]
    inner[...] = phases.reshape(height, width, 3, count, 3)[:, :, :kept, :, :kept]
    bias.reshape(count, -1)[:, :kept] = 0.0
    layer.set_weights([kernel, bias])


def linear_tail(channels: int, kernel_size: int) -> keras.layers.Conv2D:
    """Last convolution of a generator without an image-space residual: linear, float32, weak at first.

    Before the clip to [0, 1], which passes no gradient where it saturates, it needs `pass_colours`: half of
    the outputs would start below 0, and a colour that starts so everywhere would stay so.
    """
    initial: Any = keras.initializers.RandomNormal(stddev=_TAIL_STDDEV)
    return keras.layers.Conv2D(
        channels, kernel_size, padding="same", kernel_initializer=initial, dtype="float32", name="tail"
    )


def batch_normalization(
    name: str, start: float = 1.0, *, is_affine: bool = True
) -> keras.layers.BatchNormalization:
    """With SRGAN's settings; built under several TensorFlow replicas it looks at the whole batch.

    Args:
        name: Of the layer.
        start: What its factor (gamma) starts at.
        is_affine: Whether it learns a factor and an offset; before a convolution with a bias it need not.
    """
    factor: Any = keras.initializers.Constant(start)
    return keras.layers.BatchNormalization(
        momentum=0.9,
        epsilon=1e-5,
        center=is_affine,
        scale=is_affine,
        gamma_initializer=factor,
        synchronized=tensorflow_replicas() > 1,
        name=name,
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
