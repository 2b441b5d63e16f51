"""Grey, screentone, palettes and kinds of alpha."""

import numpy as np
import pytest
from inspected_files import drawing

from waifu4x_tf.imaging.picture import Frame, Picture
from waifu4x_tf.inspection.kinds import alpha_kind, colour_kind, has_screentone, has_small_palette


def picture(alpha: list[int] | None) -> Picture:
    rgb = np.arange(12, dtype=np.uint8).reshape(1, 4, 3)
    return Picture((Frame(rgb, None if alpha is None else np.array([alpha], np.uint8)),), is_grey=False)


@pytest.mark.parametrize(
    ("alpha", "kind"),
    [
        (None, "none"),
        ([255] * 4, "opaque"),
        ([0] * 4, "invisible"),
        ([0, 255, 0, 255], "hard"),
        ([0, 9, 0, 255], "soft"),
    ],
)
def test_kinds_of_alpha(alpha, kind):
    assert alpha_kind(picture(alpha)) == kind


def test_grey_nearly_grey_and_colour():
    grey = np.repeat(np.arange(200, dtype=np.uint8).reshape(10, 20, 1), 3, axis=2)
    assert colour_kind(Picture.from_array(grey)) == "grey"
    assert colour_kind(Picture.from_array(grey + np.array([0, 5, 2], np.uint8))) == "nearly grey"
    assert colour_kind(Picture.from_array(grey + np.array([0, 50, 2], np.uint8))) == "colour"
    assert colour_kind(Picture((Frame(257 * grey.astype(np.uint16)),), is_grey=False)) == "nearly grey"


def test_small_palettes():
    rng = np.random.default_rng(0)
    art = rng.integers(0, 256, (12, 3), np.uint8)[rng.integers(0, 12, (32, 32))]
    assert has_small_palette(Frame(art))
    assert not has_small_palette(Frame(drawing()))
    assert not has_small_palette(Frame(np.zeros((64, 64, 3), np.uint8)))
    assert not has_small_palette(Frame(np.tile(art, (20, 20, 1))))


def dots(period_px: float, angle: float = 0.6) -> np.ndarray:
    down, right = np.mgrid[:128, :160]
    turned = (
        np.cos(angle) * right + np.sin(angle) * down,
        np.cos(angle) * down - np.sin(angle) * right,
    )
    waves = sum(np.cos(2 * np.pi * axis / period_px) for axis in turned)
    return np.where(waves > 0.3, 30, 220).astype(np.float32)


@pytest.mark.parametrize("period_px", [3.5, 5, 6.5])
def test_dots_are_screentone(period_px):
    page = np.full((256, 320), 250, np.float32)
    page[64:192, 80:240] = dots(period_px)
    assert has_screentone(page)


def test_lines_flat_fields_and_drawings_are_none():
    down, right = np.mgrid[:256, :256]
    assert not has_screentone(np.where(np.abs(down - 0.7 * right) < 3, 20, 240).astype(np.float32))
    assert not has_screentone(np.full((200, 200), 90, np.float32))
    assert not has_screentone(drawing(5).mean(axis=2, dtype=np.float32))
    assert not has_screentone(np.zeros((5, 900), np.float32))
