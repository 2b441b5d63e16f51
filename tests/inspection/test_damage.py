"""What lossy formats did to damaged and to clean pictures."""

import numpy as np
import pytest
from inspected_files import damage_of, drawing, saved

from waifu4x_tf.inspection.damage import Damage

ROTATED = b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0"


def test_words():
    assert str(Damage("JPEG", 62, True, "4:2:0")) == "JPEG, quality 62, 4:2:0"
    assert str(Damage("former JPEG", 40, grid=(3, 5))) == "saved as JPEG before, quality about 40"
    twice = Damage("JPEG", 90, True, "4:2:0", 40)
    assert str(twice) == "JPEG, quality 90, 4:2:0, saved before at about 40"


def test_every_format_is_distinguished():
    pixels = drawing()
    jpeg = saved(pixels, "JPEG", quality=62)
    assert damage_of(jpeg) == Damage("JPEG", 62, True, "4:2:0")
    assert damage_of(saved(jpeg, "PNG")) == Damage("former JPEG", 62, grid=(0, 0))
    assert damage_of(saved(jpeg, "WEBP", lossless=True)).codec == "former JPEG"
    assert damage_of(saved(jpeg, "JPEG", quality=92)).earlier_quality == pytest.approx(62, abs=2)
    assert damage_of(saved(pixels, "WEBP", quality=40)).quality == pytest.approx(40, abs=2)
    for format_name in ("PNG", "BMP", "TIFF"):
        assert damage_of(saved(pixels, format_name)) == Damage()


def test_a_turned_jpeg_is_recognised_by_its_tables_alone():
    twice = saved(saved(drawing(), "JPEG", quality=40), "JPEG", quality=90, exif=ROTATED)
    assert damage_of(twice) == Damage("JPEG", 90, True, "4:2:0")


def test_pixel_art_and_tiny_files_are_clean():
    rng = np.random.default_rng(2)
    palette = rng.integers(0, 256, (6, 3), np.uint8)
    for factor in (1, 2, 4, 8):
        art = palette[rng.integers(0, 6, (24, 24))].repeat(factor, axis=0).repeat(factor, axis=1)
        assert damage_of(saved(art, "PNG")) == Damage()
    assert damage_of(saved(palette[None, :1], "PNG")) == Damage()
    assert damage_of(saved(palette[None, :1], "JPEG")).quality == 75
