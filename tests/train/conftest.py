"""Drawings that several runs look at, drawn once."""

import functools

import pytest


@pytest.fixture(scope="session", autouse=True)
def drawn_once():
    """Those that tell which channels of a network answer nothing take a run seven seconds to draw."""
    from train import build

    with pytest.MonkeyPatch.context() as patched:
        for name in ("draw_rgb", "draw_leaves", "draw_strokes"):
            patched.setattr(build, name, functools.cache(getattr(build, name)))
        yield
