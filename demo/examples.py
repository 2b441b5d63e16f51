"""How a picture comes to a tab: chosen, dropped, pasted, or one of the project's own drawings."""

from pathlib import Path

import gradio as gr

from demo.context import QUIET
from demo.translations import label
from waifu4x_tf.imaging.reading import INPUT_SUFFIXES

FOLDER = Path(__file__).parents[1] / "examples"
PATHS = [str(FOLDER / f"{name}.png") for name in ("face", "manga", "sticker")]


def example_row() -> gr.Dataset:
    """A thumbnail of each drawing; a click gives its place in `PATHS`."""
    return gr.Dataset(
        components=[gr.Image(visible=False)],
        samples=[[path] for path in PATHS],
        type="index",
        layout="gallery",
        label=label("page_examples"),
        elem_classes="w4x-examples",
    )


def add_choice(elem_id: str) -> gr.State:
    """A button and the drawings; what is chosen is the state, whose change is the event to listen to."""
    chosen = gr.State(None)
    button = gr.UploadButton(
        label("page_choose"),
        file_types=sorted(INPUT_SUFFIXES),
        elem_id=elem_id,
        elem_classes="w4x-drop",
    )
    examples = example_row()
    button.upload(lambda path: path, button, chosen, **QUIET)
    examples.click(lambda index: PATHS[index], examples, chosen, **QUIET)
    return chosen
