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
    check_route,
    level_of,
    opened,
    outcome_of,
    output_label,
    probe_capped,
    read_capped,
    target_of,
    with_note_of_strips,
)
from waifu4x_tf.earlier_results import Identities, why_again
from waifu4x_tf.imaging import reading, writing
from waifu4x_tf.imaging.destination import check_destination
from waifu4x_tf.imaging.reading import Header
from waifu4x_tf.outcome import Outcome

if TYPE_CHECKING:
    from waifu4x_tf.inference.tiling import TilePlan
    from waifu4x_tf.inference.upscaler import Upscaler

# Large enough that what is done for each pixel of a result has about the share that it has in a tile.
_SPEED_SAMPLE_PX, _SPEED_RUNS = 128, 2
PROCESS_BYTES = 95_000_000
"""Of Python, NumPy, LiteRT and a shipped network, before the first picture; measured."""


def plan_job(
    job: Job,
    settings: RunSettings,
    models: Models,
    seconds_per_tile_px: Callable[[int], float],
    identify: Identities | None = None,
    *,
    standard_input: BinaryIO | None = None,
) -> Outcome:
    """Say what `run_job` would do: from the header of the picture, and from its pixels to choose a level.

    Args:
        job: What would be done.
        settings: What holds for the batch.
        models: Give the model.
        seconds_per_tile_px: Gives the models' speed here for so many bits per channel; see `measure_speed`.
        identify: As for `settled_outcome`.
        standard_input: Where a job without an input file reads.

    Returns:
        Planned or failed.
    """

    def work() -> Outcome:
        if job.output is not None:
            check_destination(job.output)
        with opened(job.source, standard_input) as source:
            content = reading.content(source, name=job.source.label)
        header = probe_capped(content, job.source.label, settings.max_megapixels)
        level, why_level = level_of(
            content, lambda: read_capped(content, job.source.label, settings.max_megapixels), settings
        )
        width, height = header.width, header.height
        size = settings.target.result_size(width, height)
        # Whether there is an alpha channel is not always known from the header; JPEG may still refuse it.
        target, note = target_of(header.bits, level, settings)
        note = "; ".join(each for each in (job.note, note) if each) or None
        bits = target.bits or 8
        writing.check(*size, False, settings.write, frames=header.frames, bits=bits)
        upscaler = models(level)
        check_route(upscaler.route(width, height, target), settings, frames=header.frames)
        plans = upscaler.plans(width, height, target)
        return Outcome(
            job.source.label,
            output_label(job.output),
            "planned",
            input_size=(width, height),
            size=size,
            scale=target.factor(width, height),
            # Of an animation at most: how much of a frame is as before is seen only in its pixels.
            seconds={"estimate": seconds_per_tile_px(bits) * sum(map(_tile_px, plans)) * header.frames},
            model=upscaler.name,
            plan={
                **_described(plans, width, height),
                "memory_bytes": PROCESS_BYTES
                + _most_memory(plans, width, height)
                + _further_frames_bytes(header, plans, size, upscaler.scale),
            },
            frames=header.frames,
            duration_ms=header.duration_ms,
            bits=bits,
            denoise=level,
            why_denoise=why_level,
            note=with_note_of_strips(note, plans),
            again=why_again(job, settings, identify),
        )

    return outcome_of(job, work)


def measure_speed(upscaler: Upscaler, bits: int = 8) -> float:
    """Seconds the model takes for one pixel of a tile, overlap included, from one small tile."""
    dtype = np.uint16 if bits == 16 else np.uint8
    shape = (_SPEED_SAMPLE_PX, _SPEED_SAMPLE_PX, 3)
    sample = np.random.default_rng(0).integers(0, np.iinfo(dtype).max, shape, dtype, endpoint=True)
    upscaler.upscale(sample)  # the network is set up for the tile's size
    seconds = []
    for _ in range(_SPEED_RUNS):
        started = time.perf_counter()
        upscaler.upscale(sample)
        seconds.append(time.perf_counter() - started)
    return min(seconds) / _tile_px(upscaler.plan(_SPEED_SAMPLE_PX, _SPEED_SAMPLE_PX))


def _further_frames_bytes(header: Header, plans: list[TilePlan], size: tuple[int, int], scale: int) -> int:
    """What the frames behind the first hold with alpha: before the last pass, after it, and at their size."""
    before = plans[-1].width * plans[-1].height if plans else header.width * header.height
    after = before * scale**2 if plans else 0
    return 4 * (header.frames - 1) * (before + after + size[0] * size[1])


def _described(plans: list[TilePlan], width: int, height: int) -> dict[str, int]:
    """The tiles of all passes through the network, and how large those of the last are."""
    largest = (plans[-1].core_width, plans[-1].core_height) if plans else (width, height)
    return {
        "tiles": sum(plan.tile_count for plan in plans),
        "tile_width": largest[0],
        "tile_height": largest[1],
    }


def _most_memory(plans: list[TilePlan], width: int, height: int) -> int:
    """Bytes of the last pass, the largest; a picture that is only shrunk needs itself and a smaller one."""
    return plans[-1].memory_bytes if plans else 2 * 3 * width * height


def _tile_px(plan: TilePlan) -> int:
    if plan.is_interpolated:
        return plan.width * plan.height  # About what a pixel of a tile costs with the smallest network.
    return plan.tile_count * (plan.core_width + 2 * plan.radius) * (plan.core_height + 2 * plan.radius)
