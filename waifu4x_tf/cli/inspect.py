"""`waifu4x inspect`: what was found in each picture, in a line for people or as JSON."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from waifu4x_tf.batch.inputs import Source, list_sources
from waifu4x_tf.batch.reading import opened, read_capped
from waifu4x_tf.cli.argument_flags import with_flags
from waifu4x_tf.cli.console import (
    EXIT_DONE,
    EXIT_SOME_FAILED,
    EXIT_USAGE,
    complain,
    one_line,
    print_json,
    refuse_terminal_input,
)
from waifu4x_tf.errors import Waifu4xError, named
from waifu4x_tf.imaging import reading
from waifu4x_tf.inspection import findings as found_in
from waifu4x_tf.inspection.findings import Findings

if TYPE_CHECKING:
    from argparse import Namespace

    from waifu4x_tf.inference.options import ModelOptions
    from waifu4x_tf.inference.treatment import Treatment


def inspect(arguments: Namespace) -> int:
    """Tell what pictures have been through; nothing is written. The exit code."""
    from waifu4x_tf.inference.options import ModelOptions
    from waifu4x_tf.models.zoo import shipped_card

    refuse_terminal_input(arguments)
    options = ModelOptions(arguments.model)
    if not options.is_file:
        shipped_card(options.model)  # A name that there is not is reported before the first picture.
    listing = list_sources(arguments.inputs, out="-")
    for name, reason in listing.unmatched:
        _tell_failure(name, f"{name}: {reason}", arguments.json)
    failed = len(listing.unmatched)
    for source in listing.sources:
        try:
            findings, treatment = _inspected(source, arguments.max_megapixels, options)
        except (Waifu4xError, OSError, MemoryError) as error:
            failed += 1
            message = str(error) or "not enough memory for this picture."
            _tell_failure(source.label, named(source.label, message), arguments.json)
            continue
        if arguments.json:
            chosen = {"seen": treatment and treatment.seen, "treatment": treatment and treatment.done}
            print_json({"input": source.label, "error": None, **findings.as_json(), **chosen})
        else:
            print(_told(source.label, findings, treatment, arguments.verbose), flush=True)
    if not listing.sources:
        return EXIT_USAGE
    return EXIT_SOME_FAILED if failed else EXIT_DONE


def _inspected(
    source: Source, max_megapixels: float, options: ModelOptions
) -> tuple[Findings, Treatment | None]:
    from waifu4x_tf.inference.treatment import treatment_of

    with opened(source, getattr(sys.stdin, "buffer", None)) as stream:
        content = reading.content(stream, name=source.label)
    picture = read_capped(content, source.label, max_megapixels)
    return found_in.inspect(content, picture), treatment_of(picture, options)


def _told(label: str, findings: Findings, treatment: Treatment | None, verbose: bool) -> str:
    remarks = findings.remarks()
    # A lossy format names itself with its quality.
    is_named = findings.damage.codec in ("JPEG", "WebP", "AVIF")
    head = f"{label}: {findings.width}x{findings.height}" + ("" if is_named else f" {findings.format}")
    if treatment is not None:  # else there is nothing to choose, and nobody looked
        clean = "clean -> left as it is"
        remarks["treatment"] = f"{treatment.seen} -> {treatment.done}" if treatment.done else clean
    if not verbose:
        return one_line(f"{head}, {'; '.join(remarks.values())}")
    width = max(map(len, remarks))
    lines = [f"  {topic:{width}}  {words}" for topic, words in remarks.items()]
    return "\n".join(map(one_line, [head, *lines]))


def _tell_failure(label: str, message: str, as_json: bool) -> None:
    complain(message)
    if as_json:
        print_json({"input": label, "error": with_flags(message)})
