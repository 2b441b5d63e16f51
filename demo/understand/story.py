"""Chapters of docs/method.md, shown where the page speaks of the same."""

import base64
import re
from functools import cache
from pathlib import Path

import gradio as gr

from demo.translations import label, language_of

_DOCS = Path(__file__).parents[2] / "docs"
_PAGES = {"en": "method.md", "zh": "method.zh.md"}
_PICTURE = re.compile(r"\]\((method/\w+\.png)\)")


def add_story(*chapters: int) -> None:
    """A closed part that holds chapters of docs/method.md once it is opened; call it inside a section.

    Args:
        chapters: Their places in the page, from 1.
    """
    with gr.Accordion(label("understand_story"), open=False, elem_classes="w4x-story") as box:
        text = gr.Markdown(min_height=200)

    def tell(request: gr.Request) -> str:
        return story(language_of(request), chapters)

    box.expand(tell, None, text, queue=False, show_progress="minimal", api_visibility="private")


@cache
def story(language: str, chapters: tuple[int, ...]) -> str:
    """Chapters as Markdown with their pictures in it, so that nothing else need be served."""
    page = (_DOCS / _PAGES[language]).read_text(encoding="utf-8")
    parts = page.split("\n## ")
    return _PICTURE.sub(_inline, "\n\n".join(f"### {parts[chapter]}" for chapter in chapters))


def _inline(found: re.Match[str]) -> str:
    content = base64.b64encode((_DOCS / found[1]).read_bytes()).decode("ascii")
    return f"](data:image/png;base64,{content})"
