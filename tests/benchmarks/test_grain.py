"""The grain benchmark: its figures are those of methods whose effect on noise is known by arithmetic."""

import numpy as np
import pytest

from benchmarks import grain
from waifu4x_tf.imaging.interpolation import resize


def test_repeated_pixels_keep_grain_and_mean():
    found = grain.measure(lambda rgb: rgb.repeat(4, axis=0).repeat(4, axis=1), 3)
    assert found.gain == pytest.approx(1, abs=1e-6)
    assert found.drift == pytest.approx(0, abs=1e-6)


def test_averaging_lowers_it_and_contrast_raises_it():
    def soft(rgb):
        half = resize(rgb, (rgb.shape[0] // 2, rgb.shape[1] // 2), "area")
        return half.repeat(8, axis=0).repeat(8, axis=1)

    def harsh(rgb):
        large = rgb.repeat(4, axis=0).repeat(4, axis=1).astype(float)
        mean = large.mean(axis=(0, 1))
        return np.clip(mean + 2 * (large - mean) + 5, 0, 255)

    assert grain.measure(soft, 4).gain == pytest.approx(0.5, abs=0.15)  # the root of a quarter of the samples
    assert grain.measure(harsh, 2).gain == pytest.approx(2, abs=0.1)
    assert grain.measure(harsh, 2).drift == pytest.approx(5, abs=0.3)


def test_the_command_fails_where_a_model_makes_dots_of_grain(monkeypatch, capsys):
    def loud(rgb):
        return np.clip(128 + 4 * (rgb.astype(float) - 128), 0, 255).repeat(4, axis=0).repeat(4, axis=1)

    def quiet(rgb):
        return np.broadcast_to(rgb.mean(axis=(0, 1)), (4 * rgb.shape[0], 4 * rgb.shape[1], 3))

    for method, code, said in ((loud, 1, "NOT reached"), (quiet, 0, "OK")):
        monkeypatch.setattr(grain, "load_method", lambda *_arguments, method=method: method)
        assert grain.main(["--only", "compact"]) == code
        assert said in capsys.readouterr().out
