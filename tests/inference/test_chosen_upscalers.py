"""An Upscaler made by load_upscaler: what is seen in a picture decides what it goes through, everywhere."""

import pickle

import numpy as np
import pytest
from PIL import Image

from waifu4x_tf.cli.main import main
from waifu4x_tf.data.procedural import draw, draw_rgb
from waifu4x_tf.imaging.depth import with_bits
from waifu4x_tf.imaging.picture import Frame, Picture
from waifu4x_tf.imaging.pil import from_pil, to_pil
from waifu4x_tf.imaging.sharpness import sharpen
from waifu4x_tf.imaging.target import Target
from waifu4x_tf.inference.estimator import Estimate
from waifu4x_tf.inference.loading import load_upscaler
from waifu4x_tf.inference.treatment import Treatment
from waifu4x_tf.inference.upscaler import Upscaler
from waifu4x_tf.models import zoo

DENOISING = {"low": "compact_denoise1", "medium": "compact_denoise2", "high": "compact_denoise3"}
pytestmark = pytest.mark.skipif(
    not {"compact", "compact_area", *DENOISING.values(), "large"} <= set(zoo.shipped_names()),
    reason="no weights in this checkout yet",
)
SMALL = draw_rgb(0, seed=12, width=44, height=30)
SEEN = {
    "": Estimate(0.0, {"area": 0.0, "low": 0.0}, {}),
    "amount": Estimate(0.4, {"area": -1.0, "low": -1.0}, {}),
    "area": Estimate(0.0, {"area": 1.0, "low": 0.0}, {}),
    "low": Estimate(0.0, {"area": 1.0, "low": 2.0, "medium": 1.0}, {"jpeg": 0.9}),
    "high": Estimate(0.4, {"area": 1.0, "low": 2.0, "high": 2.5}, {"jpeg": 0.9}),
}


@pytest.fixture(scope="module")
def auto():
    return load_upscaler(threads=1)


@pytest.fixture(scope="module")
def alone():
    """Each network by its own name."""
    return {name: load_upscaler(name, denoise="off", threads=1) for name in zoo.shipped_names()}


@pytest.mark.parametrize(
    ("seen", "name"),
    [("", "compact"), ("area", "compact_area"), ("low", "compact_denoise1")],
)
def test_the_variant_that_is_chosen_gives_its_own_pixels(seen, name, auto, alone, estimated):
    estimated.found = SEEN[seen]
    large = auto.upscale(SMALL)
    chosen = auto.for_picture(Picture.from_array(SMALL))
    assert chosen.name == name
    assert chosen.treatment.variant == seen
    estimated.found = None
    assert (large == alone[name].upscale(SMALL)).all()


def test_what_is_sharpened_before_is_held_to_the_picture_as_it_came(auto, alone, estimated):
    estimated.found = SEEN["amount"]
    large = auto.upscale(SMALL)
    assert auto.for_picture(Picture.from_array(SMALL)).treatment == Treatment(amount=0.4)
    estimated.found = None
    assert (large != alone["compact"].upscale(SMALL)).any()
    near = alone["compact"].upscale(sharpen(SMALL, 0.4))
    assert np.abs(large.astype(int) - near).mean() < 1


@pytest.mark.parametrize(
    ("seen", "kind"), [*((seen, "RGBA") for seen in SEEN), *(("high", kind) for kind in ("L", "LA", "RGB"))]
)
def test_the_same_pixels_come_out_of_every_door(kind, seen, auto, estimated, tmp_path, monkeypatch):
    estimated.found = SEEN[seen]
    image = Image.fromarray(draw("sticker_soft", seed=2, width=44, height=30)).convert(kind)
    array = np.asarray(image)
    expected = np.asarray(auto.upscale(image))
    if kind != "LA":  # which no array is
        assert (auto.upscale(array) == expected).all()
        assert (auto({"image": array})["image"] == expected).all()
    picture = from_pil(image)
    assert (np.asarray(to_pil(auto.upscale(picture))) == expected).all()
    chosen = auto.for_picture(picture)
    assert (np.asarray(chosen.upscale(image)) == expected).all()
    assert (np.asarray(pickle.loads(pickle.dumps(auto)).upscale(image)) == expected).all()
    monkeypatch.chdir(tmp_path)
    image.save("a.png")
    assert main(["upscale", "a.png", "-o", "b.png", "--threads", "1"]) == 0
    with Image.open("b.png") as large:
        assert (np.asarray(large) == expected).all()


def test_a_pickled_choice_chooses_the_same_again(auto, estimated):
    estimated.found = SEEN["high"]
    chosen = auto.for_picture(Picture.from_array(SMALL))
    assert (pickle.loads(pickle.dumps(chosen)).upscale(SMALL) == chosen.upscale(SMALL)).all()


@pytest.mark.parametrize(("level", "name"), DENOISING.items())
def test_a_level_is_the_variant_by_its_name(level, name, alone, estimated):
    for family in ("compact", "large"):
        asked = load_upscaler(family, denoise=level, threads=1)
        assert (asked.upscale(SMALL) == alone[name].upscale(SMALL)).all()
        kept = asked.upscale(SMALL, target=Target(1))
        assert (kept == alone[name].upscale(SMALL, target=Target(1))).all()
        assert (kept != SMALL).any()


def test_a_level_is_sharpened_as_where_it_was_chosen(auto, alone, estimated):
    estimated.found = SEEN["high"]
    asked = load_upscaler(denoise="high", threads=1)
    assert asked.for_picture(Picture.from_array(SMALL)).treatment == Treatment(amount=0.4)
    large = asked.upscale(SMALL)
    assert (large == auto.upscale(SMALL)).all()
    assert (large != alone["compact_denoise3"].upscale(SMALL)).any()


def test_denoise_off_takes_no_denoise_variant(alone, estimated):
    estimated.found = SEEN["low"]
    off = load_upscaler(denoise="off", threads=1)
    assert off.for_picture(Picture.from_array(SMALL)).name == "compact_area"
    assert (off.upscale(SMALL) == alone["compact_area"].upscale(SMALL)).all()


def test_an_animation_is_looked_at_once_and_by_its_first_frame(auto, monkeypatch):
    looked = []

    def estimate(picture, _model):
        looked.append(picture.frames[0].rgb)
        return SEEN["high"]

    monkeypatch.setattr("waifu4x_tf.inference.treatment.estimate", estimate)
    second = draw_rgb(1, seed=12, width=44, height=30)
    frames = (Frame(SMALL), Frame(second))
    large = auto.upscale(Picture(frames, is_grey=False, durations_ms=(10, 20)))
    (first,) = looked
    assert (first == SMALL).all()
    for small, frame in zip((SMALL, second), large.frames, strict=True):
        assert (frame.rgb == auto.upscale(small)).all()


def test_what_was_chosen_does_not_look_again(auto, estimated):
    for found in SEEN.values():
        estimated.found, estimated.asked = found, 0
        chosen = auto.for_picture(Picture.from_array(SMALL))
        assert estimated.asked == 1
        assert chosen.for_picture(Picture.from_array(SMALL)) is chosen
        chosen.upscale(SMALL)
        assert estimated.asked == 1


def test_one_that_was_chosen_keeps_the_identity_and_leaves_the_other_as_it_was(auto, estimated):
    estimated.found = SEEN["high"]
    chosen = auto.for_picture(Picture.from_array(SMALL))
    assert chosen.identity == auto.identity
    assert auto.treatment is None
    assert auto.name == "compact"


def test_a_variant_is_loaded_once(auto, estimated):
    estimated.found = SEEN["area"]
    first, second = (auto.for_picture(Picture.from_array(SMALL)) for _ in range(2))
    assert first._engine is second._engine


def test_raw_output_and_one_constructed_directly_never_look(auto, estimated):
    estimated.found = SEEN["high"]
    raw = load_upscaler(raw=True, threads=1)
    assert raw.for_picture(Picture.from_array(SMALL)) is raw
    by_hand = Upscaler(auto._engine, name="x", scale=4, radius=14, raw=True)
    assert (raw.upscale(SMALL) == by_hand.upscale(SMALL)).all()
    file = load_upscaler(str(zoo.WEIGHTS / "compact_int8_dynamic.tflite"), threads=1)
    file.upscale(SMALL)
    assert estimated.asked == 0


def test_tiles_are_treated_as_the_whole_picture(auto, estimated):
    wide = draw_rgb(2, seed=4, width=70, height=60)
    for found in SEEN.values():
        estimated.found = found
        tiled = load_upscaler(threads=1, tile_px=16)
        assert (tiled.upscale(wide) == auto.upscale(wide)).all()


def test_only_the_first_of_several_passes_is_sharpened(auto, alone, estimated):
    tiny = SMALL[:12, :14].copy()
    estimated.found = SEEN["amount"]
    large = auto.upscale(tiny, target=Target(16))
    once = auto.upscale(tiny)
    estimated.found = None
    assert np.abs(large.astype(int) - alone["compact"].upscale(once)).max() <= 1


def test_16_bits_are_treated_as_8(auto, estimated):
    for found in SEEN.values():
        estimated.found = found
        sixteen_bit = auto.upscale(with_bits(Picture.from_array(SMALL), 16))
        assert sixteen_bit.bits == 16
        shallow = auto.upscale(SMALL)
        assert np.abs(with_bits(sixteen_bit, 8).to_array().astype(int) - shallow).mean() < 1.5


def test_a_clean_picture_is_left_as_it_is_at_its_own_size(auto, estimated):
    for seen in ("", "area", "amount"):
        estimated.found = SEEN[seen]
        assert (auto.upscale(SMALL, target=Target(1)) == SMALL).all()
    estimated.found = SEEN["high"]
    assert (auto.upscale(SMALL, target=Target(1)) != SMALL).any()
