"""Equally large pictures side by side, shown pixel by pixel; zoom and place are the same in all of them."""

import html
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import gradio as gr
from gradio.data_classes import FileData
from gradio.i18n import I18nData

# To begin with a panel is magnified until its longer side has the first many pixels; its window is never
# wider than the second.
_LEAST_PX, _MOST_PX = 240, 592
_ZOOMS = (1, 2, 4, 8)

# One pixel of a panel covers a whole number of the screen's: as many as leave the panel in its window, unless
# that would make it tiny. On phones the screen's are finer than the browser's.
_HTML = """
${Array.isArray(value) && value.length ? (() => {
  const room = Math.min(most_px, innerWidth - 48), start_px = panel_width * start_zoom;
  const fitting = Math.floor(room * devicePixelRatio / start_px);
  const tiny = fitting * start_px / devicePixelRatio < least_px;
  const dots = Math.min(Math.max(1, Math.round(devicePixelRatio)), tiny ? fitting + 1 : fitting)
    / devicePixelRatio;
  const shown = (zoom) => panel_width * zoom * dots + "px";
  return `
    <div class="zooms" role="group" aria-label="${label}"><span>${label}</span>${zooms.map((each) => `
      <button type="button" data-zoom="${each}" aria-pressed="${each === zoom}">${each}&times;</button>
      `).join("")}
    </div>
    <div class="panels" style="--window:min(100%, ${shown(start_zoom)}, ${most_px}px);
        --column:min(100%, max(${least_px}px, var(--window)))">${value.map((panel) => `
      <figure>
        <figcaption><b>${panel.name}</b> <span>${panel.note}</span></figcaption>
        <div class="window" tabindex="0" role="region" aria-label="${panel.name} ${panel.note}"
            style="aspect-ratio:${panel_width}/${panel_height}">
          <img src="${panel.image.url}" alt="${panel.name}" draggable="false" width="${panel_width}"
            height="${panel_height}" style="width:${shown(zoom)}">
        </div>
      </figure>`).join("")}
    </div>`;
})() : ""}
"""

_CSS = """
  .zooms { display: flex; align-items: center; flex-wrap: wrap; gap: 6px; margin-bottom: 10px;
    font-size: var(--text-sm); }
  .zooms button { min-width: 44px; padding: 6px 8px; border-radius: var(--radius-md);
    border: 1px solid var(--border-color-primary); background: var(--button-secondary-background-fill);
    color: var(--button-secondary-text-color); cursor: pointer; }
  .zooms button[aria-pressed=true] { background: var(--button-primary-background-fill);
    color: var(--button-primary-text-color); }
  .panels { display: grid; gap: 16px; grid-template-columns: repeat(auto-fill, var(--column)); }
  figure { margin: 0; min-width: 0; }
  figcaption { min-height: 1.6em; line-height: 1.6; font-size: var(--text-md);
    font-variant-numeric: tabular-nums; }
  figcaption span { color: var(--body-text-color-subdued); white-space: nowrap; }
  .window { width: var(--window); overflow: auto; scrollbar-width: none; max-height: 90vh; cursor: grab;
    background: var(--background-fill-secondary); }
  .window:active { cursor: grabbing; }
  .window:focus-visible { outline: 3px solid var(--color-accent); }
  img { display: block; max-width: none; height: auto; margin: 0; border-radius: 0;
    image-rendering: pixelated; }
"""

_SCRIPT = """
const windows = () => Array.from(element.querySelectorAll(".window"));
const followed = new WeakMap();
const follow = (leader) => {
  followed.delete(leader);
  for (const one of windows()) {
    if (one === leader) continue;
    one.scrollTo(leader.scrollLeft, leader.scrollTop);
    followed.set(one, one.scrollLeft + " " + one.scrollTop);
  }
};
element.addEventListener("scroll", ({ target }) => {
  // News of a window that only followed comes late: the leader may have moved on, and is not called back.
  if (followed.get(target) !== target.scrollLeft + " " + target.scrollTop) follow(target);
}, true);

element.addEventListener("click", (event) => {
  const button = event.target.closest("[data-zoom]"), first = windows()[0];
  if (!button || !first) return;
  const times = Number(button.dataset.zoom) / props.zoom;
  const middle = [first.scrollLeft + first.clientWidth / 2, first.scrollTop + first.clientHeight / 2];
  props.zoom = Number(button.dataset.zoom);
  requestAnimationFrame(() => {
    first.scrollLeft = middle[0] * times - first.clientWidth / 2;
    first.scrollTop = middle[1] * times - first.clientHeight / 2;
    follow(first);
  });
});

let drag = null;
element.addEventListener("pointerdown", (event) => {
  const pane = event.target.closest(".window");
  if (!pane || event.pointerType !== "mouse" || event.button !== 0) return;
  drag = { pane, x: event.clientX + pane.scrollLeft, y: event.clientY + pane.scrollTop };
  pane.setPointerCapture(event.pointerId);
});
element.addEventListener("pointermove", (event) => {
  if (drag) drag.pane.scrollTo(drag.x - event.clientX, drag.y - event.clientY);
});
for (const end of ["pointerup", "pointercancel"]) element.addEventListener(end, () => { drag = null; });
"""


class Panel(NamedTuple):
    """One picture: a file, its name and what else is said of it."""

    image: Path
    name: str
    note: str = ""


def panel_grid(label: str | I18nData, elem_id: str) -> gr.HTML:
    """The component, empty at first.

    Args:
        label: Stands before the choice of magnification.
        elem_id: In the page.
    """
    return gr.HTML(
        [],
        label=label,
        html_template=_HTML,
        css_template=_CSS,
        js_on_load=_SCRIPT,
        apply_default_css=False,
        elem_id=elem_id,
        **_properties((0, 0)),
    )


def show_panels(panels: Sequence[Panel], size: tuple[int, int]) -> dict[str, Any]:
    """What an event gives to the component.

    Args:
        panels: In their order.
        size: (height, width) of all of them.
    """
    return gr.update(
        value=[
            {
                "name": html.escape(panel.name),
                "note": html.escape(panel.note),
                "image": FileData(path=str(panel.image)).model_dump(),
            }
            for panel in panels
        ],
        **_properties(size),
    )


def no_panels() -> dict[str, Any]:
    """What an event gives to the component to show none again."""
    return gr.update(value=[])


def _properties(size: tuple[int, int]) -> dict[str, Any]:
    zoom = next((each for each in _ZOOMS if max(size) * each >= _LEAST_PX), _ZOOMS[-1])
    return {
        "panel_height": size[0],
        "panel_width": size[1],
        "zooms": list(_ZOOMS),
        "start_zoom": zoom,
        "zoom": zoom,
        "least_px": _LEAST_PX,
        "most_px": _MOST_PX,
    }
