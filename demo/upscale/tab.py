"""The Upscale tab: pictures in, the command line's files out, before and after in one slider."""

import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gradio as gr

from demo.context import QUEUE, QUIET, DemoContext
from demo.examples import add_examples
from demo.messages import failure
from demo.translations import label, language_of, say
from demo.upscale.controls import add_options
from demo.upscale.inspection import add_inspection
from demo.upscale.job import SHOWN, Result, UpscaleRun, finished_files
from demo.upscale.status import progress_line, result_lines
from demo.visitors import payer
from waifu4x_tf.errors import Waifu4xError
from waifu4x_tf.imaging.reading import INPUT_SUFFIXES

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
            chosen = gr.Column()
            options = add_options(context)
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
            playing = gr.Image(
                label=label("upscale_playing"),
                type="filepath",
                interactive=False,
                visible=False,
                height=320,
                elem_id="upscale-playing",
                buttons=[],
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
    with chosen:
        add_inspection(context, files, options.controls["model"])
    shown = gr.State([])

    # In the browser alone, so that the buttons answer at once, also while the run waits in the queue.
    start.click(None, None, [start, stop], js=_BUSY)

    def run(request: gr.Request, paths: list[str] | None, *values: Any) -> Iterator[dict[Any, Any]]:
        language = language_of(request)
        if not paths:
            yield {status: say(language, "upscale_nothing"), **_idle(start, stop)}
            return
        told: list[Result] = []
        try:
            folder = context.visitors.fresh(request, "upscale")
            asked = options.request(*values)
            files = [Path(path) for path in paths]
            with UpscaleRun(context, files, asked, folder, payer(request)) as running:
                for progress in running.news():
                    fresh = running.results[len(told) :]
                    told += fresh
                    update = _pairs(told) if fresh else {}
                    yield {status: progress_line(language, progress, told), **update}
                told = running.results
            lines = result_lines(language, told, asked.background, strip=asked.strip or bool(asked.preset))
            yield {status: lines, **_pairs(told), **_files(folder), **_idle(start, stop)}
        except (Waifu4xError, OSError) as error:  # such as a full disk under a preview
            done = _files(context.visitors.of(request) / "upscale")  # before a disk or a share was full
            yield {status: failure(language, error), **done, **_idle(start, stop)}

    def _pairs(told: list[Result]) -> dict[Any, Any]:
        """The slider shows the last one; the others are one click away."""
        done = {result.file.name: result.shown for result in told if result.file and result.shown}
        if not done:
            return {slider: None, playing: _played(None), shown: [], picker: gr.update(visible=False)}
        pairs = [
            (str(pair.before), str(pair.after), str(pair.moving) if pair.moving else None)
            for pair in done.values()
        ]
        return {
            slider: pairs[-1][:2],
            playing: _played(pairs[-1][2]),
            shown: pairs,
            picker: gr.update(
                choices=[(name, index) for index, name in enumerate(done)],
                value=len(done) - 1,
                visible=len(done) > 1,
            ),
        }

    def _files(folder: Path) -> dict[Any, Any]:
        """What there is to download: every finished picture, and all of them in one."""
        done = finished_files(folder)
        found: dict[Any, Any] = {downloads: [str(path) for path in done] or None}
        if len(done) < 2:
            return {**found, archive: gr.update(visible=False)}
        path = folder / SHOWN / "waifu4x.zip"
        path.parent.mkdir(exist_ok=True)
        with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as bundle:  # pictures are compressed already
            for file in done:
                bundle.write(file, file.name)
        return {**found, archive: gr.update(value=str(path), visible=True)}

    def stopped(request: gr.Request) -> dict[Any, Any]:
        done = _files(context.visitors.of(request) / "upscale")
        return {status: say(language_of(request), "upscale_stopped"), **done, **_idle(start, stop)}

    outputs: list[Any] = [status, slider, playing, picker, downloads, archive, shown, start, stop]
    running = start.click(
        run,
        [files, *options.inputs],
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

    def pick(pairs: list[tuple[str, str, str | None]], index: int) -> tuple[Any, Any]:
        before, after, moving = pairs[index]
        return (before, after), _played(moving)

    picker.select(pick, [shown, picker], [slider, playing], **QUIET)
    return options.controls["model"]


def _idle(start: Any, stop: Any) -> dict[Any, Any]:
    return {start: gr.update(interactive=True), stop: gr.update(interactive=False)}


def _played(moving: str | None) -> dict[str, Any]:
    return gr.update(value=moving, visible=moving is not None)
