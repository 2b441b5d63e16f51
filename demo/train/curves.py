"""A line that grows with a run, as HTML: text stays its size at any width, colours are the page's."""

import html
import math
from dataclasses import dataclass

# The drawing is stretched to the width there is, its lines are not; text stands outside of it.
CURVE_CSS = """
.curve { margin: 0; color: var(--body-text-color); font-size: var(--text-sm); }
.curve figcaption span, .curve .x span, .curve .y { color: var(--body-text-color-subdued);
  font-variant-numeric: tabular-nums; }
.curve figcaption span { display: block; }
.curve .area { position: relative; height: 150px; margin: 12px 0 0 3.4em; }
.curve svg { width: 100%; height: 100%; overflow: visible; display: block; }
.curve path { fill: none; vector-effect: non-scaling-stroke; stroke-linecap: round; stroke-linejoin: round; }
.curve .grid { stroke: var(--border-color-primary); stroke-width: 1; }
.curve .line { stroke: var(--color-accent); stroke-width: 2; }
.curve .dot { stroke: var(--color-accent); stroke-width: 6; }
.curve .reference { stroke: var(--body-text-color-subdued); stroke-width: 1.5; stroke-dasharray: 5 5; }
.curve .y { position: absolute; right: 100%; margin-right: 8px; transform: translateY(-50%);
  white-space: nowrap; }
.curve .x { display: flex; justify-content: space-between; margin: 4px 0 0 3.4em; }
"""
_WIDTH, _HEIGHT = 1000, 100
_MOST_DOTS = 60


@dataclass(frozen=True)
class Curve:
    """What is drawn.

    Attributes:
        title: What it is a curve of.
        caption: Its last value in words, or why there is none.
        points: (step, value), oldest first.
        steps: Where the axis ends; 0 when that is not known.
        unit: What the axis counts.
        reference: A value to compare with, drawn dashed.
    """

    title: str
    caption: str
    points: list[tuple[int, float]]
    steps: int
    unit: str
    reference: float | None = None

    def as_html(self) -> str:
        """The figure; without points it has the same size."""
        points = [(step, value) for step, value in self.points if math.isfinite(value)]
        values = [value for _, value in points]
        ticks = axis_ticks([*values, self.reference] if values and self.reference is not None else values)
        lines = [f'<path class="grid" d="M0,{_y(tick, ticks):.2f}H{_WIDTH}"/>' for tick in ticks]
        if values and self.reference is not None:
            lines.append(f'<path class="reference" d="M0,{_y(self.reference, ticks):.2f}H{_WIDTH}"/>')
        places = [(_WIDTH * step / max(1, self.steps), _y(value, ticks)) for step, value in points]
        if places:
            lines.append(f'<path class="line" d="M{" ".join(f"{x:.2f},{y:.2f}" for x, y in places)}"/>')
        dotted = places if len(places) <= _MOST_DOTS else places[-1:]
        for (x, y), (step, value) in zip(dotted, points[-len(dotted) :], strict=True):
            lines.append(f'<path class="dot" d="M{x:.2f},{y:.2f}h0"><title>{step}: {value:g}</title></path>')
        title, caption = html.escape(self.title), html.escape(self.caption)
        end = html.escape(f"{self.steps} {self.unit}") if self.steps else ""
        return (
            f'<figure class="curve"><figcaption><b>{title}</b><span>{caption}</span></figcaption>'
            f'<div class="area"><svg viewBox="0 0 {_WIDTH} {_HEIGHT}" preserveAspectRatio="none" role="img"'
            f' aria-label="{title}: {caption}">{"".join(lines)}</svg>{_labels(ticks, bool(values))}</div>'
            f'<div class="x" aria-hidden="true"><span>0</span><span>{end}</span></div></figure>'
        )


def axis_ticks(values: list[float]) -> list[float]:
    """Three to five round values, evenly spaced, around all of these; 0, 0.5 and 1 around none."""
    if not values:
        return [0.0, 0.5, 1.0]
    low, high = min(values), max(values)
    if high - low < 1e-9 * max(1.0, abs(high)):
        low, high = low - max(1e-6, abs(low) / 20), high + max(1e-6, abs(high) / 20)
    rough = (high - low) / 3
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(factor * power for factor in (1, 2, 2.5, 5, 10) if factor * power >= rough * (1 - 1e-9))
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return [index * step for index in range(first, max(last, first + 1) + 1)]


def _y(value: float, ticks: list[float]) -> float:
    return _HEIGHT * (ticks[-1] - value) / (ticks[-1] - ticks[0])


def _labels(ticks: list[float], known: bool) -> str:
    if not known:
        return ""
    step = ticks[1] - ticks[0]
    digits = next((count for count in range(8) if abs(round(step, count) - step) < 1e-6 * step), 8)
    spans = (f'<span class="y" style="top:{_y(tick, ticks):.1f}%">{tick:.{digits}f}</span>' for tick in ticks)
    return f'<div aria-hidden="true">{"".join(spans)}</div>'
