"""The arguments of /upscale come from the fields of the request alone."""

from dataclasses import dataclass, fields

import gradio as gr

import demo.api
from demo.upscale.request import UpscaleRequest


def test_a_new_option_is_added_in_one_place(monkeypatch):
    @dataclass(frozen=True)
    class WithMore(UpscaleRequest):
        crispness: float | None = None
        mirrored: bool = False
        note: str = "none"

    monkeypatch.setattr(demo.api, "UpscaleRequest", WithMore)
    parameters = {each.name: each for each in demo.api.request_parameters("large")}
    assert list(parameters) == [each.name for each in fields(WithMore)]
    assert parameters["model"].default == "large"
    components = [demo.api._component(parameters[name]) for name in ("crispness", "mirrored", "note")]
    assert [type(each) for each in components] == [gr.Number, gr.Checkbox, gr.Textbox]
    assert [(each.label, each.value) for each in components] == [
        ("crispness", None),
        ("mirrored", False),
        ("note", "none"),
    ]
