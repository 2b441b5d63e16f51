"""PSNR and SSIM against their formulas, computed slowly."""

import numpy as np
import pytest

from waifu4x_tf.data.procedural import draw_rgb
from waifu4x_tf.evaluation.metrics import luma, psnr, ssim


@pytest.fixture(scope="module")
def pair():
    picture = draw_rgb(1, seed=2, width=32, height=28)
    noise = np.random.default_rng(0).normal(0, 12, picture.shape)
    return picture, np.clip(picture + noise, 0, 255).astype(np.uint8)


def slow_ssim(x: np.ndarray, y: np.ndarray) -> float:
    """The index of Wang et al. 2004, window by window, in float64."""
    offsets = np.arange(11) - 5
    window = np.exp(-(offsets[:, None] ** 2 + offsets[None, :] ** 2) / (2 * 1.5**2))
    window /= window.sum()
    c1, c2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    values = []
    for top in range(x.shape[0] - 10):
        for left in range(x.shape[1] - 10):
            a, b = (p[top : top + 11, left : left + 11] for p in (x, y))
            mean_a, mean_b = (window * a).sum(), (window * b).sum()
            var_a, var_b = (window * (a - mean_a) ** 2).sum(), (window * (b - mean_b) ** 2).sum()
            covariance = (window * (a - mean_a) * (b - mean_b)).sum()
            values.append(
                (2 * mean_a * mean_b + c1)
                * (2 * covariance + c2)
                / ((mean_a**2 + mean_b**2 + c1) * (var_a + var_b + c2))
            )
    return float(np.mean(values))


def test_luma_is_studio_range():
    colours = np.asarray([[(0, 0, 0), (255, 255, 255), (255, 0, 0), (0, 255, 0), (0, 0, 255)]], np.uint8)
    np.testing.assert_allclose(luma(colours)[0], [16, 235, 81.481, 144.553, 40.966], atol=1e-9)


@pytest.mark.parametrize("difference", [1, 10, 255])
def test_psnr_of_a_known_difference(difference):
    black = np.zeros((20, 24, 3), np.uint8)
    grey = np.full_like(black, difference)
    assert psnr(black, grey, luma=False) == pytest.approx(20 * np.log10(255 / difference))
    in_luma = difference * 219 / 255
    assert psnr(black, grey) == pytest.approx(20 * np.log10(255 / in_luma))


def test_psnr_equals_its_formula(pair):
    a, b = (p[3:-3, 3:-3].astype(np.float64) for p in pair)
    assert psnr(*pair, luma=False, border=3) == pytest.approx(10 * np.log10(255**2 / np.mean((a - b) ** 2)))
    y = np.mean((luma(a) - luma(b)) ** 2)
    assert psnr(*pair, border=3) == pytest.approx(10 * np.log10(255**2 / y))


@pytest.mark.parametrize("border", [0, 4])
def test_ssim_equals_the_slow_reference(pair, border):
    inner = slice(border, -border or None)
    a, b = (p[inner, inner].astype(np.float64) for p in pair)
    expected = slow_ssim(luma(a), luma(b))
    assert 0.2 < expected < 0.99
    assert ssim(*pair, border=border) == pytest.approx(expected, abs=1e-9)
    by_channel = np.mean([slow_ssim(a[..., c], b[..., c]) for c in range(3)])
    assert ssim(*pair, luma=False, border=border) == pytest.approx(by_channel, abs=1e-9)


def test_identical_pictures(pair):
    assert psnr(pair[0], pair[0]) == float("inf")
    assert ssim(pair[0], pair[0]) == pytest.approx(1.0, abs=1e-12)


def test_the_order_of_the_two_does_not_matter(pair):
    assert psnr(*pair) == psnr(*pair[::-1])
    assert ssim(*pair) == pytest.approx(ssim(*pair[::-1]), abs=1e-12)


def test_the_border_is_left_out(pair):
    framed = pair[0].copy()
    framed[:4], framed[-4:], framed[:, :4], framed[:, -4:] = 0, 255, 0, 255
    assert psnr(pair[0], framed) == float("inf")
    assert np.isfinite(psnr(pair[0], framed, border=3))


def test_pictures_of_different_or_wrong_shape_are_refused():
    picture = np.zeros((20, 20, 3), np.uint8)
    for other in (picture[1:], picture[..., 0], np.zeros((20, 20, 4), np.uint8)):
        for metric in (psnr, ssim):
            with pytest.raises(ValueError, match=r"same shape .*Received: \(20, 20, 3\)"):
                metric(picture, other)
    with pytest.raises(ValueError, match="same shape"):
        psnr(picture[..., 0], picture[..., 0])


def test_something_must_be_left_inside_the_border():
    with pytest.raises(ValueError, match=r"twice the border of 4 px. Received: \(8, 20\)"):
        psnr(np.zeros((8, 20, 3), np.uint8), np.zeros((8, 20, 3), np.uint8))
    assert psnr(np.zeros((9, 9, 3), np.uint8), np.zeros((9, 9, 3), np.uint8)) == float("inf")
    with pytest.raises(ValueError, match=r"at least 11 px .*Received: \(10, 12\)"):
        ssim(np.zeros((18, 20, 3), np.uint8), np.zeros((18, 20, 3), np.uint8))
