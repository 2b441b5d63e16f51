"""The crop picker: a picture under a frame that is moved and resized by pointer, touch and arrow keys.

Its value is the text "x,y,width,height" in the picture's own pixels, however large the picture is shown.
"""

import html
from pathlib import Path
from typing import Any

import gradio as gr
from gradio.data_classes import FileData
from gradio.i18n import I18nData

# All that is shown follows from the value and the properties; the script below only changes the value. Gradio
# evaluates both as template strings, so no text of a visitor may stand in them unescaped.
_HTML = """
${image.url ? (() => {
  const [x, y, w, h] = String(value).split(",").map(Number);
  const part = (length, whole) => (100 * length / whole).toFixed(4) + "%";
  const place = "left:" + part(x, picture_width) + ";top:" + part(y, picture_height)
    + ";width:" + part(w, picture_width) + ";height:" + part(h, picture_height);
  return `
    <div class="stage" style="aspect-ratio:${picture_width}/${picture_height};
        --shape:${picture_width / picture_height}">
      <img src="${image.url}" alt="${about}" draggable="false"
        class="${Math.max(picture_width, picture_height) < 300 ? "blocks" : ""}">
      <div class="shade"><div style="${place}"></div></div>
      <div class="frame" style="${place}" tabindex="0" role="application"
          aria-label="${label}: ${w} &times; ${h}, x ${x}, y ${y}" aria-describedby="crop-hint">
        <i data-corner="nw"></i><i data-corner="ne"></i><i data-corner="sw"></i><i data-corner="se"></i>
      </div>
    </div>
    <p class="where" aria-live="polite">${w} &times; ${h} px · x ${x}, y ${y}</p>
    <p class="hint" id="crop-hint">${hint}</p>`;
})() : `<div class="empty">${label}</div>`}
"""

_CSS = """
  user-select: none; -webkit-user-select: none;
  .empty { display: flex; align-items: center; justify-content: center; aspect-ratio: 5 / 6; width: 100%;
    max-height: 420px; padding: 0 24px; box-sizing: border-box; text-align: center;
    color: var(--body-text-color-subdued); border: 2px dashed var(--border-color-primary);
    border-radius: var(--radius-lg); }
  .stage { position: relative; width: min(100% - 24px, 420px * var(--shape)); margin: 12px auto; }
  .stage img { display: block; width: 100%; height: 100%; margin: 0; border-radius: 0; cursor: crosshair; }
  .stage img.blocks { image-rendering: pixelated; }
  .shade { position: absolute; inset: 0; overflow: hidden; pointer-events: none; }
  .shade div { position: absolute; box-shadow: 0 0 0 9999px rgb(0 0 0 / 50%); }
  .frame { position: absolute; box-sizing: border-box; border: 2px solid white; cursor: move;
    outline: 1px solid black; touch-action: none; }
  .frame:focus-visible { outline: 3px solid var(--color-accent); }
  .frame i { position: absolute; width: 14px; height: 14px; background: white; border: 1px solid black;
    border-radius: 50%; touch-action: none; }
  /* Fingers get more room, but only outwards: of a small frame something must be left to move it by. */
  .frame i::after { content: ""; position: absolute; inset: 0; }
  .frame i[data-corner^=n] { top: -13px; }
  .frame i[data-corner^=s] { bottom: -13px; }
  .frame i[data-corner$=w] { left: -13px; }
  .frame i[data-corner$=e] { right: -13px; }
  .frame i[data-corner^=n]::after { top: -14px; }
  .frame i[data-corner^=s]::after { bottom: -14px; }
  .frame i[data-corner$=w]::after { left: -14px; }
  .frame i[data-corner$=e]::after { right: -14px; }
  .frame i[data-corner=nw], .frame i[data-corner=se] { cursor: nwse-resize; }
  .frame i[data-corner=ne], .frame i[data-corner=sw] { cursor: nesw-resize; }
  .where, .hint { margin: 4px 0 0; text-align: center; font-size: var(--text-sm); }
  .where { font-variant-numeric: tabular-nums; }
  .hint { color: var(--body-text-color-subdued); }
"""

# No property's name stands in quotes here: Gradio would take it for an event.
_SCRIPT = """
const box = () => String(props.value).split(",").map(Number);
const whole = (length) => length - length % props.unit;
const snap = (length) => Math.round(length / props.unit) * props.unit;
const within = (number, least, most) => Math.min(Math.max(number, least), Math.max(least, most));
const put = (...numbers) => { props.value = numbers.join(","); };

function move(left, top) {
  const [, , w, h] = box();
  put(within(snap(left), 0, whole(props.picture_width) - w),
    within(snap(top), 0, whole(props.picture_height) - h), w, h);
}
// One side of the crop is drawn to a place while the opposite one stays.
function stretch(start, length, to, atStart, picture) {
  const end = start + length, room = atStart ? end : whole(picture) - start;
  const wish = snap(atStart ? end - to : to - start);
  const size = within(wish, Math.min(props.least, whole(picture)), Math.min(props.most, room));
  return [atStart ? end - size : start, size];
}
function resize([x, y, w, h], corner, toX, toY) {
  const [left, width] = stretch(x, w, toX, corner.includes("w"), props.picture_width);
  const [top, height] = stretch(y, h, toY, corner.includes("n"), props.picture_height);
  put(left, top, width, height);
}

let drag = null;
const at = (event) => {
  const stage = element.querySelector(".stage").getBoundingClientRect();
  const perPixel = props.picture_width / stage.width;
  return [(event.clientX - stage.left) * perPixel, (event.clientY - stage.top) * perPixel];
};
element.addEventListener("pointerdown", (event) => {
  const frame = event.target.closest(".frame");
  if (!frame || event.button !== 0) return;
  event.preventDefault();
  frame.focus({ preventScroll: true, focusVisible: false });
  frame.setPointerCapture(event.pointerId);
  drag = { corner: event.target.dataset.corner || "", start: box(), from: at(event) };
});
element.addEventListener("pointermove", (event) => {
  if (!drag) return;
  const [toX, toY] = at(event), [x, y, w, h] = drag.start, corner = drag.corner;
  const dx = toX - drag.from[0], dy = toY - drag.from[1];
  if (!corner) return move(x + dx, y + dy);
  const side = corner.includes("w") ? x : x + w, edge = corner.includes("n") ? y : y + h;
  resize(drag.start, corner, side + dx, edge + dy);
});
for (const end of ["pointerup", "pointercancel", "lostpointercapture"]) {
  element.addEventListener(end, () => { drag = null; });
}
element.addEventListener("click", (event) => {
  if (event.target.tagName !== "IMG") return;
  const [x, y] = at(event), [, , w, h] = box();
  move(x - w / 2, y - h / 2);
});
element.addEventListener("keydown", (event) => {
  const way = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
  if (!way || !event.target.closest(".frame")) return;
  event.preventDefault();
  const step = props.unit * (event.repeat ? 8 : 1), [x, y, w, h] = box();
  if (event.shiftKey) resize([x, y, w, h], "se", x + w + way[0] * step, y + h + way[1] * step);
  else move(x + way[0] * step, y + way[1] * step);
});
"""
_NO_PICTURE: dict[str, Any] = {
    "image": {},
    "picture_width": 0,
    "picture_height": 0,
    "unit": 1,
    "least": 0,
    "most": 0,
    "about": "",
    "hint": "",
}


def crop_picker(label: str | I18nData, elem_id: str) -> gr.HTML:
    """The component, without a picture yet; its value is then empty.

    Args:
        label: Shown in place of the picture; the frame's name for screen readers.
        elem_id: In the page.
    """
    return gr.HTML(
        "",
        label=label,
        html_template=_HTML,
        css_template=_CSS,
        js_on_load=_SCRIPT,
        apply_default_css=False,
        elem_id=elem_id,
        **_NO_PICTURE,
    )


def show_crop(
    shown: Path,
    picture_size: tuple[int, int],
    crop: tuple[int, int, int, int],
    *,
    unit: int,
    least_px: int,
    most_px: int,
    name: str,
    hint: str,
) -> dict[str, Any]:
    """What an event gives to the component to show a picture and a frame on it.

    Args:
        shown: A file with the picture, or with a smaller one of its shape.
        picture_size: (width, height) of the picture itself.
        crop: (x, y, width, height) in its pixels.
        unit: The crop is moved and resized by multiples of this.
        least_px: Shortest side of the crop; a shorter side of the picture limits it.
        most_px: Longest side of the crop.
        name: Of the picture, for screen readers.
        hint: One line of HTML below the picture.
    """
    return gr.update(
        value=",".join(map(str, crop)),
        image=FileData(path=str(shown)).model_dump(),
        picture_width=picture_size[0],
        picture_height=picture_size[1],
        unit=unit,
        least=least_px,
        most=most_px,
        about=html.escape(name),
        hint=hint,
    )


def no_crop() -> dict[str, Any]:
    """What an event gives to the component to show none again."""
    return gr.update(value="", **_NO_PICTURE)
