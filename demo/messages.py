"""How a mistake reads on the page, the same in every tab."""

import html

from demo.translations import say


def failed(sentence: str) -> str:
    """A sentence, in HTML, in the colour of mistakes."""
    return f'<span class="w4x-failed">{sentence}</span>'


def failure(language: str, error: object) -> str:
    """That something was not done, and the error's own sentence."""
    return failed(say(language, "page_failed", error=html.escape(str(error))))


def progress_bar(fraction: float) -> str:
    """A bar in the theme's colours, in HTML."""
    return f'<progress max="1" value="{fraction:.3f}" aria-hidden="true"></progress>'
