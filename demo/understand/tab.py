"""The Understand tab: the page docs/method.md, with three parts that compute on a visitor's own picture."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gradio as gr
import numpy as np

from demo.context import QUEUE, QUIET, DemoContext
from demo.examples import FOLDER, add_choice
from demo.messages import failed, failure
from demo.translations import label, language_of, say
from demo.understand import live
from demo.understand.story import PIECES
from waifu4x_tf.errors import Waifu4xError


def add_understand_tab(context: DemoContext, tab: gr.Tab) -> None:
    """Lay out the tab and wire it; call it inside the tab."""
    part = gr.State(live.read_part(FOLDER / "face.png", max_megapixels=1))  # whatever the cap of visitors'
    texts = (gr.Markdown(label(f"story_{index}"), elem_classes="w4x-story") for index in range(len(PIECES)))
    next(texts)
    gr.Markdown(label("understand_yours"))
    with gr.Row():
        with gr.Column(scale=1, min_width=260):
            path = add_choice("understand-file")
            status = gr.HTML(
                label("understand_example"), elem_id="understand-status", elem_classes="w4x-status"
            )
        with gr.Column(scale=2, min_width=300):
            kind = gr.Radio(
                [(label(f"understand_{each}"), each) for each in live.KERNELS],
                value="mean",
                label=label("understand_filter"),
                elem_id="understand-filter",
            )
            kernel = gr.Dataframe(
                live.KERNELS["mean"].tolist(),
                headers=["-1", "0", "+1"],
                row_count=3,
                column_count=3,
                datatype="number",
                type="numpy",
                interactive=True,
                buttons=[],
                label=label("understand_kernel"),
                elem_id="understand-kernel",
                elem_classes="w4x-table",
            )
            pair = _gallery("filtered")
    next(texts)
    layer = gr.Radio(
        [(label(f"understand_{each}"), each) for each in live.LAYERS],
        value="head",
        label=label("understand_layer"),
        elem_id="understand-layer",
    )
    maps = _gallery("maps")
    next(texts)
    psnr_db = gr.Slider(
        18,
        30,
        23,
        step=0.5,
        label=label("understand_psnr"),
        info=label("understand_psnr_info"),
        elem_id="understand-psnr",
    )
    damages = _gallery("damages")
    measures = gr.Dataframe(
        [],
        interactive=False,
        buttons=[],
        elem_id="understand-measures",
        elem_classes="w4x-table",
        label=label("understand_measures"),
    )
    next(texts)

    def take(request: gr.Request, path: str | None) -> tuple[Any, Any]:
        if path is None:
            return gr.skip(), gr.skip()
        language = language_of(request)
        try:
            taken = live.read_part(Path(path), context.limits.max_megapixels)
        except live.TooSmallError as error:
            return gr.skip(), failed(say(language, "understand_small", **error.values))
        except Waifu4xError as error:
            return gr.skip(), failure(language, error)
        (height, width), whole = taken.pixels.shape[:2], "x".join(map(str, taken.whole_size))
        return taken, say(language, "understand_part", width=width, height=height, whole=whole)

    def filter_it(request: gr.Request, part: live.Part, kernel: np.ndarray) -> list[tuple[np.ndarray, str]]:
        language = language_of(request)
        try:
            weights = np.asarray(kernel, np.float32)
        except ValueError:
            weights = np.full((3, 3), np.nan)
        if weights.shape != (3, 3) or not (np.abs(weights) <= 1000).all():
            raise gr.Error(say(language, "understand_weights"), print_exception=False)
        after = live.filtered_pixels(part.pixels, weights)
        caption = "understand_edges" if after.ndim == 2 else "understand_after"
        return [(part.pixels, say(language, "understand_before")), (after, say(language, caption))]

    def look(request: gr.Request, part: live.Part, layer: str) -> list[tuple[np.ndarray, str]]:
        found = live.liveliest_maps(part.pixels, layer)
        return [
            (pixels, say(language_of(request), "understand_map", index=index))
            for index, pixels in found.items()
        ]

    def damage(request: gr.Request, part: live.Part, psnr_db: float) -> tuple[Any, Any]:
        language = language_of(request)
        found = live.six_damages(part.pixels, psnr_db)
        shown, rows = [(part.pixels, say(language, "understand_before"))], []
        for index, each in enumerate(found.values()):
            name = say(language, f"understand_damage_{index}")
            shown.append((each.pixels, name))
            psnr = f"{each.psnr_db:.1f}" + ("" if each.comparable else " *")
            rows.append([name, psnr, f"{each.mse:#.3g}", f"{each.ssim:.3f}"])
        heads = [say(language, "understand_damage"), "PSNR, dB", "MSE, RGB", "SSIM"]
        return shown, gr.update(value={"headers": heads, "data": rows})

    def everything(
        request: gr.Request, part: live.Part, kernel: np.ndarray, layer: str, psnr_db: float
    ) -> Iterator[dict[Any, Any]]:
        yield {pair: filter_it(request, part, kernel)}
        yield {maps: look(request, part, layer)}
        shown, table = damage(request, part, psnr_db)
        yield {damages: shown, measures: table}

    options: dict[str, Any] = {"show_progress": "minimal", "api_visibility": "private", **QUEUE}
    inputs, outputs = [part, kernel, layer, psnr_db], [pair, maps, damages, measures]
    taken = path.change(take, path, [part, status], queue=False, **QUIET)
    taken.success(everything, inputs, outputs, **options)
    tab.select(everything, inputs, outputs, **options)
    kind.change(lambda kind: live.KERNELS[kind].tolist(), kind, kernel, queue=False, **QUIET)
    kernel.change(filter_it, [part, kernel], pair, trigger_mode="always_last", **options)
    layer.change(look, [part, layer], maps, trigger_mode="always_last", **options)
    psnr_db.change(damage, [part, psnr_db], [damages, measures], trigger_mode="always_last", **options)


def _gallery(name: str) -> gr.Gallery:
    return gr.Gallery(
        label=label(f"understand_{name}"),
        format="png",
        height="auto",
        object_fit="contain",
        interactive=False,
        buttons=[],
        elem_id=f"understand-{name}",
        elem_classes="w4x-pixels",
    )
