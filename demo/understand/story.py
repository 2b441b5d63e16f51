"""The page docs/method.md in pieces: what stands before, between and after the live parts."""

import re
from functools import cache
from pathlib import Path

DOCS = Path(__file__).parents[2] / "docs"
PICTURES = DOCS / "method"
_PAGES = {"en": "method.md", "zh": "method.zh.md"}
# Chapters of a piece; a live part follows each but the last.
PIECES = (range(3), range(3, 5), range(5, 7), range(7, 13))
_NEIGHBOUR = re.compile(r"(?<!!)\[([^]]+)\]\((?!https?://)[^)]*\)")


@cache
def pieces(language: str) -> list[str]:
    """Markdown whose pictures have the addresses of the page itself; links to pages beside it are text."""
    text = (DOCS / _PAGES[language]).read_text(encoding="utf-8")
    beginning, *chapters = _NEIGHBOUR.sub(r"\1", text).split("\n## ")
    _title, _other_language, intro = beginning.split("\n\n", 2)
    parts = [intro, *(f"## {chapter}" for chapter in chapters)]
    return ["\n\n".join(parts[index] for index in piece) for piece in PIECES]
