"""The command `waifu4x inspect`: what was found in each picture, in a line for people or as JSON."""

from __future__ import annotations

import json
import sys
from argparse import Namespace
from collections.abc import Sequence
from typing import TextIO

from waifu4x_tf.batch_runner import opened, read_capped
from waifu4x_tf.errors import Waifu4xError
from waifu4x_tf.imaging import reading
from waifu4x_tf.input_listing import Source, list_sources
from waifu4x_tf.inspection.damage import denoise_level
from waifu4x_tf.inspection.findings import Findings, inspect
from waifu4x_tf.plain_text import one_line


def inspect_all(arguments: Namespace, levels: Sequence[int]) -> tuple[int, int]:
    """Inspect every picture that the arguments name, and print what is found; nothing is written.

    Args:
        arguments: ``inputs``, ``max_megapixels``, ``json`` and ``verbose``.
        levels: What --denoise auto chooses among.

    Returns:
        How many pictures were inspected, and how many inputs failed.
    """
    listing = list_sources(arguments.inputs, out="-")
    failed = 0
    for name, reason in listing.unmatched:
        _tell_failure(name, f"{name}: {reason}", arguments.json)
    for source in listing.sources:
        try:
            findings = _inspected(source, arguments.max_megapixels)
        except (Waifu4xError, OSError, MemoryError) as error:
            failed += 1
            message = str(error) or "not enough memory for this picture."
            named = message if source.label in message else f"{source.label}: {message}"
            _tell_failure(source.label, named, arguments.json)
            continue
        level = denoise_level(findings.damage, levels)
        if arguments.json:
            found = {"input": source.label, "error": None, **findings.as_json(), "denoise": level}
            _write(sys.stdout, json.dumps(found))
        else:
            _write(sys.stdout, _told(source.label, findings, level, arguments.verbose))
    inspected = len(listing.sources) - failed
    return inspected, failed + (len(listing.unmatched) if listing.sources else 0)


def _inspected(source: Source, max_megapixels: float) -> Findings:
    with opened(source, getattr(sys.stdin, "buffer", None)) as stream:
        content = reading.content(stream, name=source.label)
    return inspect(content, read_capped(content, source.label, max_megapixels))


def _told(label: str, findings: Findings, level: int, verbose: bool) -> str:
    remarks = findings.remarks()
    # A lossy format names itself with its quality.
    is_named = findings.damage.codec in ("JPEG", "WebP")
    head = f"{label}: {findings.width}x{findings.height}" + ("" if is_named else f" {findings.format}")
    if not verbose:
        return one_line(f"{head}, {'; '.join(remarks.values())} -> --denoise {level}")
    width = max(map(len, [*remarks, "denoise"]))
    lines = [f"  {topic:{width}}  {words}" for topic, words in [*remarks.items(), ("denoise", str(level))]]
    return "\n".join(map(one_line, [head, *lines]))


def _tell_failure(label: str, message: str, as_json: bool) -> None:
    _write(sys.stderr, one_line(f"waifu4x: error: {message}"))
    if as_json:
        _write(sys.stdout, json.dumps({"input": label, "error": message}))


def _write(stream: TextIO, line: str) -> None:
    stream.write(line + "\n")
    stream.flush()
