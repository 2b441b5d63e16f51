"""Damages of equal PSNR."""

import numpy as np
import pytest

from waifu4x_tf.data.procedural import draw
from waifu4x_tf.evaluation.metrics import psnr
from waifu4x_tf.method.damages import DAMAGES, damaged_to


@pytest.fixture(scope="module")
def picture():
    return draw("face", seed=20_260, width=96, height=80)


@pytest.mark.parametrize("name", DAMAGES)
@pytest.mark.parametrize("psnr_db", [23.0, 30.0])
def test_six_damages_have_one_psnr(picture, name, psnr_db):
    damaged = damaged_to(picture, DAMAGES[name], psnr_db)
    assert (damaged.dtype, damaged.shape) == (np.uint8, picture.shape)
    assert psnr(picture, damaged) == pytest.approx(psnr_db, abs=0.1)


def test_what_cannot_be_damaged_so_much_is_damaged_as_much_as_can_be():
    black = np.zeros((32, 32, 3), np.uint8)
    np.testing.assert_array_equal(damaged_to(black, DAMAGES["darker"], 20.0), black)
    assert psnr(black, damaged_to(black, DAMAGES["noise"], 20.0)) == pytest.approx(20.0, abs=0.1)
