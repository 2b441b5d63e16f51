"""`waifu4x inspect`: what was found in each picture, in a line for people or as JSON."""

from __future__ import annotations

import sys
from argparse import Namespace

from waifu4x_tf.argument_flags import with_flags
from waifu4x_tf.batch_runner import opened, read_capped
from waifu4x_tf.commands.loading import denoise_levels
from waifu4x_tf.commands.talking import (
    EXIT_DONE,
    EXIT_SOME_FAILED,
    EXIT_USAGE,
    complain,
    print_json,
    refuse_terminal_input,
)
from waifu4x_tf.errors import Waifu4xError
from waifu4x_tf.imaging import reading
from waifu4x_tf.input_listing import Source, list_sources
from waifu4x_tf.inspection import findings as found_in
from waifu4x_tf.inspection.damage import denoise_level
from waifu4x_tf.inspection.findings import Findings
from waifu4x_tf.plain_text import named, one_line


def inspect(arguments: Namespace) -> int:
    """Tell what pictures have been through; nothing is written. The exit code."""
    refuse_terminal_input(arguments)
    levels = denoise_levels(arguments)
    listing = list_sources(arguments.inputs, out="-")
    for name, reason in listing.unmatched:
        _tell_failure(name, f"{name}: {reason}", arguments.json)
    failed = len(listing.unmatched)
    for source in listing.sources:
        try:
            findings = _inspected(source, arguments.max_megapixels)
        except (Waifu4xError, OSError, MemoryError) as error:
            failed += 1
            message = str(error) or "not enough memory for this picture."
            _tell_failure(source.label, named(source.label, message), arguments.json)
            continue
        level = denoise_level(findings.damage, levels)
        if arguments.json:
            print_json({"input": source.label, "error": None, **findings.as_json(), "denoise": level})
        else:
            print(_told(source.label, findings, level, arguments.verbose), flush=True)
    if not listing.sources:
        return EXIT_USAGE
    return EXIT_SOME_FAILED if failed else EXIT_DONE


def _inspected(source: Source, max_megapixels: float) -> Findings:
    with opened(source, getattr(sys.stdin, "buffer", None)) as stream:
        content = reading.content(stream, name=source.label)
    return found_in.inspect(content, read_capped(content, source.label, max_megapixels))


def _told(label: str, findings: Findings, level: int, verbose: bool) -> str:
    remarks = findings.remarks()
    # A lossy format names itself with its quality.
    is_named = findings.damage.codec in ("JPEG", "WebP", "AVIF")
    head = f"{label}: {findings.width}x{findings.height}" + ("" if is_named else f" {findings.format}")
    if not verbose:
        return one_line(f"{head}, {'; '.join(remarks.values())} -> --denoise {level}")
    width = max(map(len, [*remarks, "denoise"]))
    lines = [f"  {topic:{width}}  {words}" for topic, words in [*remarks.items(), ("denoise", str(level))]]
    return "\n".join(map(one_line, [head, *lines]))


def _tell_failure(label: str, message: str, as_json: bool) -> None:
    complain(message)
    if as_json:
        print_json({"input": label, "error": with_flags(message)})
