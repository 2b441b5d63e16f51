"""Every sentence is there in both languages, with the same blanks, and is used."""

import re
from string import Formatter

import pytest
from demo_site import CHECKOUT

from demo.translations import LANGUAGES, label, say, sentences

SOURCES = "\n".join(
    path.read_text(encoding="utf-8")
    for path in [*(CHECKOUT / "demo").rglob("*.py"), CHECKOUT / "demo_app.py"]
)


def blanks(sentence):
    return {name for _, name, _, _ in Formatter().parse(sentence) if name is not None}


def test_every_sentence_is_whole_in_both_languages():
    broken = [
        key
        for key, entry in sentences().items()
        if tuple(entry) != LANGUAGES
        # A translation may say less than what the library received.
        or not blanks(entry["zh"]) <= blanks(entry["en"])
        or (not key.startswith("refused_") and blanks(entry["en"]) != blanks(entry["zh"]))
        or not all(sentence.strip() for sentence in entry.values())
    ]
    assert broken == []


def test_every_sentence_is_used():
    # A key put together from parts, such as upscale_denoise_low, is used by its beginning.
    built = re.findall(r'f"([a-z]+_[a-z_]*)\{', SOURCES)
    unused = [
        key
        for key in sentences()
        if not key.startswith("refused_")
        and not re.search(rf"[\"']{key}[\"']", SOURCES)
        and not any(key.startswith(beginning) for beginning in built)
    ]
    assert unused == []


def test_an_unknown_key_is_an_error():
    for ask in (lambda: label("no_such_key"), lambda: say("en", "no_such_key")):
        with pytest.raises(KeyError):
            ask()
