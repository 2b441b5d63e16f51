"""Where each result goes: planned before any work. Only names and folders are looked at."""

import functools
import hashlib
import os
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from waifu4x_tf.batch.inputs import STANDARD_STREAM, Source
from waifu4x_tf.errors import UsageError
from waifu4x_tf.imaging.target import Target
from waifu4x_tf.imaging.writing import FORMATS, format_of_suffix, is_unwritten


@dataclass(frozen=True)
class Destination:
    """Where results go.

    Attributes:
        kind: ``"beside"`` (next to the input), ``"folder"``, ``"file"`` or ``"stdout"``.
        path: The folder or the file; ``None`` for the other two.
        format: A key of `FORMATS`.
        label: What the name beside the input says of the result; see `Target.label`.
        other_format: The format of results that cannot be in the first; None where there is no choice.
    """

    kind: Literal["beside", "folder", "file", "stdout"]
    path: Path | None
    format: str
    label: str = Target().label
    other_format: str | None = None


@dataclass(frozen=True)
class Job:
    """One picture and where its result goes.

    Attributes:
        source: The picture.
        output: The file to write; ``None`` is standard output.
        problem: Why this job must not run, found while planning.
        other_output: The file to write where the result has to be in the other format.
        note: Why the result has another name than it would have alone.
    """

    source: Source
    output: Path | None
    problem: str | None = None
    other_output: Path | None = None
    note: str | None = None


def resolve_destination(
    out: str | None,
    format_name: str | None,
    sources: Sequence[Source],
    *,
    label: str = Target().label,
    other_format: str | None = None,
) -> Destination:
    """Decide what OUT means for these pictures.

    OUT is a file only when there is exactly one picture, named as a file or standard input, and OUT ends
    in a suffix that can be written and is no folder. A suffix of pictures or films that cannot be written is
    refused then, unless a slash at the end says that it is a folder. Otherwise it is a folder.

    Args:
        out: The OUT argument; ``-`` is standard output; ``None`` means beside each input.
        format_name: The format that was asked for, a key of `FORMATS`; ``None`` means by OUT, else PNG.
        sources: The pictures; at least one.
        label: As of `Destination`.
        other_format: As of `Destination`; a name that ends in a suffix leaves no choice.

    Returns:
        The place and the format.

    Raises:
        UsageError: The arguments contradict each other.
    """
    chosen = format_name or "png"
    if out is None:
        if any(source.path is None for source in sources):
            raise UsageError(
                "A picture from standard input needs a place to go. Received: '-' without -o. "
                "Add -o FILE, -o FOLDER or -o - for standard output."
            )
        return Destination("beside", None, chosen, label, other_format)
    if out == STANDARD_STREAM:
        if len(sources) != 1:
            raise UsageError(
                f"Standard output takes one picture. Received: {len(sources)} pictures with -o -. "
                "Give one picture, or a folder with -o FOLDER."
            )
        return Destination("stdout", None, chosen)
    path = Path(out)
    if not out or (path.exists() and not path.is_dir() and (len(sources) != 1 or sources[0].from_folder)):
        raise UsageError(
            f"Several pictures go into a folder. Received: -o {out!r}, which is "
            f"{'a file' if out else 'no name'}. Name a folder; it is made when it does not exist."
        )
    if len(sources) != 1 or sources[0].from_folder or path.is_dir() or out.endswith(("/", os.sep)):
        return Destination("folder", path, chosen, other_format=other_format)
    return _one_file(path, format_name, other_format)


def _one_file(path: Path, format_name: str | None, other_format: str | None) -> Destination:
    by_suffix = format_of_suffix(path.suffix)
    if by_suffix is None:
        if is_unwritten(path.suffix) or path.exists():
            known = ", ".join(suffix for suffixes in FORMATS.values() for suffix in suffixes)
            raise UsageError(
                f"An output file ends in one of {known}. Received: -o {path}. Choose one of these suffixes"
                + ("." if path.exists() else f", or end the name in / for a folder: -o {path}/.")
            )
        return Destination("folder", path, format_name or "png", other_format=other_format)
    if format_name is not None and format_name != by_suffix:
        raise UsageError(
            f"The suffix of OUT and `format` must agree. Received: -o {path} with `format={format_name!r}`. "
            "Leave one of them out."
        )
    return Destination("file", path, by_suffix)


def plan_jobs(sources: Sequence[Source], destination: Destination) -> list[Job]:
    """Give every picture its output, and find the ones that must not be written.

    Where several pictures would have one output, one of them keeps that name and the others are named by more
    than their stem: ``cat.jpg.png``. Who gets which name depends on the names of the inputs alone, in any
    order, and neither on what lies in the output's folder nor on which of them can be read. Names that differ
    in case alone count as one name, so that they are the same on every system.

    Args:
        sources: The pictures.
        destination: Where results go.

    Returns:
        One job a picture, in the same order; a picture named twice for one output is taken once. A job whose
        output would be one of the inputs carries a problem.
    """
    files = _Files()
    kept: list[Source] = []
    rivals: defaultdict[str, list[Source]] = defaultdict(list)
    for source in sources:
        same = rivals[files.key(_outputs(source, destination, source.relative.stem))]
        if not any(_is_same_picture(source, other) for other in same):
            same.append(source)
            kept.append(source)
    inputs = _Inputs(sources, files)
    names = _Names(list(rivals.values()), inputs, files, destination)
    return [_job(source, names, inputs, destination) for source in kept]


def _job(source: Source, names: "_Names", inputs: "_Inputs", destination: Destination) -> Job:
    plain = _outputs(source, destination, source.relative.stem)
    replaced, first = inputs.replaced_by(plain), names.first(source)
    own = _outputs(source, destination, names.stem(source)) if first and replaced is None else plain
    problem = note = None
    if replaced is not None:
        problem = (
            f"A result never replaces an input. Received: the output {replaced[0]}, "
            f"which is the input {replaced[1].label}. Choose another -o."
        )
    elif first is not None and own == plain:
        problem = (
            f"Each result needs a file of its own. Received: the output {own[0]}, which is kept for "
            f"{first.label}. Upscale this one with another -o."
        )
    elif first is not None:
        note = f"named {own[0].name}, since {plain[0].name} is kept for {first.label}"
    output, other = (*own, None, None)[:2]
    return Job(source, output, problem, other, note)


class _Files:
    """What names mean on disk; each folder is followed once, since there may be many thousands of files."""

    def __init__(self) -> None:
        self._folder = functools.cache(os.path.realpath)

    def real(self, path: Path) -> str:
        """The real path, as `os.path.realpath` gives it, its folder remembered."""
        return os.path.realpath(path) if os.path.islink(path) else os.path.join(*self._placed(path))

    def key(self, outputs: Sequence[Path]) -> str:
        """Equal for outputs that are one file on some system, whether or not they exist."""
        return _folded(os.path.join(*self._placed(outputs[0]))) if outputs else ""

    def _placed(self, path: Path) -> tuple[str, str]:
        return self._folder(path.parent), path.name


class _Inputs:
    """The files that no result may replace."""

    def __init__(self, sources: Sequence[Source], files: _Files) -> None:
        self._files = files
        self._paths: defaultdict[str, list[tuple[Path, Source]]] = defaultdict(list)
        for source in sources:
            if source.path is not None:
                self._paths[_folded(files.real(source.path))].append((source.path, source))

    def replaced_by(self, outputs: Sequence[Path]) -> tuple[Path, Source] | None:
        """One of the outputs that is an input, and that input; on file systems that ignore case too."""
        for output in outputs:
            for path, source in self._paths.get(_folded(self._files.real(output)), ()):
                if _is_same_file(output, path):
                    return output, source
        return None


class _Names:
    """The stem of each picture's output.

    Args:
        rivals: The pictures, together those that would have one output.
        inputs: What no output may be.
        files: What names mean on disk.
        destination: Where results go.
    """

    def __init__(
        self, rivals: list[list[Source]], inputs: _Inputs, files: _Files, destination: Destination
    ) -> None:
        self._destination, self._files = destination, files
        ordered = [sorted(each, key=self._rank) for each in rivals]
        self._firsts = {other: first for first, *others in ordered for other in others}
        self._stems: dict[Source, str] = {}
        taken = {self._key(first, first.relative.stem) for first, *_ in ordered}
        waiting = sorted(self._firsts, key=self._rank)
        for longer in (_with_suffix, _with_folder, _with_digest) if waiting else ():
            # A name that several pictures could have is given to none, so that it never goes to another.
            uses = Counter(self._key(each, longer(each)) for same in ordered for each in same)
            for source in waiting:
                stem = longer(source)
                key = self._key(source, stem)
                is_input = inputs.replaced_by(_outputs(source, destination, stem)) is not None
                if uses[key] == 1 and key not in taken and not is_input:
                    self._stems[source] = stem
                    taken.add(key)
            waiting = [source for source in waiting if source not in self._stems]

    def stem(self, source: Source) -> str:
        """What the name of the result begins with."""
        return self._stems.get(source, source.relative.stem)

    def first(self, source: Source) -> Source | None:
        """The picture that keeps the name which this one would have alone; None where it has it."""
        return self._firsts.get(source)

    def _key(self, source: Source, stem: str) -> str:
        return self._files.key(_outputs(source, self._destination, stem))

    def _rank(self, source: Source) -> tuple[bool, bool, str, str]:
        """First what has no longer name, then what is in the format of the results."""
        suffix = source.relative.suffix
        is_alike = not suffix or format_of_suffix(suffix) == self._destination.format
        return source.path is not None, not is_alike, _composed(source.relative.as_posix()), source.label


def _with_suffix(source: Source) -> str:
    return source.relative.name


def _with_folder(source: Source) -> str:
    """A name for pictures of one name from several arguments."""
    path = Path(os.path.abspath(source.label))
    return f"{source.relative.name}_{path.parents[len(source.relative.parts) - 1].name}"


def _with_digest(source: Source) -> str:
    digest = hashlib.sha256(Path(source.label).as_posix().encode("utf-8", "surrogateescape"))
    return f"{source.relative.name}_{digest.hexdigest()[:8]}"


def _outputs(source: Source, destination: Destination, stem: str) -> list[Path]:
    """The output, then that in the other format, if there is one; none for standard output."""
    formats = [each for each in (destination.format, destination.other_format) if each is not None]
    if destination.kind == "folder" and destination.path is not None:
        # Not with_suffix(): a stem may itself end in something that looks like one.
        folder = destination.path / source.relative.parent
        return [folder / f"{stem}.{each}" for each in formats]
    if destination.kind == "beside" and source.path is not None:
        return [source.path.with_name(f"{stem}_{destination.label}.{each}") for each in formats]
    return [] if destination.path is None else [destination.path]


def _is_same_picture(one: Source, other: Source) -> bool:
    return one.path is not None and other.path is not None and _is_same_file(one.path, other.path)


def _is_same_file(one: Path, other: Path) -> bool:
    return os.path.normcase(os.path.realpath(one)) == os.path.normcase(os.path.realpath(other)) or (
        # The same but for case, where the file system ignores that; hard links are files of their own.
        _folded(os.path.realpath(one)) == _folded(os.path.realpath(other))
        and os.path.exists(one)
        and os.path.exists(other)
        and os.path.samefile(one, other)
    )


def _composed(name: str) -> str:
    return unicodedata.normalize("NFC", name)


def _folded(name: str) -> str:
    return _composed(name).casefold()
