"""Fringes measured against the ideal composite, and alpha held to its input."""

import time

import numpy as np
import pytest
from PIL import Image

from waifu4x_tf.errors import UsageError
from waifu4x_tf.imaging.alpha import bleed, enlarge_alpha, flatten

COLOUR = (230, 60, 120)


def bicubic(rgb: np.ndarray) -> np.ndarray:
    height, width = rgb.shape[:2]
    return np.asarray(Image.fromarray(rgb).resize((4 * width, 4 * height), Image.Resampling.BICUBIC))


def never(rgb: np.ndarray) -> np.ndarray:
    raise AssertionError("there was nothing to enlarge")


def disc(size: int, *, softness: float) -> np.ndarray:
    """Alpha uint8 of a centred disc whose edge is ``softness`` pixels wide; 0 gives a 1-bit edge."""
    y, x = np.mgrid[:size, :size] + 0.5
    inside = size * 0.35 - np.hypot(x - size / 2, y - size / 2)
    return np.rint(np.clip(inside / max(softness, 1e-9) + 0.5, 0, 1) * 255).astype(np.uint8)


def on_black(alpha: np.ndarray, colour: tuple[int, int, int] = COLOUR) -> np.ndarray:
    """The colour where anything shows, black where nothing does, as most editors save it."""
    return np.where(alpha[..., None] > 0, np.array(colour, np.uint8), np.uint8(0))


@pytest.mark.parametrize("softness", [0, 2, 5])
@pytest.mark.parametrize("background", [(0, 0, 0), (255, 255, 255), (255, 0, 255)])
def test_no_fringe_on_any_background(softness, background):
    alpha = disc(64, softness=softness)
    enlarged = bicubic(bleed(on_black(alpha), alpha))
    enlarged_alpha = enlarge_alpha(alpha, 4, bicubic)
    shown = flatten(enlarged, enlarged_alpha, background).astype(int)
    everywhere = np.broadcast_to(np.array(COLOUR, np.uint8), enlarged.shape).copy()
    ideal = flatten(everywhere, enlarged_alpha, background)
    assert np.abs(shown - ideal).max() <= 1


def test_without_bleeding_there_would_be_a_fringe():
    alpha = disc(64, softness=0)
    shown = flatten(bicubic(on_black(alpha)), enlarge_alpha(alpha, 4, bicubic), (255, 255, 255)).astype(int)
    ideal = flatten(
        np.full((256, 256, 3), COLOUR, np.uint8), enlarge_alpha(alpha, 4, bicubic), (255, 255, 255)
    )
    assert np.abs(shown - ideal).max() > 40


def test_visible_pixels_stay_and_hidden_ones_lie_between_the_visible_colours():
    random = np.random.default_rng(8)
    rgb = random.integers(100, 200, (97, 131, 3), dtype=np.uint8)
    alpha = np.where(random.random((97, 131)) < 0.03, random.integers(1, 256, (97, 131)), 0).astype(np.uint8)
    rgb[alpha == 0] = 0
    before = rgb.copy()
    filled = bleed(rgb, alpha)
    assert np.array_equal(rgb, before)
    assert np.array_equal(filled[alpha > 0], rgb[alpha > 0])
    assert filled.min() >= 99
    assert filled.max() <= 200


def test_each_side_takes_the_colour_beside_it_and_the_middle_changes_smoothly():
    rgb, alpha = np.zeros((40, 200, 3), np.uint8), np.zeros((40, 200), np.uint8)
    rgb[:, :20], rgb[:, 180:] = (200, 0, 0), (0, 0, 200)
    alpha[:, :20] = alpha[:, 180:] = 255
    filled = bleed(rgb, alpha).astype(int)
    assert np.abs(filled[20, 24] - (200, 0, 0)).max() <= 5
    assert np.abs(filled[20, 175] - (0, 0, 200)).max() <= 5
    assert np.abs(np.diff(filled, axis=1)).max() < 60


def test_a_faint_pixel_has_little_say():
    rgb, alpha = np.zeros((8, 8, 3), np.uint8), np.zeros((8, 8), np.uint8)
    rgb[4, 3], alpha[4, 3] = (200, 200, 200), 255
    rgb[4, 4], alpha[4, 4] = (0, 255, 0), 1
    assert np.abs(bleed(rgb, alpha)[0, 0].astype(int) - 200).max() <= 2


@pytest.mark.parametrize("size", [(1, 1), (1, 9), (7, 1), (2, 3), (33, 17)])
@pytest.mark.parametrize("value", [0, 255])
def test_nothing_visible_and_nothing_hidden_change_nothing(size, value):
    rgb = np.random.default_rng(9).integers(0, 256, (*size, 3), dtype=np.uint8)
    alpha = np.full(size, value, np.uint8)
    assert np.array_equal(bleed(rgb, alpha), rgb)
    enlarged = enlarge_alpha(alpha, 4, never)
    assert enlarged.shape == (size[0] * 4, size[1] * 4)
    assert (enlarged == value).all()


@pytest.mark.parametrize("size", [(1, 2), (9, 1), (3, 5), (129, 130)])
def test_one_visible_pixel_colours_everything_near_it(size):
    rgb, alpha = np.zeros((*size, 3), np.uint8), np.zeros(size, np.uint8)
    rgb[0, 0], alpha[0, 0] = COLOUR, 255
    filled = bleed(rgb, alpha)
    assert (filled[:48, :48] == COLOUR).all()
    assert (filled[96:, 96:] == 0).all()


def test_what_moves_inside_or_far_away_changes_no_hidden_colour():
    random = np.random.default_rng(10)
    rgb = random.integers(0, 256, (200, 300, 3), dtype=np.uint8)
    rows, columns = np.mgrid[:200, :300]
    alpha = np.where((rows - 100) ** 2 + (columns - 60) ** 2 < 50**2, 255, 0).astype(np.uint8)
    alpha[90:110, 250:270] = 255
    other, other_alpha = rgb.copy(), alpha.copy()
    other[85:115, 45:75] = 255 - rgb[85:115, 45:75]
    other_alpha[90:100, 250:270] = 0
    before, after = bleed(rgb, alpha), bleed(other, other_alpha)
    assert (before[:, :150] == after[:, :150])[alpha[:, :150] == 0].all()
    assert (before != after).any()


def test_bleeding_a_thousand_pixels_square_is_quick():
    alpha = disc(1000, softness=3)
    rgb = on_black(alpha)
    started = time.thread_time()  # this thread's own work, however busy the machine is
    bleed(rgb, alpha)
    assert time.thread_time() - started < 0.4


def test_interiors_stay_and_nothing_rings():
    alpha = disc(64, softness=2)
    enlarged = enlarge_alpha(alpha, 4, bicubic)
    padded = np.pad(alpha, 1, mode="edge")
    windows = np.lib.stride_tricks.sliding_window_view(padded, (3, 3))
    lower = windows.min((2, 3)).repeat(4, 0).repeat(4, 1)
    upper = windows.max((2, 3)).repeat(4, 0).repeat(4, 1)
    assert ((enlarged >= lower) & (enlarged <= upper)).all()
    assert (enlarged[upper == 0] == 0).all()
    assert (enlarged[lower == 255] == 255).all()
    assert len(np.unique(enlarged)) > 50
    # A network that is off by far everywhere still cannot touch what is surely inside or outside.
    wrong = enlarge_alpha(alpha, 4, lambda rgb: 255 - bicubic(rgb))
    assert (wrong[upper == 0] == 0).all()
    assert (wrong[lower == 255] == 255).all()


def test_one_bit_stays_one_bit():
    enlarged = enlarge_alpha(disc(150, softness=0), 4, bicubic)
    assert set(np.unique(enlarged)) == {0, 255}
    assert abs(enlarged.mean() - disc(600, softness=0).mean()) < 0.5


def test_the_enlarger_is_given_grey_and_its_output_checked():
    alpha = disc(8, softness=2)

    def checked(rgb: np.ndarray) -> np.ndarray:
        assert rgb.dtype == np.uint8
        assert np.array_equal(rgb, np.stack([alpha] * 3, axis=2))
        return bicubic(rgb)

    assert enlarge_alpha(alpha, 4, checked).dtype == np.uint8
    with pytest.raises(UsageError, match=r"uint8 of shape \(32, 32, 3\)"):
        enlarge_alpha(alpha, 4, lambda rgb: rgb)


def test_flattening_rounds_to_the_nearest_level():
    levels = np.arange(256, dtype=np.uint8)
    rgb = np.repeat(np.repeat(levels[:, None], 256, axis=1)[..., None], 3, axis=2)
    alpha = np.repeat(levels[None], 256, axis=0)
    weight = alpha[..., None] / 255
    exact = rgb * weight + np.array((255, 0, 100)) * (1 - weight)
    assert np.abs(flatten(rgb, alpha, (255, 0, 100)) - exact).max() <= 0.5 + 1e-9
