"""Tile geometry: every pixel covered, one shape a picture, context as wide as the radius."""

import numpy as np
import pytest

from waifu4x_tf.errors import UsageError
from waifu4x_tf.inference.tiling import cut, pad_edges, plan_tiles, too_thin


@pytest.mark.parametrize(
    ("width", "height", "tile_px"),
    [(1, 1, 64), (7, 300, 64), (257, 129, 256), (64, 64, 64), (65, 1, 64), (33, 20, 0)],
)
def test_cores_cover_the_picture_and_stay_inside(width, height, tile_px):
    plan = plan_tiles(width, height, tile_px=tile_px, radius=5)
    covered = np.zeros((height, width), int)
    tiles = list(plan.tiles())
    for tile in tiles:
        assert 0 <= tile.top <= height - tile.height
        assert 0 <= tile.left <= width - tile.width
        covered[tile.top : tile.top + tile.height, tile.left : tile.left + tile.width] += 1
    assert covered.min() == 1
    assert len(tiles) == plan.tile_count
    assert len({(tile.height, tile.width) for tile in tiles}) == 1
    if tile_px:
        assert max(plan.core_width, plan.core_height) <= tile_px


def test_a_tile_carries_its_true_surroundings():
    picture = np.random.default_rng(0).integers(0, 256, (40, 50, 3), dtype=np.uint8)
    plan = plan_tiles(50, 40, tile_px=16, radius=3)
    padded = pad_edges(picture, plan)
    for tile in plan.tiles():
        piece = cut(padded, tile, 3)[0]
        rows = np.clip(np.arange(tile.top - 3, tile.top + tile.height + 3), 0, 39)
        columns = np.clip(np.arange(tile.left - 3, tile.left + tile.width + 3), 0, 49)
        assert (piece == picture[rows][:, columns]).all()


def test_a_fixed_size_leaves_a_core_of_what_the_radius_spares():
    plan = plan_tiles(300, 50, tile_px=999, radius=12, fixed_size=(128, 128))
    assert (plan.core_height, plan.core_width) == (104, 104)
    assert pad_edges(np.zeros((50, 300, 3), np.uint8), plan).shape == (128, 324, 3)


def test_a_fixed_size_without_a_core_is_refused():
    with pytest.raises(UsageError, match=r"larger than twice the receptive radius of 12 px.*24x24"):
        plan_tiles(10, 10, tile_px=0, radius=12, fixed_size=(24, 24))


def test_a_negative_tile_is_refused():
    with pytest.raises(UsageError, match=r"Received: `tile_px=-1`"):
        plan_tiles(10, 10, tile_px=-1, radius=1)


SHAPES = [
    (1, 90_000),
    (5, 524_293),
    (2, 7000),
    (17, 5294),
    (24, 100_000),
    (300, 300),
    (1, 1000),
    (4000, 3000),
]


@pytest.mark.parametrize("radius", [6, 14, 32, 200])
@pytest.mark.parametrize("shape", [*SHAPES, *(shape[::-1] for shape in SHAPES)])
def test_no_shape_costs_more_than_twice_what_a_square_of_its_pixels_does(shape, radius):
    def cost(width, height):
        plan = plan_tiles(width, height, tile_px=256, radius=radius)
        return plan.tile_count * (plan.core_width + 2 * radius) * (plan.core_height + 2 * radius)

    side = round((shape[0] * shape[1]) ** 0.5)
    small = 2**17 + 8 * radius**2  # which takes a fraction of a second, whatever its shape
    assert cost(*shape) <= 2 * cost(side, side) + 1.5 * small


@pytest.mark.parametrize("radius", [4, 14, 32, 72, 256])
def test_what_people_have_is_not_too_thin(radius):
    for side in (1, 16, 64, 128, 200, 256, 1000, 8000):
        assert not too_thin(side, side, radius)
        assert radius > 72 or not too_thin(8 * side, side, radius)
    if radius <= 32:
        assert not too_thin(2048, 16, radius)  # a row of icons
        assert not too_thin(690, 20_000, radius)  # a web comic


def test_a_picture_that_is_too_thin_has_no_tiles():
    plan = plan_tiles(1, 90_000, tile_px=256, radius=14, bytes_per_tile_pixel=1000, result_bytes=7)
    assert plan.is_interpolated
    assert (list(plan.tiles()), plan.tile_count) == ([], 0)
    assert (plan.core_width, plan.core_height, plan.memory_bytes) == (1, 90_000, 7)
