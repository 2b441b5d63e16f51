"""The work of a planned batch: each job read, enlarged and written, and what came of it.

Whatever goes wrong with one picture ends as a failed outcome that names it; the others go on.
"""

from __future__ import annotations

import io
import os
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from waifu4x_tf.batch import Job
from waifu4x_tf.errors import Waifu4xError
from waifu4x_tf.imaging import reading, writing
from waifu4x_tf.imaging.picture import Picture
from waifu4x_tf.imaging.target import Target
from waifu4x_tf.imaging.writing import WriteOptions
from waifu4x_tf.input_listing import STANDARD_STREAM, Source
from waifu4x_tf.outcome import Outcome

if TYPE_CHECKING:
    from waifu4x_tf.inference.upscaler import Upscaler

# Gives the model for a level of damage, 0 to 3, loaded on its first use.
Models = Callable[[int], "Upscaler"]

# The x4 result of a picture has sixteen times its pixels, and the reader caps both.
_OUTPUT_PIXELS_PER_INPUT_PIXEL = 16


@dataclass(frozen=True)
class RunSettings:
    """What holds for every picture of a batch.

    Attributes:
        target: How large the results are to be.
        denoise: The level of damage that is cleaned, 0 to 3.
        write: Format, quality, background and metadata of the results.
        overwrite: Replace results that exist.
        skip_existing: Leave results that exist, and count them as skipped.
        max_megapixels: The largest input that is decoded.
    """

    target: Target = field(default_factory=Target)
    denoise: int = 0
    write: WriteOptions = field(default_factory=WriteOptions)
    overwrite: bool = False
    skip_existing: bool = False
    max_megapixels: float = 64.0


def read_capped(content: Path | BinaryIO, name: str, max_megapixels: float) -> Picture:
    """Read a picture of at most so many megapixels; the cap on its x4 result follows."""
    return reading.read(
        content,
        name=name,
        max_megapixels=max_megapixels,
        max_output_megapixels=max_megapixels * _OUTPUT_PIXELS_PER_INPUT_PIXEL,
    )


def probe_capped(content: Path | BinaryIO, name: str, max_megapixels: float) -> tuple[int, int]:
    """(width, height) from the header, under the caps of `read_capped`."""
    width, height, _ = reading.probe(
        content,
        name=name,
        max_megapixels=max_megapixels,
        max_output_megapixels=max_megapixels * _OUTPUT_PIXELS_PER_INPUT_PIXEL,
    )
    return width, height


def probe_px(source: Source, settings: RunSettings) -> int:
    """Pixels of a picture for its share of the progress; 1 where they cannot be known yet."""
    if source.path is None or not source.path.is_file():
        return 1
    try:
        width, height = probe_capped(source.path, source.label, settings.max_megapixels)
    except Exception:  # Whatever it is, the job itself meets it again and reports it.
        return 1
    return width * height


def settled_outcome(job: Job, settings: RunSettings) -> Outcome | None:
    """The outcome of a job that needs no work: one with a problem, or whose result exists already."""
    if job.problem is not None:
        return _failure(job, job.problem)
    if job.output is None or settings.overwrite or not os.path.lexists(job.output):
        return None
    if settings.skip_existing:
        return Outcome(job.source.label, str(job.output), "skipped", "the output exists")
    return _failure(
        job,
        f"A result that exists is kept. Received: {job.source.label}, whose output {job.output} exists. "
        "Add --overwrite or --skip-existing.",
    )


def run_job(
    job: Job,
    settings: RunSettings,
    models: Models,
    *,
    progress: Callable[[int, int], None] | None = None,
    cancel: Callable[[], bool] | None = None,
    standard_input: BinaryIO | None = None,
    standard_output: BinaryIO | None = None,
) -> Outcome:
    """Read, enlarge and write one picture.

    Args:
        job: What to do; see `settled_outcome` for jobs that need no work.
        settings: What holds for the batch.
        models: Give the model.
        progress: Called with (done, total) input pixels.
        cancel: Asked before each tile; True ends the job as failed, with nothing written.
        standard_input: Where a job without an input file reads.
        standard_output: Where a job without an output file writes.

    Returns:
        Done or failed; no error of a picture is raised.

    Raises:
        BrokenPipeError: Nobody reads standard output any more.
    """

    def work() -> Outcome:
        seconds: dict[str, float] = {}
        with _timed(seconds, "read"):
            with opened(job.source, standard_input) as content:
                picture = read_capped(content, job.source.label, settings.max_megapixels)
            input_size = picture.width, picture.height
            size = settings.target.result_size(*input_size)
            writing.check(*size, not picture.is_opaque, settings.write, exif=picture.exif)
        with _timed(seconds, "upscale"):
            upscaler = models(settings.denoise)
            picture = upscaler.upscale(picture, target=settings.target, progress=progress, cancel=cancel)
        with _timed(seconds, "write"):
            if job.output is not None:
                count = writing.write(picture, job.output, settings.write, overwrite=settings.overwrite)
            else:
                content = writing.encode(picture, settings.write)
                count = len(content)
                if standard_output is not None:
                    standard_output.write(content)
                    standard_output.flush()
        return Outcome(
            job.source.label,
            output_label(job),
            "done",
            input_size=input_size,
            size=size,
            scale=settings.target.scale,
            seconds=seconds,
            model=upscaler.name,
            bytes=count,
        )

    return outcome_of(job, work)


@contextmanager
def opened(source: Source, standard_input: BinaryIO | None) -> Iterator[Path | BinaryIO]:
    """What the reader takes: a path for a regular file, else a stream."""
    if source.path is None:
        yield standard_input if standard_input is not None else io.BytesIO()
    elif source.path.is_fifo():
        # Such as a shell's <(command): the reader refuses its path, because nobody may ever write there.
        # Named on a command line it was meant.
        with source.path.open("rb") as stream:
            yield stream
    else:
        yield source.path


def outcome_of(job: Job, work: Callable[[], Outcome]) -> Outcome:
    """The outcome of some work, or the failure that any error of it comes to.

    Raises:
        BrokenPipeError: Nobody reads standard output any more; no other picture can be written to it either.
    """
    try:
        return work()
    except BrokenPipeError:
        raise
    except Waifu4xError as error:
        return _failure(job, str(error))
    except MemoryError:
        return _failure(
            job,
            f"A picture and its result must fit into memory. Received: {job.source.label}, which does not. "
            "Give a smaller --tile, close other programs, or cut the picture into parts.",
        )
    except OSError as error:
        return _failure(job, f"{job.source.label}: {error}")
    except Exception as error:
        message = (
            f"internal error with {job.source.label}: {type(error).__name__}: {error} "
            "(a fault of waifu4x; WAIFU4X_DEBUG=1 shows where)"
        )
        return _failure(job, message, trace=traceback.format_exc())


def _failure(job: Job, message: str, *, trace: str | None = None) -> Outcome:
    name = job.source.path.name if job.source.path is not None else STANDARD_STREAM
    if name not in message:
        message = f"{job.source.label}: {message}"
    return Outcome(job.source.label, output_label(job), "failed", message, trace=trace)


def output_label(job: Job) -> str:
    """Where a result goes, for people; ``-`` is standard output."""
    return STANDARD_STREAM if job.output is None else str(job.output)


@contextmanager
def _timed(seconds: dict[str, float], stage: str) -> Iterator[None]:
    started = time.perf_counter()
    yield
    seconds[stage] = time.perf_counter() - started
