"""Palettes: exact while they can be, near otherwise, the same for the same colour."""

import numpy as np

from waifu4x_tf.data.procedural import draw_rgb
from waifu4x_tf.imaging.codecs.palette import Palette


def test_few_colours_are_kept_exactly():
    colours = np.random.default_rng(1).integers(0, 256, (255, 3), dtype=np.uint8)
    pixels = np.random.default_rng(2).permutation(np.repeat(colours, 5, axis=0))
    palette = Palette.of([pixels[:600], pixels[600:]])
    assert np.array_equal(palette.colours[palette.indices(pixels[None])[0]], pixels)


def test_a_flat_area_keeps_its_colour_among_thousands():
    rng = np.random.default_rng(3)
    pixels = np.concatenate(
        (rng.integers(200, 256, (20_000, 3), dtype=np.uint8), np.full((9000, 3), 254, np.uint8))
    )
    palette = Palette.of([pixels])
    assert len(palette.colours) <= 255
    assert (palette.colours == 254).all(axis=1).any()


def test_each_pixel_gets_the_nearest_colour():
    rng = np.random.default_rng(4)
    palette = Palette(rng.integers(0, 256, (40, 3), dtype=np.uint8))
    rgb = rng.integers(0, 256, (30, 31, 3), dtype=np.uint8)
    distances = ((rgb[:, :, None].astype(int) - palette.colours) ** 2).sum(axis=3)
    chosen = np.take_along_axis(distances, palette.indices(rgb)[..., None].astype(int), axis=2)[..., 0]
    assert np.array_equal(chosen, distances.min(axis=2))


def test_a_drawing_is_nearer_than_with_pillows_median_cut():
    from PIL import Image

    rgb = draw_rgb(1, seed=5, width=256, height=256)
    palette = Palette.of([rgb.reshape(-1, 3)])
    own = palette.colours[palette.indices(rgb)].astype(float)
    image = Image.fromarray(rgb)
    pillows = np.asarray(
        image.quantize(255, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE).convert("RGB")
    )
    assert ((own - rgb) ** 2).mean() < ((pillows - rgb.astype(float)) ** 2).mean()


def test_more_colours_than_are_counted_one_by_one():
    rng = np.random.default_rng(6)
    pixels = rng.integers(0, 256, (70_000, 3), dtype=np.uint8)
    palette = Palette.of([pixels])
    error = palette.colours[palette.indices(pixels[None])[0]].astype(float) - pixels
    assert 200 < len(palette.colours) <= 255
    assert np.sqrt((error**2).mean()) < 16  # a regular grid of 6 x 6 x 7 colours has 12


def test_nothing_to_count_is_black():
    assert Palette.of([]).colours.tolist() == [[0, 0, 0]]
