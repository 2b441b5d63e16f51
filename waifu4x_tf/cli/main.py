"""The command line: from arguments to a command's handler, and the last catch of every error.

Handlers are imported when they are called, and what costs time inside them, so that --help is instant.
"""

from __future__ import annotations

import io
import sys
import traceback
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from importlib import import_module
from typing import TYPE_CHECKING

from waifu4x_tf.cli.arguments import build_parser
from waifu4x_tf.cli.console import (
    EXIT_DONE,
    EXIT_INTERRUPTED,
    EXIT_SOME_FAILED,
    EXIT_TERMINATED,
    EXIT_USAGE,
    complain,
    is_debugging,
)
from waifu4x_tf.cli.process import (
    TerminatedError,
    discard_standard_output,
    native_log_hidden,
    open_standard_streams,
    termination_as_interrupt,
)
from waifu4x_tf.errors import PictureError, Waifu4xError, refusal

if TYPE_CHECKING:
    from argparse import Namespace


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command.

    Args:
        argv: The arguments without the program's name; ``None`` takes those of the process.

    Returns:
        The exit code: 0 all done, 1 some failed, 2 wrong usage or nothing found, 130 Ctrl-C, 143 terminated.
    """
    open_standard_streams()
    if isinstance(sys.stdout, io.TextIOWrapper):
        # A file name that the terminal's encoding lacks must not end the run.
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        with termination_as_interrupt():
            arguments = build_parser().parse_args(argv)
            with nullcontext() if is_debugging() else native_log_hidden():
                code = _handler(arguments.command)(arguments)
            sys.stdout.flush()
            return code
    except SystemExit as leaving:  # argparse leaves this way after --help and --version.
        return leaving.code if isinstance(leaving.code, int) else EXIT_DONE
    except TerminatedError:
        return EXIT_TERMINATED
    except KeyboardInterrupt:
        return EXIT_INTERRUPTED
    except BrokenPipeError:
        discard_standard_output()
        return EXIT_SOME_FAILED
    except Waifu4xError as error:
        complain(str(error))
        return EXIT_SOME_FAILED if isinstance(error, PictureError) else EXIT_USAGE
    except OSError as error:
        complain(refusal(error))
        return EXIT_SOME_FAILED
    except MemoryError:
        complain("A picture and its result must fit into memory. Received: one that does not. Take a part.")
        return EXIT_SOME_FAILED
    except Exception as error:
        complain(
            f"internal error: {type(error).__name__}: {error} "
            "(a fault of waifu4x; WAIFU4X_DEBUG=1 shows where)"
        )
        if is_debugging():
            traceback.print_exc()
        return EXIT_SOME_FAILED


def _handler(command: str) -> Callable[[Namespace], int]:
    """The function of a command: the one of its name, in the module of its name."""
    return getattr(import_module(f"waifu4x_tf.cli.{command}"), command)
