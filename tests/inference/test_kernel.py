"""Which kernel made a picture small, found by what the networks make of it."""

import numpy as np
import pytest
from PIL import Image

from waifu4x_tf.data.procedural import draw_rgb
from waifu4x_tf.imaging.picture import Frame, Picture
from waifu4x_tf.inference.estimator import Estimate, busy_squares
from waifu4x_tf.inference.kernel import area_gain
from waifu4x_tf.inference.options import ModelOptions
from waifu4x_tf.inference.treatment import Treatment, treatment_of
from waifu4x_tf.models import zoo

pytestmark = pytest.mark.skipif(
    not {"compact", "compact_area"} <= set(zoo.shipped_names()), reason="no weights in this checkout yet"
)
NUMBERS = range(6)


def averaged(large: np.ndarray) -> np.ndarray:
    """Means of 4 x 4 pixels, by NumPy alone."""
    height, width, _ = large.shape
    return np.rint(large.reshape(height // 4, 4, width // 4, 4, 3).mean((1, 3))).astype(np.uint8)


def by_pillow(how: Image.Resampling):
    return lambda large: np.asarray(
        Image.fromarray(large).resize((large.shape[1] // 4, large.shape[0] // 4), how)
    )


def gains(shrink) -> np.ndarray:
    large = [draw_rgb(number, seed=41, width=384, height=384) for number in NUMBERS]
    return np.array([area_gain(busy_squares(Frame(shrink(each)))[0]) for each in large])


def test_area_averaging_is_told_from_other_kernels():
    area = gains(averaged)
    assert np.median(area) > 0.3
    for how in (Image.Resampling.BICUBIC, Image.Resampling.LANCZOS, Image.Resampling.BILINEAR):
        other = gains(by_pillow(how))
        assert np.median(other) < -0.3
        assert (other < area).mean() >= 5 / 6


def test_the_kernel_decides_where_the_estimate_is_in_doubt(monkeypatch):
    square = np.full((64, 64, 3), 90, np.uint8)

    def treatment(gain: float, amount: float = 0.0, **others: float) -> Treatment:
        found = Estimate(amount, {"area": 0.0, **others}, {}, square)
        monkeypatch.setattr("waifu4x_tf.inference.treatment.estimate", lambda *_: found)
        monkeypatch.setattr("waifu4x_tf.inference.treatment.area_gain", lambda _: gain)
        picture = Picture.from_array(draw_rgb(0, seed=41, width=64, height=64))
        return treatment_of(picture, ModelOptions())

    assert treatment(0.7) == Treatment("area")
    assert treatment(0.69) == Treatment()
    assert treatment(2.0, amount=0.9, high=0.0) == Treatment("high", 0.9)  # blurred: not asked
    assert treatment(2.0, low=0.4) == Treatment("low")  # damaged: neither
    assert treatment(2.0, amount=-0.2) == Treatment("area", -0.2)
