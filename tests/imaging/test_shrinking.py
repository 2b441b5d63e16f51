"""Area averaging, against means taken with NumPy."""

import numpy as np
import pytest

from waifu4x_tf.errors import UsageError
from waifu4x_tf.imaging.picture import Frame, Picture
from waifu4x_tf.imaging.shrinking import shrink


def noise(*shape: int) -> np.ndarray:
    return np.random.default_rng(7).integers(0, 256, shape, np.uint8)


def blocks_of_two(pixels: np.ndarray) -> np.ndarray:
    height, width = pixels.shape[:2]
    return pixels.reshape(height // 2, 2, width // 2, 2, -1).astype(float)


def test_a_half_is_the_mean_of_four():
    rgb = noise(8, 12, 3)
    shrunk = shrink(Picture.from_array(rgb), (4, 6)).frames[0]
    assert np.abs(shrunk.rgb - blocks_of_two(rgb).mean((1, 3))).max() <= 0.501
    assert shrunk.alpha is None


def test_the_mean_does_not_drift():
    rgb = noise(400, 400, 3)
    shrunk = shrink(Picture.from_array(rgb), (200, 200)).frames[0].rgb
    assert abs(shrunk.mean() - rgb.mean()) < 0.02


@pytest.mark.parametrize("size", [(1, 1), (5, 7), (19, 11), (20, 30)])
def test_any_size_within_is_reached_and_flat_colour_stays(size):
    rgb = np.full((20, 30, 3), (255, 128, 0), np.uint8)
    shrunk = shrink(Picture.from_array(rgb), size).frames[0]
    assert shrunk.rgb.shape == (*size, 3)
    assert (shrunk.rgb == (255, 128, 0)).all()


def test_colours_are_weighted_by_alpha():
    rgb, alpha = noise(8, 8, 3), noise(8, 8)
    shrunk = shrink(Picture((Frame(rgb, alpha),), is_grey=False), (4, 4)).frames[0]
    weights = blocks_of_two(alpha)
    expected = (blocks_of_two(rgb) * weights).sum((1, 3)) / weights.sum((1, 3))
    assert np.abs(shrunk.rgb - expected).max() <= 0.51
    assert np.abs(shrunk.alpha - weights.mean((1, 3))[..., 0]).max() <= 0.51


def test_what_lies_under_transparency_makes_no_fringe():
    rgb = np.zeros((9, 9, 3), np.uint8)
    alpha = np.zeros((9, 9), np.uint8)
    rgb[:, 4:], alpha[:, 4:] = (200, 100, 50), 255
    shrunk = shrink(Picture((Frame(rgb, alpha),), is_grey=False), (4, 4)).frames[0]
    assert (shrunk.rgb[shrunk.alpha > 0] == (200, 100, 50)).all()
    assert set(np.unique(shrunk.alpha)) == {0, 255}


def test_a_soft_alpha_stays_soft_and_the_rest_is_carried_over():
    alpha = np.array([[0, 0, 100, 200]] * 4, np.uint8)
    picture = Picture(
        (Frame(np.zeros((4, 4, 3), np.uint8), alpha),), is_grey=True, exif=b"Exif\0\0", dpi=(72.0, 72.0)
    )
    shrunk = shrink(picture, (2, 2))
    assert shrunk.frames[0].alpha.tolist() == [[0, 150], [0, 150]]
    assert (shrunk.is_grey, shrunk.exif, shrunk.dpi) == (True, b"Exif\0\0", (72.0, 72.0))


def test_grey_stays_grey():
    grey = Picture.from_array(noise(16, 16))
    shrunk = shrink(grey, (9, 5)).frames[0].rgb
    assert (shrunk[..., 0] == shrunk[..., 1]).all()
    assert (shrunk[..., 0] == shrunk[..., 2]).all()


def test_its_own_size_changes_nothing():
    picture = Picture.from_array(noise(3, 4, 4))
    assert shrink(picture, (3, 4)) is picture


@pytest.mark.parametrize("size", [(0, 4), (4, 5), (5, 4)])
def test_a_size_that_is_not_within_is_refused(size):
    with pytest.raises(UsageError, match="within its own, 4 x 4"):
        shrink(Picture.from_array(noise(4, 4)), size)
