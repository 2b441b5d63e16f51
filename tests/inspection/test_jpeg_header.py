"""The header against Pillow's own encoder and its tables."""

import io

import numpy as np
import pytest
from inspected_files import saved
from PIL import Image

from waifu4x_tf.inspection.jpeg_header import read_jpeg_header, standard_tables

PIXELS = np.random.default_rng(1).integers(0, 256, (20, 30, 3), np.uint8)


def test_every_quality_is_found_exactly():
    for quality in range(1, 101):
        content = saved(PIXELS, "JPEG", quality=quality)
        header = read_jpeg_header(content)
        with Image.open(io.BytesIO(content)) as image:
            assert header.luma_table.ravel().tolist() == image.quantization[0]
        assert (header.quality, header.is_standard) == (quality, True)
        assert abs(header.chroma_quality - quality) <= 2


@pytest.mark.parametrize(("option", "name"), [(0, "4:4:4"), (1, "4:2:2"), (2, "4:2:0")])
@pytest.mark.parametrize("progressive", [False, True])
def test_subsampling_and_coding(option, name, progressive):
    header = read_jpeg_header(saved(PIXELS, "JPEG", subsampling=option, progressive=progressive))
    assert (header.subsampling, header.components) == (name, 3)
    assert (header.is_progressive, header.is_arithmetic) == (progressive, False)


def test_arithmetic_coding_and_other_samplings_are_read_from_the_frame():
    content = bytearray(saved(PIXELS, "JPEG", quality=50))
    frame = content.index(b"\xff\xc0")
    content[frame + 1] = 0xC9
    content[frame + 11] = 0x41  # four luma samples across to one
    header = read_jpeg_header(bytes(content))
    assert (header.is_arithmetic, header.subsampling) == (True, "4:1:1")


@pytest.mark.parametrize(("mode", "components"), [("L", 1), ("CMYK", 4)])
def test_grey_and_print_colours(mode, components):
    buffer = io.BytesIO()
    Image.fromarray(PIXELS).convert(mode).save(buffer, "JPEG", quality=33)
    header = read_jpeg_header(buffer.getvalue())
    assert (header.quality, header.components) == (33, components)
    assert (header.subsampling is None) == (mode == "L")


def test_tables_of_another_encoder_get_the_nearest_quality():
    luma = standard_tables()[61].copy()
    luma[4:, 4:] += 3
    header = read_jpeg_header(saved(PIXELS, "JPEG", qtables=[luma.ravel().tolist()] * 2))
    assert abs(header.quality - 62) <= 2
    assert not header.is_standard


def test_damaged_headers_say_nothing():
    content = saved(PIXELS, "JPEG")
    for end in range(0, content.index(b"\xff\xda"), 7):
        header = read_jpeg_header(content[:end])
        assert header is None or header.quality == 75
    tables = content.index(b"\xff\xdb")
    assert read_jpeg_header(content[: tables + 5] + b"\0" + content[tables + 6 :]) is None
    assert read_jpeg_header(b"\xff\xd8" + b"\xff" * 50) is None
