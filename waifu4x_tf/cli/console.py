"""What all commands share: exit codes, and what they say where."""

from __future__ import annotations

import json
import os
import sys
import unicodedata
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from waifu4x_tf.cli.argument_flags import with_flags
from waifu4x_tf.errors import UsageError, Waifu4xError, refusal

if TYPE_CHECKING:
    from argparse import Namespace

# Control characters, halves of broken encodings, line and paragraph separators.
_UNSAFE_CATEGORIES = frozenset({"Cc", "Cs", "Zl", "Zp"})
# They turn the direction of what follows (UAX #9), so that fdp.exe looks like exe.pdf.
_DIRECTIONS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")

EXIT_DONE, EXIT_SOME_FAILED, EXIT_USAGE, EXIT_INTERRUPTED, EXIT_TERMINATED = 0, 1, 2, 130, 143


def shows_progress(arguments: Namespace) -> bool:
    """Whether a line of progress is wanted and seen."""
    hidden = arguments.quiet or getattr(arguments, "dry_run", False)
    owned_by_json = arguments.json and getattr(arguments, "output", None) == "-"
    return not hidden and not owned_by_json and sys.stderr.isatty()


def refuse_terminal_input(arguments: Namespace) -> None:
    """Raise UsageError when a picture would be read from a keyboard."""
    if "-" in arguments.inputs and sys.stdin is not None and sys.stdin.isatty():
        raise UsageError("A picture is not typed by hand. Received: '-' with a terminal. Pipe a picture in.")


def print_json(value: object) -> None:
    """One value as a line of standard output."""
    print(json.dumps(value), flush=True)


def complain(message: str) -> None:
    """One line on standard error."""
    with suppress(OSError):  # The exit code reports it too.
        print(f"waifu4x: error: {one_line(with_flags(message))}", file=sys.stderr)


def is_debugging() -> bool:
    """Whether tracebacks are wanted."""
    return os.environ.get("WAIFU4X_DEBUG") == "1"


def run_program(name: str, work: Callable[..., int | None], *arguments: Any) -> int:
    """The work of a program beside `waifu4x`, with one line on standard error for what ended it.

    Args:
        name: Of the program, such as "export.tflite".
        work: What it does; it returns its exit code, or None for 0.
        *arguments: Of the work.

    Returns:
        The exit code: the work's own, 2 for a mistake of the user or a refused file, 130 for Ctrl-C.
    """
    try:
        return work(*arguments) or EXIT_DONE
    except KeyboardInterrupt:
        return EXIT_INTERRUPTED
    except (Waifu4xError, OSError) as error:
        message = refusal(error) if isinstance(error, OSError) else str(error)
        print(f"{name}: error: {message}", file=sys.stderr)
        return EXIT_USAGE


def one_line(text: str) -> str:
    """A text that cannot break a line, steer a terminal or turn the order of what follows it."""
    return "".join(
        "?" if unicodedata.category(one) in _UNSAFE_CATEGORIES or one in _DIRECTIONS else one for one in text
    )
