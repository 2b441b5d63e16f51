"""What lies around a picture: bars and cuts to reach a size, and a tile's neighbours on a wall."""

from __future__ import annotations

import numpy as np

from waifu4x_tf.imaging.picture import Frame, Picture

# Rows whose sums of 64 bits are held at once.
_STRIP_ROWS = 128


def centred(picture: Picture, size: tuple[int, int]) -> Picture:
    """A picture cut, or padded with transparency, evenly on both sides; where that is odd, more at the end.

    Args:
        picture: The picture.
        size: (width, height) of the result.

    Returns:
        A picture of that size, with alpha where anything was padded; the same one when it has it already.

    Example:
        >>> picture = waifu4x_tf.Picture.from_array(np.zeros((2, 2, 3), np.uint8))
        >>> centred(picture, (4, 4)).has_alpha
        True
    """
    if size == (picture.width, picture.height):
        return picture
    # Where the result begins in the picture; negative where it is padded. Truncated, not floored.
    left, top = int((picture.width - size[0]) / 2), int((picture.height - size[1]) / 2)
    return picture.map_frames(lambda frame: _window(frame, left, top, *size))


def _window(frame: Frame, left: int, top: int, width: int, height: int) -> Frame:
    rows = slice(max(0, top), top + height)
    columns = slice(max(0, left), left + width)
    part, alpha = frame.rgb[rows, columns], frame.alpha
    if alpha is not None:
        alpha = alpha[rows, columns]
    if part.shape[:2] == (height, width):
        return Frame(np.ascontiguousarray(part), None if alpha is None else np.ascontiguousarray(alpha))
    rgb = np.zeros((height, width, 3), part.dtype)
    opacity = np.zeros((height, width), part.dtype)
    place = (
        slice(max(0, -top), max(0, -top) + part.shape[0]),
        slice(max(0, -left), max(0, -left) + part.shape[1]),
    )
    rgb[place] = part
    opacity[place] = np.iinfo(part.dtype).max if alpha is None else alpha
    return Frame(rgb, opacity)


def surrounded(picture: Picture, across: int, down: int) -> Picture:
    """A tile with what lies around it where it is laid side by side with itself.

    Args:
        picture: The tile.
        across: Pixels added at the left and at the right, more than its width if need be.
        down: Pixels added at the top and at the bottom.

    Returns:
        A picture that is larger by twice these.
    """
    margins = ((down, down), (across, across))
    return picture.map_frames(
        lambda frame: Frame(
            np.pad(frame.rgb, (*margins, (0, 0)), mode="wrap"),
            None if frame.alpha is None else np.pad(frame.alpha, margins, mode="wrap"),
        )
    )


def bled_tile(picture: Picture, wrap: str, reach: int) -> Picture:
    """Fills the colour under transparent pixels of a tile, in the same way wherever the tile begins.

    The pyramid of `imaging.alpha.bleed` halves from the picture's corner, so a tile that is moved on would
    get other colours. Here a hidden pixel takes the mean of the visible ones, weighted by alpha, in the
    smallest of the windows of 3, 5, 9, 17, ... pixels around it that has any; beyond the reach, that of all.
    The sums are whole numbers, so their order does not matter.

    Args:
        picture: The tile.
        wrap: The directions in which it continues: "x", "y" or "xy".
        reach: How far from a visible pixel the colours matter.

    Returns:
        A picture that differs only where it is transparent.
    """
    return picture.map_frames(lambda frame: _bled_frame(frame, wrap, reach))


def _bled_frame(frame: Frame, wrap: str, reach: int) -> Frame:
    alpha = frame.alpha
    if alpha is None or alpha.all() or not alpha.any():
        return frame
    height = alpha.shape[0]
    strips = [slice(top, min(height, top + _STRIP_ROWS)) for top in range(0, height, _STRIP_ROWS)]
    sums = [_weighted(frame.rgb, alpha, rows).sum(axis=(0, 1)) for rows in strips]
    everywhere = _rounded_mean(np.sum(sums, axis=0)[None])
    rgb = frame.rgb.copy()
    for rows in strips:
        empty = alpha[rows] == 0
        if not empty.any():
            continue
        around = _around(frame.rgb, alpha, rows, wrap, 2 * reach)
        radius = 1
        while empty.any() and radius < 2 * reach:
            sums = _window_sums(around, radius, 2 * reach)
            found = empty & (sums[..., 3] > 0)
            rgb[rows][found] = _rounded_mean(sums[found])
            empty &= ~found
            radius *= 2
        rgb[rows][empty] = everywhere
    return Frame(rgb, alpha)


def _weighted(rgb: np.ndarray, alpha: np.ndarray, rows: slice | np.ndarray) -> np.ndarray:
    """int64 (N, W, 4): colours times alpha, and alpha."""
    weight = alpha[rows, :, None].astype(np.int64)
    return np.concatenate((rgb[rows] * weight, weight), axis=2)


def _around(rgb: np.ndarray, alpha: np.ndarray, rows: slice, wrap: str, margin: int) -> np.ndarray:
    """`_weighted` of some rows with a margin on every side: of the tile's neighbours, or of nothing."""
    height = rgb.shape[0]
    places = np.arange(rows.start - margin, rows.stop + margin)
    values = _weighted(rgb, alpha, places % height)
    if "y" not in wrap:
        values[(places < 0) | (places >= height)] = 0
    return np.pad(values, ((0, 0), (margin, margin), (0, 0)), mode="wrap" if "x" in wrap else "constant")


def _window_sums(values: np.ndarray, radius: int, margin: int) -> np.ndarray:
    """Sums over the windows at most a radius around each pixel within the margin."""
    inner = slice(margin - radius, radius - margin)
    values = values[inner, inner]
    for axis in (0, 1):
        # A zero in front, so that the first window is a difference as all others are.
        total = np.insert(values.cumsum(axis=axis), 0, 0, axis=axis)
        count = values.shape[axis] - 2 * radius
        ends = np.take(total, np.arange(2 * radius + 1, 2 * radius + 1 + count), axis)
        values = ends - np.take(total, np.arange(count), axis)
    return values


def _rounded_mean(sums: np.ndarray) -> np.ndarray:
    """Colours from (N, 4) sums of weighted colours and weights."""
    weight = sums[:, 3:]
    return (2 * sums[:, :3] + weight) // (2 * weight)
