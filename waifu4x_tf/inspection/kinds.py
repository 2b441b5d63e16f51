"""What kind of picture it is: grey, screentone, pixel art, and how it is transparent."""

from __future__ import annotations

from typing import Literal

import numpy as np

from waifu4x_tf.imaging.picture import Frame, Picture

AlphaKind = Literal["none", "opaque", "hard", "soft", "invisible"]
ColourKind = Literal["grey", "nearly grey", "colour"]

_STRIP_ROWS = 128
# Scans of black and white drawings, and JPEGs of them, stray so far from it.
_NEARLY_GREY_LEVELS = 8
# Pixel art at its own size: drawn pixel by pixel, with a palette.
_MOST_PIXEL_ART_PX = 320
_MOST_PALETTE = 64

_TILE_PX, _MOST_TILES = 32, 256
_LEAST_DEVIATION = 6.0
# Dots and hatches repeat every two to nine pixels.
_LEAST_PERIOD_PX, _MOST_PERIOD_PX = 2, 9
_LEAST_REPEATING, _LEAST_TILE_SHARE = 1.0, 0.05


def alpha_kind(picture: Picture) -> AlphaKind:
    """How a picture is transparent: hard has only both ends, soft also what lies between.

    Example:
        >>> alpha_kind(waifu4x_tf.read("examples/face.png"))
        'none'
    """
    if not picture.has_alpha:
        return "none"
    if picture.is_opaque:
        return "opaque"
    if not any(frame.alpha is not None and frame.alpha.any() for frame in picture.frames):
        return "invisible"
    return "hard" if picture.alpha_is_binary else "soft"


def colour_kind(picture: Picture) -> ColourKind:
    """Whether the first frame has colours; nearly grey is one whose channels differ by few levels."""
    if picture.is_grey:
        return "grey"
    rgb = picture.frames[0].rgb
    most = _NEARLY_GREY_LEVELS * (257 if rgb.dtype == np.uint16 else 1)
    for top in range(0, rgb.shape[0], _STRIP_ROWS):
        strip = rgb[top : top + _STRIP_ROWS]
        if int((strip.max(axis=2) - strip.min(axis=2)).max()) > most:
            return "colour"
    return "nearly grey"


def has_small_palette(frame: Frame) -> bool:
    """Whether a frame looks like pixel art at its own size: small, with few colours, but more than two."""
    height, width = frame.rgb.shape[:2]
    if max(height, width) > _MOST_PIXEL_ART_PX:
        return False
    packed = frame.rgb.astype(np.uint64) @ np.array([2**32, 2**16, 1], np.uint64)
    if frame.alpha is not None:
        packed = packed[frame.alpha > 0]
    colours = len(np.unique(packed))
    return 2 < colours <= min(_MOST_PALETTE, height * width // 16)


def has_screentone(luma: np.ndarray) -> bool:
    """Whether a part of the picture is shaded by a fine regular pattern.

    Such a part is like itself one period and two periods further on, and unlike itself half a period further.
    A line or an edge, which is like itself all along, is not.

    Args:
        luma: float32 (H, W), 0 to 255.
    """
    rows, columns = luma.shape[0] // _TILE_PX, luma.shape[1] // _TILE_PX
    if not rows * columns:
        return False
    tiles = luma[: rows * _TILE_PX, : columns * _TILE_PX].reshape(rows, _TILE_PX, columns, _TILE_PX)
    tiles = tiles.swapaxes(1, 2).reshape(-1, _TILE_PX, _TILE_PX)
    tiles = tiles[:: -(-len(tiles) // _MOST_TILES)]
    count = len(tiles)
    tiles = tiles[tiles.std(axis=(1, 2)) > _LEAST_DEVIATION]
    if not len(tiles):
        return False
    return bool(np.count_nonzero(_repeating(tiles) > _LEAST_REPEATING) >= _LEAST_TILE_SHARE * count)


def _repeating(tiles: np.ndarray) -> np.ndarray:
    """How periodic each tile (N, 32, 32) is, -2 to 2: its correlation at a period less that at half of it."""
    line = np.hanning(_TILE_PX + 2)[1:-1]
    weights = np.outer(line, line)
    # Without the low frequencies, which are the drawing's own shades.
    spectra = np.fft.rfft2((tiles - tiles.mean(axis=(1, 2), keepdims=True)) * weights)
    vertical = np.minimum(np.arange(_TILE_PX), _TILE_PX - np.arange(_TILE_PX))
    spectra[:, np.hypot(vertical[:, None], np.arange(_TILE_PX // 2 + 1)) < 3] = 0
    correlation = _correlation(np.fft.irfft2(spectra, (_TILE_PX, _TILE_PX)))
    correlation /= np.maximum(correlation[:, :1, :1], 1e-6)
    expected = _correlation(weights[None])
    expected /= expected[:, :1, :1]
    # Half pixels: rows down and up, columns to the right, and of straight up and down only one.
    down, right = np.mgrid[-2 * _MOST_PERIOD_PX : 2 * _MOST_PERIOD_PX + 1, 0 : 2 * _MOST_PERIOD_PX + 1]
    length = np.hypot(down, right) / 2
    wanted = (length >= _LEAST_PERIOD_PX) & (length <= _MOST_PERIOD_PX) & ((right > 0) | (down > 0))
    down, right = down[wanted], right[wanted]

    def at(periods: float) -> np.ndarray:
        place = np.rint(down * periods).astype(int), np.rint(right * periods).astype(int)
        return correlation[:, *place] / expected[:, *place]

    alike = np.minimum(at(1), at(2))
    return (alike - np.maximum(at(0.5), at(1.5))).max(axis=1)


def _correlation(tiles: np.ndarray) -> np.ndarray:
    """The correlation of each tile with itself at every shift, in half pixels, both axes modulo 64 pixels."""
    size = 2 * _TILE_PX
    power = np.square(np.abs(np.fft.rfft2(tiles, (size, size))))
    doubled = np.zeros((len(tiles), 2 * size, size + 1))
    doubled[:, :_TILE_PX, : _TILE_PX + 1] = power[:, :_TILE_PX]
    doubled[:, -_TILE_PX:, : _TILE_PX + 1] = power[:, -_TILE_PX:]
    return np.fft.irfft2(doubled, (2 * size, 2 * size))
