"""`waifu4x upscale`."""

from __future__ import annotations

import functools
import sys
import time
from typing import TYPE_CHECKING

from waifu4x_tf.cli.console import (
    EXIT_DONE,
    EXIT_SOME_FAILED,
    EXIT_USAGE,
    is_debugging,
    refuse_terminal_input,
    shows_progress,
)
from waifu4x_tf.cli.models import load, model_options
from waifu4x_tf.cli.process import was_closed
from waifu4x_tf.errors import UsageError

if TYPE_CHECKING:
    from argparse import Namespace

    from waifu4x_tf.batch.plan import Job
    from waifu4x_tf.batch.settings import RunSettings
    from waifu4x_tf.cli.reporter import Reporter
    from waifu4x_tf.imaging.target import Target
    from waifu4x_tf.imaging.writing import WriteOptions


def upscale(arguments: Namespace) -> int:
    """Enlarge pictures and folders of pictures; the exit code."""
    from waifu4x_tf.batch.inputs import list_sources
    from waifu4x_tf.batch.outcome import Outcome
    from waifu4x_tf.batch.plan import plan_jobs, resolve_destination
    from waifu4x_tf.batch.settings import RunSettings
    from waifu4x_tf.batch.sharding import share
    from waifu4x_tf.cli.reporter import IN_OTHER_SHARDS

    # No clock began with the process: what Python took to come here is known in seconds of its core.
    started, python_seconds = time.monotonic(), time.process_time()
    _refuse_terminals(arguments)
    listing = list_sources(arguments.inputs, out=arguments.output)
    jobs, settings = [], RunSettings()
    target = _target(arguments)
    if listing.sources:
        destination = resolve_destination(
            arguments.output,
            arguments.format,
            listing.sources,
            label=arguments.preset or target.label,
            other_format=_other_format(arguments.preset),
        )
        jobs = plan_jobs(listing.sources, destination)
        if arguments.shard is not None:
            planned = len(jobs)
            jobs = share(jobs, arguments.shard)
            listing.passed_over[IN_OTHER_SHARDS] = planned - len(jobs)
        settings = RunSettings(
            target=target,
            write=_write_options(arguments, destination.format),
            overwrite=arguments.overwrite,
            skip_existing=arguments.skip_existing,
            max_megapixels=arguments.max_megapixels,
            receipt=arguments.receipt,
            preset=arguments.preset,
        )
    reporter = _reporter(arguments)
    try:
        for name, reason in listing.unmatched:
            reporter.report(Outcome(name, None, "failed", f"{name}: {reason}"))
        _run_jobs(jobs, settings, arguments, reporter, started - python_seconds)
    except KeyboardInterrupt:
        reporter.summary(time.monotonic() - started, listing.passed_over, stopped=True, shard=arguments.shard)
        raise
    reporter.summary(time.monotonic() - started, listing.passed_over, shard=arguments.shard)
    if not listing.sources:
        return EXIT_USAGE
    return EXIT_SOME_FAILED if reporter.failed else EXIT_DONE


def _run_jobs(
    jobs: list[Job], settings: RunSettings, arguments: Namespace, reporter: Reporter, process_started: float
) -> None:
    from waifu4x_tf.batch import dry_run, runner
    from waifu4x_tf.batch.estimates import Estimates
    from waifu4x_tf.batch.reading import probe_px
    from waifu4x_tf.cli.progress import Progress
    from waifu4x_tf.imaging.atomic_files import remove_leftovers
    from waifu4x_tf.inference.identity import identify_model

    options = model_options(arguments)
    upscaler = functools.cache(lambda: load(arguments))
    identify = functools.cache(lambda: identify_model(options))

    settled = [runner.settled_outcome(job, settings, identify) for job in jobs]
    if None in settled:
        upscaler()  # A wrong --model is reported before the first picture, not in the middle.
    standard_input = getattr(sys.stdin, "buffer", None)
    is_shown = shows_progress(arguments)
    sizes = [
        probe_px(job.source, settings) if outcome is None and is_shown else 1
        for job, outcome in zip(jobs, settled, strict=True)
    ]
    if not arguments.dry_run:
        for folder in {job.output.parent for job in jobs if job.output is not None}:
            remove_leftovers(folder)
    estimates = Estimates(time.monotonic() - process_started)
    reporter.progress = Progress(sys.stderr, sizes, enabled=is_shown)
    for index, job in enumerate(jobs):
        reporter.progress.start_picture(index, job.source.label)
        # A result may have come since.
        outcome = settled[index] or runner.settled_outcome(job, settings, identify)
        if outcome is None and arguments.dry_run:
            outcome = dry_run.plan_job(
                job, settings, upscaler, estimates, identify, standard_input=standard_input
            )
        elif outcome is None:
            outcome = runner.run_job(
                job,
                settings,
                upscaler,
                progress=reporter.progress.update,
                standard_input=standard_input,
                standard_output=getattr(sys.stdout, "buffer", None),
            )
        reporter.report(outcome)


def _target(arguments: Namespace) -> Target:
    from waifu4x_tf.imaging.presets import PRESETS
    from waifu4x_tf.imaging.target import Target

    if arguments.preset is None:
        return Target(
            arguments.scale,
            arguments.size,
            arguments.fit or "inside",
            arguments.min_side,
            arguments.wrap,
            bits=arguments.bits,
        )
    for name in ("format", "quality", "bits", "fit", "wrap"):
        if getattr(arguments, name):
            raise UsageError(
                f"A preset decides about size, format and quality. Received: --preset {arguments.preset} "
                f"with --{name}. Leave one of them out."
            )
    return PRESETS[arguments.preset].target


def _other_format(preset: str | None) -> str | None:
    """What a sticker may be when it is too large for the preferred format."""
    from waifu4x_tf.imaging.presets import PRESETS

    return None if preset is None else (*PRESETS[preset].formats, None)[1]


def _write_options(arguments: Namespace, format_name: str) -> WriteOptions:
    from waifu4x_tf.imaging import writing

    if arguments.preset is not None:
        from waifu4x_tf.imaging.presets import PRESETS, check_format

        check_format(PRESETS[arguments.preset], format_name)
    strip = arguments.strip or arguments.preset is not None
    options = writing.WriteOptions(format_name, arguments.quality, arguments.background, strip)
    # Options that no picture could satisfy are reported once and before any work.
    writing.check(1, 1, False, options, bits=arguments.bits or 8)
    return options


def _reporter(arguments: Namespace) -> Reporter:
    from waifu4x_tf.cli.reporter import Reporter

    # With the picture on standard output, JSON lines have standard error to themselves.
    if arguments.json and arguments.output == "-":
        return Reporter(errors=None, json_lines=sys.stderr, show_traces=is_debugging())
    return Reporter(
        errors=sys.stderr,
        notes=None if arguments.quiet else sys.stderr,
        plans=None if arguments.json else sys.stderr if arguments.output == "-" else sys.stdout,
        json_lines=sys.stdout if arguments.json else None,
        show_traces=is_debugging(),
    )


def _refuse_terminals(arguments: Namespace) -> None:
    refuse_terminal_input(arguments)
    if (arguments.output == "-" or arguments.json) and was_closed(sys.stdout):
        raise UsageError(
            "-o - and --json write to standard output. Received: one that was closed. Leave it open."
        )
    if arguments.output == "-" and not arguments.dry_run and sys.stdout.isatty():
        raise UsageError(
            "A picture is not shown as text. Received: -o - on a terminal. Pipe it on, or name a file."
        )
