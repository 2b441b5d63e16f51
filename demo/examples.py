"""The project's own drawings, one click away from any tab that takes a picture."""

from pathlib import Path

import gradio as gr

from demo.context import QUIET
from demo.translations import label

FOLDER = Path(__file__).parents[1] / "examples"
PATHS = [str(FOLDER / f"{name}.png") for name in ("face", "manga", "sticker")]


def add_examples(upload: gr.File | gr.Image, *, several: bool = False) -> None:
    """A row of thumbnails that put an example into an upload.

    Args:
        upload: Where a picture is given.
        several: Whether it takes a list.
    """
    shown = gr.Dataset(
        components=[gr.Image(visible=False)],
        samples=[[path] for path in PATHS],
        type="index",
        layout="gallery",
        label=label("page_examples"),
        elem_classes="w4x-examples",
    )

    def chosen(index: int) -> str | list[str]:
        return [PATHS[index]] if several else PATHS[index]

    shown.click(chosen, shown, upload, queue=False, **QUIET)
