"""The Compare tab: nearest, bilinear, bicubic and every model on one crop, measured where it can be."""

import html
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gradio as gr

from demo.compare import job
from demo.compare.api import add_compare_api
from demo.compare.crop_picker import crop_picker, no_crop, show_crop
from demo.compare.crops import LEAST_CROP_PX, MOST_CROP_PX, crop_unit, default_crop, preview
from demo.compare.job import Comparison, Method
from demo.compare.panels import Panel, no_panels, panel_grid, show_panels
from demo.context import QUEUE, QUIET, DemoContext
from demo.examples import add_choice
from demo.messages import failed, failure
from demo.translations import label, language_of, say
from demo.upscale.previews import save_fast
from waifu4x_tf.errors import Waifu4xError
from waifu4x_tf.models.zoo import DENOISE_LEVELS


def add_compare_tab(context: DemoContext) -> None:
    """Lay out the tab and wire it; call it inside the tab."""
    with gr.Row():
        with gr.Column(scale=2, min_width=320):
            file = add_choice("compare-file")
            is_original = gr.Checkbox(
                False,
                label=label("compare_original"),
                info=label("compare_original_info"),
                elem_id="compare-original",
            )
            with_denoise = gr.Checkbox(False, label=label("compare_denoise"), elem_id="compare-denoise")
        with gr.Column(scale=3, min_width=320):
            picker = crop_picker(label("compare_picker"), "compare-crop")
            start = gr.Button(label("compare_start"), variant="primary", elem_id="compare-start")
            status = gr.HTML(
                label("compare_ready"), elem_id="compare-status", elem_classes="w4x-status", container=True
            )
    panels = panel_grid(label("compare_zoom_all"), "compare-panels")
    with gr.Column(visible=False, elem_id="compare-difference") as differing:
        gr.Markdown("## " + label("compare_difference"))
        with gr.Row():
            first = gr.Dropdown([], label=label("compare_first"), elem_id="compare-first", filterable=False)
            second = gr.Dropdown(
                [], label=label("compare_second"), elem_id="compare-second", filterable=False
            )
        difference = panel_grid(label("compare_zoom"), "compare-difference-panel")
    compared_files = gr.State({})

    def picked(request: gr.Request, path: str | None, original: bool) -> dict[Any, Any]:
        language = language_of(request)
        cleared = {panels: no_panels(), differing: gr.update(visible=False), compared_files: {}}
        if not path:
            return {picker: no_crop(), status: say(language, "compare_ready"), **cleared}
        try:
            framed, line = _framed(context, request, Path(path), original)
            return {picker: framed, status: line, **cleared}
        except Waifu4xError as error:
            return {picker: no_crop(), status: failure(language, error), **cleared}

    def run(
        request: gr.Request, path: str | None, crop: str, original: bool, denoise: bool
    ) -> Iterator[dict[Any, Any]]:
        language = language_of(request)
        if not path:
            yield {status: failed(say(language, "compare_nothing"))}
            return
        try:
            started = time.monotonic()
            compared = job.begin(context, Path(path), crop, is_original=original)
            models = job.methods(context.upscalers, with_denoise=denoise)
            for index, method in enumerate(job.enlarge(context.upscalers, compared, models)):
                name = html.escape(_name(language, method.name, models))
                line = say(language, "compare_running", index=index + 1, count=len(models), name=name)
                yield {status: line}
            names = {each: _name(language, each, models) for each in compared.panels}
            kept = _kept(compared, names, context.visitors.fresh(request, "compare"))
            chosen = compared.default_pair()
            choices = [(name, key) for key, name in names.items()]
            yield {
                status: _summary(language, Path(path).name, compared, time.monotonic() - started),
                panels: show_panels(_panels(language, compared, kept), compared.size),
                compared_files: kept,
                differing: gr.update(visible=True),
                first: gr.update(choices=choices, value=chosen[0]),
                second: gr.update(choices=choices, value=chosen[1]),
                difference: _difference(language, kept, *chosen),
            }
        except Waifu4xError as error:
            yield {status: failure(language, error)}

    def differ(request: gr.Request, kept: dict[str, tuple[str, str]], *chosen: str) -> Any:
        if not set(chosen) <= kept.keys():
            return gr.skip()
        return _difference(language_of(request), kept, *chosen)

    shown = [picker, status, panels, differing, compared_files]
    gr.on([file.change, is_original.change], picked, [file, is_original], shown, **QUIET)
    start.click(
        run,
        [file, picker, is_original, with_denoise],
        [*shown, first, second, difference],
        show_progress="minimal",
        show_progress_on=status,
        api_visibility="private",
        **QUEUE,
    )
    gr.on([first.input, second.input], differ, [compared_files, first, second], difference, **QUIET)
    add_compare_api(context)


def _framed(context: DemoContext, request: gr.Request, path: Path, original: bool) -> tuple[Any, str]:
    """The picker with this picture and the crop to begin with, and what is said of the picture."""
    language = language_of(request)
    loaded = job.read_flat(path, context.limits.max_megapixels)
    unit = crop_unit(original, context.upscalers.default.scale)
    crop = default_crop(loaded.rgb, unit)
    shown = context.visitors.fresh(request, "compare_preview") / "shown.png"
    save_fast(preview(loaded.rgb), shown)
    height, width = loaded.rgb.shape[:2]
    most = MOST_CROP_PX * unit
    hint = say(language, "compare_hint", most=most)
    if loaded.transparent:
        hint += f"<br>{say(language, 'compare_white')}"
    framed = show_crop(
        shown,
        (width, height),
        crop,
        unit=unit,
        least_px=LEAST_CROP_PX * unit,
        most_px=most,
        name=path.name,
        hint=hint,
    )
    return framed, say(language, "compare_chosen", name=html.escape(path.name), width=width, height=height)


def _kept(compared: Comparison, names: dict[str, str], folder: Path) -> dict[str, tuple[str, str]]:
    """Panel to its file and its name in the visitor's language."""
    kept = {}
    for index, (key, pixels) in enumerate(compared.panels.items()):
        path = folder / f"{index}.png"
        save_fast(pixels, path)
        kept[key] = str(path), names[key]
    return kept


def _panels(language: str, compared: Comparison, kept: dict[str, tuple[str, str]]) -> list[Panel]:
    def note(key: str) -> str:
        scores = compared.scores.get(key)
        if scores is None:
            return ""
        return say(language, "compare_score", psnr=f"{scores.psnr:.2f}", ssim=f"{scores.ssim:.4f}")

    return [Panel(Path(path), name, note(key)) for key, (path, name) in kept.items()]


def _difference(language: str, kept: dict[str, tuple[str, str]], first: str, second: str) -> Any:
    """What the difference of two panels shows; written beside them."""
    (first_path, first_name), (second_path, second_name) = kept[first], kept[second]
    try:
        one, other = (job.read_panel(Path(path)) for path in (first_path, second_path))
    except OSError:
        return gr.skip()  # the visitor has gone, and the files with him
    pixels = job.difference(one, other)
    path = Path(first_path).with_name(f"difference_{Path(first_path).stem}_{Path(second_path).stem}.png")
    save_fast(pixels, path)
    caption = say(
        language,
        "compare_difference_of",
        first=first_name,
        second=second_name,
        gain=job.DIFFERENCE_GAIN,
    )
    return show_panels([Panel(path, caption, say(language, "compare_difference_black"))], pixels.shape[:2])


def _name(language: str, key: str, models: list[Method]) -> str:
    """A panel's name for people."""
    for method in models:
        if method.name == key:
            kind = "gan" if method.strength else "denoise" if method.denoise in DENOISE_LEVELS else ""
            level = say(language, f"upscale_denoise_{method.denoise}")
            return say(language, f"compare_method_{kind}", model=method.family, level=level) if kind else key
    return say(language, f"compare_method_{key}")


def _summary(language: str, name: str, compared: Comparison, seconds: float) -> str:
    height, width = compared.size
    from_size = f"{compared.small.shape[1]}x{compared.small.shape[0]}"
    line = say(
        language,
        "compare_done",
        name=html.escape(name),
        from_size=from_size,
        scale=compared.scale,
        size=f"{width}x{height}",
        count=len(compared.scores),
        seconds=f"{seconds:.1f}",
    )
    if compared.original is None:
        return line
    original = f"{compared.box[2]}x{compared.box[3]}"
    measured = say(language, "compare_measured", original=original, from_size=from_size, scale=compared.scale)
    return f"{line} {measured}"
