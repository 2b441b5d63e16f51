"""Letters: Latin lines in Pillow's built-in font, and Japanese signs written stroke by stroke.

No Japanese font can be assumed to be installed, so katakana, a few hiragana and simple kanji are kept as
strokes on a grid of ten by ten: pairs of digits (x, y), a stroke that bends begins with "~".
"""

from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from waifu4x_tf.data.drawing.rasterizer import MIN_LINE_PX, Canvas, Paint, ribbon, spline, taper

_KANA = (
    "158265 ~544629", "~814416 5459", "5052 2226 2282 ~827549", "2282 5258 1888", "1383 6169 ~623618",
    "138378 7868 ~413619", "1373 1685 4159", "~412416 3282 ~827549", "2282 8288 1888",
    "1393 3136 ~717439", "2132 1443 ~198572", "2282 ~825519 6589", "1484 8466 3138 3888", "1224 ~826429",
    "~412416 3282 ~827539 3566", "7123 1585 ~524639", "1325 4154 ~826429", "2272 1585 ~554729",
    "4149 4466", "1484 ~514729", "2373 1888", "4152 1383 ~836418 5459 6687", "~815519", "~422619 ~627489",
    "3138 3888 ~834535", "1282 ~827429", "164389", "1383 5159 ~352718 6587", "1282 ~826445 4668",
    "2263 2564 1879", "5118 1888 6689", "~815519 3477", "2272 1585 4148 4888", "1483 8365 3149",
    "2373 7368 1888", "2282 8288 2585 2888", "2272 1484 ~846429", "2126 ~716549", "~312619 6168 ~688785",
    "3138 ~386794", "2282 8288 2888 2228", "2225 2282 ~827649", "1234 ~198572",
)  # fmt: skip
_HIRAGANA = (
    "~54473928153274868869", "~3137496884", "~143273867869", "~713548 4879", "~22273947 7387",
    "~25347386", "~2272 ~263978", "~2262 ~31374988 ~6166", "~1373 ~5158697836", "~128254455779",
)  # fmt: skip
_KANJI = (
    "3139 3171 7179 3575 3979", "1484 5159 ~543719 ~547799", "5159 1585 2282 1989", "2282 2585 1888 5258",
    "~513519 ~525789", "5159 1389", "1484 ~513619 ~557889", "2128 5158 8189", "3139 3171 7179 3474 3777",
    "2282 2288 8288 5258 2585 2888", "1383 5159 1686 3133 7173", "2272 1575 5259 ~553719",
    "1353 3139 1656 7179 6289", "2171 4149 1989 2575",
)  # fmt: skip
_LATIN = (
    "Hello!", "What...?", "Let's go!", "Wait!", "No way!!", "Good\nmorning!", "It's\nbeautiful...",
    "Huh?", "Really?!", "I won't\ngive up!", "See you\ntomorrow", "Thank you", "Over here!", "The sea!",
    "Is it\nraining?", "Hehe", "Yes!", "So cold...", "Run!", "One more\ntime!", "I knew it!", "Meow?",
    "Are you\nall right?", "Don't look\nback.",
)  # fmt: skip


def _strokes(code: str) -> list[np.ndarray]:
    strokes = []
    for part in code.split():
        digits = [int(c) for c in part.lstrip("~")]
        points = np.array(digits, np.float64).reshape(-1, 2) / 10
        strokes.append(spline(points, per_span=6) if part[0] == "~" and len(points) > 2 else points)
    return strokes


def glyph(rng: np.random.Generator, kind: str) -> list[np.ndarray]:
    """Picks a sign of `kind` ("kana", "hiragana", "kanji"); strokes in a unit square."""
    if kind == "kana":
        return _strokes(_KANA[rng.integers(len(_KANA))])
    if kind == "hiragana":
        return _strokes(_HIRAGANA[rng.integers(len(_HIRAGANA))])
    first = _strokes(_KANJI[rng.integers(len(_KANJI))])
    layout = rng.integers(3)
    if layout == 0:
        return first
    second = _strokes(_KANJI[rng.integers(len(_KANJI))])
    if layout == 1:
        return [s * (0.46, 0.98) for s in first] + [s * (0.56, 0.98) + (0.44, 0) for s in second]
    return [s * (0.98, 0.5) for s in first] + [s * (0.98, 0.56) + (0, 0.44) for s in second]


def write_glyph(
    canvas: Canvas,
    strokes: Sequence[np.ndarray],
    left: float,
    top: float,
    size_px: float,
    paint: Paint,
    *,
    weight: float = 0.09,
    brush: bool = False,
    extra_px: float = 0.0,
) -> None:
    """Writes one sign; `brush` tapers each stroke, `extra_px` widens it (for a border behind it)."""
    width = max(weight * size_px, MIN_LINE_PX) + 2 * extra_px
    outlines = []
    for stroke in strokes:
        path = stroke * size_px + (left, top)
        if len(path) == 2:
            path = path[0] + (path[1] - path[0]) * np.linspace(0, 1, 8)[:, None]
        flat = 0.72 if abs(path[-1, 1] - path[0, 1]) < 0.15 * size_px else 1.0
        profile = taper(len(path), 0.15, 0.75, 0.3) * 1.25 if brush else np.full(len(path), flat)
        outlines.append(
            ribbon(path, width * profile if not extra_px else np.full(len(path), width), round_caps=True)
        )
    canvas.fill(outlines, paint)


def write_columns(
    canvas: Canvas,
    rng: np.random.Generator,
    centre: tuple[float, float],
    width_px: float,
    height_px: float,
    em_px: float,
    paint: Paint,
) -> None:
    """Writes Japanese from top to bottom, columns from right to left, centred in a box."""
    columns = max(int(width_px / (em_px * 1.15)), 1)
    rows = max(int(height_px / em_px), 1)
    weight = float(rng.choice((0.075, 0.1, 0.13)))
    x = centre[0] + columns * em_px * 1.15 / 2 - em_px * 1.08
    top = centre[1] - rows * em_px / 2
    for column in range(columns):
        length = rows if column < columns - 1 else int(rng.integers(max(rows // 2, 1), rows + 1))
        for row in range(length):
            kind = str(rng.choice(("kana", "hiragana", "kanji"), p=(0.4, 0.25, 0.35)))
            write_glyph(canvas, glyph(rng, kind), x, top + row * em_px, em_px * 0.94, paint, weight=weight)
        x -= em_px * 1.15


def phrase(rng: np.random.Generator) -> str:
    """Picks a line of speech, with its line breaks."""
    return _LATIN[rng.integers(len(_LATIN))]


def write_latin(
    canvas: Canvas,
    text: str,
    centre: tuple[float, float],
    width_px: float,
    height_px: float,
    paint: Paint,
    *,
    bold: bool = False,
) -> None:
    """Writes lines of Latin text as large as fit a box, centred."""
    probe = ImageFont.load_default(40)
    lines = text.split("\n")
    widest = max(probe.getlength(line) for line in lines)
    size = min(width_px / max(widest, 1) * 40, height_px / (1.18 * len(lines)))
    if size < 5:
        return
    font = ImageFont.load_default(size)
    sheet = Image.new("L", (canvas.width, canvas.height), 0)
    draw = ImageDraw.Draw(sheet)
    for number, line in enumerate(lines):
        y = centre[1] + (number - (len(lines) - 1) / 2) * size * 1.15
        draw.text(
            (centre[0], y), line, fill=255, font=font, anchor="mm", stroke_width=size / 48 if bold else 0
        )
    canvas.blend(np.asarray(sheet, np.float32) / 255, 0, 0, paint)
