"""The work of a planned batch: each job read, enlarged and written, and what came of it.

Whatever goes wrong with one picture ends as a failed outcome that names it; the others go on.
"""

from __future__ import annotations

import hashlib
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from waifu4x_tf.batch import receipt_storage
from waifu4x_tf.batch.existing_outputs import Identify, Standing, existing_output, standing, standing_of
from waifu4x_tf.batch.inputs import STANDARD_STREAM
from waifu4x_tf.batch.outcome import Outcome
from waifu4x_tf.batch.plan import Job
from waifu4x_tf.batch.reading import OUTPUT_PIXELS_PER_INPUT_PIXEL, read_input
from waifu4x_tf.batch.receipts import Receipt
from waifu4x_tf.batch.settings import RunSettings
from waifu4x_tf.errors import ReceiptError, Waifu4xError, named, refusal
from waifu4x_tf.imaging import presets, writing
from waifu4x_tf.imaging.atomic_files import check_destination
from waifu4x_tf.imaging.drift import measure_drift
from waifu4x_tf.imaging.guard import check_enlarged
from waifu4x_tf.imaging.picture import Picture
from waifu4x_tf.imaging.presets import PRESETS
from waifu4x_tf.imaging.writing import WriteOptions

if TYPE_CHECKING:
    from waifu4x_tf.inference.route import Route
    from waifu4x_tf.inference.tiling import TilePlan
    from waifu4x_tf.inference.upscaler import Upscaler

# Gives the model, loaded on its first use.
Load = Callable[[], "Upscaler"]


def settled_outcome(job: Job, settings: RunSettings, identify: Identify | None = None) -> Outcome | None:
    """The outcome of a job that needs no work: one with a problem, or whose result exists already.

    Args:
        job: What would be done.
        settings: What holds for the batch.
        identify: Tells which model would be used, to compare with the receipts of results that exist. None
            compares nothing: whatever exists is left.

    Raises:
        UsageError: There is no such model, or it does not take these options.
        ModelError: The same.
    """
    if job.problem is not None:
        return _failure(job, named(job.source.label, job.problem))
    existing = existing_output(job)
    if existing is None or settings.overwrite:
        return None
    job = replace(job, output=existing)
    if settings.skip_existing:
        try:
            found = standing_of(existing, job.source, settings, identify)
        except (ReceiptError, OSError) as error:
            return _failure(job, named(job.source.label, str(error)))
        return _skipped(job, found.why) if found.is_kept else None
    message = (
        f"{job.source.label}: A result that exists is kept. Received: an input whose output {job.output} "
        "exists. Add `overwrite` or `skip_existing`."
    )
    return _failure(job, message, exists=True)


def run_job(
    job: Job,
    settings: RunSettings,
    load: Load,
    *,
    progress: Callable[[int, int], None] | None = None,
    cancel: Callable[[], bool] | None = None,
    on_read: Callable[[Picture], object] | None = None,
    standard_input: BinaryIO | None = None,
    standard_output: BinaryIO | None = None,
) -> Outcome:
    """Read, enlarge and write one picture.

    Args:
        job: What to do; see `settled_outcome` for jobs that need no work.
        settings: What holds for the batch.
        load: Gives the model.
        progress: Called with (done, total) input pixels.
        cancel: Asked before each tile; True ends the job as failed, with nothing written.
        on_read: Called with the picture as it was read, before the work.
        standard_input: Where a job without an input file reads.
        standard_output: Where a job without an output file writes.

    Returns:
        Done or failed; no error of a picture is raised.

    Raises:
        BrokenPipeError: Nobody reads standard output any more.
    """

    def work() -> Outcome:
        seconds: dict[str, float] = {}
        if job.output is not None:
            check_destination(job.output)
        with timed(seconds, "read"):
            given = read_input(job, settings, standard_input)
            original, target = given.picture, given.target
            input_size, frames = (original.width, original.height), len(original.frames)
        if on_read is not None:
            on_read(original)
        with timed(seconds, "upscale"):
            upscaler = load()
            receipt = _receipt(given.content, upscaler, settings)
            found = _standing(job, settings, receipt)
            if found is not None and found.is_kept:
                return _skipped(job, found.why)
            upscaler = upscaler.for_picture(original)
            route = upscaler.route(*input_size, target)
            check_route(route, settings, frames=frames)
            note = with_note_of_strips(given.note, upscaler.plans(*input_size, target))
            picture = upscaler.upscale(original, target=target, progress=progress, cancel=cancel)
        drift = None
        if given.size == target.placed_size(*input_size):
            with timed(seconds, "measure"):
                drift = measure_drift(original, picture)
        with timed(seconds, "write"):
            text = None if receipt is None or settings.receipt is False else receipt_storage.text_of(receipt)
            picture, output, options = _placed(picture, job, settings, text)
            if output is not None:
                overwrite = settings.overwrite or found is not None
                count = writing.write(picture, output, options, overwrite=overwrite, text=text)
                receipt_storage.settle_beside(output, receipt, options, settings.receipt)
                if found is not None and found.output != output:
                    receipt_storage.remove(found.output)
            else:
                encoded = writing.encode(picture, options, text=text)
                count = len(encoded)
                if standard_output is not None:
                    standard_output.write(encoded)
                    standard_output.flush()
        return Outcome(
            job.source.label,
            output_label(output),
            "done",
            input_size=input_size,
            size=given.size,
            scale=target.factor(*input_size),
            seconds=seconds,
            model=upscaler.name,
            bytes=count,
            frames=frames,
            duration_ms=sum(picture.durations_ms),
            bits=picture.bits,
            treatment=upscaler.treatment if route.passes else None,
            strength=upscaler.strength if route.passes else None,
            note=note,
            again=None if found is None else found.why,
            drift=drift,
        )

    return outcome_of(job, work)


def with_note_of_strips(note: str | None, plans: list[TilePlan]) -> str | None:
    """What the person should know, and that the picture is too long and thin for the network where it is."""
    strips = (
        "too thin for the network, enlarged by interpolation" if plans and plans[0].is_interpolated else ""
    )
    return "; ".join(each for each in (note, strips) if each) or None


def check_route(route: Route, settings: RunSettings, *, frames: int = 1) -> None:
    """Refuse a picture that would have more pixels on the way to its result than the cap allows.

    Raises:
        PictureError: It would; the message names the cap.
    """
    most = settings.max_megapixels * OUTPUT_PIXELS_PER_INPUT_PIXEL
    for size in (route.sizes[-1], route.result_size):  # which padding makes the larger one
        check_enlarged(*size, most, frames=frames)


def _placed(
    picture: Picture, job: Job, settings: RunSettings, text: tuple[str, str] | None
) -> tuple[Picture, Path | None, WriteOptions]:
    """What of a result is written, where and how; None is standard output."""
    if settings.preset is None:
        return picture, job.output, settings.write
    preset = PRESETS[settings.preset]
    has_choice = job.output is None or job.other_output is not None
    formats = preset.formats if has_choice else (settings.write.format,)
    picture, options = presets.fitted(picture, preset, settings.write, formats, text=text)
    return picture, job.output if options.format == settings.write.format else job.other_output, options


def _receipt(content: bytes, upscaler: Upscaler, settings: RunSettings) -> Receipt | None:
    """None for an upscaler constructed directly: nobody could load it again."""
    if upscaler.identity is None:
        return None
    return Receipt.of(hashlib.sha256(content).hexdigest(), upscaler.identity, settings)


def _standing(job: Job, settings: RunSettings, receipt: Receipt | None) -> Standing | None:
    """What is to become of a result that exists, where receipts decide about it."""
    if receipt is None or job.output is None:
        return None
    if settings.receipt and not writing.carries_text(settings.write):
        receipt_storage.check_beside(job.output)
    existing = existing_output(job)
    if existing is None or not settings.skip_existing or settings.overwrite:
        return None
    return standing(existing, lambda _: receipt)


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
        return _failure(job, named(job.source.label, str(error)))
    except MemoryError:
        return _failure(
            job,
            f"{job.source.label}: A picture and its result must fit into memory. Received: one that does "
            "not. Give a smaller `tile_px`, close other programs, or cut the picture into parts.",
        )
    except OSError as error:
        return _failure(job, f"{job.source.label}: {refusal(error)}")
    except Exception as error:
        message = (
            f"internal error with {job.source.label}: {type(error).__name__}: {error} "
            "(a fault of waifu4x; WAIFU4X_DEBUG=1 shows where)"
        )
        return _failure(job, message, trace=traceback.format_exc())


def _skipped(job: Job, why: str) -> Outcome:
    return Outcome(job.source.label, output_label(job.output), "skipped", why, note=job.note)


def _failure(job: Job, message: str, **why: Any) -> Outcome:
    return Outcome(job.source.label, output_label(job.output), "failed", message, **why)


def output_label(output: Path | None) -> str:
    """Where a result goes, for people; ``-`` is standard output."""
    return STANDARD_STREAM if output is None else str(output)


@contextmanager
def timed(seconds: dict[str, float], stage: str) -> Iterator[None]:
    """Notes how long the block took under the name of its stage."""
    started = time.perf_counter()
    yield
    seconds[stage] = time.perf_counter() - started
