"""Which pictures a command line means: files, folders and patterns, looked at by name only."""

import fnmatch
import glob
import os
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from waifu4x_tf.errors import UsageError
from waifu4x_tf.imaging.presets import PRESETS
from waifu4x_tf.imaging.reading import INPUT_SUFFIXES
from waifu4x_tf.imaging.writing import format_of_suffix

STANDARD_STREAM = "-"

# What the default name of a result looks like; see `_is_earlier_result`.
_RESULT_STEM = re.compile(rf"(?P<stem>.+)_(\d+(\.\d+)?x|\d+x\d+|min\d+|{'|'.join(PRESETS)})")

_WHOLE_NAME = re.compile(
    rf"(?P<name>.+({'|'.join(map(re.escape, sorted(INPUT_SUFFIXES)))}))(_.+)?", re.IGNORECASE
)

_NOTHING_FOUND = (
    "An input is a picture, a folder with pictures or a pattern that matches some. "
    "Received: {!r}, where there is none. Check the name."
)


@dataclass(frozen=True)
class Source:
    """One picture to enlarge.

    Attributes:
        path: The file; ``None`` is standard input.
        relative: Its place below the argument that named it; for a file only its name.
        from_folder: True when an argument named a folder that holds the file.
    """

    path: Path | None
    relative: Path
    from_folder: bool = False

    @property
    def label(self) -> str:
        """The name a person knows it by; ``-`` is standard input."""
        return STANDARD_STREAM if self.path is None else str(self.path)


@dataclass
class Listing:
    """What the INPUT arguments came to.

    Attributes:
        sources: The pictures, in the order of the arguments, folders sorted by name.
        unmatched: ``(argument, reason)`` for arguments and folders that gave nothing or cannot be listed.
        passed_over: How many entries of folders and patterns were no input, by reason.
    """

    sources: list[Source] = field(default_factory=list)
    unmatched: list[tuple[str, str]] = field(default_factory=list)
    passed_over: Counter[str] = field(default_factory=Counter)


def list_sources(arguments: Sequence[str], *, out: str | None = None) -> Listing:
    """Find the pictures that the INPUT arguments mean.

    A named file is taken whatever its suffix. Folders are searched recursively; there, and among the
    matches of a pattern that the shell left alone, hidden entries, files without a picture's suffix and
    linked folders are passed over and counted. The output folder is not searched, unless it is the only
    argument. Without an output, ``cat_4x.png`` beside ``cat.png`` or ``cat.jpg`` counts as an earlier result
    and is passed over.

    Args:
        arguments: Files, folders, patterns, or ``-`` for standard input.
        out: The OUT argument.

    Returns:
        The pictures; one that two arguments name is in it twice.

    Raises:
        UsageError: Standard input is named twice.
    """
    listing = Listing()
    if list(arguments).count(STANDARD_STREAM) > 1:
        raise UsageError("Standard input can be read once. Received: '-' more than once. Give it one time.")
    output_folder = os.path.realpath(out) if out and out != STANDARD_STREAM else None
    search = _Search(listing.passed_over, listing.unmatched, output_folder, skip_results=out is None)
    for argument in arguments:
        if len(arguments) > 1 and search.is_output_folder(Path(argument)):
            # Of a shell's `*` from the second run on.
            listing.passed_over["output folder"] += 1
            continue
        found = list(search.sources_of(argument))
        if not found and argument not in [name for name, _ in listing.unmatched]:
            listing.unmatched.append((argument, _NOTHING_FOUND.format(argument)))
        listing.sources.extend(found)
    return listing


@dataclass
class _Search:
    passed_over: Counter[str]
    unmatched: list[tuple[str, str]]
    output_folder: str | None
    skip_results: bool

    def sources_of(self, argument: str) -> Iterator[Source]:
        path = Path(argument)
        if argument == STANDARD_STREAM:
            yield Source(None, Path("stdin"))
        elif _is_folder(path):
            yield from self._below(path, path)
        elif os.path.lexists(argument):
            yield Source(path, Path(path.name))
        elif glob.has_magic(argument):
            yield from self._matches(argument)

    def _matches(self, pattern: str) -> Iterator[Source]:
        """What a pattern means; the tree below its part without wildcards is kept."""
        parts = Path(pattern).parts
        first_wildcard = next(index for index, part in enumerate(parts) if glob.has_magic(part))
        base = Path(*parts[:first_wildcard])
        if "**" in parts:
            # The glob module follows links, in circles too.
            yield from self._below(base, base, pattern=parts[first_wildcard:])
            return
        for match in sorted(Path(name) for name in glob.glob(pattern)):
            if match.is_dir():
                if not self.is_output_folder(match):
                    yield from self._below(match, base)
            elif self._lies_in_output_folder(match):
                continue
            elif self._is_wanted(match):
                place = match.relative_to(base)
                # A pattern may climb with `..`, but no result climbs out of the output folder.
                yield Source(match, Path(match.name) if ".." in place.parts else place)

    def _below(self, folder: Path, base: Path, *, pattern: tuple[str, ...] | None = None) -> Iterator[Source]:
        """The pictures in a folder to its bottom; of a pattern only those whose place below base fits it."""

        def report(error: OSError) -> None:
            self.unmatched.append((str(error.filename), f"the folder cannot be listed: {error.strerror}."))

        for parent, folders, names in os.walk(folder, onerror=report):
            here = Path(parent)
            folders[:] = sorted(name for name in folders if self._is_searched(here / name))
            for name in sorted(names):
                place = (here / name).relative_to(base)
                if (pattern is None or _fits(place.parts, pattern)) and self._is_wanted(here / name):
                    yield Source(here / name, place, from_folder=pattern is None)

    def _is_searched(self, folder: Path) -> bool:
        if folder.name.startswith("."):
            self.passed_over["hidden"] += 1
        elif folder.is_symlink():
            # A linked folder can lead back to its parent, so none is entered unless an argument names it.
            self.passed_over["linked folder"] += 1
        else:
            return not self.is_output_folder(folder)
        return False

    def is_output_folder(self, folder: Path) -> bool:
        return self.output_folder is not None and os.path.realpath(folder) == self.output_folder

    def _lies_in_output_folder(self, path: Path) -> bool:
        return any(self.is_output_folder(parent) for parent in path.parents)

    def _is_wanted(self, path: Path) -> bool:
        if path.name.startswith("."):
            self.passed_over["hidden"] += 1
        elif path.suffix.lower() not in INPUT_SUFFIXES or not path.is_file():
            self.passed_over["not a picture"] += 1
        elif self.skip_results and _is_earlier_result(path):
            self.passed_over["earlier result"] += 1
        else:
            return True
        return False


def _is_folder(path: Path) -> bool:
    """`Path.is_dir`, but False for a name that is longer than the file system allows."""
    try:
        return path.is_dir()
    except OSError:
        return False


def _fits(place: tuple[str, ...], pattern: tuple[str, ...]) -> bool:
    """Whether the parts of a path fit those of a pattern, in which ``**`` is any number of folders."""
    if not pattern:
        return not place
    if pattern[0] == "**":
        return any(_fits(place[skipped:], pattern[1:]) for skipped in range(len(place) + 1))
    return bool(place) and fnmatch.fnmatch(place[0], pattern[0]) and _fits(place[1:], pattern[1:])


def _is_earlier_result(path: Path) -> bool:
    """True for ``cat_4x.png`` where ``cat`` lies beside it with any suffix of a picture.

    Also for ``cat.jpg_4x.png`` beside ``cat.jpg``: so it is named beside the result of another ``cat``.
    """
    named = _RESULT_STEM.fullmatch(path.stem)
    if named is None or format_of_suffix(path.suffix) is None:
        return False
    suffixes = INPUT_SUFFIXES | {suffix.upper() for suffix in INPUT_SUFFIXES}
    names = {named["stem"] + suffix for suffix in suffixes}
    if whole := _WHOLE_NAME.fullmatch(named["stem"]):
        names.add(whole["name"])
    return any(path.with_name(name).exists() for name in names)
