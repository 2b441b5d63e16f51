"""Where each result goes: planned before any work. Only names and folders are looked at."""

import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from waifu4x_tf.errors import UsageError
from waifu4x_tf.imaging.target import Target
from waifu4x_tf.imaging.writing import FORMATS, format_of_suffix, is_unwritten
from waifu4x_tf.input_listing import STANDARD_STREAM, Source


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
    """

    source: Source
    output: Path | None
    problem: str | None = None
    other_output: Path | None = None


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
            f"The suffix of OUT and --format must agree. Received: -o {path} with --format {format_name}. "
            "Leave one of them out."
        )
    return Destination("file", path, by_suffix)


def plan_jobs(sources: Sequence[Source], destination: Destination) -> list[Job]:
    """Give every picture its output, and find the ones that must not be written.

    Args:
        sources: The pictures.
        destination: Where results go.

    Returns:
        One job a picture, in the same order; a picture named twice for one output is taken once. A job
        whose output is one of the inputs, or the output of another picture's job, carries a problem.
    """
    inputs = {_same_file_key(source.path): source for source in sources if source.path is not None}
    owners: dict[str, Source] = {}
    jobs = []
    for source in sources:
        output = _output_of(source, destination, destination.format)
        other = destination.other_format and _output_of(source, destination, destination.other_format)
        problem = None
        if output is not None:
            key = _same_file_key(output)
            replaced = [each for each in (output, other) if each and _same_file_key(each) in inputs]
            if replaced:
                problem = (
                    f"A result never replaces an input. Received: the output {replaced[0]}, "
                    f"which is the input {inputs[_same_file_key(replaced[0])].label}. Choose another -o."
                )
            elif key in owners and _is_same_picture(source, owners[key]):
                continue
            elif key in owners:
                problem = (
                    f"Each result needs a file of its own. Received: the output {output}, which is "
                    f"already the result of {owners[key].label}. Upscale this one with another -o."
                )
            else:
                owners[key] = source
        jobs.append(Job(source, output, problem, other or None))
    return jobs


def _output_of(source: Source, destination: Destination, format_name: str) -> Path | None:
    suffix = f".{format_name}"
    if destination.kind == "folder" and destination.path is not None:
        # Not with_suffix(): a stem may itself end in something that looks like one.
        return destination.path / source.relative.parent / f"{source.relative.stem}{suffix}"
    if destination.kind == "beside" and source.path is not None:
        return source.path.with_name(f"{source.path.stem}_{destination.label}{suffix}")
    return destination.path


def _is_same_picture(one: Source, other: Source) -> bool:
    if one.path is None or other.path is None:
        return False
    return _same_file_key(one.path) == _same_file_key(other.path)


def _same_file_key(path: Path) -> str:
    """Equal for two names of one file, on systems that ignore case too."""
    key = os.path.normcase(os.path.realpath(path))
    return key.casefold() if sys.platform == "darwin" else key
