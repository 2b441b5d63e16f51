"""What is chosen by an estimate, and what is said of it."""

import numpy as np
import pytest

from waifu4x_tf.imaging.picture import Picture
from waifu4x_tf.inference.estimator import Estimate
from waifu4x_tf.inference.options import ModelOptions
from waifu4x_tf.inference.treatment import Treatment, choose, treatment_of, usable_amount

ALL = ("", "area", "low", "medium", "high")
PICTURE = Picture.from_array(np.zeros((20, 20, 3), np.uint8))


def of_gains(amount=0.0, damages=(), **gains) -> Estimate:
    return Estimate(amount, gains, dict(damages))


@pytest.mark.parametrize(
    ("found", "variant"),
    [
        (of_gains(area=0.0, low=0.0, medium=0.0, high=0.0), ""),
        (of_gains(area=-1.0, low=-2.0, medium=-2.5, high=-3.0), ""),
        (of_gains(area=0.69, low=0.39, medium=0.39, high=0.39), ""),
        (of_gains(area=0.7, low=-1.0), "area"),
        (of_gains(area=-1.0, low=0.4), "low"),
        (of_gains(area=-1.0, medium=0.4), "medium"),
        (of_gains(area=-1.0, high=0.4), "high"),
        (of_gains(low=1.5, medium=1.8, high=1.7), "medium"),
        (of_gains(area=0.9, low=0.55), "area"),  # further above what it has to gain
        (of_gains(area=0.9, low=0.65), "low"),
        (of_gains(), ""),
        (None, ""),
    ],
)
def test_a_variant_is_taken_from_its_own_threshold_on(found, variant):
    assert choose(found, ALL).variant == variant


def test_a_variant_that_is_not_there_is_not_taken():
    found = of_gains(amount=0.5, area=2.0, low=3.0, high=1.0)
    assert choose(found, ("", "area")).variant == "area"
    assert choose(found, ("",)) == Treatment(amount=0.5)
    assert choose(found, ("", "high")).variant == "high"


@pytest.mark.parametrize("variant", ALL[1:])
def test_what_goes_through_a_variant_is_sharpened_as_well(variant):
    assert choose(of_gains(amount=0.5, **{variant: 1.0}), ALL) == Treatment(variant, 0.5)
    assert choose(of_gains(amount=-0.09, **{variant: 1.0}), ALL) == Treatment(variant)


@pytest.mark.parametrize(
    ("amount", "used"),
    [
        (0.0, 0.0),
        (0.099, 0.0),
        (-0.099, 0.0),
        (0.1, 0.1),
        (-0.1, -0.1),
        (0.32345, 0.323),
        (-0.3, -0.3),
        (-2.0, -0.7),
        (7.0, 2.5),
    ],
)
def test_an_amount_is_none_near_zero_and_never_far(amount, used):
    assert usable_amount(amount) == used
    assert choose(of_gains(amount=amount), ALL) == Treatment(amount=used)


@pytest.mark.parametrize(
    ("damages", "quality", "amount"),
    [
        ({"halos": 0.6, "jpeg": 0.5}, None, -0.3),
        ({"stairs": 0.3, "palette": 0.3, "video": 0.5}, None, -0.3),
        ({"halos": 0.5, "jpeg": 0.3, "webp": 0.3}, None, 0.0),
        ({}, None, 0.0),
        ({"halos": 0.9}, 60, 0.0),
    ],
)
def test_a_level_gets_a_picture_softened_only_where_its_edges_are_hard(damages, quality, amount):
    found = Estimate(-0.3, {"medium": 2.0}, damages)
    assert choose(found, ALL, quality).amount == amount
    assert choose(Estimate(-0.3, {"area": 2.0}, damages), ALL).amount == -0.3
    assert choose(of_gains(amount=0.3, medium=2.0), ALL, quality).amount == 0.3


def test_a_blurred_picture_goes_through_the_strongest_level_there_is():
    gains = {"area": 0.1, "low": 0.1, "medium": 0.3, "high": 0.2}
    assert choose(of_gains(amount=0.81, **gains), ALL) == Treatment("high", 0.81)
    assert choose(of_gains(amount=0.8, **gains), ALL) == Treatment(amount=0.8)
    assert choose(of_gains(amount=0.81, **gains), ("", "area")) == Treatment("area", 0.81)
    assert choose(of_gains(amount=0.81, **gains), ("", "low")) == Treatment(amount=0.81)
    assert choose(of_gains(amount=0.81, **gains), ("",)) == Treatment(amount=0.81)


def test_the_damages_are_the_two_most_probable_that_are_more_likely_than_not():
    damages = {"jpeg": 0.7, "grain": 0.49, "blur": 0.9, "halos": 0.6}
    for gains in ({"area": 1.0}, {"low": 1.0}, {"high": 1.0}):
        assert choose(of_gains(**gains, damages=damages), ALL).damages == ("blur", "jpeg")
        assert choose(of_gains(**gains, damages={"grain": 0.49}), ALL).damages == ()
    assert choose(of_gains(amount=1.0, damages=damages), ALL).damages == ()


@pytest.mark.parametrize(
    ("treatment", "seen", "done"),
    [
        (Treatment(), "", ""),
        (Treatment("low", damages=("jpeg", "blur")), "JPEG artefacts, blur", "denoise low"),
        (Treatment("medium", 0.314), "damage", "denoise medium, sharpness +0.31"),
        (Treatment("high"), "damage", "denoise high"),
        (Treatment("area"), "area averaging", "area variant"),
        (Treatment("area", -0.07, ("halos",)), "halos", "area variant, sharpness -0.07"),
        (Treatment(amount=0.126), "a soft picture", "sharpness +0.13"),
        (Treatment(amount=-0.1), "a sharpened picture", "sharpness -0.10"),
    ],
)
def test_words(treatment, seen, done):
    assert (treatment.seen, treatment.done) == (seen, done)
    assert treatment.denoises == ("denoise" in done)


@pytest.mark.parametrize(
    "options",
    [
        {"raw": True},
        {"raw": True, "denoise": "low"},
        {"model": "compact_denoise1"},
        {"model": "compact_area"},
        {"model": "compact-gan"},
        {"model": "mine.tflite"},
    ],
)
def test_nothing_is_looked_at_where_there_is_nothing_to_choose(options, estimated):
    assert treatment_of(PICTURE, ModelOptions(**options)) is None
    assert estimated.asked == 0


@pytest.mark.parametrize("gains", [{"area": 2.0}, {"area": 2.0, "medium": 2.0}, {}])
def test_the_strength_changes_nothing_of_the_choice(gains, estimated, every_variant):
    estimated.found = of_gains(amount=0.3, **gains)
    faithful, *others = (treatment_of(PICTURE, ModelOptions(strength=each)) for each in (0, 0.5, 1))
    assert others == [faithful, faithful]


def test_off_takes_no_denoise_variant(estimated):
    estimated.found = of_gains(amount=0.3, low=2.0, medium=2.0, high=2.0)
    assert treatment_of(PICTURE, ModelOptions(denoise="off")) == Treatment(amount=0.3)


@pytest.mark.parametrize("level", [1, "medium", "high"])
def test_a_level_that_is_asked_for_is_taken_and_only_the_sharpness_is_chosen(level, estimated):
    estimated.found = of_gains(amount=0.3, area=2.0, low=2.0)
    assert treatment_of(PICTURE, ModelOptions(denoise=level)) == Treatment(amount=0.3)
    estimated.found = Estimate(-0.3, {}, {"jpeg": 0.6})
    assert treatment_of(PICTURE, ModelOptions(denoise=level)) == Treatment()
    assert treatment_of(PICTURE, ModelOptions(denoise="off")) == Treatment(amount=-0.3)


@pytest.mark.parametrize(
    ("quality", "gains", "variant"),
    [
        (20, {}, "high"),
        (42, {}, "high"),
        (43, {}, "medium"),
        (72, {}, "medium"),
        (73, {}, "low"),
        (94, {}, "low"),
        (95, {}, ""),
        (90, {"medium": 0.19}, "low"),
        (90, {"medium": 0.21}, "medium"),
        (90, {"medium": 0.5, "high": 0.6}, "high"),
        (60, {"low": 2.0}, "medium"),  # never weaker than traces say
        (60, {"high": 0.4, "area": 3.0}, "high"),
    ],
)
def test_traces_of_jpeg_say_the_least_level_and_the_estimate_may_raise_it(quality, gains, variant):
    found = of_gains(0.5, **{"area": 0.0, "low": 0.0, "medium": 0.0, "high": 0.0, **gains})
    expected = Treatment(variant, 0.5, ("jpeg",)) if variant else Treatment(amount=0.5)
    assert choose(found, ALL, quality) == expected
