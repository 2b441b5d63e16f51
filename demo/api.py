"""Named endpoints for programs, beside the page's own events; docs/demo.md shows how to call them."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import gradio as gr

from demo.context import QUEUE, DemoContext
from demo.upscaling import UpscaleRun, Wishes
from waifu4x_tf.errors import CancelledError, PictureError, UsageError, Waifu4xError


@contextmanager
def told_as_errors() -> Iterator[None]:
    """A caller's mistake becomes the sentence of an error, without a trace in the demo's own output."""
    try:
        yield
    except Waifu4xError as error:
        raise gr.Error(str(error), print_exception=False) from None


def check_given(picture: str | None) -> Path:
    """The picture's file, or a UsageError."""
    if not picture:
        raise UsageError("A picture is a file. Received: none. Upload one.")
    return Path(picture)


def add_api(context: DemoContext) -> None:
    """Add /upscale and /models; call it inside the page, where it shows nothing."""

    def upscale(
        request: gr.Request,
        picture: str | None,
        model: str,
        denoise: float,
        strength: float,
        scale: float,
        file_format: str,
        quality: float | None,
        background: str | None,
        strip: bool,
    ) -> Iterator[tuple[Any, Any]]:
        """Enlarge one picture.

        Yields:
            Nothing new while it works, so that a caller who has gone is noticed; at last the file that
            `waifu4x upscale` would write with the same options, and what its --json says of it.
        """
        wishes = Wishes.of(model, denoise, strength, scale, file_format, quality, background, strip)
        with told_as_errors(), tempfile.TemporaryDirectory(dir=context.folder) as folder:
            path = check_given(picture)
            with UpscaleRun(context, [path], wishes, Path(folder), previews=False) as run:
                for _ in run.news():
                    yield gr.skip(), gr.skip()
            if not run.results:
                raise CancelledError(
                    "An answer is given when a run ends. Received: a stop before. Ask again."
                )
            result = run.results[0]
            if result.file is None:
                raise PictureError(result.outcome.error or "")
            told = result.outcome.as_json() | {"input": path.name, "output": result.file.name}
            yield str(result.file), told  # Gradio takes a copy

    def models() -> list[str]:
        """The names that /upscale takes as model."""
        return context.upscalers.names()

    names = context.upscalers.names()
    asked: list[Any] = [
        gr.File(label="picture", visible=False),
        gr.Textbox(names[0], label="model", visible=False),
        gr.Number(0, label="denoise", visible=False),
        gr.Number(0, label="strength", visible=False),
        gr.Number(4, label="scale", visible=False),
        gr.Textbox("png", label="file_format", visible=False),
        gr.Number(0, label="quality", visible=False),
        gr.Textbox("", label="background", visible=False),
        gr.Checkbox(False, label="strip", visible=False),
    ]
    answers: list[Any] = [gr.File(label="file", visible=False), gr.JSON(label="outcome", visible=False)]
    gr.Button(visible=False).click(upscale, asked, answers, api_name="upscale", **QUEUE)
    gr.Button(visible=False).click(models, None, gr.JSON(visible=False), api_name="models", queue=False)
