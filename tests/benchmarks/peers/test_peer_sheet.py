"""Where the sheet looks, and where on it everything stands."""

import numpy as np
import pytest

from benchmarks.peers.sheet import CROP_PX, ZOOM, Box, Place, busiest_box, columns_for, draw_sheet

CELL_PX = CROP_PX * ZOOM


def test_the_busiest_square_is_where_the_detail_is():
    small = np.full((60, 80, 3), 128, np.uint8)
    small[30:42, 50:62] = np.random.default_rng(1).integers(0, 256, (12, 12, 3))
    box = busiest_box(small, 4)
    assert (box.width, box.height) == (96, 96)
    assert box.left <= 200 < 248 <= box.left + 96
    assert box.top <= 120 < 168 <= box.top + 96


def test_a_step_at_the_rim_of_the_square_does_not_outweigh_what_is_inside():
    small = np.zeros((24, 90, 3), np.uint8)
    small[:, 60:70:2] = 255
    small[:, 30] = 255
    assert busiest_box(small, 4).left in range(4 * 46, 4 * 60)


@pytest.mark.parametrize("size", [(24, 24), (25, 33), (10, 75), (75, 10), (5, 5)])
def test_the_square_stays_inside_the_picture(size):
    small = np.random.default_rng(2).integers(0, 256, (*size, 3), np.uint8)
    box = busiest_box(small, 4)
    assert (box.height, box.width) == (min(96, 4 * size[0]), min(96, 4 * size[1]))
    assert box.cut(small.repeat(4, axis=0).repeat(4, axis=1)).shape == (box.height, box.width, 3)


def test_a_cut_is_a_copy():
    picture = np.zeros((10, 10, 3), np.uint8)
    Box(2, 3, 4, 5).cut(picture)[...] = 9
    assert not picture.any()


@pytest.mark.parametrize(("panels", "columns"), [(1, 1), (3, 3), (6, 6), (7, 4), (9, 5), (12, 6), (13, 5)])
def test_lines_are_even_and_not_too_long(panels, columns):
    assert columns_for(panels) == columns


@pytest.mark.slow
def test_every_panel_stands_magnified_and_apart():
    rng = np.random.default_rng(5)
    sizes = [(CROP_PX, CROP_PX), (40, 70)]
    places = [
        Place(
            f"place {number}",
            {f"method {k}": rng.integers(0, 200, (*size, 3), np.uint8) for k in range(9)},
        )
        for number, size in enumerate(sizes)
    ]
    sheet = np.asarray(draw_sheet(places))
    assert sheet.shape[1] == 12 + 5 * (CELL_PX + 12)
    covered = np.zeros(sheet.shape[:2], int)
    for place in places:
        for panel in place.panels.values():
            large = panel.repeat(3, axis=0).repeat(3, axis=1)
            height, width = large.shape[:2]
            starts = np.argwhere((sheet == large[0, 0]).all(axis=2))
            found = [
                (y, x)
                for y, x in starts
                if sheet[y : y + height, x : x + width].shape == large.shape
                and (sheet[y : y + height, x : x + width] == large).all()
            ]
            assert len(found) == 1
            y, x = found[0]
            covered[y : y + height, x : x + width] += 1
    assert covered.max() == 1
    # What is not covered is paper with dark labels, and nothing of it is cut off at the rim.
    outside = sheet[covered == 0]
    assert (outside.max(axis=1) - outside.min(axis=1)).max() == 0
    assert outside.min() < 60
    for rim in (sheet[0], sheet[-1], sheet[:, 0], sheet[:, -1]):
        assert (rim == 250).all()
