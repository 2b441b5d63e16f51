"""Named endpoints for programs, beside the page's own events; docs/demo.md shows how to call them."""

import inspect as signatures
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields
from pathlib import Path
from typing import Any, get_args, get_type_hints

import gradio as gr

from demo.context import QUEUE, DemoContext
from demo.upscale.inspection import INSPECTION_QUEUE, inspected
from demo.upscale.job import UpscaleRun
from demo.upscale.request import UpscaleRequest
from demo.visitors import payer
from waifu4x_tf.errors import CancelledError, PictureError, UsageError, Waifu4xError


@contextmanager
def reported_as_errors() -> Iterator[None]:
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
        """Report what a picture has been through, as `waifu4x inspect --json` does."""
        with reported_as_errors():
            path = check_given(picture)
            return inspected(path, model, context.limits.max_megapixels).as_json(path.name)

    def models() -> list[str]:
        """The names that /upscale takes as model."""
        return context.upscalers.names()

    asked: list[Any] = [
        gr.File(label="picture", visible=False),
        gr.Textbox(context.upscalers.names()[0], label="model", visible=False),
    ]
    findings = gr.JSON(label="findings", visible=False)
    gr.Button(visible=False).click(inspect, asked, findings, api_name="inspect", **INSPECTION_QUEUE)
    gr.Button(visible=False).click(models, None, gr.JSON(visible=False), api_name="models", queue=False)


def request_parameters(model: str) -> list[signatures.Parameter]:
    """One for each field of `UpscaleRequest`, with its default, and with the demo's own for the model."""
    hints = get_type_hints(UpscaleRequest)
    return [
        signatures.Parameter(
            field.name,
            signatures.Parameter.POSITIONAL_OR_KEYWORD,
            default=model if field.name == "model" else field.default,
            annotation=hints[field.name],
        )
        for field in fields(UpscaleRequest)
    ]


def _add_upscale(context: DemoContext) -> None:
    parameters = request_parameters(context.upscalers.names()[0])

    def upscale(request: gr.Request, picture: str | None, *values: Any) -> Iterator[tuple[Any, Any]]:
        """Enlarge one picture.

        Yields:
            Nothing new while it works, so that a caller who has gone is noticed; at last the file that
            `waifu4x upscale` would write with the same options, and what its --json says of it.
        """
        with reported_as_errors(), tempfile.TemporaryDirectory(dir=context.folder) as folder:
            path = check_given(picture)
            names = (each.name for each in parameters)
            asked = UpscaleRequest.of(**dict(zip(names, values, strict=False)))
            with UpscaleRun(context, [path], asked, Path(folder), payer(request), previews=False) as run:
                for _ in run.news():
                    yield gr.skip(), gr.skip()
            if not run.results:
                raise CancelledError("A result is given when a run ends. Received: a stop before. Ask again.")
            result = run.results[0]
            if result.file is None:
                raise PictureError(result.outcome.error or "")
            report = result.outcome.as_json() | {"input": path.name, "output": result.file.name}
            yield str(result.file), report  # Gradio takes a copy

    # Where Gradio and its clients read names and defaults.
    first, picture, *_ = signatures.signature(upscale).parameters.values()
    upscale.__signature__ = signatures.Signature([first, picture, *parameters])
    upscale.__annotations__ |= {each.name: each.annotation for each in parameters}
    asked: list[Any] = [gr.File(label="picture", visible=False), *map(_component, parameters)]
    results: list[Any] = [gr.File(label="file", visible=False), gr.JSON(label="outcome", visible=False)]
    gr.Button(visible=False).click(upscale, asked, results, api_name="upscale", **QUEUE)


def _component(parameter: signatures.Parameter) -> gr.Checkbox | gr.Textbox | gr.Number:
    kinds = get_args(parameter.annotation) or (parameter.annotation,)
    kind = gr.Checkbox if bool in kinds else gr.Textbox if str in kinds else gr.Number
    return kind(parameter.default, label=parameter.name, visible=False)
