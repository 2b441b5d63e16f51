"""A grid of numbers enlarged: the answers are those of the formulas."""

import numpy as np
import pytest

from waifu4x_tf.method.grid import GRID, METHODS, enlarged_grid, outside


def weights(method: str, count: int) -> np.ndarray:
    """Of each of ``2 * count`` results, its sources; what lies beyond the border has none."""
    far = np.abs((np.arange(2 * count)[:, None] + 0.5) / 2 - 0.5 - np.arange(count))
    if method == "bilinear":
        shares = np.clip(1 - far, 0, 1)
    else:  # Keys 1981 with a = -1/2
        near = 1.5 * far**3 - 2.5 * far**2 + 1
        shares = np.where(far < 1, near, np.where(far < 2, -0.5 * far**3 + 2.5 * far**2 - 4 * far + 2, 0))
    return shares / shares.sum(axis=1, keepdims=True)


@pytest.mark.parametrize("method", ["bilinear", "bicubic"])
def test_the_grids_numbers_are_those_of_the_formulas(method):
    for grid in (GRID, np.float32([[0, 255, 3], [17, 90, 255]])):
        expected = weights(method, 2) @ grid @ weights(method, 3).T
        np.testing.assert_allclose(enlarged_grid(grid, method), expected, rtol=0, atol=1e-3)


def test_nearest_copies():
    np.testing.assert_array_equal(enlarged_grid(GRID, "nearest"), np.kron(GRID, np.ones((2, 2))))


def test_bicubic_alone_leaves_the_grids_range():
    left = {method: bool(outside(enlarged_grid(GRID, method), GRID).any()) for method in METHODS}
    assert left == {"nearest": False, "bilinear": False, "bicubic": True}


def test_a_flat_grid_stays_in_its_range_whatever_the_rounding():
    grid = np.full((2, 3), 77.7, np.float32)
    assert not any(outside(enlarged_grid(grid, method), grid).any() for method in METHODS)
