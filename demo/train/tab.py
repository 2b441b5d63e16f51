"""The Train tab: starts, watches and stops `train.pretrain`; its network goes to the Upscale tab."""

import html
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import gradio as gr
from PIL import Image

from demo.context import QUIET, DemoContext
from demo.messages import failed
from demo.train.recipes import DEFAULT_RECIPE, read_recipes
from demo.train.run import RUNS, TrainingRefusedError, TrainingRun, what_is_missing
from demo.train.status import about_recipe, curves, status_html
from demo.translations import label, language_of, say

_TICK_SECONDS = 2.0


def add_train_tab(
    context: DemoContext, models: gr.Radio, folders: Mapping[str, Path], retell: gr.Button
) -> None:
    """Lay out the tab and wire it; call it inside the tab.

    Args:
        context: What every tab is given.
        models: Those of the Upscale tab, which a trained one joins.
        folders: Of pictures to train on, by the names that they are offered under.
        retell: Is clicked when the visitor reads another language.
    """
    if missing := what_is_missing():
        gr.Markdown(label(f"train_{missing}"), elem_id="train-missing")
        return
    training, recipes = TrainingRun(RUNS), read_recipes()
    with gr.Row():
        with gr.Column(scale=2, min_width=320):
            recipe = gr.Radio(
                list(recipes), value=DEFAULT_RECIPE, label=label("train_recipe"), elem_id="train-recipe"
            )
            about = gr.Markdown(
                label(f"train_about_{DEFAULT_RECIPE}"), elem_id="train-about", elem_classes="w4x-note"
            )
            data = gr.Radio(
                [(label("train_drawn"), ""), *((name, name) for name in folders)],
                value="",
                label=label("train_data"),
                info=label("train_data_info" if folders else "train_data_none"),
                elem_id="train-data",
            )
            with gr.Row():
                start = _button("start", variant="primary")
                stop, resume, take = (_button(name, interactive=False) for name in ("stop", "resume", "take"))
            gr.Markdown(label("train_note"), elem_classes="w4x-note")
        with gr.Column(scale=3, min_width=320):
            status = gr.HTML(
                label("train_none"), elem_id="train-status", elem_classes="w4x-status", container=True
            )
            notice = gr.HTML(elem_id="train-notice", elem_classes="w4x-note")
            with gr.Row():
                loss, psnr = _curve("loss"), _curve("psnr")
            sheet = gr.Image(
                label=label("train_sheet"),
                format="png",
                interactive=False,
                elem_id="train-sheet",
                buttons=["download", "fullscreen"],
            )
    timer = gr.Timer(_TICK_SECONDS, active=False)
    drawn = gr.State(None)  # what curves and sheet show: they are sent only when that changes

    def look(request: gr.Request, before: Any) -> dict[Any, Any]:
        language, view = language_of(request), training.look()
        going = view is not None and view.phase == "running"
        update: dict[Any, Any] = {
            status: status_html(language, view),
            timer: gr.Timer(active=going),
            start: gr.update(interactive=not going),
            stop: gr.update(interactive=going),
            resume: gr.update(interactive=view is not None and view.phase == "ended"),
            take: gr.update(interactive=view is not None and view.files.model is not None),
        }
        now = (language, view.record.out, view.record.started, len(view.files.rows)) if view else (language,)
        if now == before:
            return update
        return (
            update
            | dict(zip((loss, psnr), curves(language, view), strict=True))
            | {
                drawn: now,
                sheet: view and view.files.sheet and Image.open(view.files.sheet),
            }
        )

    def opened(request: gr.Request) -> dict[Any, Any]:
        names = context.upscalers.names()
        return {models: gr.update(choices=names, visible=len(names) > 1), **look(request, None)}

    def obey(request: gr.Request, before: Any, action: Callable[[], None], done: str = "") -> dict[Any, Any]:
        language, said = language_of(request), ""
        try:
            action()
            said = say(language, done) if done else ""
        except TrainingRefusedError as error:
            values = {name: html.escape(str(value)) for name, value in error.values.items()}
            said = failed(say(language, f"train_{error.key}", **values))
        return {notice: said, **look(request, before)}

    def begin(request: gr.Request, before: Any, name: str, data: str) -> dict[Any, Any]:
        def action() -> None:
            if name not in recipes:
                raise TrainingRefusedError("recipe_refused", received=str(name)[:40])
            pictures = folders.get(data)
            if data != "" and not (pictures and pictures.is_dir()):
                raise TrainingRefusedError("data_refused", received=str(data)[:40])
            training.start(recipes[name], pictures)

        return obey(request, before, action, "train_started")

    def go_on(request: gr.Request, before: Any) -> dict[Any, Any]:
        return obey(request, before, training.resume, "train_started")

    def end(request: gr.Request, before: Any) -> dict[Any, Any]:
        return obey(request, before, training.stop)

    def stopping(request: gr.Request) -> tuple[str, Any]:
        return say(language_of(request), "train_stopping"), gr.update(interactive=False)

    def take_it(request: gr.Request) -> dict[Any, Any]:
        view = training.look()
        if view is None or view.files.model is None:
            return {notice: ""}
        name = Path(view.record.out).name
        context.upscalers.add_trained(name, view.files.model)
        values = {"name": html.escape(name), "step": view.files.model_steps}
        choice = gr.update(choices=context.upscalers.names(), value=name, visible=True)
        return {notice: say(language_of(request), "train_taken", **values), models: choice}

    def chosen(request: gr.Request, name: str) -> str:
        return about_recipe(language_of(request), recipes[name])

    seen = [status, timer, start, stop, resume, take, drawn, loss, psnr, sheet]
    gr.on(None, opened, None, [*seen, models], **QUIET)
    gr.on([timer.tick, retell.click], look, drawn, seen, **QUIET)
    recipe.input(chosen, recipe, about, **QUIET)
    # Unchecked by Gradio, which refuses what it did not offer in English alone.
    start.click(begin, [drawn, recipe, data], [*seen, notice], preprocess=False, **QUIET)
    resume.click(go_on, drawn, [*seen, notice], **QUIET)
    stop.click(stopping, None, [notice, stop], queue=False, **QUIET).then(
        end, drawn, [*seen, notice], **QUIET
    )
    take.click(take_it, None, [notice, models], **QUIET)


def _button(name: str, **options: Any) -> gr.Button:
    return gr.Button(label(f"train_{name}"), elem_id=f"train-{name}", min_width=80, **options)


def _curve(name: str, **options: Any) -> gr.LinePlot:
    text = label(f"train_{name}")
    return gr.LinePlot(
        x="step",
        y="value",
        color="of",
        y_title=" ",
        color_title=" ",
        label=text,
        height=220,
        min_width=280,
        buttons=[],
        elem_id=f"train-{name}",
        **options,
    )
