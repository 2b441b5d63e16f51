"""A chapter of the Understand tab: a part of the page that works only while it is open."""

from typing import Any

import gradio as gr

from demo.context import QUIET
from demo.translations import label


def chapter(number: int, name: str) -> gr.Accordion:
    """Chapter ``number``, the first one open; use it as a `with` block."""
    return gr.Accordion(
        label(f"understand_{name}"),
        open=number == 1,
        elem_id=f"understand-{number}",
        elem_classes="w4x-chapter",
    )


def starts_of(box: gr.Accordion, chosen: Any) -> tuple[gr.State, list[Any]]:
    """When a chapter has to look at the picture.

    Args:
        box: The chapter, closed at first.
        chosen: The event after which the picture may be another.

    Returns:
        Whether the chapter is open, and the events after which that or the picture has changed.
    """
    is_open = gr.State(False)
    box.collapse(lambda: False, None, is_open, queue=False, **QUIET)
    return is_open, [box.expand(lambda: True, None, is_open, queue=False, **QUIET), chosen]
