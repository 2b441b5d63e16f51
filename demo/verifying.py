"""Is this result what it says? A result made again as its receipt says, on the page and for programs."""

import html
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gradio as gr

from demo.context import QUEUE, DemoContext
from demo.telling import failed, failure
from demo.words import label, language_of, say
from waifu4x_tf.batch_runner import probe_capped
from waifu4x_tf.errors import ReceiptError, UsageError, Waifu4xError
from waifu4x_tf.inference.upscaler import Upscaler, load_upscaler
from waifu4x_tf.receipt_files import path_beside
from waifu4x_tf.verification import Verdict, verify


def verified(context: DemoContext, result: Path, source: Path, receipt: Path | None) -> Verdict:
    """Make a result again and compare, under the caps of the demo.

    Args:
        context: Of the demo.
        result: What somebody says was made by waifu4x.
        source: The picture it should come from.
        receipt: The file that was beside the result, where its format holds no receipt itself.

    Raises:
        ReceiptError: There is no receipt, or it cannot be followed here.
        PictureError: A picture is none, or too large.
    """
    with tempfile.TemporaryDirectory(dir=context.folder) as folder:
        copies = []
        for kind, path in (("result", result), ("source", source)):
            place = Path(folder, kind)
            place.mkdir()
            copies.append(Path(shutil.copyfile(path, place / path.name)))
        if receipt is not None:
            shutil.copyfile(receipt, path_beside(copies[0]))
        limits = context.limits
        try:
            # No result is larger than what the demo makes.
            probe_capped(copies[0], result.name, limits.max_enlarged_megapixels)
            return verify(*copies, load=_load, max_megapixels=limits.max_megapixels)
        except Waifu4xError as error:
            told = str(error)
            for copy in copies:
                told = told.replace(f"{copy.parent}/", "")
            raise ReceiptError(told) from None


def add_verification(context: DemoContext) -> None:
    """Add the section; call it where it is to stand."""
    with gr.Accordion(label("verify_title"), open=False, elem_id="verify"):
        gr.Markdown(label("verify_about"), elem_classes="w4x-note")
        with gr.Row():
            result, source = (
                gr.File(label=label(f"verify_{name}"), type="filepath", height=180, elem_id=f"verify-{name}")
                for name in ("result", "source")
            )
            receipt = gr.File(
                label=label("verify_receipt"),
                file_types=[".json"],
                type="filepath",
                height=180,
                elem_id="verify-receipt",
            )
        start = gr.Button(label("verify_start"), elem_id="verify-start")
        status = gr.HTML(elem_id="verify-status")

    def run(request: gr.Request, *paths: str | None) -> Iterator[str]:
        language = language_of(request)
        given, source_path, receipt_path = (Path(path) if path else None for path in paths)
        if given is None or source_path is None:
            yield failed(say(language, "verify_nothing"))
            return
        yield say(language, "verify_running")
        try:
            yield _told(language, verified(context, given, source_path, receipt_path))
        except (Waifu4xError, OSError) as error:
            yield failure(language, error)

    start.click(
        run,
        [result, source, receipt],
        status,
        show_progress="hidden",
        api_visibility="private",
        **QUEUE,
    )


def _told(language: str, verdict: Verdict) -> str:
    if verdict.is_confirmed:
        how = say(language, "verify_bytes" if verdict.is_same_file else "verify_pixels")
        return say(language, "verify_confirmed", how=how, model=verdict.receipt.model)
    return failed(say(language, "verify_differs", why=html.escape(verdict.why)))


def _load(model: str, **options: Any) -> Upscaler:
    """A shipped model; a stranger's receipt must not bring TensorFlow into the demo."""
    if options.get("engine") != "litert":
        raise UsageError(
            "The demo makes again what LiteRT made. Received: a result of another engine. Use waifu4x verify."
        )
    return load_upscaler(model, **options)
