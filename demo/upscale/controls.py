"""The controls of the Upscale tab: what most people want is visible, the rest under "More"."""

import json
from dataclasses import dataclass
from typing import Any

import gradio as gr

from demo.context import QUIET, DemoContext
from demo.translations import label
from demo.upscale.request import UpscaleRequest
from waifu4x_tf.errors import UsageError
from waifu4x_tf.imaging.presets import PRESETS
from waifu4x_tf.imaging.target import FITS, MOST_SCALE, WRAPS
from waifu4x_tf.imaging.writing import FORMATS
from waifu4x_tf.inference.options import DENOISE, takes_strength
from waifu4x_tf.models import zoo

# Which controls belong to a way of saying how large a result is to be; a sticker's decide the format, too.
_WAYS = ("scale", "size", "min_side", "preset")
# In the browser alone. What a hidden control holds is not asked for; see `UpscaleOptions.request`.
_SHOW = """way => [
  ...["scale", "size", "min_side", "preset"].map(each => each === way), ...Array(4).fill(way !== "preset")
].map(visible => ({ __type__: "update", visible }))"""
_SHOW_STRENGTH = """model => ({ __type__: "update", visible: WITH_GAN.includes(model) })"""
_NOT_OF_STICKERS = ("file_format", "quality", "bits", "wrap")


@dataclass(frozen=True)
class UpscaleOptions:
    """The controls, and what shows the strengths.

    Attributes:
        controls: By the names of `UpscaleRequest`, and ``way``, ``width`` and ``height`` for its sizes.
        show_strengths: Shows some on the visitor's picture.
        strengths: Where.
    """

    controls: dict[str, Any]
    show_strengths: gr.Button
    strengths: gr.Gallery

    @property
    def inputs(self) -> list[Any]:
        """For an event, whose values `request` takes in this order."""
        return list(self.controls.values())

    def request(self, *values: Any) -> UpscaleRequest:
        """What the page asks for.

        Raises:
            UsageError: A width without a height, or the other way round.
        """
        given = dict(zip(self.controls, values, strict=True))
        way, width, height = (given.pop(name) for name in ("way", "width", "height"))
        unasked = {name for name in _WAYS if name != way}
        if way == "size":
            if not (width and height):
                raise UsageError(
                    "A size is a width and a height in pixels. Received: at most one of them. Fill in both."
                )
            given["size"] = f"{int(width)}x{int(height)}"
        else:
            unasked.add("fit")
        if way == "preset":
            unasked.update(_NOT_OF_STICKERS)
        if not takes_strength(given["model"]):
            unasked.add("strength")
        return UpscaleRequest.of(**{name: value for name, value in given.items() if name not in unasked})


def add_options(context: DemoContext) -> UpscaleOptions:
    """Lay the controls out; call it where they are to stand."""
    names = context.upscalers.names()
    controls: dict[str, Any] = {
        "model": gr.Radio(
            names,
            value=names[0],
            label=label("upscale_model"),
            info=label("upscale_model_info"),
            elem_id="upscale-model",
            visible=len(names) > 1,
        ),
        "denoise": gr.Radio(
            [(label(f"upscale_denoise_{way}"), way) for way in DENOISE],
            value="auto",
            label=label("upscale_denoise"),
            info=label("upscale_denoise_info"),
            elem_id="upscale-denoise",
        ),
    }
    with gr.Column(visible=takes_strength(names[0])) as dial:
        controls["strength"] = gr.Slider(
            0,
            1,
            0,
            step=0.1,
            label=label("upscale_strength"),
            info=label("upscale_strength_info"),
            elem_id="upscale-strength",
        )
        show_strengths = gr.Button(label("upscale_strengths"), size="sm", elem_id="upscale-show-strengths")
        strengths = gr.Gallery(
            label=label("upscale_strengths_part"),
            columns=3,
            object_fit="contain",
            interactive=False,
            visible=False,
            elem_id="upscale-strengths",
        )
    shown = _add_size(controls)
    controls["file_format"] = gr.Radio(
        list(FORMATS), value="png", label=label("upscale_format"), elem_id="upscale-format"
    )
    with gr.Accordion(label("upscale_more"), open=False, elem_id="upscale-more"):
        _add_rest(controls)
    hidden = [controls[name] for name in _NOT_OF_STICKERS]
    controls["way"].input(None, controls["way"], [*shown, *hidden], js=_SHOW, **QUIET)
    with_gan = json.dumps([family for family in zoo.shipped_families() if takes_strength(family)])
    show_strength = _SHOW_STRENGTH.replace("WITH_GAN", with_gan)
    controls["model"].input(None, controls["model"], dial, js=show_strength, **QUIET)
    return UpscaleOptions(controls, show_strengths, strengths)


def _add_size(controls: dict[str, Any]) -> list[Any]:
    """The ways to say how large a result is to be; what each of them shows, in their order."""
    controls["way"] = gr.Radio(
        [(label(f"upscale_way_{way}"), way) for way in _WAYS],
        value="scale",
        label=label("upscale_way"),
        elem_id="upscale-way",
    )
    controls["scale"] = gr.Slider(
        1, MOST_SCALE, 4, step=0.1, label=label("upscale_scale"), elem_id="upscale-scale"
    )
    with gr.Column(visible=False, elem_id="upscale-size") as size:
        with gr.Row():
            for name, start_px in (("width", 1920), ("height", 1080)):
                controls[name] = gr.Number(
                    start_px, label=label(f"upscale_{name}"), precision=0, min_width=120
                )
        controls["fit"] = gr.Radio(
            [(label(f"upscale_fit_{fit}"), fit) for fit in FITS],
            value=FITS[0],
            label=label("upscale_fit"),
            elem_id="upscale-fit",
        )
    controls["min_side"] = gr.Number(
        1080,
        label=label("upscale_min_side"),
        precision=0,
        visible=False,
        elem_id="upscale-min-side",
    )
    controls["preset"] = gr.Radio(
        [(preset.title, name) for name, preset in PRESETS.items()],
        value=next(iter(PRESETS)),
        label=label("upscale_preset"),
        info=label("upscale_preset_info"),
        visible=False,
        elem_id="upscale-preset",
    )
    return [controls["scale"], size, controls["min_side"], controls["preset"]]


def _add_rest(controls: dict[str, Any]) -> None:
    controls["quality"] = gr.Number(
        0,
        label=label("upscale_quality"),
        info=label("upscale_quality_info"),
        precision=0,
    )
    controls["bits"] = gr.Radio(
        [(label("upscale_bits_kept"), 0), ("8", 8), ("16", 16)],
        value=0,
        label=label("upscale_bits"),
        info=label("upscale_bits_info"),
        elem_id="upscale-bits",
    )
    controls["background"] = gr.Textbox(
        "", label=label("upscale_background"), info=label("upscale_background_info"), max_lines=1
    )
    controls["wrap"] = gr.Radio(
        [(label(f"upscale_wrap_{wrap or 'none'}"), wrap) for wrap in WRAPS],
        value="",
        label=label("upscale_wrap"),
        info=label("upscale_wrap_info"),
    )
    controls["receipt"] = gr.Radio(
        [(label("upscale_receipt_png"), "png"), (label("page_yes"), "yes"), (label("page_no"), "no")],
        value="png",
        label=label("upscale_receipt"),
        info=label("upscale_receipt_info"),
    )
    for name in ("strip", "tta", "raw"):
        controls[name] = gr.Checkbox(
            False, label=label(f"upscale_{name}"), info=label(f"upscale_{name}_info")
        )
