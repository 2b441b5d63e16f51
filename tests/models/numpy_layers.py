"""Layers in NumPy, float64: what the networks are held to."""

import numpy as np


def convolve(
    x: np.ndarray, kernel: np.ndarray, bias: np.ndarray | float = 0.0, *, strides: int = 1
) -> np.ndarray:
    """Zero-padded convolution of ``(N, H, W, C)`` with ``(k, k, C, F)``.

    With strides ``s`` it gives ``(N, ceil(H / s), ceil(W / s), F)``. Of an odd amount of padding the larger
    part goes below and to the right.
    """
    size = kernel.shape[0]
    large = [-(-edge // strides) for edge in x.shape[1:3]]
    pads = [max((new - 1) * strides + size - edge, 0) for new, edge in zip(large, x.shape[1:3], strict=True)]
    padded = np.pad(x.astype(np.float64), ((0, 0), *((pad // 2, pad - pad // 2) for pad in pads), (0, 0)))
    out = np.zeros((x.shape[0], *large, kernel.shape[3]))
    for row in range(size):
        for column in range(size):
            rows = slice(row, row + (large[0] - 1) * strides + 1, strides)
            columns = slice(column, column + (large[1] - 1) * strides + 1, strides)
            out += padded[:, rows, columns] @ kernel[row, column].astype(np.float64)
    return out + bias


def depth_to_space(x: np.ndarray, scale: int) -> np.ndarray:
    """``(N, H, W, r * r * C)`` to ``(N, r * H, r * W, C)``; the phases lie row by row, channels innermost."""
    count, height, width, channels = x.shape
    phases = x.reshape(count, height, width, scale, scale, channels // scale**2)
    return phases.transpose(0, 1, 3, 2, 4, 5).reshape(count, height * scale, width * scale, -1)


def normalise(x: np.ndarray, gamma, beta, mean, variance, epsilon: float = 1e-5) -> np.ndarray:
    """Batch normalisation by the moving averages, in the order of Keras' weights."""
    return (x - mean) / np.sqrt(variance + epsilon) * gamma + beta


def rectify(x: np.ndarray, slope: np.ndarray | float = 0.0) -> np.ndarray:
    """ReLU, LeakyReLU or PReLU."""
    return np.where(x > 0, x, slope * x)
