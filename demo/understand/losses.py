"""Six damages of equal PSNR of a visitor's picture, and what each measure says about them."""

import html
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gradio as gr
import numpy as np

from demo.context import QUEUE
from demo.translations import label, language_of, say
from demo.understand import measures
from demo.understand.chapter import starts_of
from demo.understand.html import figure, figures, html_block, status
from demo.understand.measures import Damaged, Measure
from demo.understand.picture import Part
from waifu4x_tf.errors import MissingExtraError, Waifu4xError

COLUMNS = ("rgb", "ssim", "lab", "hsv", "vgg")
_MORE_IS_BETTER = {"ssim"}
# The damages' names in the library and in this tab's sentences.
_KEYS = {
    "darker": "darker",
    "blurred": "blurred",
    "noise": "noise",
    "JPEG": "jpeg",
    "checkerboard": "checkerboard",
    "one square gone": "square",
}
Scores = dict[str, dict[str, float]]


def add_losses_section(box: gr.Accordion, part: gr.State, chosen: Any) -> None:
    """A slider, six pictures and a table; call it inside the section.

    Args:
        box: The section.
        part: The picture's `Part`.
        chosen: The event after which it may be another.
    """
    gr.Markdown(label("understand_losses_intro"))
    psnr_db = gr.Slider(
        18,
        30,
        23,
        step=0.5,
        label=label("understand_losses_psnr"),
        info=label("understand_losses_psnr_info"),
        elem_id="understand-psnr",
    )
    pictures = html_block("understand-damages")
    said = html_block("understand-measures")
    told = gr.State("")

    def answers(
        request: gr.Request, part: Part, is_open: bool, psnr_db: float, told: str
    ) -> Iterator[tuple[Any, Any, Any]]:
        key = f"{part.key} {psnr_db}"
        if not is_open or told == key:
            yield gr.skip(), gr.skip(), gr.skip()
            return
        language = language_of(request)
        damages = measures.six_damages(part.pixels, psnr_db)
        shown = _pictures(language, part, damages)
        scores = _scores(part.pixels, damages, measures.plain_measures())
        short = _short(language, damages, psnr_db)
        loading = say(language, "understand_losses_loading")
        yield shown, table(language, damages, scores, waits=True) + status(loading) + short, gr.skip()
        further, missing = further_measures(language)
        scores |= _scores(part.pixels, damages, further)
        notes = "".join(status(sentence) for sentence in missing)
        yield gr.skip(), table(language, damages, scores) + short + notes, key

    options: dict[str, Any] = {"api_visibility": "private"}
    is_open, starts = starts_of(box, chosen)
    inputs, outputs = [part, is_open, psnr_db, told], [pictures, said, told]
    for event in starts:
        event.success(
            answers, inputs, outputs, show_progress="minimal", show_progress_on=pictures, **options, **QUEUE
        )
    psnr_db.change(  # and no release, which a keyboard never makes
        answers,
        inputs,
        outputs,
        show_progress="minimal",
        show_progress_on=pictures,
        trigger_mode="always_last",
        **options,
        **QUEUE,
    )


def further_measures(language: str) -> tuple[dict[str, Measure], list[str]]:
    """Those that need Keras, and a sentence about each that cannot be had."""
    try:
        found = dict(measures.colour_measures())
    except MissingExtraError:
        return {}, [say(language, "understand_losses_no_keras")]
    weights = measures.vgg_weights()
    if weights is None:
        return found, [
            say(
                language,
                "understand_losses_no_vgg",
                file=measures.VGG_FILE,
                folder=html.escape(_without_home(measures.keras_models_folder())),
                variable=measures.VGG_VARIABLE,
            )
        ]
    try:
        found["vgg"] = measures.vgg_measure(weights)
    except Waifu4xError as error:
        return found, [say(language, "understand_losses_bad_vgg", error=html.escape(str(error)))]
    return found, []


def _without_home(folder: Path) -> str:
    """As a person writes it, without the name of the account."""
    home = Path.home()
    return f"~/{folder.relative_to(home).as_posix()}" if folder.is_relative_to(home) else str(folder)


def _scores(original: np.ndarray, damages: dict[str, Damaged], how: dict[str, Measure]) -> Scores:
    """Measure -> damage -> what it says."""
    return {
        name: {each: measure(original, damaged.pixels) for each, damaged in damages.items()}
        for name, measure in how.items()
    }


def _pictures(language: str, part: Part, damages: dict[str, Damaged]) -> str:
    items = [figure(part.pixels, say(language, "understand_losses_original"))]
    items += [figure(each.pixels, _name(language, name)) for name, each in damages.items()]
    return figures(items, least_px=140, columns=4, most_px=288)


def table(language: str, damages: dict[str, Damaged], scores: Scores, *, waits: bool = False) -> str:
    """One row a damage, one column a measure; while the others are loaded their cells hold dots."""
    columns = [name for name in COLUMNS if name in scores or waits]
    marked = {name: marks(name, scores[name], damages) for name in columns if name in scores}
    heads = [
        say(language, "understand_losses_damage"),
        *(say(language, f"understand_losses_measure_{name}") for name in ("psnr", *columns)),
    ]
    head = "".join(f'<th scope="col">{html.escape(text)}</th>' for text in heads)
    rows = ""
    for each, damaged in damages.items():
        cells = "".join(
            _cell(language, scores[name][each], marked[name].get(each)) if name in scores else "<td>…</td>"
            for name in columns
        )
        reached = "∞" if math.isinf(damaged.psnr_db) else f"{damaged.psnr_db:.1f}"
        name = html.escape(_name(language, each))
        rows += f'<tr><th scope="row">{name}</th><td>{reached}</td>{cells}</tr>'
    caption = html.escape(say(language, "understand_losses_caption"))
    return (
        f'<p class="w4x-told" id="understand-caption">{caption}</p>'
        '<div class="w4x-scroll" tabindex="0" role="group" aria-labelledby="understand-caption">'
        '<table class="w4x-measures" aria-labelledby="understand-caption">'
        f"<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>"
    )


def marks(measure: str, said: dict[str, float], damages: dict[str, Damaged]) -> dict[str, str]:
    """Which of the damages that can be compared a measure likes best and least."""
    compared = {name: value for name, value in said.items() if damages[name].comparable}
    if len(compared) < 2:
        return {}
    least, most = min(compared, key=compared.__getitem__), max(compared, key=compared.__getitem__)
    best, worst = (most, least) if measure in _MORE_IS_BETTER else (least, most)
    return {best: "best", worst: "worst"}


def _cell(language: str, value: float, mark: str | None) -> str:
    text = f"{value:#.3g}"
    if mark is None:
        return f"<td>{text}</td>"
    return f'<td class="w4x-{mark}">{text}<small>{say(language, f"understand_losses_{mark}")}</small></td>'


def _short(language: str, damages: dict[str, Damaged], psnr_db: float) -> str:
    """A sentence about the damages that cannot be made as strong as the others."""
    names = [_name(language, name) for name, each in damages.items() if not each.comparable]
    if not names:
        return ""
    joined = ("、" if language == "zh" else ", ").join(names)
    return status(say(language, "understand_losses_short", names=joined, psnr=f"{psnr_db:g}"))


def _name(language: str, damage: str) -> str:
    return say(language, f"understand_losses_{_KEYS[damage]}")
