"""What the Train tab says of a run: its state in a sentence, its curves as tables for plots."""

import html
import time
from pathlib import Path
from typing import Any

import gradio as gr
import pandas as pd

from demo.messages import failure, progress_bar
from demo.train.recipes import RecipeChoice
from demo.train.run import RunView
from demo.translations import say, sentences


def about_recipe(language: str, recipe: RecipeChoice) -> str:
    """What it is for, in Markdown; the file's own English words where nothing is translated."""
    key = f"train_about_{recipe.name}"
    return say(language, key) if key in sentences() else recipe.about


def status_html(language: str, view: RunView | None) -> str:
    """One sentence, with a bar while it runs and with the trainer's own words when it failed."""
    if view is None:
        return say(language, "train_none")
    rows, steps, out = view.files.rows, view.record.steps, Path(view.record.out)
    values: dict[str, Any] = {"recipe": html.escape(view.record.recipe), "steps": steps}
    values["out"] = html.escape(f"{out.parent.name}/{out.name}")
    if rows:
        values |= {"epoch": rows[-1].epoch, "step": rows[-1].step}
    if view.phase == "failed":
        return failure(language, view.tail)
    if view.phase == "ended":
        return f"{say(language, 'train_ended', **values)}<pre>{html.escape(view.tail)}</pre>"
    if view.phase == "finished":
        return say(language, "train_finished", **values)
    if not rows:
        seconds = round(max(0.0, time.time() - view.record.started))
        return say(language, "train_starting", seconds=seconds, **values) + progress_bar(0)
    left = (steps - rows[-1].step) * view.files.step_seconds
    values["milliseconds"] = round(view.files.step_seconds * 1000)
    kind, count = ("minutes", round(left / 60)) if left < 5400 else ("hours", f"{left / 3600:.1f}")
    line = say(language, "train_running", **values) + say(language, f"train_left_{kind}", count=count)
    return line + progress_bar(rows[-1].step / steps)


def curves(language: str, view: RunView | None) -> tuple[gr.LinePlot, gr.LinePlot]:
    """Loss and PSNR against steps, with bicubic's beside the network's."""
    rows = view.files.rows if view else []
    network, bicubic = (say(language, f"train_{name}") for name in ("network", "bicubic"))
    losses = [(row.step, row.loss, network) for row in rows]
    psnrs = [(row.step, row.psnr, network) for row in rows if row.psnr is not None]
    if view and view.files.bicubic_psnr is not None:
        psnrs += [(step, view.files.bicubic_psnr, bicubic) for step, *_ in psnrs]
    return _plot(losses), _plot(psnrs)


def _plot(points: list[tuple[int, float, str]]) -> gr.LinePlot:
    """Around its values alone: from 0 on, a curve of PSNR would be flat."""
    values = [value for _, value, _ in points] or [0.0, 1.0]
    room = 0.05 * (max(values) - min(values)) or 0.5
    limits: list[float | None] = [min(values) - room, max(values) + room]
    return gr.LinePlot(pd.DataFrame(points, columns=["step", "value", "of"]), y_lim=limits)
