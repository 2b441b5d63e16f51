"""Traces of earlier JPEGs in drawn pictures."""

import numpy as np
import pytest
from inspected_files import decoded, drawing, saved
from PIL import Image, ImageDraw, ImageFont

from waifu4x_tf.imaging.picture import Frame, Picture
from waifu4x_tf.inspection.grid_traces import block_coefficients, earlier_quality, former_jpeg
from waifu4x_tf.inspection.jpeg_header import read_jpeg_header
from waifu4x_tf.inspection.luma import Luma, luma_of

KINDS = (0, 1, 3, 5, 7)


def luma(pixels: np.ndarray) -> Luma:
    return luma_of(Picture.from_array(np.ascontiguousarray(pixels)).frames[0])


def test_the_transform_is_the_definition():
    values = np.random.default_rng(0).uniform(0, 255, (8, 8)).astype(np.float32)
    coefficients, _ = block_coefficients(Luma(values, np.zeros((8, 8), bool)), (0, 0))
    place = np.arange(8)
    for v, u in ((0, 0), (1, 0), (3, 5)):
        scale = (np.sqrt(0.5) if u == 0 else 1) * (np.sqrt(0.5) if v == 0 else 1) / 4
        down, across = np.cos((2 * place + 1) * v * np.pi / 16), np.cos((2 * place + 1) * u * np.pi / 16)
        assert coefficients[0, v, u] == pytest.approx(
            scale * (values * np.outer(down, across)).sum(), rel=1e-4
        )


@pytest.mark.parametrize("quality", [30, 60, 80, 90])
def test_a_former_jpeg_is_found_with_its_quality(quality):
    found = [former_jpeg(luma(decoded(saved(drawing(kind), "JPEG", quality=quality)))) for kind in KINDS]
    known = [former for former in found if former is not None]
    assert len(known) >= len(KINDS) - 1
    assert all(abs(former.quality - quality) <= 2 and former.phase == (0, 0) for former in known)


def test_the_grid_of_a_cut_picture_is_found():
    cut = [decoded(saved(drawing(kind), "JPEG", quality=60))[3:, 6:] for kind in KINDS]
    found = [former_jpeg(luma(pixels)) for pixels in cut]
    right = [each for each in found if each and abs(each.quality - 60) <= 2 and each.phase == (5, 2)]
    assert len(right) >= len(KINDS) - 2


def test_clean_pictures_have_no_traces():
    clean = [drawing(kind) for kind in KINDS]
    rng = np.random.default_rng(3)
    noise = rng.integers(0, 256, (96, 96, 3), np.uint8)
    flat = np.full((64, 64, 3), 120, np.uint8)
    blocks = np.kron(rng.integers(0, 4, (16, 16, 1)) * 60, np.ones((4, 4, 3))).astype(np.uint8)
    enlarged = np.asarray(Image.fromarray(clean[0]).resize((192, 176), Image.Resampling.BICUBIC))
    for pixels in (*clean, noise, flat, blocks, enlarged):
        assert former_jpeg(luma(pixels)) is None


def gradient(rng: np.random.Generator) -> np.ndarray:
    """Straight, round or bent, from one colour to another, rounded to levels."""
    down, across = np.mgrid[:96, :128] / 128
    angle = rng.choice([0, np.pi / 2, rng.uniform(0, np.pi)])
    ways = (
        across * np.cos(angle) + down * np.sin(angle),
        np.hypot(across - rng.uniform(), down - rng.uniform()),
        down ** rng.uniform(0.5, 2),
    )
    way = ways[rng.integers(3)]
    way = (way - way.min()) / (way.max() - way.min())
    first, last = rng.integers(0, 256, (2, 3))
    return np.rint(first + (last - first) * way[..., None]).astype(np.uint8)


def starry_sky(rng: np.random.Generator) -> np.ndarray:
    sky = gradient(rng)
    for row, column in zip(rng.integers(0, 95, 40), rng.integers(0, 127, 40), strict=True):
        size = 1 + rng.integers(2)
        sky[row : row + size, column : column + size] = rng.integers(150, 256)
    return sky


def buttons_with_text(rng: np.random.Generator) -> np.ndarray:
    page = Image.fromarray(gradient(rng))
    pen = ImageDraw.Draw(page)
    for _ in range(3):
        left, top = int(rng.integers(0, 90)), int(rng.integers(0, 70))
        box = (left, top, left + int(rng.integers(28, 80)), top + int(rng.integers(14, 40)))
        fill, line, ink = (tuple(rng.integers(0, 256, 3).tolist()) for _ in range(3))
        pen.rounded_rectangle(box, int(rng.integers(2, 12)), fill, line, int(rng.integers(0, 3)))
        font = ImageFont.load_default(int(rng.integers(9, 24)))
        pen.text((left + 4, top + 2), str(rng.choice(["OK", "Play now", "100 %"])), ink, font)
    return np.asarray(page)


@pytest.mark.parametrize("draw", [gradient, starry_sky, buttons_with_text])
def test_few_values_that_repeat_are_no_jpeg(draw):
    rng = np.random.default_rng(7)
    assert [former for _ in range(8) if (former := former_jpeg(luma(draw(rng))))] == []


@pytest.mark.parametrize(("first", "last"), [(40, 90), (60, 85), (70, 90), (50, 75)])
def test_an_earlier_coarser_save_is_found(first, last):
    found = []
    for kind in KINDS:
        twice = saved(saved(drawing(kind), "JPEG", quality=first), "JPEG", quality=last)
        found.append(earlier_quality(luma(decoded(twice)), read_jpeg_header(twice).luma_table))
    right = [quality for quality in found if quality is not None and abs(quality - first) <= 2]
    assert len(right) >= len(KINDS) - 1


@pytest.mark.parametrize("qualities", [(30,), (75,), (95,), (80, 80), (90, 60)])
def test_one_save_or_a_finer_one_before_is_no_earlier_coarser_one(qualities):
    for kind in KINDS:
        content = drawing(kind)
        for quality in qualities:
            content = saved(content, "JPEG", quality=quality)
        assert earlier_quality(luma(decoded(content)), read_jpeg_header(content).luma_table) is None


@pytest.mark.parametrize("shape", [(1, 1), (7, 300), (300, 7), (8, 8), (9, 17)])
def test_tiny_pictures_say_nothing(shape):
    pixels = np.random.default_rng(0).integers(0, 256, (*shape, 3), np.uint8)
    assert former_jpeg(luma(pixels)) is None
    assert earlier_quality(luma(pixels), np.full((8, 8), 16)) is None


def test_a_large_picture_is_looked_at_in_strips_that_keep_the_grid():
    rng = np.random.default_rng(0)
    frame = Frame(rng.integers(1, 255, (1100, 1000, 3), np.uint8))
    sample = luma_of(frame)
    assert sample.values.size <= 1_000_000
    whole = frame.rgb @ np.array([0.299, 0.587, 0.114])
    starts = [
        np.flatnonzero(np.isclose(whole[:, 0], sample.values[top, 0], atol=1e-3)) for top in (0, 64, 128)
    ]
    assert all(any(start % 8 == 0 for start in found) for found in starts)


def test_sixteen_bits_and_transparency_count_as_they_are():
    rgb = np.array([[[65535, 0, 128 * 257]], [[257, 257, 257]]], np.uint16)
    found = luma_of(Frame(rgb, np.array([[65535], [0]], np.uint16)))
    assert found.values[:, 0] == pytest.approx([0.299 * 255 + 0.114 * 128, 1], abs=1e-3)
    assert found.unknown.tolist() == [[True], [True]]
