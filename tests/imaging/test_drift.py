"""Drift: what it says of known shifts, of fractions of pixels, of transparency and of 16 bits."""

import numpy as np
import pytest

from waifu4x_tf.imaging.drift import measure_drift
from waifu4x_tf.imaging.picture import Frame, Picture

RNG = np.random.default_rng(2)
SMALL = RNG.integers(40, 200, (48, 64, 3)).astype(np.uint8)


def repeated(small, scale=4):
    return small.repeat(scale, axis=0).repeat(scale, axis=1)


def drift(small, large, alpha=None):
    alphas = (None, None) if alpha is None else (alpha, repeated(alpha))
    return measure_drift(
        *(
            Picture((Frame(rgb, alpha),), is_grey=False)
            for rgb, alpha in zip((small, large), alphas, strict=True)
        )
    )


def test_the_same_picture_has_none():
    assert drift(SMALL, repeated(SMALL)).as_json() == {"mean": 0.0, "worst_block": 0.0}


def test_it_is_the_difference_of_block_means():
    large = repeated(SMALL)
    large[:64, :64, 0] += 3  # one channel of one of twelve blocks
    found = drift(SMALL, large)
    assert found.worst_block == pytest.approx(3, abs=1e-4)
    assert found.mean == pytest.approx(3 / 36, abs=1e-4)


def test_opposite_shifts_do_not_cancel():
    large = repeated(SMALL)
    large[:, :128] += 2
    large[:, 128:] -= 2
    assert drift(SMALL, large).mean == pytest.approx(2, abs=1e-4)


def test_sizes_need_not_divide():
    ramp = np.linspace(20, 220, 45).round().astype(np.uint8)
    small = np.repeat(np.repeat(ramp[None, :, None], 29, axis=0), 3, axis=2)
    large = small.repeat(7, axis=0).repeat(7, axis=1)
    assert drift(small, large).worst_block == pytest.approx(0, abs=1e-3)
    # 2.8 times: areas of the large picture's own pixels, and still the same blocks.
    shrunk = large.reshape(203, 63, 5, 3).mean(axis=2)
    assert drift(small, np.rint(shrunk).astype(np.uint8)).worst_block < 0.3


def test_blocks_that_are_not_opaque_are_left_out():
    alpha = np.full((48, 64), 255, np.uint8)
    alpha[3, 5] = 254
    large = repeated(SMALL)
    large[:64, :64] = 0
    found = drift(SMALL, large, alpha)
    assert found.worst_block == pytest.approx(0, abs=1e-4)
    clear = np.zeros((48, 64), np.uint8)
    assert drift(SMALL, large, clear) is None


def test_16_bits_are_reported_in_levels_of_8():
    sixteen_bit = SMALL.astype(np.uint16) * 257
    assert drift(sixteen_bit, repeated(sixteen_bit) + 257).mean == pytest.approx(1, abs=1e-3)
    assert drift(sixteen_bit, repeated(SMALL)).worst_block == pytest.approx(0, abs=1e-3)


@pytest.mark.parametrize("size", [(1, 1), (1, 37), (23, 2)])
def test_tiny_pictures_are_one_block(size):
    small = SMALL[: size[0], : size[1]]
    assert drift(np.ascontiguousarray(small), repeated(small)).mean == pytest.approx(0, abs=1e-4)
