"""The names of `import waifu4x_tf`."""

import sys

import pytest

import waifu4x_tf
from waifu4x_tf.errors import MissingExtraError
from waifu4x_tf.version import VERSION


def test_every_promised_name_is_there_and_listed():
    assert waifu4x_tf.__version__ == VERSION
    for name in set(waifu4x_tf.__all__) - {"__version__"}:
        assert getattr(waifu4x_tf, name).__name__ == name
    assert set(waifu4x_tf.__all__) <= set(dir(waifu4x_tf))


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'SuperUpscaler'"):
        _ = waifu4x_tf.SuperUpscaler


def test_a_name_whose_packages_are_missing_says_which_extra(monkeypatch):
    monkeypatch.delitem(vars(waifu4x_tf), "PairedPatches", raising=False)
    monkeypatch.delitem(sys.modules, "waifu4x_tf.data.patches", raising=False)
    monkeypatch.setitem(sys.modules, "keras", None)
    with pytest.raises(MissingExtraError, match=r"waifu4x\[train\]"):
        _ = waifu4x_tf.PairedPatches
