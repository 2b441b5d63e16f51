"""The means of blocks of 8 x 8 small pixels: within a level, also where black and white leave no room."""

import numpy as np
import pytest
from aliased_pictures import aliased_pictures

from waifu4x_tf.data.procedural import draw_rgb
from waifu4x_tf.imaging.sharpness import sharpen
from waifu4x_tf.inference.block_means import missing_of_means
from waifu4x_tf.inference.consistency import hold_colours
from waifu4x_tf.inference.estimator import Estimate
from waifu4x_tf.inference.loading import load_upscaler
from waifu4x_tf.inference.networks import model_files

DTYPES = (np.uint8, np.uint16)
PICTURES = aliased_pictures()


def block_errors(small, large):
    """Absolute differences of the means of blocks, in levels of 8 bits; by sums, block by block."""
    scale = len(large) // len(small)
    unit = np.iinfo(small.dtype).max / 255
    return np.array(
        [
            np.abs(
                small[top : top + 8, left : left + 8].mean(axis=(0, 1))
                - large[top * scale : (top + 8) * scale, left * scale : (left + 8) * scale].mean(axis=(0, 1))
            )
            / unit
            for top in range(0, small.shape[0], 8)
            for left in range(0, small.shape[1], 8)
        ]
    )


def levels(picture, dtype):
    return picture if dtype == np.uint8 else picture.astype(np.uint16) * 257


def clipping(small, scale, gain, shift):
    """A bad network: far too much contrast, too bright, and clipped."""
    most = np.iinfo(small.dtype).max
    large = small.repeat(scale, axis=0).repeat(scale, axis=1).astype(np.float64)
    # Pixels as such would need no help: halfway between them lies what can move.
    blurred = (large + np.roll(large, 1, 0) + np.roll(large, 1, 1) + np.roll(large, (1, 1), (0, 1))) / 4
    middle = most / 2
    return np.rint(((blurred - middle) * gain + middle + shift * most).clip(0, most)).astype(small.dtype)


@pytest.mark.parametrize("name", PICTURES)
@pytest.mark.parametrize("scale", [2, 4])
@pytest.mark.parametrize("dtype", DTYPES)
def test_a_network_that_clips_is_brought_back(name, scale, dtype):
    small = levels(PICTURES[name], dtype)
    for gain, shift in ((1.5, 0.15), (2, -0.1)):
        large = clipping(small, scale, gain, shift)
        assert block_errors(small, large).max() > 3
        hold_colours(small, large, blocks=small)
        assert block_errors(small, large).max() <= 1


@pytest.mark.parametrize("name", PICTURES)
@pytest.mark.parametrize("amount", [-0.1, 1.0])
def test_what_was_sharpened_before_is_brought_back_to_the_picture_as_it_came(name, amount):
    small = PICTURES[name]
    sharpened = sharpen(small, amount)
    large = clipping(sharpened, 4, 1.5, 0.15)
    hold_colours(sharpened, large, blocks=small)
    assert block_errors(small, large).max() <= 1


@pytest.mark.parametrize("size", [(1, 1), (3, 70), (41, 12), (46, 43)])
@pytest.mark.parametrize("scale", [1, 3])
def test_blocks_that_are_cut_off_are_held_too(size, scale):
    small = PICTURES["coloured_checker"].repeat(2, axis=1)[: size[0], : size[1]].copy()
    large = clipping(small, scale, 1.5, 0.15)
    before = block_errors(small, large).reshape(-(-size[0] // 8), -(-size[1] // 8), 3)
    hold_colours(small, large, blocks=small)
    after = block_errors(small, large).reshape(before.shape)
    assert after[: size[0] // 8, : size[1] // 8].max(initial=0) <= 1
    assert after.mean() < before.mean()


def test_what_is_missing_is_the_difference_of_means():
    small = draw_rgb(1, seed=2, width=37, height=22)
    large = np.random.default_rng(1).integers(0, 256, (66, 111, 3)).astype(np.uint8)
    found = np.abs(missing_of_means(small, large.reshape(66, -1), 3)).reshape(-1, 3)
    assert found == pytest.approx(block_errors(small, large), abs=1e-3)


def test_the_correction_shows_no_grid():
    down, across = np.mgrid[:64, :64]
    small = np.repeat(((down + across) % 2 * 255)[..., None], 3, axis=2).astype(np.uint8)
    # Too light by 64 levels on the left, by none on the right, and nothing between black and white.
    large = small.repeat(4, axis=0).repeat(4, axis=1)
    large[::2, : 4 * 32 : 2] = 255
    before = block_errors(small, large)
    hold_colours(small, large, blocks=small)
    steps = np.abs(np.diff(large.reshape(256, 32, 8, 3).mean(axis=(0, 2, 3))))
    assert before.max() > 30
    assert block_errors(small, large).max() <= 1
    # 8 columns of the result are the width of two checks; away from the step in the middle nothing jumps.
    assert steps[:13].max() < 2
    assert steps[18:].max() < 2


@pytest.mark.parametrize("name", PICTURES)
@pytest.mark.parametrize("amount", [0.0, 0.6])
def test_shipped_networks_keep_the_colours_of_what_was_never_shrunk(name, amount, shipped, estimated):
    estimated.found = Estimate(amount, {}, {})
    for upscaler in shipped:
        small = PICTURES[name]
        assert block_errors(small, upscaler.upscale(small)).max() <= 1, upscaler.name


@pytest.fixture(scope="module")
def shipped():
    float16 = next(path for path in model_files("compact", "litert") if "float16" in path.name)
    return [load_upscaler("compact"), load_upscaler("large"), load_upscaler(str(float16))]
