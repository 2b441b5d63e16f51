"""The project's own drawings, one click away from any tab that takes a picture."""

from functools import partial
from pathlib import Path

import gradio as gr

from demo.context import QUIET
from demo.translations import label

_FOLDER = Path(__file__).parent.parent / "examples"
NAMES = ("face", "manga", "sticker")


def add_examples(files: gr.File, *, several: bool = False) -> None:
    """A row of buttons that put an example into an upload.

    Args:
        files: The upload.
        several: Whether it takes a list.
    """
    gr.Markdown(label("page_examples"), elem_classes="w4x-note")
    with gr.Row(elem_classes="w4x-examples"):
        for name in NAMES:
            path = str(_FOLDER / f"{name}.png")
            button = gr.Button(label(f"page_example_{name}"), icon=path, size="sm", min_width=80)
            chosen = [path] if several else path
            button.click(partial(_chosen, chosen), None, files, queue=False, **QUIET)


def _chosen(value: str | list[str]) -> str | list[str]:
    return value
