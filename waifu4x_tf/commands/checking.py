"""`waifu4x inspect` and `waifu4x verify`."""

from __future__ import annotations

import functools
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from waifu4x_tf.commands.loading import denoise_levels, load_quietly
from waifu4x_tf.commands.talking import (
    EXIT_DONE,
    EXIT_SOME_FAILED,
    EXIT_USAGE,
    print_json,
    refuse_terminal_input,
    shows_progress,
)
from waifu4x_tf.plain_text import one_line

if TYPE_CHECKING:
    from argparse import Namespace


def inspect(arguments: Namespace) -> int:
    """Tell what pictures have been through; the exit code."""
    from waifu4x_tf.inspecting import inspect_all

    refuse_terminal_input(arguments)
    found, failed = inspect_all(arguments, denoise_levels(arguments))
    if not found + failed:
        return EXIT_USAGE
    return EXIT_SOME_FAILED if failed else EXIT_DONE


def verify(arguments: Namespace) -> int:
    """Make a result again as its receipt says, and compare; the exit code."""
    from waifu4x_tf.progress import Progress
    from waifu4x_tf.verification import verify

    progress = Progress(sys.stderr, [1], enabled=shows_progress(arguments))
    progress.start_picture(0, arguments.source)
    try:
        verdict = verify(
            Path(arguments.result),
            Path(arguments.source),
            model=arguments.model,
            load=functools.partial(load_quietly, threads=arguments.threads),
            max_megapixels=arguments.max_megapixels,
            progress=progress.update,
        )
    finally:
        progress.clear()
    status = "confirmed" if verdict.is_confirmed else "differs"
    if arguments.json:
        receipt = json.loads(verdict.receipt.text())
        files = {"output": arguments.result, "input": arguments.source}
        told = {"status": status, "why": verdict.why, "same_file": verdict.is_same_file}
        print_json({**files, **told, "receipt": receipt})
    elif not (arguments.quiet and verdict.is_confirmed):
        print(one_line(f"{arguments.result}: {status}: {verdict.why}"))
    return EXIT_DONE if verdict.is_confirmed else EXIT_SOME_FAILED
