"""Lab against the CIE's formulas, HSV against Pillow and colorsys, both losses against their definitions."""

# Results of Keras' functions are typed as if they could be None.
# pyright: reportArgumentType=false

import colorsys

import keras
import numpy as np
import pytest
from differentiation import by_differences, gradients
from PIL import Image

from waifu4x_tf.losses.colour import HSVMSE, LabMSE, hsv_cone, rgb_to_hsv, srgb_to_lab, srgb_to_linear

CORNERS = {
    "black": (0.0, 0.0, 0.0),
    "red": (1.0, 0.0, 0.0),
    "green": (0.0, 1.0, 0.0),
    "blue": (0.0, 0.0, 1.0),
    "yellow": (1.0, 1.0, 0.0),
    "cyan": (0.0, 1.0, 1.0),
    "magenta": (1.0, 0.0, 1.0),
    "white": (1.0, 1.0, 1.0),
    "grey": (0.5, 0.5, 0.5),
    "dark grey": (1e-4, 1e-4, 1e-4),
}
LOSSES = [LabMSE, HSVMSE]


@pytest.fixture
def pair():
    rng = np.random.default_rng(0)
    return rng.random((2, 5, 7, 3), np.float32), rng.random((2, 5, 7, 3), np.float32)


def lab_by_the_book(rgb: np.ndarray) -> np.ndarray:
    """CIE 15:2004, equations 8.3 to 8.11; white and primaries by their chromaticities, IEC 61966-2-1."""
    xy = np.array([[0.64, 0.33], [0.30, 0.60], [0.15, 0.06]])
    primaries = np.stack([xy[:, 0] / xy[:, 1], np.ones(3), (1 - xy.sum(1)) / xy[:, 1]])
    white = np.array([0.3127 / 0.3290, 1.0, (1 - 0.3127 - 0.3290) / 0.3290])
    to_xyz = primaries * np.linalg.solve(primaries, white)
    rgb = np.asarray(rgb, np.float64)
    light = np.where(rgb <= 0.04045, rgb / 12.92, ((np.abs(rgb) + 0.055) / 1.055) ** 2.4)
    ratios = light @ to_xyz.T / white
    x, y, z = np.moveaxis(
        np.where(ratios > (24 / 116) ** 3, np.cbrt(ratios), 841 / 108 * ratios + 16 / 116), -1, 0
    )
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], axis=-1)


def cone_by_the_book(rgb: np.ndarray) -> np.ndarray:
    points = []
    for pixel in np.asarray(rgb, np.float64).reshape(-1, 3):
        hue, saturation, value = colorsys.rgb_to_hsv(*pixel)
        spoke = saturation * value * np.exp(2j * np.pi * hue)
        points.append((spoke.real, spoke.imag, value))
    return np.reshape(points, np.shape(rgb))


def test_lab_equals_the_formulas_of_the_cie(pair):
    # Matrices of sRGB are published with the white point rounded, which makes a hundredth of b.
    np.testing.assert_allclose(srgb_to_lab(pair[0]), lab_by_the_book(pair[0]), atol=0.02)


@pytest.mark.parametrize(
    ("colour", "expected"),
    [
        ("black", (0, 0, 0)),
        ("white", (100, 0, 0)),
        ("red", (53.24, 80.09, 67.20)),
        ("green", (87.73, -86.18, 83.18)),
        ("blue", (32.30, 79.19, -107.86)),
    ],
)
def test_lab_of_the_primaries_is_the_published_one(colour, expected):
    np.testing.assert_allclose(srgb_to_lab(np.array(CORNERS[colour], np.float32)), expected, atol=0.01)


def test_greys_have_no_colour_in_lab():
    greys = np.repeat(np.linspace(0, 1, 256, dtype=np.float32)[:, None], 3, axis=1)
    assert np.abs(np.asarray(srgb_to_lab(greys))[:, 1:]).max() < 1e-3


def test_light_is_half_at_level_188():
    np.testing.assert_allclose(
        srgb_to_linear(np.array([0, 188 / 255, 1], np.float32)), [0, 0.503, 1], atol=1e-3
    )


def test_hsv_is_pillows_before_its_rounding_down():
    levels = np.random.default_rng(1).integers(0, 256, (40, 50, 3), dtype=np.uint8)
    levels[:, :10, 1:] = levels[:, :10, :1]
    theirs = np.asarray(Image.fromarray(levels).convert("HSV"), np.float32)
    remainder = np.asarray(rgb_to_hsv(levels / np.float32(255))) * 255 - theirs
    assert remainder.min() > -1e-3
    assert remainder.max() < 1 + 1e-3


def test_hsv_of_the_corners_is_colorsys():
    for colour in CORNERS.values():
        ours = np.asarray(rgb_to_hsv(np.array(colour, np.float32)))
        np.testing.assert_allclose(ours, colorsys.rgb_to_hsv(*colour), atol=1e-6)


def test_the_cone_is_hsv_with_hue_as_an_angle(pair):
    np.testing.assert_allclose(hsv_cone(pair[0]), cone_by_the_book(pair[0]), atol=1e-6)


def test_hues_on_both_sides_of_red_are_near():
    either, other = np.array([[[[1, 0, 0.02]]], [[[1, 0.02, 0]]]], np.float32)
    turns = abs(np.asarray(rgb_to_hsv(either) - rgb_to_hsv(other))[..., 0])
    assert turns > 0.99
    assert float(HSVMSE()(either, other)) < 2e-3


def test_the_hue_of_nearly_grey_pixels_hardly_counts():
    reddish, bluish = np.array([[[[0.501, 0.5, 0.5]]], [[[0.5, 0.5, 0.501]]]], np.float32)
    assert float(HSVMSE()(reddish, bluish)) < 4e-6


@pytest.mark.parametrize(
    ("loss", "space", "scale"), [(LabMSE, lab_by_the_book, 100), (HSVMSE, cone_by_the_book, 1)]
)
def test_the_loss_is_the_squared_distance_in_its_space(pair, loss, space, scale):
    expected = (((space(pair[1]) - space(pair[0])) / scale) ** 2).sum(axis=-1)
    np.testing.assert_allclose(loss(reduction="none")(*pair), expected, rtol=1e-3, atol=1e-6)
    assert float(loss()(*pair)) == pytest.approx(expected.mean(), rel=1e-4)


@pytest.mark.parametrize("loss", LOSSES)
def test_black_against_white_is_one_as_for_rgb(loss):
    black, white = np.zeros((1, 4, 4, 3), np.float32), np.ones((1, 4, 4, 3), np.float32)
    assert float(loss()(black, white)) == pytest.approx(1, rel=1e-5)
    assert float(loss()(white, white)) == 0


@pytest.mark.parametrize("loss", LOSSES)
def test_small_errors_of_grey_weigh_as_in_rgb(pair, loss):
    rng = np.random.default_rng(2)
    changed = 0.1 + 0.8 * pair[0] + rng.normal(0, 0.02, (2, 5, 7, 1)).astype(np.float32)
    ratio = float(loss()(0.1 + 0.8 * pair[0], changed)) / np.square(changed - 0.1 - 0.8 * pair[0]).mean()
    assert 0.8 < ratio < 1.25


@pytest.mark.parametrize(
    ("loss", "space", "scale"), [(LabMSE, lab_by_the_book, 100), (HSVMSE, cone_by_the_book, 1)]
)
def test_the_gradient_is_that_of_differences(pair, loss, space, scale):
    true, predicted = (picture[:1, :2, :3] for picture in pair)
    target = space(true)
    expected = by_differences(lambda rgb: np.square((space(rgb) - target) / scale), predicted)
    _, slopes = gradients(loss(reduction="sum"), true, predicted)
    np.testing.assert_allclose(slopes, expected, rtol=2e-3, atol=2e-3)


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("outside", [0.0, -0.2, 0.3], ids=["inside", "below", "above"])
def test_gradients_are_finite_at_every_corner_and_a_bit_outside(loss, outside):
    predicted = np.array([[list(CORNERS.values())]], np.float32) + np.float32(outside)
    for true in ((0.2, 0.7, 0.4), (0.0, 0.0, 0.0), (1.0, 1.0, 1.0)):
        for slopes in gradients(
            loss(), np.broadcast_to(np.array(true, np.float32), predicted.shape), predicted
        ):
            assert np.isfinite(slopes).all()
    for slopes in gradients(loss(), predicted, predicted):
        np.testing.assert_array_equal(slopes, 0)


@pytest.mark.parametrize("loss", LOSSES)
def test_a_grey_prediction_is_drawn_towards_the_colour(loss):
    red, grey = np.array([[[CORNERS["red"]]], [[CORNERS["grey"]]]], np.float32)[:, None]
    _, slopes = gradients(loss(), red, grey)
    up, *down = slopes.ravel()
    assert up < 0 < min(down)


@pytest.mark.parametrize("loss", LOSSES)
def test_half_floats_are_computed_in_float32(pair, loss):
    halves = [picture.astype(np.float16) for picture in pair]
    value = loss()(*halves)
    assert keras.backend.standardize_dtype(value.dtype) == "float32"
    assert float(value) == pytest.approx(float(loss()(*[half.astype(np.float32) for half in halves])))


@pytest.mark.parametrize("loss", LOSSES)
def test_colour_losses_survive_serialisation(pair, loss):
    first = loss(name="mine", reduction="sum")
    again = keras.losses.deserialize(keras.losses.serialize(first))
    assert (type(again), again.name, again.reduction) == (loss, "mine", "sum")
    assert float(again(*pair)) == float(first(*pair))
