"""What a batch would do: sizes, tiles, memory and time, with nothing written."""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO

from waifu4x_tf.batch.estimates import Estimates, memory_bytes
from waifu4x_tf.batch.existing_outputs import Identify, why_again
from waifu4x_tf.batch.outcome import Outcome
from waifu4x_tf.batch.plan import Job
from waifu4x_tf.batch.reading import read_input
from waifu4x_tf.batch.runner import (
    Load,
    check_route,
    outcome_of,
    output_label,
    timed,
    with_note_of_strips,
)
from waifu4x_tf.batch.settings import RunSettings
from waifu4x_tf.imaging.atomic_files import check_destination

if TYPE_CHECKING:
    from waifu4x_tf.inference.tiling import TilePlan


def plan_job(
    job: Job,
    settings: RunSettings,
    load: Load,
    estimates: Estimates,
    identify: Identify | None = None,
    *,
    standard_input: BinaryIO | None = None,
) -> Outcome:
    """Say what `run_job` would do, from the picture and the enlargement of a part of it; nothing is written.

    Args:
        job: What would be done.
        settings: What holds for the batch.
        load: Gives the model.
        estimates: Of time, shared by all jobs.
        identify: As for `settled_outcome`.
        standard_input: Where a job without an input file reads.

    Returns:
        Planned or failed.
    """

    def work() -> Outcome:
        if job.output is not None:
            check_destination(job.output)
        seconds = {"start": estimates.start_seconds()}
        with timed(seconds, "read"):
            given = read_input(job, settings, standard_input)
        picture, target = given.picture, given.target
        width, height = picture.width, picture.height
        frames = len(picture.frames)
        with timed(seconds, "load"):
            upscaler = load().for_picture(picture)
        route = upscaler.route(width, height, target)
        check_route(route, settings, frames=frames)
        plans = upscaler.plans(width, height, target)
        seconds |= estimates.seconds(picture, target, upscaler, settings.write)
        memory = estimates.process_bytes + memory_bytes(picture, target, upscaler, settings.write)
        return Outcome(
            job.source.label,
            output_label(job.output),
            "planned",
            input_size=(width, height),
            size=given.size,
            scale=target.factor(width, height),
            seconds={"estimate": sum(seconds.values())},
            model=upscaler.name,
            plan={
                **_described(plans, width, height),
                "memory_bytes": memory,
            },
            frames=frames,
            duration_ms=sum(picture.durations_ms),
            bits=target.bits or picture.bits,
            treatment=upscaler.treatment if route.passes else None,
            strength=upscaler.strength if route.passes else None,
            note=with_note_of_strips(given.note, plans),
            again=why_again(job, settings, identify),
        )

    return outcome_of(job, work)


def _described(plans: list[TilePlan], width: int, height: int) -> dict[str, int]:
    """The tiles of all passes through the network, and how large those of the last are."""
    largest = (plans[-1].core_width, plans[-1].core_height) if plans else (width, height)
    return {
        "tiles": sum(plan.tile_count for plan in plans),
        "tile_width": largest[0],
        "tile_height": largest[1],
    }
