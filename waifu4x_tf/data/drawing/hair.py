"""Hair: tapered locks and strands that flow from the whorl, with shadows and highlight bands."""

import numpy as np

from waifu4x_tf.data.drawing.characters import Sketch
from waifu4x_tf.data.drawing.rasterizer import directions, ribbon, spline, taper


class Flow:
    """The course of hair over the skull: u from -1 (left) to 1 (right), v from 0 (whorl) to 1 (hairline)."""

    def __init__(self, sketch: Sketch) -> None:
        turn = np.sin(sketch.look.turn)
        self.whorl = np.array([0.25 * turn + sketch.rng.uniform(-0.12, 0.12), -1.2])
        self.shift = 0.42 * turn

    def __call__(self, u: np.ndarray | float, v: np.ndarray | float) -> np.ndarray:
        """Maps flow coordinates to head units; float64 (..., 2)."""
        u, v = np.broadcast_arrays(np.asarray(u, np.float64), np.asarray(v, np.float64))
        lean = self.shift * (1 - u**2)
        end = np.stack([1.04 * u + lean, 0.1 + 0.3 * u**2], axis=-1)
        bend = np.stack([1.15 * u + 0.6 * lean, -1.22 + 0.42 * (1 - u**2)], axis=-1)
        t = v[..., None]
        return (1 - t) ** 2 * self.whorl + 2 * t * (1 - t) * bend + t**2 * end

    def strand(
        self, u_start: float, u_end: float, v_start: float, v_end: float, count: int = 18
    ) -> np.ndarray:
        """Returns a path along the flow that drifts from one u to another."""
        t = np.linspace(0, 1, count)
        return self(u_start + (u_end - u_start) * t**1.5, v_start + (v_end - v_start) * t)


def lock(
    sketch: Sketch,
    points: list[tuple[float, float]],
    width: float,
    *,
    root: float = 0.55,
    strands: int = 3,
    outlined: bool = True,
) -> None:
    """Draws one free lock along a spline: belly, shadow side, strands, outline."""
    look, canvas, place = sketch.look, sketch.canvas, sketch.place
    path = place(spline(points))
    t = np.linspace(0, 1, len(path))
    profile = (root + (1 - root) * np.sin(np.pi * t**0.75)) * np.clip((1 - t) / 0.5, 0, 1) ** 0.8
    widths = width * place.unit * profile
    contour = ribbon(path, widths)
    mask = canvas.mask(contour)
    canvas.fill(contour, look.hair)
    _, normal = directions(path)
    away = normal * np.where(normal[:, :1] * look.light > 0, -1, 1)
    dark = path + away * (widths * 0.3)[:, None]
    canvas.fill(ribbon(dark, widths * 0.45), look.hair_shade, clip=mask)
    lines = []
    for _ in range(strands):
        offset = sketch.rng.uniform(-0.36, 0.36)
        begin, stop = sorted(sketch.rng.uniform(0.05, 0.95, 2))
        part = slice(int(begin * len(path)), max(int(stop * len(path)), int(begin * len(path)) + 6))
        lines.append((path + normal * (offset * widths)[:, None])[part])
    lines = [line for line in lines if len(line) > 3]
    if lines:
        canvas.stroke(lines, sketch.ink_px * 0.7, look.strand, ends=(0.5, 0.5), tip=0.1, clip=mask)
    if outlined:
        edges = [path + normal * (widths / 2)[:, None], path - normal * (widths / 2)[:, None]]
        canvas.stroke(edges, sketch.ink_px, look.hair_line, ends=(0.1, 0.15), tip=0.45)


def _spikes(sketch: Sketch) -> None:
    """Draws tufts that stand out round the head of short hair."""
    look, rng, place = sketch.look, sketch.rng, sketch.place
    angles = np.linspace(-3.4, 0.26, 10) + rng.uniform(-0.08, 0.08, 10)
    for angle in angles[np.argsort(-np.abs(angles + np.pi / 2))]:
        out = np.array([np.cos(angle), np.sin(angle)])
        along = np.array([-out[1], out[0]]) * np.sign(out[0] + 0.01)
        root, reach = out * (0.86, 0.98), rng.uniform(1.3, 1.58)
        tip = out * reach + along * 0.3
        base = along * 0.4
        left = spline([root - base, root * 1.18 - base * 0.55, tip], per_span=8)
        right = spline([tip, root * 1.12 + base * 0.95, root + base], per_span=8)
        contour = np.concatenate([left, right])
        sketch.fill(contour, look.hair)
        middle = spline([root, root * 1.15 + base * 0.3, tip], per_span=8)
        sketch.fill(np.concatenate([middle, right]), look.hair_shade, clip=sketch.canvas.mask(place(contour)))
        sketch.ink([left, right], 1.0, paint=look.hair_line, ends=(0.1, 0.1), tip=0.45)


def draw_back(sketch: Sketch) -> None:
    """Draws what hangs behind the head and neck."""
    look, rng = sketch.look, sketch.rng
    kind = look.back
    if kind == "spiky":
        _spikes(sketch)
    if kind in ("twintails", "ponytail"):
        sides = (-1, 1) if kind == "twintails" else (-look.light,)
        for side in sides:
            for step, reach in enumerate((1.0, 0.8, 0.62)):
                sway = rng.uniform(-0.08, 0.08)
                out = side * (1.0 + 0.55 * reach)
                lock(sketch, [(side * 0.85, -0.55), (out, -0.5 + 0.2 * step), (out + side * 0.18, 0.5),
                              (out + side * (0.05 + sway), 1.3), (out - side * 0.15, 2.0 - 0.25 * step)],
                     0.62 - 0.1 * step, strands=6)  # fmt: skip
    if kind in ("short", "spiky", "twintails", "ponytail"):
        _mass(sketch, 0.85, 1.06, teeth=7, depth=0.16)
    elif kind == "bob":
        _mass(sketch, 1.12, 1.26, teeth=5, depth=0.13, curl=0.3)
    else:
        _mass(sketch, 2.6, 1.36 if kind == "long" else 1.5, teeth=9, depth=0.28, wavy=kind == "wavy")


def _mass(
    sketch: Sketch,
    bottom: float,
    spread: float,
    *,
    teeth: int,
    depth: float,
    wavy: bool = False,
    curl: float = 0.1,
) -> None:
    look, rng = sketch.look, sketch.rng
    rise = np.linspace(0, 1, 8)
    sway = 0.07 * np.sin(rise * 9) * rise if wavy else np.zeros(8)
    edge_x = 0.98 + (spread - 0.98) * np.sin(np.pi / 2 * rise) ** 0.8 + sway - curl * rise**4
    edge_y = -0.4 + (bottom + 0.4) * rise
    right = np.stack([edge_x, edge_y], axis=1)
    left = (right * (-1, 1))[::-1]
    sides = spline([(0.4, -0.9), (0.8, -0.62), *right])
    other = spline([*left, (-0.8, -0.62), (-0.4, -0.9)])
    tips = _teeth(rng, sides[-1], other[0], teeth, depth)
    contour = np.concatenate([sides, tips, other])
    sketch.fill(contour, look.hair)
    mask = sketch.canvas.mask(sketch.place(contour))
    inner = 0.84
    dark = spline([(-inner, -0.2), (inner, -0.2), (inner * 1.05, 0.6), (inner * 0.92, min(bottom, 1.5) - 0.1),
                   (0.3, bottom + 0.4), (-0.3, bottom + 0.4), (-inner * 0.92, min(bottom, 1.5) - 0.1),
                   (-inner * 1.05, 0.6)], closed=True)  # fmt: skip
    sketch.fill(dark, look.hair_shade, clip=mask)
    strands = []
    for _ in range(int(10 + 14 * bottom)):
        side, depth_in = rng.choice((-1, 1)), rng.uniform(0.03, 0.5)
        begin, stop = sorted(rng.integers(0, 8, 2))
        if stop - begin >= 3:
            edge = right[begin : stop + 1] * (side, 1) - (
                side * depth_in * np.linspace(1, 0.8, stop - begin + 1)[:, None]
            )[:, :1] * (1, 0)
            strands.append(spline(edge, per_span=6))
    if strands:
        sketch.ink(strands, 0.7, paint=look.strand, ends=(0.5, 0.5), tip=0.1, clip=mask)
    sketch.ink([sides, other], 1.1, paint=look.hair_line, ends=(0.08, 0.05), tip=0.5)
    sketch.ink(
        np.concatenate([sides[-1:], tips, other[:1]]), 1.0, paint=look.hair_line, ends=(0.0, 0.0), tip=1
    )


def _teeth(
    rng: np.random.Generator, start: np.ndarray, end: np.ndarray, count: int, depth: float
) -> np.ndarray:
    """Runs from start to end in pointed, curved ends of hair that hang down by about `depth`."""
    xs = np.linspace(start[0], end[0], count + 1)
    xs[1:-1] += rng.uniform(-0.25, 0.25, count - 1) * (end[0] - start[0]) / count
    t = np.linspace(0, 1, 8)[:, None]
    edges = []
    for i in range(count):
        valley, following = np.array([xs[i], start[1]]), np.array([xs[i + 1], start[1]])
        lean = 0.5 - 0.35 * np.sign(xs[i] + xs[i + 1])
        tip = valley + (following - valley) * lean + (0, depth * rng.uniform(0.5, 1.1))
        powers = (1.6, 0.8)
        edges += [valley + (tip - valley) * t**powers, (following + (tip - following) * t**powers)[::-1]]
    return np.concatenate(edges)


def draw_front(sketch: Sketch, face_mask: np.ndarray) -> np.ndarray:
    """Draws cap, fringe and side locks, and the shadow that they throw on the face; returns its mask."""
    look, rng, canvas, place = sketch.look, sketch.rng, sketch.canvas, sketch.place
    flow = Flow(sketch)
    edges, valleys = _fringe(sketch, flow)
    fringe = np.concatenate(edges)
    dome = np.concatenate([flow(1.0, np.linspace(1, 0, 24)), flow(-1.0, np.linspace(0, 1, 24))])
    contour = np.concatenate([fringe, dome])
    mask = canvas.mask(place(contour))
    cast = np.add(contour, (-0.05 * look.light, 0.1))
    canvas.fill(place(cast), look.skin_shade, clip=face_mask)
    _side_locks(sketch)
    canvas.fill(place(contour), look.hair)
    _shadows(sketch, flow, edges, mask)
    _highlight(sketch, flow, mask)
    fine = []
    for _ in range(26):
        u = rng.uniform(-0.95, 0.95)
        v = rng.uniform(0.08, 0.6)
        fine.append(flow.strand(u, u + rng.uniform(-0.05, 0.05), v, min(v + rng.uniform(0.15, 0.4), 0.95)))
    sketch.ink(fine, 0.55, paint=look.strand, ends=(0.5, 0.5), tip=0.05, clip=mask, opacity=0.7)
    partings = [flow.strand(u, u * 0.8, v + 0.01, max(v - rng.uniform(0.25, 0.6), 0.04)) for u, v in valleys]
    sketch.ink(partings, 1.0, paint=look.hair_line, ends=(0.02, 0.9), tip=0.05)
    sketch.ink(edges, 1.05, paint=look.hair_line, ends=(0.15, 0.1), tip=0.45)
    if look.back != "spiky":
        sketch.ink(dome, 1.2, paint=look.hair_line, ends=(0.1, 0.1), tip=0.6)
    return mask


def _fringe(sketch: Sketch, flow: Flow) -> tuple[list[np.ndarray], list[tuple[float, float]]]:
    """Returns the lower edge of the fringe, left to right, and its valleys in flow coordinates."""
    rng, kind = sketch.rng, sketch.look.bangs
    count = {"tips": 6, "swept": 5, "hime": 9, "parted": 6, "spiky": 7}[kind]
    deep = {"tips": 0.24, "swept": 0.3, "hime": 0.07, "parted": 0.22, "spiky": 0.34}[kind]
    lean = {"tips": 0.05, "swept": 0.16, "hime": 0.0, "parted": 0.0, "spiky": 0.08}[kind] * -sketch.look.light
    borders = np.linspace(-1, 1, count + 1)
    borders[1:-1] += rng.uniform(-0.2, 0.2, count - 1) / count
    valley_v = 1.0 - deep * rng.uniform(0.75, 1.1, count + 1)
    tip_v = 1.0 + rng.uniform(-0.03, 0.05, count)
    # The outermost locks are longer and frame the face.
    tip_v[[0, -1]] += 0.16
    if kind == "parted":
        # The forehead shows between two wings.
        height = 0.36 * np.exp(-((borders / 0.35) ** 2))
        valley_v -= height
        tip_v -= 0.3 * np.exp(-(((borders[1:] + borders[:-1]) / 2 / 0.3) ** 2))
    valley_v[[0, -1]] = 1.0
    edges = []
    t = np.linspace(0, 1, 10)
    for i in range(count):
        # A lock at the rim hangs straight; the others curve in to their tips.
        late = 1.05 if i in (0, count - 1) else 1.45
        middle = (borders[i] + borders[i + 1]) / 2
        tip = middle + lean + (0.12 * np.sign(middle) if kind == "parted" else 0.0)
        if i in (0, count - 1):
            tip = 0.9 * np.sign(middle)
        down = flow(
            borders[i] + (tip - borders[i]) * t**late, valley_v[i] + (tip_v[i] - valley_v[i]) * t**0.9
        )
        following = borders[i + 1] + (tip - borders[i + 1]) * t**late
        up = flow(following, valley_v[i + 1] + (tip_v[i] - valley_v[i + 1]) * t**0.9)
        edges += [down, up[::-1]]
    return edges, list(zip(borders[1:-1].tolist(), valley_v[1:-1].tolist(), strict=True))


def _shadows(sketch: Sketch, flow: Flow, edges: list[np.ndarray], mask: np.ndarray) -> None:
    look, canvas, place = sketch.look, sketch.canvas, sketch.place
    shadows = []
    for left, right in zip(edges[::2], edges[1::2], strict=True):
        dark, lit = (right, left[::-1]) if look.light < 0 else (left[::-1], right)
        inner = dark + (lit - dark) * np.linspace(0.1, 0.55, len(dark))[:, None] + (0, -0.1)
        shadows.append(np.concatenate([dark, inner[::-1]]))
    for contour in shadows:
        canvas.fill(place(contour), look.hair_shade, clip=mask)
    side = -look.light
    t = np.linspace(0, 1, 20)
    rim = np.concatenate([flow(side * 1.0, t), flow(side * (1 - 0.3 * np.sin(np.pi * t)), t)[::-1]])
    canvas.fill(place(rim), look.hair_shade, clip=mask)


def _highlight(sketch: Sketch, flow: Flow, mask: np.ndarray) -> None:
    """Paints the bright ring round the crown, torn into spikes along the flow."""
    look, rng = sketch.look, sketch.rng
    unit = sketch.place.unit
    gaps = rng.uniform(-0.7, 0.7, 3)
    wedges = []
    for u in np.arange(-0.84, 0.85, 0.026):
        if np.abs(gaps - u).min() < 0.022:
            continue
        size = np.exp(-(((u - 0.3 * look.light) / 0.75) ** 2)) * np.sqrt(max(1 - (u / 0.9) ** 2, 0))
        up, down = rng.uniform(0.02, 0.085) * size, rng.uniform(0.03, 0.14) * size
        path = sketch.place(flow(u, np.linspace(0.46 - up, 0.5 + down, 9)))
        wedges.append(ribbon(path, 0.066 * unit * min(1.0, 0.25 + size) * taper(9, 0.5, 0.6)))
    sketch.canvas.fill(wedges, look.hair_light, clip=mask)


def _side_locks(sketch: Sketch) -> None:
    look, rng = sketch.look, sketch.rng
    length = {"short": 0.75, "spiky": 0.6, "bob": 1.0}.get(look.back, float(rng.uniform(1.15, 1.7)))
    for side in (-1, 1):
        near = 1 + 0.04 * side * np.sign(look.turn)
        curl = rng.uniform(-0.06, 0.1)
        x = side * near
        lock(sketch, [(x * 1.0, -0.2), (x * 1.03, 0.3), (x * 1.0, 0.4 + 0.35 * length),
             (x * (0.9 + curl), length + 0.1)], 0.2, root=0.5, strands=2)  # fmt: skip
        lock(sketch, [(x * 0.93, -0.42), (x * 0.97, 0.1), (x * 0.9, 0.5),
             (x * (0.84 - curl), 0.62 + 0.25 * length)], 0.22, root=0.3, strands=3)  # fmt: skip


def draw_flow(sketch: Sketch, guides: list[np.ndarray]) -> None:
    """Fills a stream of hair between guide curves (N, 2), in head units: locks, then fine strands."""
    look, rng = sketch.look, sketch.rng
    stream = np.concatenate([guides[0], guides[-1][::-1]])
    sketch.fill(stream, look.hair_shade)

    def between(share: float) -> np.ndarray:
        low = min(int(share), len(guides) - 2)
        return guides[low] + (guides[low + 1] - guides[low]) * (share - low)

    for share in rng.permutation(np.linspace(0, len(guides) - 1, 20)):
        path = between(float(share))
        begin = int(rng.uniform(0, 0.35) * len(path))
        part = path[begin : begin + int(rng.uniform(0.55, 1.0) * len(path))]
        knots = part[np.linspace(0, len(part) - 1, 6).astype(int)]
        lock(
            sketch,
            [(float(x), float(y)) for x, y in knots],
            float(rng.uniform(0.08, 0.18)),
            root=float(rng.uniform(0.0, 0.25)),
            strands=4,
        )
    for _ in range(50):
        path = between(float(rng.uniform(0, len(guides) - 1)))
        begin = int(rng.uniform(0, 0.7) * len(path))
        part = path[begin : begin + int(rng.uniform(0.15, 0.5) * len(path)) + 6] + rng.normal(0, 0.004, 2)
        paint = (look.hair_light, look.strand, look.hair_line)[rng.choice(3, p=(0.4, 0.35, 0.25))]
        sketch.ink(part, float(rng.choice((0.6, 1.0, 2.2))), paint=paint, ends=(0.5, 0.5), tip=0.0)
