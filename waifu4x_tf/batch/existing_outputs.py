"""Results that exist already: which are what is asked for, and which have to be made again, and why."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from waifu4x_tf.batch.receipt_storage import find, sha256_of_file
from waifu4x_tf.batch.receipts import Receipt, difference

if TYPE_CHECKING:
    from waifu4x_tf.batch.inputs import Source
    from waifu4x_tf.batch.plan import Job
    from waifu4x_tf.batch.settings import RunSettings
    from waifu4x_tf.inference.identity import ModelIdentity

# Tells which model would be used, without loading it.
Identify = Callable[[], "ModelIdentity"]


@dataclass(frozen=True)
class Standing:
    """What is to become of a result that exists.

    Attributes:
        output: The result.
        is_kept: True when it stays as it is.
        why: The reason, for people.
    """

    output: Path
    is_kept: bool
    why: str


def existing_output(job: Job) -> Path | None:
    """The result of a job that exists, in whichever of its formats; None when there is none."""
    outputs = [output for output in (job.other_output, job.output) if output is not None]
    return next((output for output in outputs if os.path.lexists(output)), None)


def standing(output: Path, expected: Callable[[Receipt], Receipt]) -> Standing:
    """Compare a result's receipt with the one that it would get now.

    Args:
        output: What has the result's name; be it a folder or a link that leads nowhere.
        expected: Gives the receipt of a new result for the one that was found.

    Returns:
        A result without a receipt is kept: nobody knows how it was made, and it may be somebody's work.

    Raises:
        ReceiptError: The receipt cannot be read; the result is not touched.
        OSError: The source cannot be read.
    """
    if not os.path.isfile(output):
        return Standing(output, True, "the output exists")
    if os.path.getsize(output) == 0:
        # Without hard links a name is claimed by an empty file, and the process may have ended just then.
        return Standing(output, False, "the output is an empty file")
    found = find(output)
    if found is None:
        return Standing(output, True, "the output exists, and has no receipt to compare")
    reason = difference(found, expected(found))
    return Standing(output, reason is None, reason or "the output is up to date")


def standing_of(output: Path, source: Source, settings: RunSettings, identify: Identify | None) -> Standing:
    """The `standing` of a result, from files alone: nothing is decoded or loaded.

    Args:
        output: What has the result's name.
        source: The picture; what is no regular file cannot be compared and counts as unchanged.
        settings: What holds for the batch.
        identify: Tells which model would be used; None compares nothing.

    Raises:
        ReceiptError: As `standing`.
        OSError: The source cannot be read.
    """
    if identify is None:
        return Standing(output, True, "the output exists")
    return standing(output, lambda found: _expected(found, source.path, settings, identify))


def why_again(job: Job, settings: RunSettings, identify: Identify | None) -> str | None:
    """Why a job that `settled_outcome` left open replaces a result; None for no result, or when it just may.

    Raises:
        ReceiptError: As `standing`.
        OSError: The source cannot be read.
    """
    existing = existing_output(job)
    if existing is None or settings.overwrite:
        return None
    return standing_of(existing, job.source, settings, identify).why


def _expected(found: Receipt, source: Path | None, settings: RunSettings, identify: Identify) -> Receipt:
    expected = Receipt.of(found.source, identify(), settings)
    if source is None or not source.is_file() or difference(found, expected) is not None:
        return expected
    return dataclasses.replace(expected, source=sha256_of_file(source))
