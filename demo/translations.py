"""What the demo says, in English and Chinese: one .toml file a tab, each sentence in both."""

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

import gradio as gr
from gradio.i18n import I18nData

from demo.understand.story import pieces

LANGUAGES = ("en", "zh")
COOKIE = "waifu4x_language"
_FOLDER = Path(__file__).parent / "words"


@cache
def sentences() -> dict[str, dict[str, str]]:
    """Key to language to sentence; the key is the file's name and the entry's, joined by an underscore."""
    return {
        f"{path.stem}_{key}": entry
        for path in sorted(_FOLDER.glob("*.toml"))
        for key, entry in tomllib.loads(path.read_text(encoding="utf-8")).items()
    }


def label(key: str) -> Any:
    """A text of the page, which the browser puts into its language: a sentence, or a piece of the story.

    Raises:
        KeyError: There is no such sentence.
    """
    if not key.startswith("story_"):
        sentences()[key]
    return I18nData(key)


def say(language: str, key: str, **values: object) -> str:
    """A sentence put together while the demo runs, with what stands in its braces filled in."""
    return sentences()[key][language].format(**values)


def translations() -> gr.I18n:
    """Every sentence and the story by language, for `Blocks.launch`."""
    return gr.I18n(
        **{
            language: {key: entry[language] for key, entry in sentences().items()}
            | {f"story_{index}": piece for index, piece in enumerate(pieces(language))}
            for language in LANGUAGES
        }
    )


def language_of(request: gr.Request | None) -> str:
    """The language a visitor reads: the switch's, which is a cookie, or else the browser's."""
    if request is None:
        return LANGUAGES[0]
    wish = request.cookies.get(COOKIE) or request.headers.get("accept-language", "")
    return "zh" if wish.lower().startswith("zh") else LANGUAGES[0]
