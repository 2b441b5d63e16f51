"""`waifu4x verify`."""

from __future__ import annotations

import functools
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from waifu4x_tf.commands.loading import load_started
from waifu4x_tf.commands.talking import (
    EXIT_DONE,
    EXIT_SOME_FAILED,
    print_json,
    shows_progress,
)
from waifu4x_tf.plain_text import one_line

if TYPE_CHECKING:
    from argparse import Namespace


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
            load=functools.partial(load_started, threads=arguments.threads),
            max_megapixels=arguments.max_megapixels,
            progress=progress.update,
        )
    finally:
        progress.clear()
    if arguments.json:
        print_json(verdict.as_json(arguments.result, arguments.source))
    elif not (arguments.quiet and verdict.is_confirmed):
        print(one_line(f"{arguments.result}: {verdict.status}: {verdict.why}"))
    return EXIT_DONE if verdict.is_confirmed else EXIT_SOME_FAILED
