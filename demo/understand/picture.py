"""The picture that the Understand tab looks at: a visitor's own or an example, cut to its busiest part."""

import hashlib
import html
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import gradio as gr
import numpy as np

from demo.context import QUIET, DemoContext
from demo.examples import add_examples
from demo.messages import failed, failure
from demo.translations import label, language_of, say
from demo.understand.html import figure, figures, html_block, status
from waifu4x_tf.batch_runner import read_capped
from waifu4x_tf.comparison import busiest_square, flatten_on_white
from waifu4x_tf.errors import Waifu4xError
from waifu4x_tf.imaging.reading import INPUT_SUFFIXES

PART_PX = 192
# SSIM's window of 11 px inside a border of 4 on each side, and room for a blur to act.
LEAST_PX = 32
# The busiest part of a large picture is looked for in a thinned one, of at most this many pixels a side.
_SEARCHED_PX = 1024
_FIRST = Path(__file__).parents[2] / "examples" / "face.png"


@dataclass(frozen=True)
class Part:
    """What of a picture is looked at.

    Attributes:
        pixels: uint8 ``(H, W, 3)``, each side from 32 to 192 px.
        name: Of the file.
        whole_size: (width, height) of all of it.
        on_white: Whether it has transparency, which is composited on white.
    """

    pixels: np.ndarray
    name: str
    whole_size: tuple[int, int]
    on_white: bool

    @cached_property
    def key(self) -> str:
        """The same for the same pixels."""
        return hashlib.sha256(self.pixels.tobytes() + bytes(self.pixels.shape)).hexdigest()

    def busiest(self, side: int) -> np.ndarray:
        """The busiest square of it, or what there is of one: uint8 ``(H, W, 3)``."""
        return _busiest(self.pixels, side)


class TooSmallError(Waifu4xError):
    """A picture that the measures cannot look at."""

    def __init__(self, name: str, width: int, height: int) -> None:
        self.values = {"name": name, "width": width, "height": height, "least": LEAST_PX}
        super().__init__(say("en", "understand_picture_small", **self.values))


def read_part(path: Path, max_megapixels: float) -> Part:
    """The busiest part of a picture file.

    Raises:
        PictureError: As `waifu4x_tf.imaging.reading.read`.
        TooSmallError: A side below 32 px.
    """
    picture = read_capped(path, path.name, max_megapixels)
    if min(picture.width, picture.height) < LEAST_PX:
        raise TooSmallError(path.name, picture.width, picture.height)
    pixels = _busiest(flatten_on_white(picture), PART_PX)
    return Part(pixels, path.name, (picture.width, picture.height), not picture.is_opaque)


def add_picture(context: DemoContext) -> tuple[gr.State, Any]:
    """Where a visitor gives a picture, and what of it is used.

    Returns:
        The `Part`, an example's from the start; and the event after which it may be another.
    """
    first = read_part(_FIRST, max_megapixels=1)  # whatever the cap on visitors' pictures
    part = gr.State(first)
    gr.Markdown(label("understand_picture_title"))
    with gr.Row():
        with gr.Column(scale=2, min_width=300):
            file = gr.File(
                label=label("understand_picture_file"),
                file_types=sorted(INPUT_SUFFIXES),
                height=150,
                elem_id="understand-file",
                elem_classes="w4x-paste",
            )
            add_examples(file)
        with gr.Column(scale=3, min_width=300):
            shown = html_block("understand-part")
            told = html_block("understand-told")

    def begin(request: gr.Request) -> str:
        return _shown(language_of(request), first)

    def take(request: gr.Request, path: str | None) -> dict[Any, Any]:
        """Clears the field as well, so that the next picture can be dropped or pasted there."""
        if path is None:
            return {file: gr.skip()}
        language = language_of(request)
        try:
            taken = read_part(Path(path), context.limits.max_megapixels)
        except TooSmallError as error:
            values = {key: html.escape(str(value)) for key, value in error.values.items()}
            sentence = say(language, "understand_picture_small", **values)
            return {told: status(failed(sentence)), file: None}
        except Waifu4xError as error:
            return {told: status(failure(language, error)), file: None}
        return {part: taken, shown: _shown(language, taken), told: "", file: None}

    gr.on(None, begin, None, shown, queue=False, **QUIET)
    chosen = file.change(
        take,
        file,
        [part, shown, told, file],
        show_progress="minimal",
        show_progress_on=shown,
        api_visibility="private",
    )
    return part, chosen


def _shown(language: str, part: Part) -> str:
    height, width = part.pixels.shape[:2]
    values: dict[str, object] = {
        "name": part.name,
        "width": width,
        "height": height,
        "whole_width": part.whole_size[0],
        "whole_height": part.whole_size[1],
    }
    whole = part.whole_size == (width, height)
    caption = say(language, "understand_picture_whole" if whole else "understand_picture_part", **values)
    if part.on_white:
        caption += say(language, "understand_picture_white")
    alt = say(language, "understand_picture_alt")
    return figures([figure(part.pixels, caption, alt)], least_px=PART_PX, columns=1, most_px=PART_PX)


def _busiest(pixels: np.ndarray, side: int) -> np.ndarray:
    thinned = -(-max(pixels.shape[:2]) // _SEARCHED_PX)
    left, top, width, height = (
        value * thinned for value in busiest_square(pixels[::thinned, ::thinned], -(-side // thinned))
    )
    top, left = max(0, min(top, pixels.shape[0] - side)), max(0, min(left, pixels.shape[1] - side))
    return np.ascontiguousarray(pixels[top : top + min(height, side), left : left + min(width, side)])
