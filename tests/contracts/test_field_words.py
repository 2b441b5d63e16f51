"""The project is written in the field's words: a reader who searches for the standard term finds it."""

import re
from pathlib import Path

import pytest
from checkout import ROOT, project_files

# Each with what is said instead.
BANNED = {
    "a bend between": "a non-linearity between",
    "bare answer": "raw output",
    "begun anew": "re-initialised",
    "deep file": "16-bit file",
    "deep png": "16-bit PNG",
    "kept apart": "held out",
    "laid on white": "composited on white",
    "made from parts": "constructed directly",
    "searched to the bottom": "searched recursively",
    "sibling": "variant",
    "told by": "reported by, known by",
    "verdict": "logit, result",
    "vivid": "GAN variant",
    "whole or not at all": "atomically",
    "wide-eyed": "with a large receptive field",
}
SUFFIXES = {".py", ".md", ".toml"}
FILES = {
    path.relative_to(ROOT).as_posix(): path
    for path in project_files()
    if path.suffix in SUFFIXES and path != Path(__file__)
}


@pytest.mark.parametrize("phrase", BANNED)
def test_no_text_uses_a_word_of_our_own_for_a_term_of_the_field(phrase):
    # A phrase may be broken by the end of a line, with a sign of a comment or a list after it, or be a name.
    pattern = re.compile(re.escape(phrase).replace(r"\ ", r"[\s#*\"_]+"), re.IGNORECASE)
    texts = {name: path.read_text(encoding="utf-8") for name, path in FILES.items()}
    found = [
        f"{name}:{text[: match.start()].count(chr(10)) + 1}"
        for name, text in texts.items()
        for match in pattern.finditer(text)
    ]
    assert found == [], f"Say: {BANNED[phrase]}"
