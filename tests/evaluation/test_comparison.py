"""The sheet, and the ways to enlarge that it shows."""

import dataclasses

import numpy as np
import pytest
from fake_upscaler import FakeUpscaler, repeat
from icc_profiles import LIKE_P3

from waifu4x_tf.errors import UsageError
from waifu4x_tf.evaluation.comparison import crop_box, draw_sheet, enlarge_by_each, flatten_on_white
from waifu4x_tf.imaging.colour_management import srgb_view
from waifu4x_tf.imaging.picture import Picture

SMALL = np.random.default_rng(3).integers(0, 256, (10, 12, 3), np.uint8)


def test_a_sheet_is_in_srgb():
    picture = Picture.from_array(np.full((2, 2, 3), (200, 90, 60), np.uint8))
    shown = flatten_on_white(dataclasses.replace(picture, icc_profile=LIKE_P3))
    assert (shown == srgb_view(LIKE_P3, is_grey=False, bits=8).to_srgb(picture.frames[0].rgb)).all()
    assert (shown != picture.frames[0].rgb).any()


def test_every_way_gives_the_same_size_and_the_model_comes_last():
    results = enlarge_by_each(SMALL, FakeUpscaler(), (40, 48))
    assert list(results) == ["nearest", "bilinear", "bicubic", "fake"]
    assert {result.shape for result in results.values()} == {(40, 48, 3)}
    assert (results["nearest"] == repeat(SMALL)).all()
    assert (results["fake"] == repeat(SMALL)).all()
    assert (results["bilinear"] != results["bicubic"]).any()


def test_a_smaller_factor_is_averaged_down():
    results = enlarge_by_each(SMALL, FakeUpscaler(), (20, 24))
    assert (results["fake"] == SMALL.repeat(2, axis=0).repeat(2, axis=1)).all()


@pytest.mark.parametrize(
    ("size", "crop", "expected"),
    [
        ((1000, 800), None, (436, 336, 128, 128)),
        ((64, 800), None, (0, 336, 64, 128)),
        ((5, 5), None, (0, 0, 5, 5)),
        ((1000, 800), (990, 0, 10, 800), (990, 0, 10, 800)),
    ],
)
def test_the_crop_is_the_centre_or_what_was_asked(size, crop, expected):
    assert crop_box(*size, crop) == expected


@pytest.mark.parametrize("crop", [(-1, 0, 5, 5), (0, 0, 0, 5), (6, 0, 5, 5), (0, 8, 5, 3)])
def test_a_crop_outside_the_picture_is_refused(crop):
    with pytest.raises(UsageError, match="inside the picture, here 10x10"):
        crop_box(10, 10, crop)


def test_transparency_is_composited_on_white():
    rgba = np.array([[[0, 0, 0, 0], [10, 20, 30, 255]]], np.uint8)
    assert flatten_on_white(Picture.from_array(rgba)).tolist() == [[[255, 255, 255], [10, 20, 30]]]


@pytest.mark.parametrize("size", [(512, 512), (16, 16), (1, 400), (400, 1)])
def test_a_sheet_holds_every_panel_true_to_the_pixel_below_its_label(size):
    colours = {
        "nearest": (255, 0, 0),
        "bilinear": (0, 255, 0),
        "bicubic": (0, 0, 255),
        "model " * 40: (9, 90, 9),
    }
    sheet = np.asarray(
        draw_sheet({label: np.full((*size, 3), colour, np.uint8) for label, colour in colours.items()}, "c")
    )
    assert max(sheet.shape) < 2500
    for colour in colours.values():
        rows, columns = np.nonzero((sheet == colour).all(axis=-1))
        magnified = (np.ptp(rows) + 1) // size[0]
        assert len(rows) == size[0] * size[1] * magnified**2
        assert (np.ptp(columns) + 1) == size[1] * magnified
        assert magnified >= min(320 // size[1], 1024 // size[0])
    ink = (sheet < 100).all(axis=-1)
    assert ink[16:44, 16:200].any(), "no label above the first panel"
    assert not ink[:, -16:].any(), "text ran out of the sheet"


def test_labels_are_drawn_and_differ():
    panel = np.full((330, 330, 3), 200, np.uint8)
    one = np.asarray(draw_sheet({"nearest": panel}, ""))
    other = np.asarray(draw_sheet({"bicubic": panel}, ""))
    assert (one != other).any()
