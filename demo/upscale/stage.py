"""The picture of the Upscale tab: before and after under one slider, and a thumbnail of each input.

Which of them is shown, and where the slider stands, is the browser's alone. The slider is a range input, so
that keys move it and a vertical swipe over it scrolls the page.
"""

import html
from pathlib import Path
from typing import Any
from urllib.parse import quote

import gradio as gr

from demo.translations import label
from demo.upscale.job import Result

# Gradio evaluates these as template strings, so no text of a visitor may stand in them unescaped.
_HERE = Path(__file__).parent
_HTML, _CSS, _SCRIPT = (
    (_HERE / f"stage.{suffix}").read_text(encoding="utf-8") for suffix in ("html", "css", "js")
)


def add_stage() -> gr.HTML:
    """The component, without pictures yet; call it where it is to stand."""
    return gr.HTML(
        [],
        label=label("upscale_stage"),
        html_template=_HTML,
        css_template=_CSS,
        js_on_load=_SCRIPT,
        apply_default_css=False,
        elem_id="upscale-stage",
        selected=0,
    )


def chosen_item(stage: gr.HTML, path: str) -> dict[str, Any]:
    """What the component shows of a picture that waits."""
    return {"name": html.escape(Path(path).name), "input": _address(stage, path)}


def finished_item(stage: gr.HTML, path: str, result: Result) -> dict[str, Any]:
    """What the component shows of a picture that is done, or that failed."""
    item = chosen_item(stage, path)
    if result.file is None:
        return {**item, "failed": True}
    item |= {"file": _address(stage, result.file), "download": html.escape(result.file.name)}
    if result.shown is not None:
        after = item["file"] if result.shown.moving else _address(stage, result.shown.after)
        item |= {"before": _address(stage, result.shown.before), "after": after}
    return item


def _address(stage: gr.HTML, path: Path | str) -> str:
    """Where the browser gets a file; it is copied to where Gradio serves from, if it is not there yet."""
    return f"gradio_api/file={quote(str(stage.move_resource_to_block_cache(path)))}"
