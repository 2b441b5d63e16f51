"""What the strength does on a visitor's own picture: its busiest part at 0, 0.5 and 1, side by side."""

from pathlib import Path
from typing import Any

import gradio as gr
import numpy as np

from demo.compare.crops import default_crop
from demo.context import QUEUE, QUIET, DemoContext
from demo.messages import failure
from demo.translations import language_of, say
from demo.upscale.controls import UpscaleOptions
from demo.upscale.previews import save_fast
from demo.upscale.request import UpscaleRequest
from waifu4x_tf.batch.reading import read_capped
from waifu4x_tf.errors import Waifu4xError
from waifu4x_tf.evaluation.comparison import flatten_on_white

STRENGTHS = (0.0, 0.5, 1.0)
_CROP_PX = 96
# In the browser alone, which knows which thumbnail is chosen.
_CHOSEN = """(files, index, ...values) => {
  const thumb = document.querySelector("#upscale-stage .thumb[aria-pressed=true]");
  return [files, Number(thumb?.dataset.index ?? 0), ...values];
}"""
_HIDE = """() => ({ __type__: "update", visible: false })"""


def at_strengths(context: DemoContext, path: Path, asked: UpscaleRequest) -> list[np.ndarray]:
    """Enlarge the busiest square of a picture, of its first frame on white, at each of `STRENGTHS`.

    Args:
        context: Of the demo.
        path: The picture, which decides what "auto" does.
        asked: The model and its other options.

    Returns:
        uint8 (r * H, r * W, 3), one a strength.

    Raises:
        PictureError: It cannot be read, or is too large.
        ModelError: The model has no GAN variant for it.
    """
    picture = read_capped(path, path.name, context.limits.max_megapixels)
    rgb = flatten_on_white(picture)
    x, y, width, height = default_crop(rgb, 1, _CROP_PX)
    part = np.ascontiguousarray(rgb[y : y + height, x : x + width])
    options: dict[str, Any] = {name: getattr(asked, name) for name in ("denoise", "tta", "raw")}
    loaded = (context.upscalers.get(asked.model, strength=each, **options) for each in STRENGTHS)
    return [upscaler.for_picture(picture).upscale(part) for upscaler in loaded]


def wire_strengths(
    context: DemoContext, options: UpscaleOptions, files: gr.State, status: gr.HTML, changes: list[Any]
) -> None:
    """Let the button fill the gallery with the chosen picture.

    Args:
        context: Of the demo.
        options: With the button and the gallery.
        files: The paths of the pictures.
        status: Where mistakes are reported.
        changes: The events after which the gallery would show another picture than the page.
    """

    def show(request: gr.Request, paths: list[str], index: float, *values: Any) -> dict[Any, Any]:
        language = language_of(request)
        if not paths:
            return {status: say(language, "upscale_nothing")}
        try:
            path = Path(paths[min(int(index), len(paths) - 1)])
            shown = at_strengths(context, path, options.request(*values))
            folder = context.visitors.fresh(request, "strengths")
            items = []
            for strength, pixels in zip(STRENGTHS, shown, strict=True):
                file = folder / f"{strength:g}.png"
                save_fast(pixels, file)
                items.append((str(file), say(language, "upscale_strengths_at", strength=f"{strength:g}")))
        except (Waifu4xError, OSError) as error:
            return {status: failure(language, error)}
        return {options.strengths: gr.update(value=items, visible=True)}

    options.show_strengths.click(
        show,
        [files, gr.Number(0, visible=False), *options.inputs],
        [options.strengths, status],
        js=_CHOSEN,
        **{**QUIET, "show_progress": "minimal", "show_progress_on": options.show_strengths},
        **QUEUE,
    )
    gr.on(changes, None, None, options.strengths, js=_HIDE, **QUIET)
