"""Named endpoints for programs, beside the page's own events; docs/demo.md shows how to call them."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import gradio as gr

from demo.context import QUEUE, DemoContext
from demo.upscale.inspection import INSPECTION_QUEUE, inspected
from demo.upscale.job import UpscaleRun
from demo.upscale.request import UpscaleRequest
from demo.visitors import payer
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
    """Add /upscale, /inspect and /models; call it inside the page, where it shows nothing."""
    _add_upscale(context)

    def inspect(picture: str | None, model: str) -> dict[str, Any]:
        """Tell what a picture has been through, as `waifu4x inspect --json` does."""
        with told_as_errors():
            path = check_given(picture)
            return inspected(path, model, context.limits.max_megapixels).as_json(path.name)

    def models() -> list[str]:
        """The names that /upscale takes as model."""
        return context.upscalers.names()

    asked: list[Any] = [
        gr.File(label="picture", visible=False),
        gr.Textbox(context.upscalers.names()[0], label="model", visible=False),
    ]
    answer = gr.JSON(label="findings", visible=False)
    gr.Button(visible=False).click(inspect, asked, answer, api_name="inspect", **INSPECTION_QUEUE)
    gr.Button(visible=False).click(models, None, gr.JSON(visible=False), api_name="models", queue=False)


def _add_upscale(context: DemoContext) -> None:
    def upscale(
        request: gr.Request,
        picture: str | None,
        model: str,
        denoise: str,
        strength: float,
        scale: float | None = None,
        file_format: str = "png",
        quality: float | None = None,
        background: str | None = None,
        strip: bool = False,
        size: str = "",
        fit: str = "inside",
        min_side: float | None = None,
        wrap: str = "",
        tta: bool = False,
        raw: bool = False,
        bits: float | None = None,
        preset: str = "",
        receipt: str = "png",
    ) -> Iterator[tuple[Any, Any]]:
        """Enlarge one picture.

        Yields:
            Nothing new while it works, so that a caller who has gone is noticed; at last the file that
            `waifu4x upscale` would write with the same options, and what its --json says of it.
        """
        with told_as_errors(), tempfile.TemporaryDirectory(dir=context.folder) as folder:
            path = check_given(picture)
            asked = UpscaleRequest.of(
                model=model,
                denoise=denoise,
                strength=strength,
                scale=scale,
                format=file_format,
                quality=quality,
                background=background,
                strip=strip,
                size=size,
                fit=fit,
                min_side=min_side,
                wrap=wrap,
                tta=tta,
                raw=raw,
                bits=bits,
                preset=preset,
                receipt=receipt,
            )
            with UpscaleRun(context, [path], asked, Path(folder), payer(request), previews=False) as run:
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

    def text(name: str, value: str) -> gr.Textbox:
        return gr.Textbox(value, label=name, visible=False)

    def number(name: str, value: float | None = None) -> gr.Number:
        return gr.Number(value, label=name, visible=False)

    def mark(name: str) -> gr.Checkbox:
        return gr.Checkbox(False, label=name, visible=False)

    asked: list[Any] = [
        gr.File(label="picture", visible=False),
        text("model", context.upscalers.names()[0]),
        text("denoise", "auto"),
        number("strength", 0),
        number("scale"),
        text("file_format", "png"),
        number("quality"),
        text("background", ""),
        mark("strip"),
        text("size", ""),
        text("fit", "inside"),
        number("min_side"),
        text("wrap", ""),
        mark("tta"),
        mark("raw"),
        number("bits"),
        text("preset", ""),
        text("receipt", "png"),
    ]
    answers: list[Any] = [gr.File(label="file", visible=False), gr.JSON(label="outcome", visible=False)]
    gr.Button(visible=False).click(upscale, asked, answers, api_name="upscale", **QUEUE)
