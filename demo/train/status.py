"""How a training run is told on the page: its state in a sentence, its curves."""

import html
import time
from pathlib import Path

from demo.messages import failed, failure
from demo.train.curves import Curve
from demo.train.folders import TrainingRefusedError, shown
from demo.train.recipes import RecipeChoice
from demo.train.run import RunView
from demo.translations import say, sentences


def about_recipe(language: str, recipe: RecipeChoice) -> str:
    """What it is for, in Markdown; the file's own English words where nothing is translated."""
    key = f"train_about_{recipe.name}"
    return say(language, key) if key in sentences() else recipe.about


def status_html(language: str, view: RunView | None, runs: Path) -> str:
    """One sentence, with a bar while it runs and with the trainer's own words when it failed.

    Args:
        language: Of the visitor.
        view: The run; None before the first.
        runs: Folder of all runs.
    """
    if view is None:
        return say(language, "train_none")
    rows, steps, folder = view.files.rows, view.record.steps, shown(runs, Path(view.record.out))
    values = {"recipe": html.escape(view.record.recipe), "out": html.escape(folder), "steps": steps}
    if rows:
        values |= {"epoch": rows[-1].epoch, "step": rows[-1].step}
    if view.phase == "running":
        return _running(language, view, values)
    if view.phase == "failed":
        return failure(language, view.error)
    if view.phase == "ended":
        return f"{failed(say(language, 'train_ended', **values))}<pre>{html.escape(view.tail)}</pre>"
    if view.phase == "stopped" and not rows:
        return say(language, "train_stopped_early", **values)
    return say(language, f"train_{view.phase}", **values)


def curves_html(language: str, view: RunView | None) -> tuple[str, str]:
    """Those of loss and of PSNR; empty ones before the first run."""
    rows = view.files.rows if view else []
    steps = view.record.steps if view else 0
    bicubic = view.files.bicubic_psnr if view else None
    losses = [(row.step, row.loss) for row in rows]
    psnrs = [(row.step, row.psnr) for row in rows if row.psnr is not None]
    loss_caption = psnr_caption = say(language, "train_not_yet")
    if losses:
        loss_caption = say(language, "train_loss_last", step=losses[-1][0], value=f"{losses[-1][1]:.5f}")
    if psnrs:
        values = {"step": psnrs[-1][0], "value": f"{psnrs[-1][1]:.2f}"}
        key = "train_psnr_alone" if bicubic is None else "train_psnr_last"
        psnr_caption = say(language, key, bicubic=f"{bicubic or 0:.2f}", **values)
    unit = say(language, "train_steps")
    return (
        Curve(say(language, "train_loss"), loss_caption, losses, steps, unit).as_html(),
        Curve(say(language, "train_psnr"), psnr_caption, psnrs, steps, unit, bicubic).as_html(),
    )


def take_html(language: str, view: RunView | None) -> str:
    """Which network there is to take."""
    if view is None or view.files.model is None:
        return say(language, "train_nothing_to_take")
    return say(language, "train_ready_to_take", step=view.files.model_steps)


def started_html(language: str, log: str) -> str:
    """That a run has begun, and where its lines go."""
    return say(language, "train_started", log=html.escape(log))


def refusal_html(language: str, error: TrainingRefusedError) -> str:
    """Why a wish was not granted."""
    values = {name: html.escape(str(value)) for name, value in error.values.items()}
    return failed(say(language, f"train_{error.key}", **values))


def _running(language: str, view: RunView, values: dict[str, object]) -> str:
    files, steps = view.files, view.record.steps
    seconds_left = files.seconds_left(steps)
    if seconds_left is None:
        stage = "resuming" if files.rows else "first_epoch" if files.claimed else "starting"
        seconds = round(max(0.0, time.time() - view.record.started))
        line = say(language, f"train_{stage}", seconds=seconds, **values)
        return f'{line}<progress value="0" aria-hidden="true"></progress>'
    last = files.rows[-1]
    line = say(
        language,
        "train_running",
        epochs=steps * last.epoch // last.step,
        milliseconds=round(files.step_seconds * 1000),
        left=_time_left(language, seconds_left),
        **values,
    )
    fraction = last.step / steps
    return f'{line}<progress value="{fraction:.3f}" aria-hidden="true"></progress>'


def _time_left(language: str, seconds: float) -> str:
    if seconds < 60:
        return say(language, "train_left_seconds")
    if seconds < 90 * 60:
        return say(language, "train_left_minutes", minutes=round(seconds / 60))
    return say(language, "train_left_hours", hours=f"{seconds / 3600:.1f}")
