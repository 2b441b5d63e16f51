"""The command line: each command's handler, exit codes, and the last catch of every error.

Every import that costs time stands inside the handler that needs it, so that --help is instant.
"""

from __future__ import annotations

import functools
import io
import json
import os
import sys
import time
import traceback
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

from waifu4x_tf.arguments import build_parser
from waifu4x_tf.errors import PictureError, UsageError, Waifu4xError
from waifu4x_tf.process import (
    TerminatedError,
    discard_standard_output,
    native_log_hidden,
    termination_as_interrupt,
)

if TYPE_CHECKING:
    from argparse import Namespace

    from waifu4x_tf.batch import Job
    from waifu4x_tf.batch_runner import RunSettings
    from waifu4x_tf.imaging.writing import WriteOptions
    from waifu4x_tf.inference.upscaler import Upscaler
    from waifu4x_tf.reporting import Reporter

EXIT_DONE, EXIT_SOME_FAILED, EXIT_USAGE, EXIT_INTERRUPTED, EXIT_TERMINATED = 0, 1, 2, 130, 143


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command.

    Args:
        argv: The arguments without the program's name; ``None`` takes those of the process.

    Returns:
        The exit code: 0 all done, 1 some failed, 2 wrong usage or nothing found, 130 Ctrl-C, 143 terminated.
    """
    if isinstance(sys.stdout, io.TextIOWrapper):
        # A file name that the terminal's encoding lacks must not end the run.
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        with termination_as_interrupt():
            arguments = build_parser().parse_args(argv)
            code = _HANDLERS[arguments.command](arguments)
            sys.stdout.flush()
            return code
    except SystemExit as leaving:  # argparse leaves this way after --help and --version.
        return leaving.code if isinstance(leaving.code, int) else EXIT_DONE
    except TerminatedError:
        return EXIT_TERMINATED
    except KeyboardInterrupt:
        return EXIT_INTERRUPTED
    except BrokenPipeError:
        discard_standard_output()
        return EXIT_SOME_FAILED
    except Waifu4xError as error:
        _complain(str(error))
        return EXIT_SOME_FAILED if isinstance(error, PictureError) else EXIT_USAGE
    except OSError as error:
        _complain(f"The system refused a file or a stream. Received: {error}. Check space and permissions.")
        return EXIT_SOME_FAILED
    except MemoryError:
        _complain("A picture and its result must fit into memory. Received: one that does not. Take a part.")
        return EXIT_SOME_FAILED
    except Exception as error:
        _complain(
            f"internal error: {type(error).__name__}: {error} "
            "(a fault of waifu4x; WAIFU4X_DEBUG=1 shows where)"
        )
        if _debugging():
            traceback.print_exc()
        return EXIT_SOME_FAILED


def _upscale(arguments: Namespace) -> int:
    from waifu4x_tf.batch import plan_jobs, resolve_destination
    from waifu4x_tf.batch_runner import RunSettings
    from waifu4x_tf.imaging.target import Target
    from waifu4x_tf.input_listing import list_sources
    from waifu4x_tf.outcome import Outcome

    started = time.monotonic()
    _refuse_terminals(arguments)
    listing = list_sources(arguments.inputs, out=arguments.output)
    jobs, settings = [], RunSettings()
    if listing.sources:
        destination = resolve_destination(
            arguments.output, arguments.format, listing.sources, scale=arguments.scale
        )
        jobs = plan_jobs(listing.sources, destination)
        settings = RunSettings(
            target=Target(arguments.scale),
            denoise=arguments.denoise,
            write=_write_options(arguments, destination.format),
            overwrite=arguments.overwrite,
            skip_existing=arguments.skip_existing,
            max_megapixels=arguments.max_megapixels,
        )
    reporter = _reporter(arguments)
    try:
        for name, reason in listing.unmatched:
            reporter.tell(Outcome(name, None, "failed", f"{name}: {reason}"))
        _run_jobs(jobs, settings, arguments, reporter)
    except KeyboardInterrupt:
        reporter.summary(time.monotonic() - started, listing.passed_over, stopped=True)
        raise
    reporter.summary(time.monotonic() - started, listing.passed_over)
    if not listing.sources:
        return EXIT_USAGE
    return EXIT_SOME_FAILED if reporter.failed else EXIT_DONE


def _run_jobs(jobs: list[Job], settings: RunSettings, arguments: Namespace, reporter: Reporter) -> None:
    from waifu4x_tf import batch_runner, dry_run
    from waifu4x_tf.progress import Progress

    @functools.cache
    def models(denoise: int) -> Upscaler:
        return _load(arguments, denoise)

    @functools.cache
    def seconds_per_tile_px() -> float:
        return dry_run.measure_speed(models(settings.denoise))

    unsettled = [batch_runner.settled_outcome(job, settings) is None for job in jobs]
    if any(unsettled):
        models(settings.denoise)  # A wrong --model is told before the first picture, not in the middle.
    standard_input = getattr(sys.stdin, "buffer", None)
    shows_progress = _shows_progress(arguments)
    sizes = [
        batch_runner.probe_px(job.source, settings) if waits and shows_progress else 1
        for job, waits in zip(jobs, unsettled, strict=True)
    ]
    reporter.progress = Progress(sys.stderr, sizes, enabled=shows_progress)
    for index, job in enumerate(jobs):
        reporter.progress.start_picture(index, job.source.label)
        outcome = batch_runner.settled_outcome(job, settings)
        if outcome is None and arguments.dry_run:
            outcome = dry_run.plan_job(
                job, settings, models, seconds_per_tile_px, standard_input=standard_input
            )
        elif outcome is None:
            outcome = batch_runner.run_job(
                job,
                settings,
                models,
                progress=reporter.progress.update,
                standard_input=standard_input,
                standard_output=getattr(sys.stdout, "buffer", None),
            )
        reporter.tell(outcome)


def _compare(arguments: Namespace) -> int:
    from waifu4x_tf import comparison
    from waifu4x_tf.batch_runner import read_capped
    from waifu4x_tf.imaging import writing
    from waifu4x_tf.imaging.picture import Picture

    source = Path(arguments.picture)
    if not source.is_file():
        raise UsageError(
            f"A picture to compare is a file. Received: {source}, which is none. Check the name."
        )
    sheet = Path(arguments.output or source.with_name(f"{source.stem}_compare.png"))
    format_name = writing.format_of_suffix(sheet.suffix)
    if format_name is None:
        raise UsageError(
            f"A sheet is written as .png, .jpg or .webp. Received: {sheet}. Choose one of these."
        )
    if sheet.exists() and (not arguments.overwrite or sheet.samefile(source)):
        raise UsageError(
            f"A file that exists is kept. Received: the sheet {sheet}. Choose another -o, or add "
            "--overwrite; the picture itself is never replaced."
        )
    picture = read_capped(source, str(source), arguments.max_megapixels)
    box = comparison.crop_box(picture.width, picture.height, arguments.crop)
    x, y, width, height = box
    part = comparison.flatten_on_white(picture)[y : y + height, x : x + width]
    upscaler = _load(arguments, arguments.denoise)
    panels = comparison.enlarge_by_each(part, upscaler, (height * upscaler.scale, width * upscaler.scale))
    where = f"{width}x{height} px at {x},{y} of {picture.width}x{picture.height}"
    image = comparison.draw_sheet(panels, f"{source.name}: {where}, {upscaler.scale} times larger")
    sheet.parent.mkdir(parents=True, exist_ok=True)
    writing.write(
        Picture.from_pil(image),
        sheet,
        writing.WriteOptions(format=format_name),
        overwrite=arguments.overwrite,
    )
    if not arguments.quiet:
        whole = (width, height) == (picture.width, picture.height)
        hint = "" if whole or arguments.crop else " (the centre; --crop X,Y,W,H chooses another part)"
        print(f"{source} -> {sheet}: {where}{hint}", file=sys.stderr)
    return EXIT_DONE


def _evaluate(arguments: Namespace) -> int:
    from waifu4x_tf import evaluation
    from waifu4x_tf.batch_runner import read_capped
    from waifu4x_tf.comparison import flatten_on_white
    from waifu4x_tf.input_listing import list_sources
    from waifu4x_tf.progress import Progress

    folder = Path(arguments.folder)
    if not folder.is_dir():
        raise UsageError(f"Pictures to evaluate are in a folder. Received: {folder}, which is none.")
    sources = list_sources([arguments.folder], out="-").sources
    if not sources:
        raise UsageError(f"A folder to evaluate holds pictures. Received: {folder}, which holds none.")
    upscaler = _load(arguments, arguments.denoise)
    progress = Progress(sys.stderr, [1] * len(sources), enabled=_shows_progress(arguments))
    rows = {}
    for index, source in enumerate(sources):
        progress.start_picture(index, source.label)
        name = source.relative.as_posix()
        try:
            picture = read_capped(Path(source.label), source.label, arguments.max_megapixels)
            rows[name] = evaluation.evaluate(
                flatten_on_white(picture),
                upscaler,
                scale=arguments.scale,
                jpeg_quality=arguments.jpeg,
                name=source.label,
            )
        except (PictureError, OSError, MemoryError) as error:
            progress.clear()
            _complain(str(error) or f"{source.label}: not enough memory for this picture.")
            continue
        if arguments.json:
            progress.clear()
            _print_json({"input": source.label, "scores": evaluation.scores_as_json(rows[name])})
    progress.clear()
    if not rows:
        raise PictureError(f"No picture of {folder} could be measured. The lines above say why.")
    mean = evaluation.mean_scores(list(rows.values()))
    if arguments.json:
        settings = {"pictures": len(rows), "scale": arguments.scale, "jpeg": arguments.jpeg}
        _print_json({"mean": evaluation.scores_as_json(mean), **settings})
    else:
        print(evaluation.scores_table({**(rows if arguments.verbose else {}), "mean": mean}))
        counted = f"{len(rows)} picture{'s' if len(rows) != 1 else ''}"
        damage = f", JPEG {arguments.jpeg}" if arguments.jpeg else ""
        print(f"{counted}, x{arguments.scale}{damage}, Y channel, border {arguments.scale}")
    return EXIT_DONE if len(rows) == len(sources) else EXIT_SOME_FAILED


_HANDLERS: dict[str, Callable[[Namespace], int]] = {
    "upscale": _upscale,
    "compare": _compare,
    "evaluate": _evaluate,
}


def _load(arguments: Namespace, denoise: int) -> Upscaler:
    import numpy as np

    from waifu4x_tf.inference.upscaler import load_upscaler
    from waifu4x_tf.models.zoo import denoise_model

    model = denoise_model(arguments.model, denoise)
    with nullcontext() if _debugging() else native_log_hidden():
        upscaler = load_upscaler(
            model,
            engine=arguments.engine,
            threads=arguments.threads,
            tile_px=arguments.tile,
            strength=arguments.strength,
        )
        # The network starts with its first tile: what it logs then, or fails with, belongs to the loading.
        upscaler.upscale(np.zeros((1, 1, 3), np.uint8))
    return upscaler


def _write_options(arguments: Namespace, format_name: str) -> WriteOptions:
    from waifu4x_tf.imaging import writing

    options = writing.WriteOptions(format_name, arguments.quality, arguments.background, arguments.strip)
    # Options that no picture could satisfy are told once and before any work.
    writing.check(1, 1, False, options)
    return options


def _reporter(arguments: Namespace) -> Reporter:
    from waifu4x_tf.reporting import Reporter

    # With the picture on standard output, JSON lines have standard error to themselves.
    if arguments.json and arguments.output == "-":
        return Reporter(errors=None, json_lines=sys.stderr, show_traces=_debugging())
    return Reporter(
        errors=sys.stderr,
        notes=None if arguments.quiet else sys.stderr,
        plans=None if arguments.json else sys.stderr if arguments.output == "-" else sys.stdout,
        json_lines=sys.stdout if arguments.json else None,
        show_traces=_debugging(),
    )


def _shows_progress(arguments: Namespace) -> bool:
    hidden = arguments.quiet or getattr(arguments, "dry_run", False)
    owned_by_json = arguments.json and getattr(arguments, "output", None) == "-"
    return not hidden and not owned_by_json and sys.stderr.isatty()


def _refuse_terminals(arguments: Namespace) -> None:
    if "-" in arguments.inputs and sys.stdin is not None and sys.stdin.isatty():
        raise UsageError("A picture is not typed by hand. Received: '-' with a terminal. Pipe a picture in.")
    if arguments.output == "-" and not arguments.dry_run and sys.stdout.isatty():
        raise UsageError(
            "A picture is not shown as text. Received: -o - on a terminal. Pipe it on, or name a file."
        )


def _print_json(value: object) -> None:
    print(json.dumps(value), flush=True)


def _complain(message: str) -> None:
    print(f"waifu4x: error: {message}", file=sys.stderr)


def _debugging() -> bool:
    return os.environ.get("WAIFU4X_DEBUG") == "1"
