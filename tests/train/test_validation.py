"""Validation on whole pictures: figures as the library computes them, no seams, a sheet to look at."""

import numpy as np
import pytest
from PIL import Image
from tiny_networks import tiny_generator, upscaler_of, with_a_dead_layer

from train.validation import Validation
from waifu4x_tf.data.degradations import CLEAN, Degradation
from waifu4x_tf.data.field import FIELD
from waifu4x_tf.data.procedural import draw_rgb
from waifu4x_tf.evaluation.metrics import psnr, ssim
from waifu4x_tf.imaging.interpolation import resize
from waifu4x_tf.models.zoo import build_generator


@pytest.fixture(scope="module")
def pictures():
    return [draw_rgb(index, seed=4, width=130 + index, height=99) for index in range(2)]


@pytest.fixture(scope="module")
def generator():
    return upscaler_of(tiny_generator())


def shrunk(picture: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    large = picture[: picture.shape[0] // 4 * 4, : picture.shape[1] // 4 * 4]
    return large, resize(large, (large.shape[0] // 4, large.shape[1] // 4), "bicubic")


def test_bicubic_is_measured_on_whole_pictures_cropped_to_the_scale(pictures):
    score = Validation(pictures, 4).bicubic()
    pairs = [(resize(small, large.shape[:2], "bicubic"), large) for large, small in map(shrunk, pictures)]
    assert score.psnr == pytest.approx(np.mean([psnr(a, b, border=4) for a, b in pairs]))
    assert score.ssim == pytest.approx(np.mean([ssim(a, b, border=4) for a, b in pairs]))


def test_a_generator_is_measured_as_it_enlarges(pictures, generator):
    score = Validation(pictures, 4).measure(generator)
    pairs = [(generator.upscale(small), large) for large, small in map(shrunk, pictures)]
    assert score.psnr == pytest.approx(np.mean([psnr(a, b, border=4) for a, b in pairs]))
    assert score.psnr < Validation(pictures, 4).bicubic().psnr  # its weights are random


def test_damage_is_the_same_each_time(pictures):
    harsh = Degradation(jpeg_share=1.0, jpeg_quality=(20, 40), blur_share=0.5)
    scores = [Validation(pictures, 4, how).bicubic() for how in (harsh, harsh, CLEAN)]
    assert scores[0] == scores[1]
    assert scores[0].psnr < scores[2].psnr - 0.2


def test_every_kind_of_the_field_is_measured(pictures, generator):
    field = Validation(pictures, 4).field(generator, 2)
    assert list(field) == list(FIELD)
    originals = [shrunk(picture)[0] for picture in pictures]
    halves = [(resize(large, (24, large.shape[1] // 4), "bilinear"), large) for large in originals]
    expected = np.mean([psnr(large, generator.upscale(small), border=4) for small, large in halves])
    assert field["bilinear"].psnr == pytest.approx(expected)
    assert Validation(pictures, 4).field(generator, 0) == {}


def test_the_sheet_has_a_row_a_picture_and_four_columns(tmp_path, pictures, generator):
    large = draw_rgb(3, seed=4, width=256, height=256)
    Validation([*pictures, large], 4).sheet(generator, tmp_path / "sheet.png", 3)
    with Image.open(tmp_path / "sheet.png") as image:
        assert image.size == (4 * 192, 3 * 192)
        sheet = np.asarray(image)
    original = sheet[2 * 192 :, 3 * 192 :]
    windows = np.lib.stride_tricks.sliding_window_view(large, original.shape)[::4, ::4, 0]
    assert (windows == original).all(axis=(2, 3, 4)).any()
    assert not sheet[24 * 4 : 192, 0].any()  # the first picture is smaller than a cell: black below it
    Validation(pictures, 4).sheet(generator, tmp_path / "one.png", 1)
    with Image.open(tmp_path / "one.png") as image:
        assert image.height == 192


def test_layers_that_have_died_are_named(pictures):
    validation = Validation(pictures, 4)
    assert validation.silent_layers(tiny_generator()) == []
    assert validation.silent_layers(with_a_dead_layer("block2_conv1")) == ["block2_conv1"]
    assert validation.silent_layers(build_generator("espcn")) == []  # tanh may be 0
