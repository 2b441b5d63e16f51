"""The Upscale tab: pictures in, the command line's files out, before and after in one slider."""

import html
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gradio as gr

from demo.context import QUEUE, QUIET, DemoContext, fresh_folder, visitor_folder
from demo.examples import add_examples
from demo.telling import failure
from demo.upscaling import SHOWN, Progress, Result, UpscaleRun, Wishes, finished_files
from demo.words import label, language_of, say
from waifu4x_tf.errors import Waifu4xError
from waifu4x_tf.imaging.reading import INPUT_SUFFIXES
from waifu4x_tf.imaging.writing import FORMATS
from waifu4x_tf.models import zoo

_BUSY = """() => [
  { __type__: "update", interactive: false },
  { __type__: "update", interactive: true },
]"""


def add_upscale_tab(context: DemoContext) -> gr.Dropdown:
    """Lay out the tab and wire it; call it inside the tab.

    Returns:
        The choice of models, which other tabs may add to.
    """
    with gr.Row():
        with gr.Column(scale=2, min_width=320):
            files = gr.File(
                label=label("upscale_files"),
                file_count="multiple",
                file_types=sorted(INPUT_SUFFIXES),
                height=180,
                elem_id="upscale-files",
                elem_classes="w4x-paste",
            )
            add_examples(files, several=True)
            options = _options(context)
            with gr.Row():
                start = gr.Button(label("upscale_start"), variant="primary", elem_id="upscale-start")
                stop = gr.Button(label("upscale_stop"), interactive=False, elem_id="upscale-stop")
        with gr.Column(scale=3, min_width=320):
            status = gr.HTML(
                label("upscale_ready"), elem_id="upscale-status", elem_classes="w4x-status", container=True
            )
            slider = gr.ImageSlider(
                label=label("upscale_slider"),
                type="filepath",
                format="png",
                max_height=640,
                elem_id="upscale-slider",
                elem_classes="w4x-slider",
                buttons=["fullscreen"],
            )
            picker = gr.Radio([], label=label("upscale_picker"), visible=False, elem_id="upscale-picker")
            downloads = gr.File(
                label=label("upscale_downloads"),
                file_count="multiple",
                interactive=False,
                height=120,
                elem_id="upscale-downloads",
            )
            archive = gr.DownloadButton(label("upscale_zip"), visible=False, elem_id="upscale-zip")
    shown = gr.State([])

    # In the browser alone, so that the buttons answer at once, also while the run waits in the queue.
    start.click(None, None, [start, stop], js=_BUSY)

    def run(request: gr.Request, paths: list[str] | None, *values: Any) -> Iterator[dict[Any, Any]]:
        language = language_of(request)
        if not paths:
            yield {status: say(language, "upscale_nothing"), **_idle(start, stop)}
            return
        wishes = Wishes.of(*values)
        folder = fresh_folder(context, request, "upscale")
        told: list[Result] = []
        try:
            with UpscaleRun(context, [Path(path) for path in paths], wishes, folder) as running:
                for progress in running.news():
                    fresh = running.results[len(told) :]
                    told += fresh
                    update = _pairs(told) if fresh else {}
                    yield {status: _progress_line(language, progress, told), **update}
                told = running.results
            lines = "".join(_line(language, result, wishes) for result in told)
            yield {status: _lines(lines), **_pairs(told), **_files(folder), **_idle(start, stop)}
        except (Waifu4xError, OSError) as error:  # such as a full disk under a preview
            yield {status: failure(language, error), **_idle(start, stop)}

    def _pairs(told: list[Result]) -> dict[Any, Any]:
        """The slider shows the last one; the others are one click away."""
        done = [result for result in told if result.file is not None]
        if not done:
            return {slider: None, shown: [], picker: gr.update(visible=False)}
        pairs = [(str(result.before), str(result.after)) for result in done]
        names = [str(Path(str(result.file)).name) for result in done]
        return {
            slider: pairs[-1],
            shown: pairs,
            picker: gr.update(
                choices=[(name, index) for index, name in enumerate(names)],
                value=len(names) - 1,
                visible=len(names) > 1,
            ),
        }

    def _files(folder: Path) -> dict[Any, Any]:
        """What there is to download: every finished picture, and all of them in one."""
        done = finished_files(folder)
        found: dict[Any, Any] = {downloads: [str(path) for path in done] or None}
        if len(done) < 2:
            return {**found, archive: gr.update(visible=False)}
        path = folder / SHOWN / "waifu4x.zip"
        with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as bundle:  # pictures are compressed already
            for file in done:
                bundle.write(file, file.name)
        return {**found, archive: gr.update(value=str(path), visible=True)}

    def stopped(request: gr.Request) -> dict[Any, Any]:
        done = _files(visitor_folder(context, request) / "upscale")
        return {status: say(language_of(request), "upscale_stopped"), **done, **_idle(start, stop)}

    outputs: list[Any] = [status, slider, picker, downloads, archive, shown, start, stop]
    running = start.click(
        run,
        [files, *options],
        outputs,
        show_progress="minimal",
        show_progress_on=status,
        trigger_mode="multiple",  # a run just stopped may still count as one; the button guards against two
        api_visibility="private",
        **QUEUE,
    )
    # Through the queue, so that nothing the run still said comes after it.
    stop.click(None, cancels=[running]).then(
        stopped,
        None,
        [status, downloads, archive, start, stop],
        concurrency_limit=None,
        **QUIET,
    )
    picker.select(lambda pairs, index: tuple(pairs[index]), [shown, picker], slider, **QUIET)
    return options[0]


def _options(context: DemoContext) -> list[Any]:
    """The controls in the order of `Wishes.of`."""
    names = context.upscalers.names()
    vivid = zoo.ships_vivid(names[0])
    model = gr.Dropdown(names, value=names[0], label=label("upscale_model"), visible=len(names) > 1)
    denoise = gr.Radio(
        [(label(f"upscale_denoise_{level}"), level) for level in range(4)],
        value=0,
        label=label("upscale_denoise"),
        info=label("upscale_denoise_info"),
        elem_id="upscale-denoise",
    )
    strength = gr.Slider(
        0, 1, 0, step=0.1, label=label("upscale_strength"), info=label("upscale_strength_info"), visible=vivid
    )
    scale = gr.Slider(1, 4, 4, step=0.1, label=label("upscale_scale"), elem_id="upscale-scale")
    file_format = gr.Radio(list(FORMATS), value="png", label=label("upscale_format"))
    with gr.Accordion(label("upscale_more"), open=False):
        quality = gr.Number(
            None,
            label=label("upscale_quality"),
            info=label("upscale_quality_info"),
            precision=0,
            minimum=1,
            maximum=100,
        )
        background = gr.Textbox(
            "", label=label("upscale_background"), info=label("upscale_background_info"), max_lines=1
        )
        strip = gr.Checkbox(False, label=label("upscale_strip"))
    return [model, denoise, strength, scale, file_format, quality, background, strip]


def _idle(start: Any, stop: Any) -> dict[Any, Any]:
    return {start: gr.update(interactive=True), stop: gr.update(interactive=False)}


def _progress_line(language: str, progress: Progress, told: list[Result]) -> str:
    line = say(
        language,
        "upscale_running",
        index=progress.index + 1,
        count=progress.count,
        name=html.escape(progress.name),
        percent=round(100 * progress.fraction),
    )
    if progress.seconds_left is not None:
        line += say(language, "upscale_left", seconds=round(progress.seconds_left))
    bar = f'<progress max="1" value="{progress.fraction:.3f}" aria-hidden="true"></progress>'
    failed = "".join(failure(language, result.outcome.error or "") for result in told if not result.file)
    return f"{line}<br>{bar}{failed}"


def _lines(items: str) -> str:
    return f'<ul class="w4x-lines">{items}</ul>'


def _line(language: str, result: Result, wishes: Wishes) -> str:
    """What was done to one file, in one line."""
    outcome = result.outcome
    if outcome.input_size is None or outcome.size is None:
        return f"<li>{failure(language, outcome.error or '')}</li>"
    flattened = wishes.background and result.alpha != "none"
    alpha = "flattened" if flattened else result.alpha
    icc = ("stripped" if wishes.strip else "kept") if result.icc else "none"
    line = say(
        language,
        "upscale_done",
        name=html.escape(Path(str(outcome.output)).name),
        from_size="{}x{}".format(*outcome.input_size),
        size="{}x{}".format(*outcome.size),
        alpha=say(language, f"upscale_alpha_{alpha}", colour=html.escape(wishes.background or "")),
        icc=say(language, f"upscale_icc_{icc}"),
        seconds=f"{sum(outcome.seconds.values()):.1f}",
        model=outcome.model,
        bytes=readable_bytes(outcome.bytes or 0),
    )
    part = f" {say(language, 'upscale_part')}" if result.part else ""
    return f"<li>{line}.{part}</li>"


def readable_bytes(count: int) -> str:
    """A size as people write it, such as 1.2 MB."""
    return f"{count / 1e6:.1f} MB" if count >= 1e6 else f"{count / 1e3:.1f} kB"
