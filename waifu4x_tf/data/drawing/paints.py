"""Paints that change over the picture: gradients, glows, screentone and pictures used as paint."""

from collections.abc import Sequence

import numpy as np

from waifu4x_tf.data.drawing.rasterizer import Colour, PaintField


def _ramp(t: np.ndarray, colours: Sequence[Colour], stops: Sequence[float] | None) -> np.ndarray:
    at = np.linspace(0, 1, len(colours)) if stops is None else np.asarray(stops)
    table = np.asarray(colours, np.float32)
    return np.stack([np.interp(t, at, table[:, c]) for c in range(3)], axis=-1).astype(np.float32)


def gradient(
    start: Sequence[float],
    end: Sequence[float],
    colours: Sequence[Colour],
    stops: Sequence[float] | None = None,
) -> PaintField:
    """Returns a linear gradient from pixel `start` to pixel `end`, held constant beyond both."""
    axis = np.subtract(end, start).astype(np.float32)
    length = max(float(axis @ axis), 1e-6)

    def paint(ys: np.ndarray, xs: np.ndarray) -> np.ndarray:
        t = ((xs - start[0]) * axis[0] + (ys - start[1]) * axis[1]) / length
        return _ramp(t, colours, stops)

    return paint


def glow(
    centre: Sequence[float],
    radius: float,
    colours: Sequence[Colour],
    stops: Sequence[float] | None = None,
) -> PaintField:
    """Returns a gradient that runs outwards from `centre` to `radius` pixels."""

    def paint(ys: np.ndarray, xs: np.ndarray) -> np.ndarray:
        return _ramp(np.hypot(xs - centre[0], ys - centre[1]) / max(radius, 1e-6), colours, stops)

    return paint


def screentone(
    pitch_px: float,
    level: float | tuple[float, float],
    *,
    angle: float = np.pi / 4,
    lines: bool = False,
    fade: tuple[Sequence[float], Sequence[float]] | None = None,
    ink: Colour = (0, 0, 0),
    paper: Colour = (255, 255, 255),
) -> PaintField:
    """Returns printed dots or lines.

    Args:
        pitch_px: distance between dots or lines.
        level: the share of ink, 0 to 1; a pair runs from the first to the second along `fade`.
        angle: of the grid, in radians.
        lines: lines instead of dots.
        fade: (start, end) pixels of the run between two levels.
        ink: colour of the dots.
        paper: colour between them.
    """
    cos, sin = np.float32(np.cos(angle) / pitch_px), np.float32(np.sin(angle) / pitch_px)
    low = np.asarray(paper, np.float32)
    high = np.asarray(ink, np.float32)

    def paint(ys: np.ndarray, xs: np.ndarray) -> np.ndarray:
        share: np.ndarray | float
        if isinstance(level, tuple):
            start, end = fade if fade is not None else ((0, 0), (0, 1))
            axis = np.subtract(end, start)
            t = ((xs - start[0]) * axis[0] + (ys - start[1]) * axis[1]) / max(float(axis @ axis), 1e-6)
            share = level[0] + (level[1] - level[0]) * np.clip(t, 0, 1)
        else:
            share = level
        across = ys * cos - xs * sin
        across = across - np.round(across)
        if lines:
            inside = share / 2 - np.abs(across)
        else:
            along = xs * cos + ys * sin
            along = along - np.round(along)
            # Past half ink, the picture turns round: round holes in black, centred between the dots.
            dot = np.sqrt(np.clip(share, 0, 0.5) / np.pi) - np.hypot(along, across)
            hole = np.hypot(0.5 - np.abs(along), 0.5 - np.abs(across)) - np.sqrt(
                np.clip(1 - share, 0, 1) / np.pi
            )
            inside = np.where(np.asarray(share) > 0.5, hole, dot)
        cover = np.clip(inside * pitch_px + 0.5, 0, 1)[..., None].astype(np.float32)
        return low + (high - low) * cover

    return paint


def picture(pixels: np.ndarray, left: int, top: int) -> PaintField:
    """Returns a float picture (H, W, 3) as paint, its corner at (left, top), edges repeated beyond."""

    def paint(ys: np.ndarray, xs: np.ndarray) -> np.ndarray:
        rows = np.clip(ys[:, 0].astype(int) - top, 0, pixels.shape[0] - 1)
        columns = np.clip(xs[0].astype(int) - left, 0, pixels.shape[1] - 1)
        return pixels[rows[:, None], columns[None, :]]

    return paint
