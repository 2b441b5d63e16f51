"""Anti-aliased primitives: exact-area polygons, tapered strokes, splines, gradients and screentone.

A polygon's coverage is the exact area it takes of each pixel (signed areas summed along each row, the way
font rasterisers do it), so edges are one pixel wide at the picture's own size, with neither blur nor steps.
Coordinates are in pixels of the final picture, x to the right and y down, pixel centres at half integers.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np

Colour = tuple[int, int, int]
PaintField = Callable[[np.ndarray, np.ndarray], np.ndarray]
Paint = Colour | PaintField
Points = Sequence[Sequence[float] | np.ndarray] | np.ndarray

MIN_LINE_PX = 1.2
"""Thinner ink would fade to grey instead of reading as a line."""


def mix(first: Colour, second: Colour, share: float) -> Colour:
    """Returns `first` moved by `share` (0 to 1) of the way to `second`."""
    r, g, b = (round(a + (z - a) * share) for a, z in zip(first, second, strict=True))
    return (r, g, b)


def from_hsv(hue: float, saturation: float, value: float) -> Colour:
    """Returns the colour of a hue, one turn being 6, and a saturation and a value of 0 to 1."""
    wheel = np.clip(np.abs((hue + np.array([0, 4, 2])) % 6 - 3) - 1, 0, 1)
    r, g, b = (255 * value * (1 - saturation * (1 - wheel))).astype(int)
    return (int(r), int(g), int(b))


def spline(points: Points, *, closed: bool = False, per_span: int = 12) -> np.ndarray:
    """Runs a Catmull-Rom curve through all points; float64 (N, 2)."""
    knots = np.asarray(points, np.float64)
    if closed:
        padded = np.concatenate([knots[-1:], knots, knots[:2]])
    else:
        padded = np.concatenate([2 * knots[:1] - knots[1:2], knots, 2 * knots[-1:] - knots[-2:-1]])
    t = (np.arange(per_span) / per_span)[None, :, None]
    before, start, end, after = (padded[i : len(padded) - 3 + i, None, :] for i in range(4))
    curve = 0.5 * (
        2 * start
        + (end - before) * t
        + (2 * before - 5 * start + 4 * end - after) * t**2
        + (3 * start - before - 3 * end + after) * t**3
    )
    curve = curve.reshape(-1, 2)
    return curve if closed else np.concatenate([curve, knots[-1:]])


def ellipse(
    x: float, y: float, radius_x: float, radius_y: float | None = None, *, points: int = 40
) -> np.ndarray:
    """Returns a closed ellipse (a circle when `radius_y` is left out) as float64 (points, 2)."""
    angle = np.arange(points) * (2 * np.pi / points)
    radius_y = radius_x if radius_y is None else radius_y
    return np.stack([x + radius_x * np.cos(angle), y + radius_y * np.sin(angle)], axis=1)


def blob(at: np.ndarray, radii: np.ndarray) -> np.ndarray:
    """Returns a closed curve through points at these distances, evenly all round `at`; float64 (N, 2)."""
    angles = np.arange(len(radii)) * (2 * np.pi / len(radii))
    return at + spline(np.stack([radii * np.cos(angles), radii * np.sin(angles)], axis=1), closed=True)


def box(left: float, top: float, right: float, bottom: float) -> np.ndarray:
    """Returns an upright rectangle, wound the same way as `ellipse`."""
    return np.array([(left, top), (right, top), (right, bottom), (left, bottom)], np.float64)


@lru_cache(maxsize=256)
def taper(count: int, start: float = 0.3, end: float = 0.3, tip: float = 0.0) -> np.ndarray:
    """Gives the width profile of a pen stroke: swelling over `start`, thinning over `end` of its length."""
    t = np.linspace(0.0, 1.0, count)
    rise = np.clip(t / start, 0, 1) if start > 0 else np.ones(count)
    fall = np.clip((1 - t) / end, 0, 1) if end > 0 else np.ones(count)
    swell = np.sin(0.5 * np.pi * np.minimum(rise, fall))
    profile = tip + (1 - tip) * swell
    profile.flags.writeable = False  # the cache hands the same array to every caller
    return profile


def directions(path: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Returns the unit tangents and normals of an open path; each float64 (N, 2)."""
    tangent = np.empty_like(path)
    tangent[1:-1] = path[2:] - path[:-2]
    tangent[0], tangent[-1] = path[1] - path[0], path[-1] - path[-2]
    tangent /= np.maximum(np.hypot(tangent[:, 0], tangent[:, 1]), 1e-9)[:, None]
    return tangent, tangent[:, ::-1] * (-1.0, 1.0)


def ribbon(path: np.ndarray, width: float | np.ndarray, *, round_caps: bool = False) -> np.ndarray:
    """Widens an open path (N, 2) to a closed outline; all are wound alike, so they may share a fill."""
    tangent, normal = directions(path)
    half = (np.zeros(len(path)) + width)[:, None] / 2
    offset = normal * half
    sides = [path + offset, (path - offset)[::-1]]
    if round_caps:
        turn = np.linspace(0, np.pi, 9)[1:-1, None]
        end = path[-1] + np.cos(turn) * offset[-1] + np.sin(turn) * tangent[-1] * half[-1]
        start = path[0] - np.cos(turn) * offset[0] - np.sin(turn) * tangent[0] * half[0]
        sides = [sides[0], end, sides[1], start]
    return np.concatenate(sides)


@dataclass(frozen=True)
class Place:
    """Where a drawing in its own units stands on the canvas.

    Attributes:
        x: pixels of the drawing's origin from the left.
        y: pixels of the origin from the top.
        unit: pixels that one unit of the drawing takes.
        angle: clockwise turn in radians.
    """

    x: float
    y: float
    unit: float
    angle: float = 0.0

    def __call__(self, points: Points) -> np.ndarray:
        """Maps points of the drawing, (..., 2), to pixels."""
        points = np.asarray(points, np.float64)
        cos, sin = np.cos(self.angle), np.sin(self.angle)
        return points @ np.array([[cos, sin], [-sin, cos]]) * self.unit + (self.x, self.y)


def coverage(contours: Sequence[np.ndarray], width: int, height: int) -> tuple[np.ndarray, int, int] | None:
    """Rasterises closed contours (N, 2) by exact area, non-zero winding.

    Returns:
        (cover, top, left): float32 (h, w) in [0, 1] of the part inside the canvas, or None when nothing is.
    """
    starts = np.concatenate(contours)
    ends = np.concatenate([part for contour in contours for part in (contour[1:], contour[:1])])
    left, top = np.maximum(np.floor(starts.min(axis=0)).astype(int), 0)
    right, bottom = np.minimum(np.ceil(starts.max(axis=0)).astype(int), (width, height))
    w, h = int(right - left), int(bottom - top)
    if w <= 0 or h <= 0:
        return None
    x0, y0 = (starts - (left, top)).T
    x1, y1 = (ends - (left, top)).T
    sign = np.where(y1 > y0, 1.0, -1.0)
    x0, x1 = np.where(y1 > y0, x0, x1), np.where(y1 > y0, x1, x0)
    y0, y1 = np.minimum(y0, y1), np.maximum(y0, y1)
    keep = (y1 > y0) & (y1 > 0) & (y0 < h)
    x0, x1, y0, y1, sign = x0[keep], x1[keep], y0[keep], y1[keep], sign[keep]
    slope = (x1 - x0) / (y1 - y0)

    # One entry for each row an edge touches ...
    first = np.floor(np.maximum(y0, 0)).astype(int)
    edge, row = _runs(first, np.ceil(np.minimum(y1, h)).astype(int) - first)
    upper, lower = np.maximum(y0[edge], row), np.minimum(y1[edge], row + 1)
    xa = np.clip(x0[edge] + (upper - y0[edge]) * slope[edge], 0, w)
    xb = np.clip(x0[edge] + (lower - y0[edge]) * slope[edge], 0, w)
    near, far = np.minimum(xa, xb), np.maximum(xa, xb)
    rise = sign[edge] * (lower - upper)
    # ... and then one for each pixel it touches in that row.
    start = np.floor(near).astype(int)
    piece, cell = _runs(start, np.maximum(np.ceil(far).astype(int) - start, 1))
    near_in, far_in = np.maximum(near[piece], cell), np.minimum(far[piece], cell + 1)
    span = (far - near)[piece]
    share = np.where(span > 0, (far_in - near_in) / np.where(span > 0, span, 1), 1.0)
    area = rise[piece] * share
    inside = (near_in + far_in) / 2 - cell
    stride = w + 2
    index = row[piece] * stride + cell
    total = np.bincount(index, area * (1 - inside), h * stride)
    total += np.bincount(index + 1, area * inside, h * stride)
    cover = np.cumsum(total.reshape(h, stride), axis=1)[:, :w].astype(np.float32)
    np.abs(cover, out=cover)
    return np.minimum(cover, 1, out=cover), int(top), int(left)


def _runs(first: np.ndarray, count: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Lists first[i], first[i] + 1, ... (count[i] of them) for every i, with the i each belongs to."""
    owner = np.repeat(np.arange(len(count)), count)
    return owner, np.arange(len(owner)) - np.repeat(np.cumsum(count) - count, count) + first[owner]


@dataclass(eq=False)
class Canvas:
    """A float picture that coverage is blended onto.

    Attributes:
        width: pixels.
        height: pixels.
        ground: the paint it starts with.
        pixels: float32 (height, width, 3) in [0, 255].
        silhouette: float32 (height, width) in [0, 1], all that was drawn since `trace`; None when not traced.
    """

    width: int
    height: int
    ground: Paint = (255, 255, 255)
    pixels: np.ndarray = field(init=False)
    silhouette: np.ndarray | None = field(init=False, default=None)

    def __post_init__(self) -> None:
        self.pixels = np.zeros((self.height, self.width, 3), np.float32)
        self.pixels[:] = _sample(self.ground, 0, 0, self.height, self.width)

    @property
    def short_side(self) -> int:
        """The smaller of width and height, in pixels."""
        return min(self.width, self.height)

    def trace(self) -> np.ndarray:
        """Starts to record the silhouette; returns it, float32 (height, width), to be filled as one draws."""
        self.silhouette = np.zeros((self.height, self.width), np.float32)
        return self.silhouette

    def mask(self, *contours: np.ndarray) -> np.ndarray:
        """Returns the coverage of contours on the whole canvas, float32 (height, width), to clip with."""
        whole = np.zeros((self.height, self.width), np.float32)
        part = coverage(contours, self.width, self.height)
        if part is not None:
            cover, top, left = part
            whole[top : top + cover.shape[0], left : left + cover.shape[1]] = cover
        return whole

    def fill(
        self,
        contours: np.ndarray | Sequence[np.ndarray],
        paint: Paint,
        *,
        clip: np.ndarray | None = None,
        opacity: float = 1.0,
    ) -> None:
        """Paints the union of closed contours, inside the mask `clip` when there is one."""
        contours = [contours] if isinstance(contours, np.ndarray) else list(contours)
        part = coverage(contours, self.width, self.height) if contours else None
        if part is not None:
            self.blend(*part, paint, clip=clip, opacity=opacity)

    def blend(
        self,
        cover: np.ndarray,
        top: int,
        left: int,
        paint: Paint,
        *,
        clip: np.ndarray | None = None,
        opacity: float = 1.0,
    ) -> None:
        """Paints through a coverage (h, w) whose corner lies at (top, left), all of it inside the canvas."""
        h, w = cover.shape
        rows, columns = slice(top, top + h), slice(left, left + w)
        if clip is not None:
            cover = cover * clip[rows, columns]
        if opacity != 1.0:
            cover = cover * np.float32(opacity)
        if self.silhouette is not None:
            part = self.silhouette[rows, columns]
            np.maximum(part, cover, out=part)
        under = self.pixels[rows, columns]
        if not callable(paint) and cover.size > 4096:
            # A long line covers little of its box: touch only the pixels it reaches.
            ys, xs = np.nonzero(cover > 1 / 1024)
            if 3 * len(ys) < cover.size:
                reached = under[ys, xs]
                under[ys, xs] = reached + (np.asarray(paint, np.float32) - reached) * cover[ys, xs, None]
                return
        under += (_sample(paint, top, left, h, w) - under) * cover[..., None]

    def stroke(
        self,
        paths: np.ndarray | Sequence[np.ndarray],
        width: float,
        paint: Paint,
        *,
        ends: tuple[float, float] = (0.3, 0.3),
        tip: float = 0.0,
        clip: np.ndarray | None = None,
        opacity: float = 1.0,
    ) -> None:
        """Inks open paths; `ends` are the shares of the length over which the pen is set down and lifted."""
        paths = [paths] if isinstance(paths, np.ndarray) else paths
        width = max(width, MIN_LINE_PX)
        outlines = [ribbon(path, width * taper(len(path), *ends, tip)) for path in paths]
        self.fill(outlines, paint, clip=clip, opacity=opacity)

    def outline(
        self, contour: np.ndarray, width: float, paint: Paint, *, clip: np.ndarray | None = None
    ) -> None:
        """Inks a closed contour with an even line."""
        ring = np.concatenate([contour, contour[:2]])
        self.fill(ribbon(ring, max(width, MIN_LINE_PX)), paint, clip=clip)

    def airbrush(
        self,
        centre: Sequence[float],
        radius: tuple[float, float],
        paint: Paint,
        *,
        clip: np.ndarray | None = None,
        opacity: float = 1.0,
    ) -> None:
        """Sprays a soft oval that fades out towards its rim."""
        left, top = (max(int(c - r), 0) for c, r in zip(centre, radius, strict=True))
        right = min(int(centre[0] + radius[0]) + 1, self.width)
        bottom = min(int(centre[1] + radius[1]) + 1, self.height)
        if right <= left or bottom <= top:
            return
        xs = (np.arange(left, right, dtype=np.float32)[None, :] + 0.5 - centre[0]) / radius[0]
        ys = (np.arange(top, bottom, dtype=np.float32)[:, None] + 0.5 - centre[1]) / radius[1]
        cover = np.clip(1 - xs * xs - ys * ys, 0, 1).astype(np.float32)
        self.blend(cover, top, left, paint, clip=clip, opacity=opacity)

    def finish(self) -> np.ndarray:
        """Returns the picture rounded to uint8 (height, width, 3)."""
        return np.clip(self.pixels + 0.5, 0, 255).astype(np.uint8)


def _sample(paint: Paint, top: int, left: int, height: int, width: int) -> np.ndarray:
    if callable(paint):
        ys = np.arange(top, top + height, dtype=np.float32)[:, None] + np.float32(0.5)
        xs = np.arange(left, left + width, dtype=np.float32)[None, :] + np.float32(0.5)
        return paint(ys, xs)
    return np.asarray(paint, np.float32)
