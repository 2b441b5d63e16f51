"""What a batch would do: sizes, tiles, memory and time, with nothing written."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, BinaryIO

import numpy as np

from waifu4x_tf.batch import Job
from waifu4x_tf.batch_runner import (
    Models,
    RunSettings,
    opened,
    outcome_of,
    output_label,
    probe_capped,
)
from waifu4x_tf.imaging import writing
from waifu4x_tf.outcome import Outcome

if TYPE_CHECKING:
    from waifu4x_tf.inference.tiling import TilePlan
    from waifu4x_tf.inference.upscaler import Upscaler

_SPEED_SAMPLE_PX = 64


def plan_job(
    job: Job,
    settings: RunSettings,
    models: Models,
    seconds_per_tile_px: Callable[[], float],
    *,
    standard_input: BinaryIO | None = None,
) -> Outcome:
    """Say what `run_job` would do, from the header of the picture alone.

    Args:
        job: What would be done.
        settings: What holds for the batch.
        models: Give the model.
        seconds_per_tile_px: Gives the models' speed here; see `measure_speed`.
        standard_input: Where a job without an input file reads.

    Returns:
        Planned or failed.
    """

    def work() -> Outcome:
        with opened(job.source, standard_input) as content:
            width, height = probe_capped(content, job.source.label, settings.max_megapixels)
        size = settings.target.result_size(width, height)
        # Whether there is an alpha channel is not always known from the header; JPEG may still refuse it.
        writing.check(*size, False, settings.write)
        upscaler = models(settings.denoise)
        plan = upscaler.plan(width, height)
        return Outcome(
            job.source.label,
            output_label(job),
            "planned",
            input_size=(width, height),
            size=size,
            scale=settings.target.scale,
            seconds={"estimate": seconds_per_tile_px() * _tile_px(plan)},
            model=upscaler.name,
            plan={
                "tiles": plan.tile_count,
                "tile_width": plan.core_width,
                "tile_height": plan.core_height,
                "memory_bytes": plan.memory_bytes,
            },
        )

    return outcome_of(job, work)


def measure_speed(upscaler: Upscaler) -> float:
    """Seconds the model takes for one pixel of a tile, overlap included, from one small tile run twice."""
    sample = np.random.default_rng(0).integers(0, 256, (_SPEED_SAMPLE_PX, _SPEED_SAMPLE_PX, 3), np.uint8)
    upscaler.upscale(sample)
    started = time.perf_counter()
    upscaler.upscale(sample)
    return (time.perf_counter() - started) / _tile_px(upscaler.plan(_SPEED_SAMPLE_PX, _SPEED_SAMPLE_PX))


def _tile_px(plan: TilePlan) -> int:
    return plan.tile_count * (plan.core_width + 2 * plan.radius) * (plan.core_height + 2 * plan.radius)
