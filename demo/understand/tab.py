"""The Understand tab: the method, live, on numbers and on a visitor's own picture."""

import gradio as gr

from demo.context import DemoContext
from demo.translations import label
from demo.understand.chapter import chapter
from demo.understand.features import add_features_section
from demo.understand.filters import add_filters_section
from demo.understand.grid import add_grid_section
from demo.understand.html import STYLE
from demo.understand.losses import add_losses_section
from demo.understand.picture import add_picture
from demo.understand.story import add_story

# Sections that look at the picture, and the chapters of docs/method.md that tell more.
_SECTIONS = {
    "filters": (add_filters_section, (2,)),
    "features": (add_features_section, (4,)),
    "losses": (add_losses_section, (6, 7, 8)),
}


def add_understand_tab(context: DemoContext) -> None:
    """Lay out the tab and wire it; call it inside the tab."""
    gr.HTML(STYLE, elem_classes="w4x-style")
    gr.Markdown(label("understand_intro"))
    with chapter(1, "grid"):
        add_grid_section()
        add_story(1)
    part, chosen = add_picture(context)
    for number, (name, (add_section, chapters)) in enumerate(_SECTIONS.items(), start=2):
        with chapter(number, name) as box:
            add_section(box, part, chosen)
            add_story(*chapters)
