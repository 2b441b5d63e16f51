"""The parser of arguments: argparse's, with its errors in our form and the way out of what it mistakes."""

import argparse
import difflib
import os
import re
import sys
from collections.abc import Collection, Iterable, Sequence
from typing import Any, NoReturn

from waifu4x_tf.errors import UsageError

# Of a file that may not exist: no number such as -2.5, no -oNAME and no --option=NAME.
_PICTURE_NAME = re.compile(r"-[^o=][^=]*\.[A-Za-z]\w*")
_SHORT_NAME = re.compile(r"-[^-].*")
_SHORT_OPTIONS = ("-o", "-h")


class Parser(argparse.ArgumentParser):
    """Raises UsageError where argparse prints and leaves.

    Attributes:
        commands: The names one of which comes first.
    """

    commands: Collection[str] = ()

    def error(self, message: str) -> NoReturn:
        """Make a mistake in the arguments one line like every other error."""
        raise UsageError(f"{message} (see: {self.prog} --help)")

    def parse_args(self, args: Sequence[str] | None = None, namespace: Any = None) -> Any:
        """Parse; name the way out of two mistakes: a mistyped command, and a name like -x.png."""
        given = list(sys.argv[1:] if args is None else args)
        if given and not given[0].startswith("-") and given[0] not in self.commands:
            self._refuse_command(given[0])
        words = given[: given.index("--")] if "--" in given else given
        # Before, since argparse takes -hat.png for -h and -out.png for -o.
        self._refuse_name(each for each in words if _is_existing_name(each))
        try:
            return super().parse_args(given, namespace)
        except UsageError:
            self._refuse_name(each for each in words if _PICTURE_NAME.fullmatch(each))
            raise

    def _refuse_command(self, name: str) -> NoReturn:
        meant = difflib.get_close_matches(name.lower(), self.commands, 1)
        way_out = f"Did you mean {meant[0]}?" if meant else "Choose one of these."
        self.error(f"A command is one of {', '.join(self.commands)}. Received: {name!r}. {way_out}")

    def _refuse_name(self, names: Iterable[str]) -> None:
        for name in names:
            self.error(
                f"What begins with - is an option. Received: {name}, the name of a file. Write ./{name}"
            )


def _is_existing_name(word: str) -> bool:
    is_name = _PICTURE_NAME.fullmatch(word) or (_SHORT_NAME.fullmatch(word) and word not in _SHORT_OPTIONS)
    return bool(is_name) and os.path.lexists(word)
