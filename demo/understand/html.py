"""What the Understand tab shows: small pictures and tables as HTML, lossless and readable aloud."""

import base64
import html
import io
from collections.abc import Iterable

import gradio as gr
import numpy as np
from PIL import Image

from waifu4x_tf.method.features import signed_colours

STYLE = """<style>
.w4x-style { display: none !important; }
.w4x-chapter button span { text-align: left; }
.w4x-chapter > button span { font-weight: 600; }
.w4x-figures { display: grid; gap: 12px; margin: 4px 0;
  grid-template-columns: repeat(auto-fill, minmax(min(100%, max(var(--least),
    (100% - (var(--columns) - 1) * 12px) / var(--columns))), 1fr)); }
.w4x-figures figure { margin: 0; }
.w4x-figures img { display: block; width: 100%; max-width: var(--most); height: auto;
  image-rendering: pixelated; border-radius: 4px; background: #fff;
  box-shadow: 0 0 0 1px var(--border-color-primary); }
.w4x-figures figcaption, .w4x-told { color: var(--body-text-color); font-size: var(--text-sm);
  line-height: 1.4; margin: 4px 0; overflow-wrap: anywhere; }
.w4x-told code { font-family: var(--font-mono); }
.w4x-scroll { overflow-x: auto; contain: inline-size; }
.w4x-grids { display: flex; flex-wrap: wrap; gap: 12px 20px; }
.w4x-numbers, .w4x-measures { border-collapse: collapse; font-variant-numeric: tabular-nums; }
.w4x-numbers caption { caption-side: top; text-align: left; padding-bottom: 4px; white-space: nowrap;
  font-size: var(--text-sm); color: var(--body-text-color); }
.w4x-numbers td { width: 41px; min-width: 41px; height: 34px; padding: 0; text-align: center;
  border: 1px solid var(--border-color-primary); font: 13px var(--font-mono); }
.w4x-numbers b { background: #fff; color: #b91c1c; border-radius: 4px; padding: 1px 3px; }
.w4x-measures { width: 100%; font-size: var(--text-sm); color: var(--body-text-color); }
.w4x-measures th, .w4x-measures td { border-bottom: 1px solid var(--border-color-primary);
  padding: 6px 10px; text-align: right; white-space: nowrap; height: 3.2em; }
.w4x-measures th { font-weight: 600; }
.w4x-measures th:first-child { text-align: left; }
.w4x-measures thead th { height: auto; border-bottom-width: 2px; }
.w4x-measures small { display: block; font-size: 11px; font-weight: 600; }
.w4x-measures .w4x-best { background: #dcfce7; color: #14532d; }
.w4x-measures .w4x-worst { background: #fee2e2; color: #7f1d1d; }
.w4x-unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%);
  white-space: nowrap; }
/* What is kept free, so that nothing below jumps when an answer comes. */
#understand-grid { min-height: 200px; }
#understand-part { min-height: 230px; }
#understand-kernel { min-height: 290px; }
#understand-filtered { min-height: 380px; }
#understand-seen { min-height: 165px; }
#understand-maps { min-height: 500px; }
#understand-damages { min-height: 640px; }
#understand-measures { min-height: 430px; }
@media (max-width: 767px) {
  #understand-grid { min-height: 560px; }
  #understand-kernel { min-height: 150px; }
  #understand-filtered { min-height: 690px; }
  #understand-maps { min-height: 740px; }
  #understand-damages { min-height: 750px; }
}
</style>"""


def html_block(elem_id: str) -> gr.HTML:
    """Where this module's HTML is shown."""
    return gr.HTML(elem_id=elem_id, apply_default_css=False)


def figure(pixels: np.ndarray, caption: str, alt: str | None = None) -> str:
    """One picture with a line below.

    Args:
        pixels: uint8 ``(H, W)`` or ``(H, W, 3)``, small: it becomes part of the page, as PNG.
        caption: Plain text.
        alt: What is read aloud in place of the picture; default: the caption.
    """
    content = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(pixels)).save(content, "PNG")
    height, width = pixels.shape[:2]
    address = "data:image/png;base64," + base64.b64encode(content.getvalue()).decode("ascii")
    told = html.escape(caption if alt is None else alt)
    return (
        f'<figure><img src="{address}" width="{width}" height="{height}" alt="{told}">'
        f"<figcaption>{html.escape(caption)}</figcaption></figure>"
    )


def figures(items: Iterable[str], *, least_px: int, columns: int, most_px: int) -> str:
    """Pictures in a grid.

    Args:
        items: Of `figure`.
        least_px: No column is narrower on the screen; where it is narrow there are fewer of them.
        columns: How many there are at most.
        most_px: No picture is shown wider.
    """
    style = f"--least:{least_px}px;--columns:{columns};--most:{most_px}px"
    return f'<div class="w4x-figures" style="{style}">{"".join(items)}</div>'


def shaded_table(caption: str, grid: np.ndarray, beyond: np.ndarray, told_beyond: str) -> str:
    """Numbers from 0 to 255, each on its own grey.

    Args:
        caption: Of the table.
        grid: float ``(H, W)``.
        beyond: bool ``(H, W)``: which numbers are red.
        told_beyond: What is read aloud after a red one.
    """

    def cell(value: float, red: bool) -> str:
        level = round(min(max(value, 0), 255))
        text = str(round(value))
        if red:
            text = f'<b>{text}<span class="w4x-unseen"> ({html.escape(told_beyond)})</span></b>'
        ink = "#000" if level > 127 else "#fff"
        return f'<td style="background:rgb({level},{level},{level});color:{ink}">{text}</td>'

    return _numbers(caption, [map(cell, *row) for row in zip(grid.tolist(), beyond, strict=True)])


def kernel_table(caption: str, kernel: np.ndarray) -> str:
    """A filter's weights, each on the colour of its sign and size."""
    colours = signed_colours(kernel, 1.5 * float(np.abs(kernel).max()))

    def cell(weight: float, colour: np.ndarray) -> str:
        text = f"{weight:.0f}" if weight == round(weight) else f"{weight:.3f}".replace("0.", ".", 1)
        return f'<td style="background:rgb({",".join(map(str, colour))});color:#000">{text}</td>'

    return _numbers(caption, [map(cell, *row) for row in zip(kernel.tolist(), colours, strict=True)])


def status(sentence: str) -> str:
    """A line that is read aloud when it changes; it may hold HTML."""
    return f'<p class="w4x-told" role="status">{sentence}</p>'


def _numbers(caption: str, rows: Iterable[Iterable[str]]) -> str:
    told = f"<caption>{html.escape(caption)}</caption>"
    body = "".join(f"<tr>{''.join(row)}</tr>" for row in rows)
    return f'<table class="w4x-numbers">{told}<tbody>{body}</tbody></table>'
