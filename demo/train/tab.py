"""The Train tab: starts, watches and stops `train.pretrain`; its network goes to the Upscale tab."""

import html
import os
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import gradio as gr

from demo.context import QUIET, DemoContext
from demo.train.curves import CURVE_CSS
from demo.train.folders import TrainingRefusedError, picture_folder, shown
from demo.train.recipes import DEFAULT_RECIPE, RecipeChoice, read_recipes
from demo.train.run import RUNS, RunView, TrainingRun, what_is_missing
from demo.train.status import (
    about_recipe,
    curves_html,
    refusal_html,
    started_html,
    status_html,
    take_html,
)
from demo.translations import label, language_of, say, sentences
from waifu4x_tf.models import zoo

_TICK_SECONDS = 2.0
_TEXT_CSS = """
overflow-wrap: anywhere;
progress { display: block; width: 100%; height: 8px; margin-top: 8px; appearance: none; border: 0; }
progress, progress::-webkit-progress-bar { border-radius: 4px; background: var(--border-color-primary); }
progress::-webkit-progress-value { border-radius: 4px; background: var(--color-accent); }
progress::-moz-progress-bar { border-radius: 4px; background: var(--color-accent); }
pre { white-space: pre-wrap; font-size: var(--text-sm); }
"""


def add_train_tab(context: DemoContext, models: gr.Dropdown, folders: Mapping[str, Path]) -> None:
    """Lay out the tab and wire it; call it inside the tab.

    Args:
        context: What every tab is given.
        models: Those of the Upscale tab, which a trained one joins.
        folders: Of pictures to train on, by the names that they are offered under.
    """
    if missing := what_is_missing():
        gr.Markdown(label(f"train_{missing}"), elem_id="train-missing")
        return
    training, recipes = TrainingRun(RUNS), read_recipes()
    with gr.Row():
        with gr.Column(scale=2, min_width=320):
            controls = _controls(recipes, folders)
            start, stop, resume = _buttons()
            notice = gr.HTML(css_template=_TEXT_CSS, elem_id="train-notice", elem_classes="w4x-status")
            gr.Markdown(label("train_note"), elem_classes="w4x-note")
        with gr.Column(scale=3, min_width=320):
            status = gr.HTML(
                label("train_none"),
                css_template=_TEXT_CSS,
                elem_id="train-status",
                container=True,
                min_height=110,
            )
            with gr.Row():
                loss, psnr = _curve("train-loss"), _curve("train-psnr")
            take = gr.Button(label("train_take"), interactive=False, elem_id="train-take")
            taken = gr.HTML(
                label("train_nothing_to_take"),
                css_template=_TEXT_CSS,
                elem_id="train-taken",
                elem_classes="w4x-status",
            )
            gr.Markdown(label("train_sheet"))
            sheet = gr.Image(
                label=label("train_sheet"),
                show_label=False,
                type="filepath",
                interactive=False,
                elem_id="train-sheet",
                buttons=["download", "fullscreen"],
            )
    timer = gr.Timer(_TICK_SECONDS, active=False)
    drawn = gr.State(None)  # what curves and sheet show: they are sent only when that changes

    def look(request: gr.Request, before: Any) -> dict[Any, Any]:
        language, view = language_of(request), training.look()
        going = view is not None and view.phase == "running"
        update = {
            status: status_html(language, view, training.folder),
            timer: gr.Timer(active=going),
            start: gr.update(interactive=not going),
            stop: gr.update(interactive=going),
            resume: gr.update(interactive=view is not None and view.can_resume),
            take: gr.update(interactive=view is not None and view.files.model is not None),
        }
        now = (view.record.out, view.record.started, len(view.files.rows), view.files.sheet) if view else ()
        if now == before:
            return update
        losses, psnrs = curves_html(language, view)
        update |= {loss: losses, psnr: psnrs, taken: take_html(language, view)}
        return {**update, drawn: now, sheet: _copied_sheet(context, view)}

    def tick(request: gr.Request, before: Any) -> dict[Any, Any]:
        """What was said when it was started is over with it."""
        update = look(request, before)
        return update if update[timer].active else {**update, notice: ""}

    def opened(request: gr.Request) -> dict[Any, Any]:
        names = context.upscalers.names()
        return {models: gr.update(choices=names, visible=len(names) > 1), **look(request, None)}

    def obey(request: gr.Request, before: Any, action: Callable[[], Path | None]) -> dict[Any, Any]:
        language = language_of(request)
        try:
            log = action()
            told = started_html(language, shown(training.folder, log)) if log else ""
        except TrainingRefusedError as error:
            told = refusal_html(language, error)
        return {notice: told, **look(request, before)}

    def begin(request: gr.Request, before: Any, name: str, data: str, init: str, out: str) -> dict[Any, Any]:
        def action() -> Path:
            if name not in recipes:
                raise TrainingRefusedError("recipe_refused", received=str(name)[:40])
            pictures = None if data == "" else picture_folder(folders, data)
            return training.start(recipes[name], data=pictures, out=out, init=init)

        return obey(request, before, action)

    def go_on(request: gr.Request, before: Any) -> dict[Any, Any]:
        return obey(request, before, training.resume)

    def end(request: gr.Request, before: Any) -> dict[Any, Any]:
        return obey(request, before, training.stop)

    def take_it(request: gr.Request) -> dict[Any, Any]:
        language, view = language_of(request), training.look()
        if view is None or view.files.model is None:
            return {taken: take_html(language, view)}
        name = model_name(Path(view.record.out))
        context.upscalers.add_trained(name, view.files.model)
        told = say(language, "train_taken", name=html.escape(name), step=view.files.model_steps)
        choice = gr.update(choices=context.upscalers.names(), value=name, visible=True)
        return {taken: told, models: choice}

    seen = [status, timer, start, stop, resume, take, drawn, loss, psnr, taken, sheet]
    gr.on(None, opened, None, [*seen, models], **QUIET)
    timer.tick(tick, drawn, [*seen, notice], **QUIET)
    # Unchecked by Gradio, which refuses what it did not offer in English alone.
    start.click(begin, [drawn, *controls], [*seen, notice], preprocess=False, **QUIET)
    resume.click(go_on, drawn, [*seen, notice], **QUIET)
    stopping = stop.click(_stopping, None, [notice, stop], queue=False, **QUIET)
    stopping.then(end, drawn, [*seen, notice], **QUIET)
    take.click(take_it, None, [taken, models], **QUIET)


def model_name(out: Path) -> str:
    """What a run's network is called in the Upscale tab: its folder, never a shipped network's name."""
    return f"{out.name}-trained" if out.name in zoo.MODELS else out.name


def _controls(recipes: dict[str, RecipeChoice], folders: Mapping[str, Path]) -> list[Any]:
    """Recipe, folder of pictures, start and folder of the run; the recipe says what it can start from."""
    first = recipes[DEFAULT_RECIPE]
    recipe = gr.Radio(list(recipes), value=first.name, label=label("train_recipe"), elem_id="train-recipe")
    about_key = f"train_about_{first.name}"
    about = gr.Markdown(
        label(about_key) if about_key in sentences() else first.about,
        elem_id="train-about",
        elem_classes="w4x-note",
        min_height="3em",
    )
    data = gr.Radio(
        [(label("train_data_drawn"), ""), *((name, name) for name in folders)],
        value="",
        label=label("train_data"),
        info=label("train_data_info" if folders else "train_data_none"),
        elem_id="train-data",
    )
    init = gr.Radio(
        _starts(first),
        value=first.recommended_start,
        label=label("train_init"),
        info=label("train_init_info"),
        elem_id="train-init",
    )
    out = gr.Textbox(
        "",
        label=label("train_out"),
        info=label("train_out_info"),
        placeholder=f"runs/{first.name}-demo",
        max_lines=1,
        elem_id="train-out",
    )

    def chosen(request: gr.Request, name: str) -> tuple[str, Any, Any]:
        choice = recipes[name]
        starts = gr.update(choices=_starts(choice), value=choice.recommended_start)
        return about_recipe(language_of(request), choice), starts, gr.update(placeholder=f"runs/{name}-demo")

    recipe.change(chosen, recipe, [about, init, out], **QUIET)
    return [recipe, data, init, out]


def _starts(recipe: RecipeChoice) -> list[tuple[Any, str]]:
    return [(label("train_init_fresh"), ""), *((name, name) for name in recipe.starts)]


def _buttons() -> tuple[gr.Button, gr.Button, gr.Button]:
    with gr.Row():
        return (
            gr.Button(label("train_start"), variant="primary", elem_id="train-start", min_width=80),
            gr.Button(label("train_stop"), interactive=False, elem_id="train-stop", min_width=80),
            gr.Button(label("train_resume"), interactive=False, elem_id="train-resume", min_width=80),
        )


def _curve(name: str) -> gr.HTML:
    with gr.Column(min_width=280):
        return gr.HTML(css_template=CURVE_CSS, elem_id=name, container=True)


def _stopping(request: gr.Request) -> tuple[str, Any]:
    return say(language_of(request), "train_stopping"), gr.update(interactive=False)


def _copied_sheet(context: DemoContext, view: RunView | None) -> str | None:
    """The newest sheet where Gradio may serve it from."""
    if view is None or view.files.sheet is None:
        return None
    folder = context.folder / "train"
    folder.mkdir(exist_ok=True)
    path, aside = folder / "samples.png", folder / f"{os.urandom(8).hex()}.part"
    try:
        shutil.copyfile(view.files.sheet, aside)
    except OSError:  # the run's folder was removed meanwhile
        return None
    os.replace(aside, path)
    return str(path)
