"""What the default network's layers see in a visitor's picture."""

from typing import Any

import gradio as gr

from demo.context import QUEUE
from demo.messages import failure
from demo.translations import label, language_of, say
from demo.understand.chapter import starts_of
from demo.understand.html import figure, figures, html_block, status
from demo.understand.picture import Part
from waifu4x_tf.errors import Waifu4xError
from waifu4x_tf.method.features import layer_outputs, liveliest, signed_colours
from waifu4x_tf.models import zoo

LAYERS = ("head", *(f"block{index}_add" for index in range(1, zoo.entry("compact").widths["blocks"] + 1)))
SEEN_PX = 128


def add_features_section(box: gr.Accordion, part: gr.State, chosen: Any) -> None:
    """The choice of a layer and its liveliest maps; call it inside the section.

    Args:
        box: The section.
        part: The picture's `Part`.
        chosen: The event after which it may be another.
    """
    gr.Markdown(label("understand_features_intro"))
    with gr.Row():
        with gr.Column(scale=1, min_width=280):
            layer = gr.Radio(
                [(label(f"understand_features_{each}"), each) for each in LAYERS],
                value=LAYERS[0],
                label=label("understand_features_layer"),
                elem_id="understand-layer",
            )
            source = html_block("understand-seen")
        with gr.Column(scale=3, min_width=300):
            maps = html_block("understand-maps")
    # One run gives every layer; choosing another only shows another part of it.
    seen = gr.State(None)

    def answers(
        request: gr.Request, part: Part, is_open: bool, layer: str, seen: Any
    ) -> tuple[Any, Any, Any]:
        if not is_open:
            return gr.skip(), gr.skip(), gr.skip()
        language = language_of(request)
        if seen is None or seen["key"] != part.key:
            try:
                seen = {"key": part.key, "maps": liveliest_maps(part)}
            except Waifu4xError as error:
                return status(failure(language, error)), "", None
        return _source(language, part), _maps(language, layer, *seen["maps"][layer]), seen

    options: dict[str, Any] = {"api_visibility": "private"}
    is_open, starts = starts_of(box, chosen)
    inputs, outputs = [part, is_open, layer, seen], [source, maps, seen]
    for event in starts:
        event.success(
            answers, inputs, outputs, show_progress="minimal", show_progress_on=maps, **options, **QUEUE
        )
    layer.change(
        answers, inputs, outputs, show_progress="hidden", trigger_mode="always_last", **options, **QUEUE
    )


def liveliest_maps(part: Part) -> dict[str, tuple[int, dict[int, Any]]]:
    """Layer -> how many maps it has, and of the liveliest index -> uint8 ``(H, W, 3)``.

    Raises:
        ModelError: The network cannot be read.
    """
    shown = {}
    for name, features in layer_outputs(part.busiest(SEEN_PX)).items():
        colours = {index: signed_colours(features[..., index]) for index in liveliest(features)}
        shown[name] = (features.shape[2], colours)
    return shown


def _source(language: str, part: Part) -> str:
    pixels = part.busiest(SEEN_PX)
    height, width = pixels.shape[:2]
    told = say(language, "understand_features_input", width=width, height=height)
    return figures([figure(pixels, told)], least_px=SEEN_PX, columns=1, most_px=SEEN_PX)


def _maps(language: str, layer: str, count: int, colours: dict[int, Any]) -> str:
    name = say(language, f"understand_features_{layer}")
    items = [
        figure(pixels, told := say(language, "understand_features_map", index=index), f"{told}, {name}")
        for index, pixels in colours.items()
    ]
    told = say(language, "understand_features_told", count=count, layer=name)
    return figures(items, least_px=130, columns=4, most_px=2 * SEEN_PX) + status(told)
