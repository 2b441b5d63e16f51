"""ModelOptions: what is refused, what stands for what, and which networks it comes to."""

import dataclasses
import inspect
import os

import pytest

from waifu4x_tf.errors import ModelError, UsageError
from waifu4x_tf.inference.loading import load_upscaler
from waifu4x_tf.inference.options import ModelOptions, takes_strength
from waifu4x_tf.models import zoo

DENOISING = ("compact_denoise1", "compact_denoise2", "compact_denoise3")
shipped = pytest.mark.skipif(
    not {"compact", "compact_area", *DENOISING, "compact-gan", "large"} <= set(zoo.shipped_names()),
    reason="no weights in this checkout yet",
)
GAN, DENOISE_GAN = "compact-gan", "compact_denoise-gan"
AREA = {"area": ("compact_area",)}
LEVELS = {level: (name,) for level, name in zip(("low", "medium", "high"), DENOISING, strict=True)}


def test_they_are_the_arguments_of_the_loader():
    fields = {field.name: field.default for field in dataclasses.fields(ModelOptions)}
    parameters = inspect.signature(load_upscaler).parameters
    assert fields == {name: each.default for name, each in parameters.items()}


@pytest.mark.parametrize(("number", "name"), [(0, "off"), (1, "low"), (2, "medium"), (3, "high")])
def test_the_numbers_of_waifu2x_stand_for_off_to_high(number, name):
    assert ModelOptions(denoise=number).denoise == name
    assert ModelOptions(denoise=number) == ModelOptions(denoise=name)


@pytest.mark.parametrize("denoise", [4, -1, 1.5, 1.0, "3", "on", "", None, True, False])
def test_other_ways_to_denoise_are_refused(denoise):
    with pytest.raises(UsageError, match=r"auto, off, low, medium, high, or .*Received: `denoise=") as caught:
        load_upscaler(denoise=denoise)
    assert repr(denoise) in str(caught.value)


@pytest.mark.parametrize(
    ("wrong", "error", "rule"),
    [
        ({"engine": "torch"}, UsageError, r"one of litert, keras\. Received: `engine='torch'`"),
        ({"threads": 0}, UsageError, r"`threads` is at least 1\. Received: 0"),
        ({"strength": -0.1}, UsageError, r"`strength` is from 0, .*Received: -0\.1"),
        ({"strength": float("nan")}, UsageError, r"`strength` is from 0, .*Received: nan"),
        ({"model": "espcn", "denoise": "low"}, ModelError, r"compact, large\. Received: the model espcn"),
        ({"model": "mine.tflite", "denoise": "high"}, ModelError, r"Received: the model mine\.tflite"),
        ({"model": "compact_denoise1", "denoise": 1}, ModelError, r"Received: the model compact_denoise1"),
    ],
)
def test_what_cannot_be_is_refused_before_anything_is_loaded(wrong, error, rule):
    with pytest.raises(error, match=rule):
        ModelOptions(**wrong)


@pytest.mark.parametrize("model", ["large", "compact_denoise1", "mine.tflite", "espcn"])
@pytest.mark.parametrize("denoise", ["auto", "off"])
def test_what_has_no_gan_variant_takes_no_strength(model, denoise, every_variant):
    with pytest.raises(
        ModelError, match=rf"clean pictures, which compact has\. Received: the model {model}\."
    ):
        ModelOptions(model, denoise=denoise, strength=0.5)
    assert not takes_strength(model)


def test_without_a_gan_variant_for_damaged_pictures_only_clean_ones_have_a_strength(
    every_variant, monkeypatch
):
    assert takes_strength("compact")
    monkeypatch.setattr(zoo, "_is_shipped", lambda name: name != "compact_denoise-gan")
    for denoise in ("auto", *zoo.DENOISE_LEVELS):
        ModelOptions(denoise=denoise)
        with pytest.raises(
            ModelError, match=r"damaged pictures, which no model here has\. Received: .*='off'`"
        ):
            ModelOptions(denoise=denoise, strength=0.5)
    assert ModelOptions(denoise="off", strength=1).networks == {
        "": ("compact-gan",),
        "area": ("compact-gan",),
    }
    assert ModelOptions(raw=True, strength=1).networks == {"": ("compact-gan",)}
    assert not takes_strength("compact")


@shipped
@pytest.mark.parametrize(
    ("options", "networks", "looks"),
    [
        ({}, {"": ("compact",)} | AREA | LEVELS, True),
        ({"denoise": "off"}, {"": ("compact",)} | AREA, True),
        ({"denoise": "low"}, {"": ("compact_denoise1",)}, True),
        ({"denoise": 3}, {"": ("compact_denoise3",)}, True),
        ({"model": "large"}, {"": ("large",)} | AREA | LEVELS, True),
        ({"model": "large", "denoise": "medium"}, {"": ("compact_denoise2",)}, True),
        ({"model": "compact_area"}, {"": ("compact_area",)}, False),
        ({"model": "compact-gan"}, {"": ("compact-gan",)}, False),
        ({"model": "mine.tflite"}, {"": ("mine.tflite",)}, False),
        ({"raw": True}, {"": ("compact",)}, False),
        ({"raw": True, "denoise": "low"}, {"": ("compact_denoise1",)}, False),
        ({"model": "compact_denoise1"}, {"": ("compact_denoise1",)}, False),
        (
            {"strength": 0.5},
            {"": ("compact", GAN), "area": ("compact_area", GAN)}
            | {level: (*faithful, DENOISE_GAN) for level, faithful in LEVELS.items()},
            True,
        ),
        ({"strength": 1}, {"": (GAN,), "area": (GAN,)} | dict.fromkeys(LEVELS, (DENOISE_GAN,)), True),
        ({"strength": 0.5, "denoise": "off"}, {"": ("compact", GAN), "area": ("compact_area", GAN)}, True),
        ({"strength": 0.5, "denoise": 2}, {"": ("compact_denoise2", DENOISE_GAN)}, True),
        ({"strength": 1, "denoise": 2}, {"": (DENOISE_GAN,)}, True),
        ({"strength": 0.5, "raw": True}, {"": ("compact", GAN)}, False),
    ],
)
def test_the_networks_and_whether_pictures_are_looked_at(options, networks, looks, every_variant):
    made = ModelOptions(**options)
    assert made.networks == networks
    assert made.looks == looks


def test_a_file_is_named_by_its_stem_and_kept_for_another_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    options = ModelOptions(os.path.join("in", "mine.tflite"), "litert", tta=True)
    assert options.is_file
    assert options.label == "mine"
    assert options.absolute() == dataclasses.replace(options, model=str(tmp_path / "in" / "mine.tflite"))
    assert ModelOptions("large").absolute() == ModelOptions("large")
    assert ModelOptions("large").label == "large"


def test_those_that_change_pixels_are_all_but_three():
    assert ModelOptions(threads=3, tile_px=64, denoise=0).effective() == {
        "engine": "litert",
        "denoise": "off",
        "strength": 0.0,
        "tta": False,
        "raw": False,
    }
