"""The Understand tab without a browser: its story, and what its live parts compute."""

import re

import numpy as np
import pytest
from PIL import Image

from demo.understand import live
from demo.understand.story import PICTURES, PIECES, pieces
from waifu4x_tf.data.procedural import draw
from waifu4x_tf.errors import PictureError
from waifu4x_tf.evaluation.metrics import ssim
from waifu4x_tf.method.damages import DAMAGES
from waifu4x_tf.method.features import layer_outputs, signed_colours

FACE = draw("face", seed=20_260, width=96, height=80)


def saved(pixels, path):
    Image.fromarray(pixels).save(path)
    return path


@pytest.mark.parametrize("size", [(60, 200), (200, 640), (192, 193), (1000, 3200)])
def test_the_busiest_part_is_cut_out_and_never_larger_than_the_picture(tmp_path, size):
    pixels = np.full((*size, 3), 90, np.uint8)
    height, width = (min(192, side) for side in size)
    top, left = (size[0] - height) // 2, (size[1] - width) // 3
    busy = np.random.default_rng(0).integers(0, 256, (height, width, 3), np.uint8)
    pixels[top : top + height, left : left + width] = busy
    part = live.read_part(saved(pixels, tmp_path / "busy.png"), max_megapixels=16)
    assert part.whole_size == (size[1], size[0])
    assert part.pixels.shape == (height, width, 3)
    if max(size) <= 1024:
        np.testing.assert_array_equal(part.pixels, busy)
    assert (part.pixels != 90).mean() > 0.9  # in a thinned picture it is found to a few pixels


def test_transparency_is_composited_on_white(tmp_path):
    pixels = np.zeros((40, 40, 4), np.uint8)
    pixels[:20, :, 3] = 255
    part = live.read_part(saved(pixels, tmp_path / "half.png"), max_megapixels=1)
    assert (part.pixels[:20] == 0).all()
    assert (part.pixels[20:] == 255).all()


def test_what_is_too_small_or_too_large_is_refused(tmp_path):
    with pytest.raises(live.TooSmallError, match=r"tiny\.png: .* Received: 40 . 31 px"):
        live.read_part(saved(FACE[:31, :40], tmp_path / "tiny.png"), max_megapixels=1)
    with pytest.raises(PictureError, match=r"large\.png"):
        live.read_part(saved(FACE, tmp_path / "large.png"), max_megapixels=0.001)


@pytest.mark.parametrize("kind", live.KERNELS)
def test_a_flat_picture_stays_flat_under_every_filter(kind):
    kernel = live.KERNELS[kind]
    flat = np.full((32, 40, 3), 77, np.uint8)
    filtered = live.filtered_pixels(flat, kernel.astype(np.float32))
    is_edge = kernel.min() < 0
    assert kernel.sum() == pytest.approx(0 if is_edge else 1, abs=2e-3)
    assert filtered.shape == ((32, 40) if is_edge else flat.shape)
    assert np.abs(filtered.astype(int) - (128 if is_edge else 77)).max() <= 1


def test_the_maps_are_the_networks_own():
    truth = layer_outputs(FACE)
    assert tuple(truth) == live.LAYERS
    for layer in ("head", "block6_add"):
        maps = live.liveliest_maps(FACE, layer)
        assert len(maps) == 8
        least = min(truth[layer][..., index].std() for index in maps)
        others = set(range(64)) - set(maps)
        assert least >= max(truth[layer][..., index].std() for index in others)
        for index, pixels in maps.items():
            np.testing.assert_array_equal(pixels, signed_colours(truth[layer][..., index]))


def test_six_damages_of_one_psnr_have_the_measures_of_numpy():
    damages = live.six_damages(FACE, 23.0)
    assert tuple(damages) == tuple(DAMAGES)
    for each in damages.values():
        assert each.comparable
        assert each.mse == pytest.approx(((FACE / 255 - each.pixels / 255) ** 2).mean())
        assert each.ssim == ssim(FACE, each.pixels)


def test_damages_that_cannot_be_as_strong_are_marked():
    damages = live.six_damages(np.full((40, 40, 3), 128, np.uint8), 20.0)
    weak = {name for name, each in damages.items() if not each.comparable}
    assert {"blurred", "one square gone"} <= weak
    assert not weak & {"darker", "noise"}


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_story_is_whole_its_pictures_exist_and_its_links_lead_somewhere(language):
    story = pieces(language)
    assert len(story) == len(PIECES)
    assert sum(piece.count("## ") for piece in story) == 12
    assert story[0][:2] != "##"
    for name in re.findall(r"!\[[^]]*\]\(method/([^)]*)\)", "".join(story)):
        assert (PICTURES / name).is_file()
    links = re.findall(r"(?<!!)\[[^]]+\]\(([^)]*)\)", "".join(story))
    assert links
    assert all(link.startswith("https://") for link in links)
