"""How a mistake reads on the page, the same in every tab."""

import html
import re
from functools import cache
from string import Formatter

from demo.translations import LANGUAGES, say, sentences


def failed(sentence: str) -> str:
    """A sentence, in HTML, in the colour of mistakes."""
    return f'<span class="w4x-failed">{sentence}</span>'


def failure(language: str, error: object) -> str:
    """That something was not done, and the error's own sentence in the visitor's language."""
    return failed(say(language, "page_failed", error=html.escape(translated(language, str(error)))))


def translated(language: str, sentence: str) -> str:
    """A sentence of the library in another language, as demo/words/refused.toml has it."""
    if language == LANGUAGES[0]:
        return sentence
    for key, pattern in _patterns().items():
        if found := pattern.fullmatch(sentence):
            return say(language, key, **found.groupdict())
    return sentence


def progress_bar(fraction: float) -> str:
    """A bar in the theme's colours, in HTML."""
    return f'<progress max="1" value="{fraction:.3f}" aria-hidden="true"></progress>'


@cache
def _patterns() -> dict[str, re.Pattern[str]]:
    """What the English sentences look like, by their keys."""
    return {
        key: re.compile(
            "".join(
                re.escape(text) + (f"(?P<{name}>.*?)" if name else "")
                for text, name, *_ in Formatter().parse(entry["en"])
            ),
            re.DOTALL,
        )
        for key, entry in sentences().items()
        if key.startswith("refused_")
    }
