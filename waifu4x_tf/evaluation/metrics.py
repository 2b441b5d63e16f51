"""PSNR and SSIM as super-resolution papers compute them, defined once.

Y is BT.601 studio-range luma of the 8-bit RGB, unrounded; ``border`` pixels are cropped on each side;
SSIM is the single-scale index with an 11x11 Gaussian window, valid positions only.
"""

import numpy as np

_SSIM_SIZE = 11
_SSIM_SIGMA = 1.5
_PEAK = 255.0


def luma(picture: np.ndarray) -> np.ndarray:
    """BT.601 luma: uint8 or float RGB ``(H, W, 3)`` in [0, 255] to float64 ``(H, W)`` in [16, 235].

    Example:
        >>> luma(np.full((1, 1, 3), 255, np.uint8))
        array([[235.]])
    """
    weights = np.asarray([65.481, 128.553, 24.966]) / 255.0
    return 16.0 + np.asarray(picture, np.float64) @ weights


def psnr(a: np.ndarray, b: np.ndarray, *, luma: bool = True, border: int = 4) -> float:
    """Peak signal-to-noise ratio in dB between two pictures.

    Args:
        a: uint8 ``(H, W, 3)`` RGB.
        b: The same shape.
        luma: Compare Y; otherwise all three channels.
        border: Pixels left out on each side, the scale by convention.

    Returns:
        dB; infinity for equal pictures.

    Raises:
        ValueError: Shapes differ or nothing is left inside the border.

    Example:
        >>> black, grey = np.zeros((16, 16, 3), np.uint8), np.full((16, 16, 3), 10, np.uint8)
        >>> round(waifu4x_tf.psnr(black, grey, luma=False), 2)
        28.13
    """
    x, y = _prepare(a, b, luma, border)
    error = float(np.mean((x - y) ** 2))
    return float("inf") if error == 0 else float(10 * np.log10(_PEAK**2 / error))


def ssim(a: np.ndarray, b: np.ndarray, *, luma: bool = True, border: int = 4) -> float:
    """Structural similarity (Wang et al. 2004): Gaussian window 11, sigma 1.5, K1 = 0.01, K2 = 0.03.

    Arguments and errors as `psnr`; for RGB the mean of the three channels. Needs 11 px inside the border.

    Example:
        >>> picture = waifu4x_tf.read("examples/face.png").to_array()
        >>> round(waifu4x_tf.ssim(picture, picture), 3)
        1.0
    """
    x, y = _prepare(a, b, luma, border)
    if min(x.shape[:2]) < _SSIM_SIZE:
        raise ValueError(
            f"SSIM needs at least {_SSIM_SIZE} px on both sides inside the border. Received: {x.shape[:2]}."
            " Use a larger picture or a smaller border."
        )
    c1, c2 = (0.01 * _PEAK) ** 2, (0.03 * _PEAK) ** 2
    mean_x, mean_y = _window(x), _window(y)
    var_x = _window(x * x) - mean_x**2
    var_y = _window(y * y) - mean_y**2
    covariance = _window(x * y) - mean_x * mean_y
    numerator = (2 * mean_x * mean_y + c1) * (2 * covariance + c2)
    return float(np.mean(numerator / ((mean_x**2 + mean_y**2 + c1) * (var_x + var_y + c2))))


def _prepare(a: np.ndarray, b: np.ndarray, use_luma: bool, border: int) -> tuple[np.ndarray, np.ndarray]:
    if a.shape != b.shape or a.ndim != 3 or a.shape[2] != 3:
        raise ValueError(
            f"Both pictures have the same shape (H, W, 3). Received: {a.shape} and {b.shape}."
            " Crop or resize one."
        )
    if min(a.shape[:2]) <= 2 * border:
        raise ValueError(
            f"A picture is larger than twice the border of {border} px. Received: {a.shape[:2]}."
            " Use a smaller border."
        )
    inner = slice(border, -border or None)
    pair = (a[inner, inner], b[inner, inner])
    x, y = (luma(p) if use_luma else np.asarray(p, np.float64) for p in pair)
    return x, y


def _window(x: np.ndarray) -> np.ndarray:
    """Separable Gaussian, valid positions of the first two axes."""
    taps = np.exp(-((np.arange(_SSIM_SIZE) - _SSIM_SIZE // 2) ** 2) / (2 * _SSIM_SIGMA**2))
    taps /= taps.sum()
    for axis in (0, 1):
        x = np.moveaxis(x, axis, 0)
        length = x.shape[0] - _SSIM_SIZE + 1
        total = taps[0] * x[:length]
        for k in range(1, _SSIM_SIZE):
            total += taps[k] * x[k : k + length]
        x = np.moveaxis(total, 0, axis)
    return x
