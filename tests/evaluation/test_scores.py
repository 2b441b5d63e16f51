"""The protocol of the scores, against the same steps written out."""

import io
import math

import numpy as np
import pytest
from fake_upscaler import FakeUpscaler, repeat
from PIL import Image

from waifu4x_tf.errors import PictureError
from waifu4x_tf.evaluation import metrics
from waifu4x_tf.evaluation.scores import (
    Scores,
    evaluate,
    mean_scores,
    scores_as_json,
    scores_table,
    shrunk_pair,
)
from waifu4x_tf.imaging.interpolation import resize


def picture(height: int, width: int) -> np.ndarray:
    rng = np.random.default_rng(11)
    return resize(rng.integers(0, 256, (height // 6, width // 6, 3), np.uint8), (height, width), "bicubic")


def test_the_protocol_is_crop_then_antialiased_bicubic_then_luma_with_a_border():
    original = picture(67, 90)
    scores = evaluate(original, FakeUpscaler())
    cropped = np.ascontiguousarray(original[:64, :88])
    small = resize(cropped, (16, 22), "bicubic")
    assert scores["bicubic"].psnr == metrics.psnr(cropped, resize(small, (64, 88), "bicubic"), border=4)
    assert scores["bicubic"].ssim == metrics.ssim(cropped, resize(small, (64, 88), "bicubic"), border=4)
    assert scores["fake"].psnr == metrics.psnr(cropped, repeat(small), border=4)
    assert list(scores) == ["nearest", "bilinear", "bicubic", "fake"]
    assert scores["bicubic"].psnr > scores["bilinear"].psnr > scores["nearest"].psnr


def test_another_scale_has_its_own_border():
    original = picture(66, 66)
    small = resize(original, (33, 33), "bicubic")
    expected = metrics.psnr(original, resize(small, (66, 66), "bilinear"), border=2)
    assert evaluate(original, FakeUpscaler(), scale=2)["bilinear"].psnr == expected


def test_small_pictures_can_be_saved_as_jpeg_first():
    original = picture(66, 90)
    large, small = shrunk_pair(original, 4, jpeg_quality=30)
    buffer = io.BytesIO()
    Image.fromarray(shrunk_pair(original, 4)[1]).save(buffer, "JPEG", quality=30, subsampling="4:2:0")
    np.testing.assert_array_equal(small, np.asarray(Image.open(buffer)))
    np.testing.assert_array_equal(large, original[:64, :88])
    scores = evaluate(original, FakeUpscaler(), jpeg_quality=30)
    assert scores["fake"].psnr == metrics.psnr(large, repeat(small), border=4)


def test_a_picture_too_small_to_measure_is_named():
    assert evaluate(picture(20, 20), FakeUpscaler())
    with pytest.raises(PictureError, match=r"tiny\.png.*19x40"):
        evaluate(np.zeros((40, 19, 3), np.uint8), FakeUpscaler(), name="tiny.png")


def test_the_mean_is_over_pictures():
    rows = [{"a": Scores(20.0, 0.5)}, {"a": Scores(30.0, 0.7)}]
    assert mean_scores(rows) == {"a": Scores(25.0, pytest.approx(0.6))}


def test_the_table_lines_up():
    table = scores_table(
        {"cat.png": {"nearest": Scores(21.5, 0.61234)}, "mean": {"nearest": Scores(math.inf, 1.0)}}
    )
    assert table.splitlines() == [
        "picture  method   PSNR (dB)    SSIM",
        "cat.png  nearest      21.50  0.6123",
        "mean     nearest        inf  1.0000",
    ]


def test_json_has_no_infinity():
    assert scores_as_json({"a": Scores(math.inf, 1.0)}) == {"a": {"psnr": None, "ssim": 1.0}}
