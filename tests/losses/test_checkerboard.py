"""The loss on what repeats from small pixel to small pixel, against NumPy."""

import keras
import numpy as np
import pytest

from waifu4x_tf.errors import ConfigError
from waifu4x_tf.losses.checkerboard import CheckerboardLoss


def patterns(error: np.ndarray, scale: int, period: int) -> np.ndarray:
    """What the loss is by its definition, a picture each, with loops."""
    told = []
    for picture in error.astype(np.float64):
        strengths = []
        for lines in (picture, picture.transpose(1, 0, 2)):
            found = []
            for top in range(0, len(lines) // (scale * period) * scale * period, scale * period):
                part = lines[top : top + scale * period]
                places = np.stack([part[place::scale].mean(axis=0) for place in range(scale)])
                found.append(np.abs(places - places.mean(axis=0)))
            strengths.append(np.mean(found))
        told.append(sum(strengths))
    return np.array(told)


@pytest.mark.parametrize(("scale", "period", "size"), [(4, 2, (16, 24)), (2, 3, (20, 13))])
def test_it_equals_its_definition(scale, period, size):
    rng = np.random.default_rng(0)
    true, answer = rng.random((2, 3, *size, 3), np.float32)
    loss = CheckerboardLoss(scale, period, reduction="none")
    np.testing.assert_allclose(
        np.asarray(loss(true, answer)), patterns(answer - true, scale, period), rtol=1e-4
    )


def test_it_counts_what_repeats_and_nothing_else():
    loss = CheckerboardLoss(4)
    original = np.full((1, 64, 64, 3), 0.5, np.float32)
    ladder = np.zeros_like(original)
    ladder[:, ::4, 10] = 0.1  # one rung in each small pixel of one column
    assert float(loss(original, original + ladder)) > 0
    assert float(loss(original + ladder, original + ladder)) == 0
    stripe = np.zeros_like(original)
    stripe[:, :, 8:16] = (
        0.1  # along its columns nothing repeats; across them it is as wide as two small pixels
    )
    for other_error in (np.float32(0.1), stripe):
        assert float(loss(original, original + other_error)) == pytest.approx(0, abs=1e-7)


def test_patches_smaller_than_a_period_are_refused():
    with pytest.raises(ConfigError, match=r"32 px or more\. Received: shape \(1, 64, 28, 3\)"):
        CheckerboardLoss(4)(np.zeros((1, 64, 28, 3)), np.zeros((1, 64, 28, 3)))


def test_it_survives_serialisation():
    again = keras.losses.deserialize(keras.losses.serialize(CheckerboardLoss(2, 5, name="ladder")))
    assert isinstance(again, CheckerboardLoss)
    assert (again.scale, again.period, again.name) == (2, 5, "ladder")
