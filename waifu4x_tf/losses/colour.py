"""Losses in the colour spaces Lab and HSV, and the differentiable conversions they rest on."""

from typing import Any

import keras
import numpy as np
from keras import ops

_XYZ_OF_LINEAR_RGB = np.array(
    [
        [0.4124564, 0.3575761, 0.1804375],
        [0.2126729, 0.7151522, 0.0721750],
        [0.0193339, 0.1191920, 0.9503041],
    ]
)
"""IEC 61966-2-1 primaries, D65. Its rows sum to the white point, so greys have a = b = 0."""

_SRGB_KNEE = 0.04045
_LAB_KNEE = 6 / 29
_GREY_CHROMA = 1e-6
"""Below it a colour has no hue: far under one level of 16 bits, far above float32's underflow."""


def srgb_to_linear(rgb: Any) -> Any:
    """Undo the transfer curve of sRGB (IEC 61966-2-1).

    Args:
        rgb: ``(..., 3)`` in [0, 1]. Values below continue the straight part, values above the power.

    Returns:
        Light, ``(..., 3)``, float32.
    """
    rgb = ops.cast(rgb, "float32")
    above_knee: Any = ops.maximum(rgb, _SRGB_KNEE)
    curved = ops.power((above_knee + 0.055) / 1.055, 2.4)
    return ops.where(rgb > _SRGB_KNEE, curved, rgb / 12.92)


def srgb_to_lab(rgb: Any) -> Any:
    """CIE 1976 L*a*b* of sRGB, under D65 (CIE 15:2004).

    The gradient is finite everywhere: near black both curves are straight lines.

    Args:
        rgb: ``(..., 3)``, RGB in [0, 1].

    Returns:
        ``(..., 3)``, float32: L in [0, 100], a in about [-86, 98], b in about [-108, 94].
    """
    linear = srgb_to_linear(rgb)
    # Sums of products and no matmul, which rounds to 10 bits (TF32) on GPUs.
    x, y, z = (
        _lab_curve(ops.sum(linear * (row / row.sum()).astype(np.float32), axis=-1))
        for row in _XYZ_OF_LINEAR_RGB
    )
    return ops.stack([116.0 * y - 16.0, 500.0 * (x - y), 200.0 * (y - z)], axis=-1)


def _lab_curve(ratio: Any) -> Any:
    root = ops.power(ops.maximum(ratio, _LAB_KNEE**3), 1 / 3)
    return ops.where(ratio > _LAB_KNEE**3, root, ratio / (3 * _LAB_KNEE**2) + 4 / 29)


def rgb_to_hsv(rgb: Any) -> Any:
    """Hue, saturation and value (Smith 1978, "Color gamut transform pairs").

    Greys have hue 0, black has saturation 0.

    Args:
        rgb: ``(..., 3)``, RGB in [0, 1].

    Returns:
        ``(..., 3)`` in [0, 1], float32; hue in turns: red 0, green 1/3, blue 2/3.
    """
    turns, chroma, value = _turns_chroma_value(ops.cast(rgb, "float32"))
    turns = ops.where(turns < 0, turns + 1.0, turns)
    lit = value > _GREY_CHROMA
    saturation = ops.where(lit, chroma / ops.where(lit, value, 1.0), 0.0)
    return ops.stack([turns, saturation, value], axis=-1)


def hsv_cone(rgb: Any) -> Any:
    """HSV colours as points of a cone: ``(S V cos H, S V sin H, V)``.

    Black is the tip, the greys are the axis, full colours the rim. Hue is an angle here (red is near red from
    either side) and counts as much as there is colour to bear it, so the map has no jump. At greys the
    gradient is that of the cone's linear neighbour, the projection of RGB along the grey axis: a grey
    prediction of a coloured pixel is drawn towards its colour.

    Args:
        rgb: ``(..., 3)``, RGB in [0, 1].

    Returns:
        ``(..., 3)``, float32: the first two in the unit disc, the third in [0, 1].
    """
    rgb = ops.cast(rgb, "float32")
    turns, chroma, value = _turns_chroma_value(rgb)
    red, green, blue = rgb[..., 0], rgb[..., 1], rgb[..., 2]
    coloured = chroma > _GREY_CHROMA
    angle = turns * (2 * np.pi)
    across = ops.where(coloured, chroma * ops.cos(angle), red - 0.5 * (green + blue))
    along = ops.where(coloured, chroma * ops.sin(angle), np.sqrt(0.75) * (green - blue))
    return ops.stack([across, along, value], axis=-1)


def _turns_chroma_value(rgb: Any) -> tuple[Any, Any, Any]:
    """Hue in [-1/6, 5/6] turns (0 at greys), ``S V`` and ``V``; gradients are finite."""
    red, green, blue = rgb[..., 0], rgb[..., 1], rgb[..., 2]
    value = ops.max(rgb, axis=-1)
    chroma: Any = ops.subtract(value, ops.min(rgb, axis=-1))
    coloured = chroma > _GREY_CHROMA
    divisor = ops.where(coloured, chroma, 1.0)
    sixths: Any = ops.where(
        value == red,
        (green - blue) / divisor,
        ops.where(value == green, 2.0 + (blue - red) / divisor, 4.0 + (red - green) / divisor),
    )
    return ops.where(coloured, sixths / 6.0, 0.0), chroma, value


@keras.saving.register_keras_serializable(package="waifu4x")
class LabMSE(keras.losses.Loss):
    """Squared CIE 1976 colour difference, ``(L^2 + a^2 + b^2) / 100^2`` of the differences.

    So scaled, black against white is 1 and small grey errors are about what MSE on RGB in [0, 1] makes of
    them; colour weighs more: errors drawn for each channel on its own come out 5 to 7 times as large.

    Args:
        **kwargs: ``reduction``, ``name``, ``dtype`` of `keras.losses.Loss`.
    """

    def __init__(self, name: str = "lab_mse", **kwargs) -> None:
        super().__init__(name=name, **kwargs)

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """Per-pixel loss ``(N, H, W)`` of two RGB tensors ``(N, H, W, 3)`` in [0, 1]."""
        difference = (srgb_to_lab(y_pred) - srgb_to_lab(y_true)) / 100.0
        return ops.sum(ops.square(difference), axis=-1)


@keras.saving.register_keras_serializable(package="waifu4x")
class HSVMSE(keras.losses.Loss):
    """Squared distance of HSV colours as points of a cone, see `hsv_cone`.

    Black against white is 1 and small grey errors are what MSE on RGB in [0, 1] makes of them; colour weighs
    more: errors drawn for each channel on its own come out 4 to 5 times as large, red against cyan is 4.

    Args:
        **kwargs: ``reduction``, ``name``, ``dtype`` of `keras.losses.Loss`.
    """

    def __init__(self, name: str = "hsv_mse", **kwargs) -> None:
        super().__init__(name=name, **kwargs)

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """Per-pixel loss ``(N, H, W)`` of two RGB tensors ``(N, H, W, 3)`` in [0, 1]."""
        return ops.sum(ops.square(hsv_cone(y_pred) - hsv_cone(y_true)), axis=-1)
