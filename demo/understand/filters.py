"""Filters with given numbers on a visitor's picture, the kernel beside."""

from typing import Any

import gradio as gr
import numpy as np

from demo.context import QUIET
from demo.translations import label, language_of, say
from demo.understand.chapter import starts_of
from demo.understand.html import figure, figures, html_block, kernel_table, status
from demo.understand.picture import Part
from waifu4x_tf.method.filters import SOBEL, filtered, gaussian_kernel, mean_kernel, median_filtered

KINDS = ("mean", "gaussian", "median", "across", "down")
SIDES_PX = (3, 5, 7)
_EDGES = {"across": SOBEL, "down": SOBEL.T}
# Sobel's answers to pixels in [0, 1] lie in [-4, 4]; drawings seldom go beyond half of that.
_MOST_SHOWN = 2.0


def add_filters_section(box: gr.Accordion, part: gr.State, chosen: Any) -> None:
    """Controls, kernel and pictures; call it inside the section.

    Args:
        box: The section.
        part: The picture's `Part`.
        chosen: The event after which it may be another.
    """
    gr.Markdown(label("understand_filters_intro"))
    with gr.Row():
        with gr.Column(scale=2, min_width=300):
            kind = gr.Radio(
                [(label(f"understand_filters_{each}"), each) for each in KINDS],
                value="mean",
                label=label("understand_filters_kind"),
                elem_id="understand-filter",
            )
            side = gr.Radio(
                [(label(f"understand_filters_side_{each}"), each) for each in SIDES_PX],
                value=SIDES_PX[0],
                label=label("understand_filters_side"),
                info=label("understand_filters_side_info"),
                elem_id="understand-side",
            )
            sigma = gr.Slider(
                0.4,
                3,
                1,
                step=0.1,
                label=label("understand_filters_sigma"),
                interactive=False,
                elem_id="understand-sigma",
            )
            kernel = html_block("understand-kernel")
        with gr.Column(scale=3, min_width=300):
            pictures = html_block("understand-filtered")

    told = gr.State("")
    is_open, starts = starts_of(box, chosen)
    kind.change(_usable, kind, [side, sigma], queue=False, **QUIET)
    inputs, outputs = [part, is_open, kind, side, sigma, told], [kernel, pictures, told]
    for event in starts:
        event.success(_answers, inputs, outputs, **QUIET)
    changes = [kind.change, side.change, sigma.change]
    gr.on(changes, _answers, inputs, outputs, trigger_mode="always_last", **QUIET)


def kernel_of(kind: str, side_px: int, sigma_px: float) -> np.ndarray | None:
    """The weights of a filter, float32 ``(side, side)``; None of a median, which has none."""
    if kind == "median":
        return None
    if kind in _EDGES:
        return _EDGES[kind]
    return mean_kernel(side_px) if kind == "mean" else gaussian_kernel(side_px, sigma_px)


def filtered_pixels(pixels: np.ndarray, kernel: np.ndarray | None, side_px: int) -> np.ndarray:
    """What a filter makes of a picture, as pixels.

    Args:
        pixels: uint8 ``(H, W, 3)``.
        kernel: Weights; None is a median. With negative weights it is an edge filter, shown in greys.
        side_px: Of the median.

    Returns:
        uint8 ``(H, W, 3)``, or ``(H, W)`` of an edge filter: 0 is mid grey.
    """
    picture = pixels.astype(np.float32) / 255
    if kernel is None:
        answer = median_filtered(picture, side_px)
    elif kernel.min() < 0:
        edges = filtered(picture.mean(axis=2, keepdims=True), kernel)[..., 0]
        answer = 0.5 + edges / (2 * _MOST_SHOWN)
    else:
        answer = filtered(picture, kernel)
    return np.rint(255 * np.clip(answer, 0, 1)).astype(np.uint8)


def _answers(
    request: gr.Request, part: Part, is_open: bool, kind: str, side: int, sigma: float, told: str
) -> tuple[Any, Any, Any]:
    """Kernel, pictures and what tells these from others; nothing where the same are there already."""
    key = f"{part.key} {kind} {side} {sigma}"
    if not is_open or told == key:
        return gr.skip(), gr.skip(), gr.skip()
    language = language_of(request)
    kernel = kernel_of(kind, side, sigma)
    if kernel is None:
        weights = status(say(language, "understand_filters_no_kernel", count=side**2))
    else:
        weights = kernel_table(say(language, "understand_filters_kernel"), kernel)
    after = filtered_pixels(part.pixels, kernel, side)
    name = say(language, f"understand_filters_{kind}")
    sentence = "understand_filters_edges" if kind in _EDGES else "understand_filters_after"
    pair = [
        figure(part.pixels, say(language, "understand_filters_before")),
        figure(after, say(language, sentence, kind=name)),
    ]
    return weights, figures(pair, least_px=220, columns=2, most_px=384), key


def _usable(kind: str) -> tuple[Any, Any]:
    """Which controls mean something for a filter."""
    return gr.update(interactive=kind not in _EDGES), gr.update(interactive=kind == "gaussian")
