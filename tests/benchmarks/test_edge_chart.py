"""The chart holds edges in all slants, and its figure is the error beside them and nowhere else."""

import numpy as np
import pytest
from PIL import Image, ImageFilter

from benchmarks.edge_chart import BAND_PX, draw_chart, edge_band
from waifu4x_tf.evaluation.scores import shrunk_pair
from waifu4x_tf.imaging.interpolation import resize


@pytest.fixture(scope="module")
def chart():
    return draw_chart()


def enlarged(chart, method):
    _, small = shrunk_pair(chart.picture, 4)
    return resize(small, chart.picture.shape[:2], method)


def test_the_same_seed_and_side_give_the_same_pixels():
    first, again, other = draw_chart(300), draw_chart(300), draw_chart(300, seed=8)
    assert first.picture.shape == (300, 300, 3)
    assert (first.picture == again.picture).all()
    assert (first.picture != other.picture).any(axis=2).mean() > 0.1


def test_a_perfect_result_has_no_error_and_a_level_is_a_level(chart):
    assert chart.error(chart.picture) == 0
    # Every value moves by one, the light ones down and the dark ones up.
    moved = np.where(chart.picture > 127, chart.picture - 1, chart.picture + 1).astype(np.uint8)
    assert chart.error(moved) == pytest.approx(1)


def test_interpolation_is_far_off_and_blur_is_further(chart):
    bicubic = enlarged(chart, "bicubic")
    blurred = np.asarray(Image.fromarray(bicubic).filter(ImageFilter.GaussianBlur(3)))
    assert 35 < chart.error(bicubic) < 45
    assert chart.error(bicubic) < chart.error(enlarged(chart, "bilinear")) < chart.error(blurred)


def test_only_the_band_counts(chart):
    spoilt = np.where(chart.band[..., None], chart.picture, 255 - chart.picture)
    assert chart.error(spoilt) == 0
    spoilt = np.where(chart.band[..., None], 255 - chart.picture, chart.picture)
    assert chart.error(spoilt) > 100


def test_the_band_is_three_pixels_on_both_sides_of_an_edge():
    picture = np.full((20, 40, 3), 250, np.uint8)
    picture[:, 20:, 2] = 90
    expected = np.zeros((20, 40), bool)
    # The pixels beside the edge are the edge, and the band goes on from them.
    expected[:, 19 - BAND_PX : 21 + BAND_PX] = True
    assert (edge_band(picture) == expected).all()
    assert (edge_band(picture.transpose(1, 0, 2)) == expected.T).all()
    assert not edge_band(np.full((9, 9, 3), 77, np.uint8)).any()


def test_there_is_both_edge_and_ground(chart):
    assert 0.2 < chart.band.mean() < 0.5
    assert (chart.picture[~chart.band].min(axis=1) > 100).mean() > 0.8


def test_edges_are_anti_aliased_and_lie_in_all_slants(chart):
    levels = chart.picture[..., 1].astype(np.float64)
    down, across = np.gradient(levels)
    steep = np.hypot(down, across) > 30
    slant = np.arctan2(down, across)[steep] % np.pi
    shares = np.histogram(slant, bins=12, range=(0, np.pi))[0] / steep.sum()
    assert shares.min() > 0.03
    # A drawing without it has a few dozen colours.
    assert len(np.unique(chart.picture @ np.array([65536, 256, 1]))) > 1000


def test_a_result_of_another_size_is_refused(chart):
    with pytest.raises(ValueError, match=r"Received: \(1020, 1024, 3\)"):
        chart.error(chart.picture[:1020])
