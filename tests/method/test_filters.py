"""Filters with given numbers, held to tensorflow-addons' answers."""

from pathlib import Path

import numpy as np
import pytest

from waifu4x_tf.method import filters

GOLDEN = np.load(Path(__file__).with_name("golden") / "filters.npz")


@pytest.mark.parametrize("side", [3, 5])
def test_the_filters_give_what_addons_gave(side):
    picture = GOLDEN["picture"]
    answers = {
        "mean": filters.filtered(picture, filters.mean_kernel(side)),
        "gaussian": filters.filtered(picture, filters.gaussian_kernel(side)),
        "median": filters.median_filtered(picture, side),
    }
    for name, answer in answers.items():
        np.testing.assert_allclose(answer, GOLDEN[f"{name}{side}"], rtol=0, atol=1e-6, err_msg=name)


def test_a_median_takes_out_what_a_mean_spreads():
    speck = np.zeros((5, 5, 1), np.float32)
    speck[2, 2] = 1
    assert filters.median_filtered(speck).max() == 0
    assert filters.filtered(speck, filters.mean_kernel()).max() == pytest.approx(1 / 9)


@pytest.mark.parametrize("side", [3, 5, 7])
@pytest.mark.parametrize("sigma", [0.3, 1.0, 4.0])
def test_blurring_kernels_add_up_to_one_and_fall_off_from_the_middle(side, sigma):
    kernel = filters.gaussian_kernel(side, sigma)
    assert kernel.sum() == pytest.approx(1, abs=1e-6)
    assert kernel.argmax() == side**2 // 2
    assert filters.mean_kernel(side).sum() == pytest.approx(1, abs=1e-6)
    np.testing.assert_array_equal(kernel, kernel.T)


def test_edges_across_see_vertical_lines_alone():
    picture = np.zeros((6, 8, 1), np.float32)
    picture[:, 4:] = 1
    across = filters.filtered(picture, filters.SOBEL)[..., 0]
    assert (across[:, 3:5] == 4).all()
    assert (np.delete(across, [3, 4], axis=1) == 0).all()
    assert (filters.filtered(picture, filters.SOBEL.T) == 0).all()
