"""The Train tab."""

import gradio as gr

from demo.context import DemoContext


def add_train_tab(context: DemoContext, models: gr.Dropdown) -> None:
    """Lay out the tab and wire it; call it inside the tab."""
