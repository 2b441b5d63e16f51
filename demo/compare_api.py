"""The named endpoint /compare for programs; docs/demo.md shows how to call it."""

from pathlib import Path
from typing import Any

import gradio as gr
from PIL import Image

from demo import comparing
from demo.context import QUEUE, DemoContext
from waifu4x_tf.errors import Waifu4xError


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
        if not picture:
            raise gr.Error("A picture is a file. Received: none. Upload one.", print_exception=False)
        try:
            compared = comparing.begin(context, Path(picture), crop, is_original=is_original)
            models = comparing.methods(context.upscalers, with_denoise=False)
            for _ in comparing.enlarge(context.upscalers, compared, models):
                pass
        except Waifu4xError as error:
            raise gr.Error(str(error), print_exception=False) from None
        return comparing.sheet(compared, Path(picture).name), comparing.scores_as_json(compared.scores)

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
