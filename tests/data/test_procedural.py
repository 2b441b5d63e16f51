"""Drawn pictures: the same bytes from the same seed, any size, true to their kind."""

from itertools import pairwise

import numpy as np
import pytest
from PIL import Image

from waifu4x_tf.data import procedural
from waifu4x_tf.data.drawing.paints import screentone
from waifu4x_tf.data.drawing.rasterizer import Canvas, box, coverage, ellipse, ribbon
from waifu4x_tf.data.procedural import KINDS, draw, draw_leaves, draw_rgb, draw_strokes
from waifu4x_tf.errors import ConfigError

STICKERS = tuple(kind for kind in KINDS if kind.startswith("sticker"))


def test_the_kinds_cover_the_genre():
    assert {"face", "hair", "manga", "bubble", "scenery", "lines", "sticker_soft", "sticker_hard"} <= set(
        KINDS
    )


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_seed_gives_the_same_bytes(kind):
    first = draw(kind, seed=7, width=48, height=40)
    assert first.tobytes() == draw(kind, seed=7, width=48, height=40).tobytes()


def test_each_seed_gives_another_picture():
    assert len({draw("face", seed=seed, width=24, height=24).tobytes() for seed in range(8)}) == 8


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("width", "height"), [(16, 16), (97, 61)])
def test_any_size_is_drawn(kind, width, height):
    pixels = draw(kind, seed=width, width=width, height=height)
    assert pixels.shape == (height, width, 4 if kind in STICKERS else 3)
    assert pixels.dtype == np.uint8
    assert pixels.flags.c_contiguous


@pytest.mark.parametrize("kind", KINDS)
def test_a_picture_is_neither_blank_nor_noise_nor_blurred(kind):
    rgb = draw(kind, seed=3, width=256, height=256)[..., :3].astype(np.int32)
    step = np.abs(np.diff(rgb, axis=1)).max(axis=2)
    # Edges there are, yet most neighbours are alike: flat fields, gradients, and lines a pixel or two wide.
    assert (step > 40).mean() > 0.003
    assert (step <= 8).mean() > 0.5
    assert len(np.unique(rgb.reshape(-1, 3), axis=0)) > 30
    assert rgb.std() > 12
    # Crisp: a step of 60 is crossed with at most one pixel in between.
    assert (np.abs(rgb[:, 2:] - rgb[:, :-2]).max(axis=2) > 60).sum() > 50


def test_manga_is_grey():
    for seed in range(2):
        pixels = draw("manga", seed=seed, width=60, height=80)
        assert np.array_equal(pixels[..., 0], pixels[..., 1])
        assert np.array_equal(pixels[..., 0], pixels[..., 2])


@pytest.mark.parametrize("seed", range(2))
def test_sticker_alpha_is_soft_or_of_one_bit_as_named(seed):
    soft = draw("sticker_soft", seed=seed, width=160, height=160)
    hard = draw("sticker_hard", seed=seed, width=160, height=160)
    assert set(np.unique(hard[..., 3])) == {0, 255}
    between = (soft[..., 3] > 0) & (soft[..., 3] < 255)
    assert 100 < between.sum() < 0.1 * between.size
    for pixels in (soft, hard):
        alpha = pixels[..., 3]
        assert not alpha[[0, 0, -1, -1], [0, -1, 0, -1]].any()
        assert alpha[80, 80] == 255
        assert 0.15 < (alpha > 0).mean() < 0.9
        assert not pixels[alpha == 0].any()


@pytest.mark.slow
def test_training_pictures_cycle_through_the_kinds_without_end():
    pictures = [draw_rgb(index, seed=1, width=32, height=24) for index in range(len(KINDS) + 1)]
    assert all(p.shape == (24, 32, 3) and p.dtype == np.uint8 for p in pictures)
    assert len({p.tobytes() for p in pictures}) == len(pictures)
    sticker = KINDS.index("sticker_soft")
    assert pictures[sticker].tobytes() == draw_rgb(sticker, seed=1, width=32, height=24).tobytes()
    assert pictures[sticker].tobytes() != draw_rgb(sticker, seed=2, width=32, height=24).tobytes()


@pytest.mark.parametrize("study", [draw_leaves, draw_strokes])
def test_studies_repeat_and_differ(study):
    first, *others = (
        study(index, seed=seed, width=24, height=16) for index, seed in ((0, 0), (1, 0), (0, 1))
    )
    assert np.array_equal(first, study(0, seed=0, width=24, height=16))
    assert len({picture.tobytes() for picture in (first, *others)}) == 3


@pytest.mark.parametrize("study", [draw_leaves, draw_strokes])
@pytest.mark.parametrize(("width", "height"), [(16, 16), (57, 31)])
def test_studies_of_any_size(study, width, height):
    pixels = study(3, seed=0, width=width, height=height)
    assert pixels.shape == (height, width, 3)
    assert pixels.dtype == np.uint8


def test_leaves_cover_the_picture_with_shapes_of_all_sizes():
    def busy(pixels: np.ndarray) -> list[float]:
        """Share of neighbours that differ, in the picture and in smaller and smaller ones of it."""
        grey = pixels.astype(np.float32).mean(axis=2)
        sizes = [grey.reshape(256 // f, f, 256 // f, f).mean(axis=(1, 3)) for f in (1, 4, 16)]
        return [float((np.abs(np.diff(size, axis=1)) > 6).mean()) for size in sizes]

    shares = np.mean([busy(draw_leaves(index, seed=1, width=256, height=256)) for index in range(3)], axis=0)
    assert (shares > (0.05, 0.2, 0.5)).all()


def test_strokes_are_of_full_ink_from_hairs_to_bars():
    def runs(pixels: np.ndarray) -> np.ndarray:
        """Lengths of the runs of one colour along the rows that differ strongly from what is beside."""
        found = []
        for row in pixels.astype(int):
            starts = np.flatnonzero(np.abs(np.diff(row, axis=0)).max(axis=1, initial=0) > 0) + 1
            edges = np.concatenate([[0], starts, [len(row)]])
            for left, right in pairwise(edges[1:-1]):
                before, middle, after = row[left - 2], row[left], row[min(right + 1, len(row) - 1)]
                if min(np.abs(middle - before).max(), np.abs(middle - after).max()) > 90:
                    found.append(right - left)
        return np.array(found)

    lengths = np.concatenate([runs(draw_strokes(index, seed=1, width=256, height=256)) for index in range(8)])
    assert len(lengths) > 1000
    shares = [(lengths <= 2).mean(), ((lengths > 2) & (lengths <= 8)).mean(), (lengths > 8).mean()]
    assert min(shares) > 0.05


def test_an_unknown_kind_lists_the_kinds():
    with pytest.raises(ConfigError, match=r"face.*sticker_hard.*Received: 'portrait'"):
        draw("portrait", seed=0, width=64, height=64)


@pytest.mark.parametrize(("width", "height"), [(15, 64), (64, 15), (0, 0)])
def test_a_side_under_sixteen_pixels_is_refused(width, height):
    with pytest.raises(ConfigError, match=f"at least 16.*Received: {width}x{height}"):
        draw("face", seed=0, width=width, height=height)


def test_negative_seeds_and_indices_are_refused():
    with pytest.raises(ConfigError, match="Received: -1"):
        draw("face", seed=-1, width=64, height=64)
    with pytest.raises(ConfigError, match="Received: -1"):
        draw_rgb(-1, seed=0, width=64, height=64)
    with pytest.raises(ConfigError, match="Received: -1"):
        draw_leaves(-1, seed=0, width=64, height=64)
    with pytest.raises(ConfigError, match="Received: -1"):
        draw_strokes(-1, seed=0, width=64, height=64)


def test_coverage_is_the_exact_area():
    cover, top, left = coverage([box(2.25, 3.5, 5.5, 6.0)], 10, 10)
    assert (top, left) == (3, 2)
    np.testing.assert_allclose(cover[0], [0.375, 0.5, 0.5, 0.25], atol=1e-6)
    np.testing.assert_allclose(cover[1:].sum(), 2 * 3.25, atol=1e-5)
    disc, _, _ = coverage([ellipse(50, 50, 30, points=400)], 100, 100)
    np.testing.assert_allclose(disc.sum(), np.pi * 900, rtol=1e-3)
    assert coverage([box(-9, -9, -1, -1)], 10, 10) is None


def test_coverage_is_the_same_for_a_shape_cut_by_the_canvas():
    form = ellipse(8, 6, 11, 9)
    whole, top, left = coverage([form + 40], 100, 100)
    cut, cut_top, cut_left = coverage([form], 12, 10)
    assert (cut_top, cut_left) == (0, 0)
    np.testing.assert_allclose(cut, whole[40 - top : 50 - top, 40 - left : 52 - left], atol=1e-5)


def test_strokes_that_cross_leave_no_hole():
    canvas = Canvas(40, 40)
    paths = [np.array([(0.0, 5.0), (40.0, 35.0)]), np.array([(40.0, 5.0), (0.0, 35.0)])]
    canvas.fill([ribbon(path, 6.0) for path in paths], (0, 0, 0))
    assert canvas.finish()[20, 20].tolist() == [0, 0, 0]


@pytest.mark.parametrize("lines", [False, True])
@pytest.mark.parametrize("level", [0.1, 0.35, 0.7])
def test_screentone_prints_its_share_of_ink(level, lines):
    canvas = Canvas(300, 300, screentone(7.3, level, angle=0.6, lines=lines))
    np.testing.assert_allclose(1 - canvas.pixels.mean() / 255, level, atol=0.03)


def test_the_command_writes_the_three_examples(tmp_path):
    assert procedural.main(["--examples", str(tmp_path), "--size", "64"]) == 0
    modes = {}
    for path in tmp_path.iterdir():
        with Image.open(path) as image:
            modes[path.name] = image.mode
    assert modes == {"face.png": "RGB", "sticker.png": "RGBA", "manga.png": "L"}
