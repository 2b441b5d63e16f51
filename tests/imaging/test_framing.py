"""Bars, cuts and a tile's neighbours."""

import numpy as np
import pytest

from waifu4x_tf.imaging.framing import bled_tile, centred, surrounded
from waifu4x_tf.imaging.picture import Frame, Picture


def noise(*shape: int, seed: int = 7) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, shape, np.uint8)


def holed(height: int, width: int, seed: int = 7) -> Picture:
    alpha = noise(height, width, seed=seed)
    alpha[noise(height, width, seed=seed + 1) > 60] = 0
    return Picture((Frame(noise(height, width, 3), alpha),), is_grey=False)


def rolled(picture: Picture, across: int, down: int) -> Picture:
    frame = picture.frames[0]
    shift = (down, across)
    return Picture((Frame(np.roll(frame.rgb, shift, (0, 1)), np.roll(frame.alpha, shift, (0, 1))),), False)


def test_a_cut_is_even():
    rgb = noise(5, 9, 3)
    assert (centred(Picture.from_array(rgb), (4, 3)).frames[0].rgb == rgb[1:4, 2:6]).all()
    assert centred(Picture.from_array(rgb), (4, 3)).frames[0].alpha is None


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_bars_are_transparent_and_even(dtype):
    rgb = noise(3, 4, 3).astype(dtype)
    frame = centred(Picture((Frame(rgb),), is_grey=False), (4, 6)).frames[0]
    assert (frame.rgb[1:4] == rgb).all()
    assert (frame.alpha[1:4] == np.iinfo(dtype).max).all()
    assert not frame.alpha[[0, 4, 5]].any()
    assert not frame.rgb[[0, 4, 5]].any()


def test_a_picture_may_be_cut_one_way_and_padded_the_other():
    rgba = noise(6, 2, 4)
    frame = centred(Picture.from_array(rgba), (4, 2)).frames[0]
    assert (frame.rgb[:, 1:3] == rgba[2:4, :, :3]).all()
    assert (frame.alpha[:, 1:3] == rgba[2:4, :, 3]).all()
    assert not frame.alpha[:, [0, 3]].any()


def test_what_has_the_size_is_left_alone():
    picture = Picture.from_array(noise(3, 4, 3))
    assert centred(picture, (4, 3)) is picture


def test_a_tile_has_itself_for_neighbours_even_when_they_are_many():
    rgb = noise(2, 3, 3)
    around = surrounded(Picture.from_array(rgb), 7, 5).frames[0].rgb
    assert around.shape == (12, 17, 3)
    for y in range(12):
        for x in range(17):
            assert (around[y, x] == rgb[(y - 5) % 2, (x - 7) % 3]).all()


@pytest.mark.parametrize("strip_rows", [128, 5])
@pytest.mark.parametrize("wrap", ["x", "y", "xy"])
def test_colours_under_transparency_do_not_depend_on_where_a_tile_begins(wrap, strip_rows, monkeypatch):
    monkeypatch.setattr("waifu4x_tf.imaging.framing._STRIP_ROWS", strip_rows)
    picture = holed(13, 22)
    across, down = (5 if "x" in wrap else 0), (4 if "y" in wrap else 0)
    filled = bled_tile(picture, wrap, 3)
    again = bled_tile(rolled(picture, across, down), wrap, 3)
    assert (rolled(filled, across, down).frames[0].rgb == again.frames[0].rgb).all()
    visible = picture.frames[0].alpha > 0
    assert (filled.frames[0].rgb[visible] == picture.frames[0].rgb[visible]).all()


def test_a_hidden_pixel_takes_the_mean_of_the_nearest_visible_ones():
    rgb, alpha = np.zeros((1, 40, 3), np.uint8), np.zeros((1, 40), np.uint8)
    rgb[0, 10], alpha[0, 10] = (100, 0, 200), 255
    rgb[0, 12], alpha[0, 12] = (0, 60, 50), 51
    filled = bled_tile(Picture((Frame(rgb, alpha),), is_grey=False), "x", 4).frames[0].rgb[0]
    both = [round(value) for value in ((100 * 255) / 306, 60 * 51 / 306, (200 * 255 + 50 * 51) / 306)]
    assert filled[9].tolist() == [100, 0, 200]
    assert filled[11].tolist() == both
    assert filled[14].tolist() == [0, 60, 50]
    assert filled[30].tolist() == both  # beyond the reach: the mean of all


def test_without_holes_or_without_anything_visible_nothing_changes():
    solid = Picture.from_array(noise(4, 4, 3))
    assert bled_tile(solid, "x", 3).frames[0] is solid.frames[0]
    hidden = Picture((Frame(noise(4, 4, 3), np.zeros((4, 4), np.uint8)),), is_grey=False)
    assert bled_tile(hidden, "x", 3).frames[0] is hidden.frames[0]
