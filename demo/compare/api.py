"""The named endpoint /compare for programs; docs/demo.md shows how to call it."""

from typing import Any

import gradio as gr
from PIL import Image

from demo.api import check_given, reported_as_errors
from demo.compare import job
from demo.context import QUEUE, DemoContext


def add_compare_api(context: DemoContext) -> None:
    """Add /compare; call it inside the page, where it shows nothing."""

    def compare(picture: str | None, crop: str, is_original: bool) -> tuple[Image.Image, dict[str, Any]]:
        """Enlarge one part of a picture by nearest, bilinear, bicubic and every model.

        Args:
            picture: The file.
            crop: "X,Y,WIDTH,HEIGHT" in its pixels; empty for the part with most detail.
            is_original: Make the small version from it first, and measure every result against it.

        Returns:
            A labelled sheet, and method to {"psnr", "ssim"}, or to null where no original is known.
        """
        with reported_as_errors():
            path = check_given(picture)
            compared = job.begin(context, path, crop, is_original=is_original)
            models = job.methods(context.upscalers, with_denoise=False)
            for _ in job.enlarge(context.upscalers, compared, models):
                pass
        return job.sheet(compared, path.name), job.scores_as_json(compared.scores)

    asked: list[Any] = [
        gr.File(label="picture", visible=False),
        gr.Textbox("", label="crop", visible=False),
        gr.Checkbox(False, label="is_original", visible=False),
    ]
    answers: list[Any] = [
        gr.Image(label="sheet", format="png", visible=False),
        gr.JSON(label="scores", visible=False),
    ]
    gr.Button(visible=False).click(compare, asked, answers, api_name="compare", **QUEUE)
