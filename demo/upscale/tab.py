"""The Upscale tab: pictures in, the command line's files out, before and after in one slider."""

import secrets
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import gradio as gr

from demo.context import QUEUE, QUIET, DemoContext
from demo.examples import PATHS, example_row
from demo.messages import failure
from demo.translations import label, language_of, say
from demo.upscale.controls import add_options
from demo.upscale.inspection import INSPECTION_QUEUE, Inspected, findings_line, inspected
from demo.upscale.job import Result, UpscaleRun
from demo.upscale.request import UpscaleRequest
from demo.upscale.stage import add_stage, chosen_item, finished_item
from demo.upscale.status import lines, progress_line, result_lines
from demo.upscale.strengths import wire_strengths
from demo.visitors import payer
from waifu4x_tf.errors import UsageError, Waifu4xError
from waifu4x_tf.imaging.reading import INPUT_SUFFIXES

_MOST_INSPECTED = 4
# In the browser alone, so that the buttons react at once, also while the run waits in the queue.
_BUSY = """() => [
  { __type__: "update", interactive: false },
  { __type__: "update", interactive: true },
]"""
_ADDS = """(given, before, finished) => {
  const adds = window.w4xAdds === true;
  window.w4xAdds = false;
  return [given, before, finished, adds];
}"""
_REMEMBER = """starts => { try { localStorage.setItem("waifu4x_starts", starts); } catch (refused) {} }"""
_RECALL = """() => {
  try { return localStorage.getItem("waifu4x_starts") !== "false"; } catch (refused) { return true; }
}"""


class Done(NamedTuple):
    """A finished picture: what was asked for, what came of it, and how the stage shows it."""

    asked: UpscaleRequest
    result: Result
    item: dict[str, Any]

    def is_result_of(self, asked: UpscaleRequest) -> bool:
        """Whether there is nothing to do again: the file was made as asked for, and is still there."""
        return self.asked == asked and self.result.file is not None and self.result.file.is_file()


def add_upscale_tab(context: DemoContext, retell: gr.Button) -> gr.Radio:
    """Lay out the tab and wire it; call it inside the tab.

    Args:
        context: What every tab is given.
        retell: Is clicked when the visitor reads another language.

    Returns:
        The choice of models, which other tabs may add to.
    """
    files, done, found = gr.State([]), gr.State({}), gr.State({})
    with gr.Row():
        with gr.Column(scale=3, min_width=340):
            stage = add_stage()
            with gr.Row(elem_classes="w4x-buttons"):
                choose = gr.UploadButton(
                    label("upscale_choose"),
                    file_count="multiple",
                    file_types=sorted(INPUT_SUFFIXES),
                    elem_id="upscale-choose",
                    elem_classes="w4x-drop",
                    min_width=120,
                    size="md",
                )
                start = gr.Button(
                    label("upscale_start"),
                    variant="primary",
                    elem_id="upscale-start",
                    min_width=100,
                    size="md",
                )
                stop = gr.Button(
                    label("upscale_stop"), interactive=False, elem_id="upscale-stop", min_width=80, size="md"
                )
                archive = gr.DownloadButton(
                    label("upscale_zip"), interactive=False, elem_id="upscale-zip", min_width=120, size="md"
                )
            status = gr.HTML(elem_id="upscale-status", elem_classes="w4x-status")
            starts = gr.Checkbox(
                True, label=label("upscale_starts"), elem_id="upscale-starts", container=False
            )
            examples = example_row()
        with gr.Column(scale=2, min_width=320):
            options = add_options(context)
    adds = gr.Checkbox(False, visible=False)
    model = options.controls["model"]

    def shown(paths: list[str], finished: dict[str, Done]) -> list[dict[str, Any]]:
        return [finished[path].item if path in finished else chosen_item(stage, path) for path in paths]

    def described(
        language: str, paths: list[str], finished: dict[str, Done], seen: dict[str, Inspected]
    ) -> str:
        """What is known of the pictures: of results, or else of what they have been through."""
        results = [finished[path] for path in paths if path in finished]
        if results:
            return result_lines(language, [each.result for each in results], results[0].asked)
        findings = [findings_line(language, Path(path).name, seen[path]) for path in paths if path in seen]
        return lines(findings) if findings else say(language, "upscale_chosen" if paths else "upscale_ready")

    def take(
        request: gr.Request, given: list[str], before: list[str], finished: dict[str, Done], adds: bool
    ) -> dict[Any, Any]:
        """What was chosen comes in the place of what was there, or to it."""
        language = language_of(request)
        paths = list(dict.fromkeys([*before, *given] if adds else given))
        try:
            context.limits.check_count([Path(path) for path in paths])
        except UsageError as error:
            raise gr.Error(failure(language, error), print_exception=False) from None
        first = paths.index(given[0]) if given else 0
        return {
            files: paths,
            stage: gr.update(value=shown(paths, finished), selected=first),
            status: described(language, paths, finished, {}),
            archive: gr.update(interactive=False),
        }

    def take_example(request: gr.Request, index: int, finished: dict[str, Done]) -> dict[Any, Any]:
        path = stage.move_resource_to_block_cache(PATHS[index])
        return take(request, [str(path)], [], finished, False)

    def look(
        request: gr.Request, paths: list[str], finished: dict[str, Done], model: str, starts: bool
    ) -> Iterator[dict[Any, Any]]:
        """Report what the pictures have been through, where no run is about to."""
        language, seen = language_of(request), {}
        if starts:
            yield {status: gr.skip()}
            return
        for path in paths[:_MOST_INSPECTED]:
            try:
                seen[path] = inspected(Path(path), model, context.limits.max_megapixels)
            except (Waifu4xError, OSError) as error:  # such as a file that is gone already
                yield {status: failure(language, error)}
                continue
            yield {status: described(language, paths, finished, seen), found: seen}

    def run(
        request: gr.Request, paths: list[str], finished: dict[str, Done], starts: bool, *values: Any
    ) -> Iterator[dict[Any, Any]]:
        language = language_of(request)
        if not starts:
            yield {status: gr.skip()}
            return
        if not paths:
            yield {status: say(language, "upscale_nothing"), **_idle(start, stop)}
            return
        kept: dict[str, Done] = {}
        try:
            asked = options.request(*values)
            if context.upscalers.is_lasting(asked.model):  # one that is still trained may have changed
                before = {path: finished[path] for path in paths if path in finished}
                kept = {path: each for path, each in before.items() if each.is_result_of(asked)}
            waiting = [Path(path) for path in paths if path not in kept]
            busy = {start: gr.update(interactive=False), stop: gr.update(interactive=True)}
            yield {done: kept, stage: shown(paths, kept), **busy}
            if waiting:
                folder = context.visitors.fresh(request, f"upscale-{secrets.token_hex(4)}")
                taken = frozenset(each.item.get("download", "") for each in kept.values())
                with UpscaleRun(context, waiting, asked, folder, payer(request), taken=taken) as running:
                    for progress in running.news():
                        update = {status: progress_line(language, progress)}
                        yield update | (add_new(running, kept, asked, paths))
                    add_new(running, kept, asked, paths)
            update = {done: kept, stage: shown(paths, kept), status: described(language, paths, kept, {})}
            yield update | ended(request, paths, kept)
        except (Waifu4xError, OSError) as error:  # such as a full disk under a preview
            yield {status: failure(language, error), **ended(request, paths, kept)}

    def add_new(
        running: UpscaleRun, kept: dict[str, Done], asked: UpscaleRequest, paths: list[str]
    ) -> dict[Any, Any]:
        """What a run has finished since, so that it can be taken at once."""
        fresh = [result for result in running.results if str(result.source) not in kept]
        for result in fresh:
            path = str(result.source)
            kept[path] = Done(asked, result, finished_item(stage, path, result))
        return {done: kept, stage: shown(paths, kept)} if fresh else {}

    def ended(request: gr.Request, paths: list[str], finished: dict[str, Done]) -> dict[Any, Any]:
        """The buttons when nothing runs, with all results in one file."""
        results = [finished[path].result.file for path in paths if path in finished]
        written = [file for file in results if file is not None and file.is_file()]
        if not written:
            return {archive: gr.update(interactive=False), **_idle(start, stop)}
        path = context.visitors.of(request) / f"{secrets.token_hex(4)}" / "waifu4x.zip"
        path.parent.mkdir(parents=True, exist_ok=True)
        with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as bundle:  # pictures are compressed already
            for file in written:
                bundle.write(file, file.name)
        return {archive: gr.update(value=str(path), interactive=True), **_idle(start, stop)}

    def stopped(request: gr.Request, paths: list[str], finished: dict[str, Done]) -> dict[Any, Any]:
        language = language_of(request)
        lines = described(language, paths, finished, {}) if finished else ""
        return {status: say(language, "upscale_stopped") + lines, **ended(request, paths, finished)}

    def describe_again(
        request: gr.Request, paths: list[str], finished: dict[str, Done], seen: dict[str, Inspected]
    ) -> str:
        return described(language_of(request), paths, finished, seen)

    outputs: list[Any] = [status, stage, archive, files, done, found, start, stop]
    quick: dict[str, Any] = {"queue": False, **QUIET}
    work: dict[str, Any] = {"outputs": outputs, "trigger_mode": "multiple", **QUIET, **QUEUE}
    always = gr.Checkbox(True, visible=False)
    start.click(None, None, [start, stop], js=_BUSY)
    runs: list[Any] = [start.click(run, [files, done, always, *options.inputs], **work)]
    for taken in (
        choose.upload(take, [choose, files, done, adds], outputs, js=_ADDS, **quick),
        examples.click(take_example, [examples, done], outputs, **quick),
    ):
        taken.success(look, [files, done, model, starts], outputs, **QUIET, **INSPECTION_QUEUE)
        runs.append(taken.success(run, [files, done, starts, *options.inputs], **work))
    gr.on([choose.upload, examples.click], None, cancels=runs)
    # Through the queue, so that nothing the run still said comes after it.
    stop.click(None, cancels=runs).then(stopped, [files, done], outputs, concurrency_limit=None, **QUIET)
    retell.click(describe_again, [files, done, found], status, **quick)
    wire_strengths(context, options, files, status, [choose.upload, examples.click])
    starts.input(None, starts, None, js=_REMEMBER, **QUIET)
    gr.on(None, None, None, starts, js=_RECALL, **QUIET)
    return model


def _idle(start: Any, stop: Any) -> dict[Any, Any]:
    return {start: gr.update(interactive=True), stop: gr.update(interactive=False)}
