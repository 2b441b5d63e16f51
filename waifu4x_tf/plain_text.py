"""Text for one line of a terminal, whatever the file names in it hold."""

import unicodedata

# Control characters, halves of broken encodings, line and paragraph separators.
_UNSAFE_CATEGORIES = frozenset({"Cc", "Cs", "Zl", "Zp"})
# They turn the direction of what follows (UAX #9), so that fdp.exe looks like exe.pdf.
_DIRECTIONS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def named(label: str, message: str) -> str:
    """A message that begins with what it speaks of: that a name is somewhere in it says nothing."""
    return message if message.startswith(f"{label}: ") else f"{label}: {message}"


def one_line(text: str) -> str:
    """A text that cannot break a line, steer a terminal or turn the order of what follows it."""
    return "".join(
        "?" if unicodedata.category(one) in _UNSAFE_CATEGORIES or one in _DIRECTIONS else one for one in text
    )
