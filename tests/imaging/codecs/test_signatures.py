"""First bytes, known and unknown, and a PNG reduced to its pixels."""

import io

import numpy as np
import pytest
from picture_files import saved
from PIL import Image, PngImagePlugin

from waifu4x_tf.errors import PictureError
from waifu4x_tf.imaging.codecs.signatures import (
    HEAD_BYTES,
    header_size,
    identify,
    png_bit_depth,
    png_without_metadata,
)


@pytest.mark.parametrize("format_name", ["PNG", "JPEG", "WEBP", "AVIF", "BMP", "DIB", "TIFF", "GIF"])
def test_pillows_files_are_known_and_their_size_is_right_where_it_is_read(format_name):
    data = saved(Image.new("RGB", (70, 40), "red"), format_name)[:HEAD_BYTES]
    assert identify(data) == format_name
    assert header_size(format_name, data) in (None, (70, 40))
    assert (header_size(format_name, data) is not None) == (format_name in ("PNG", "BMP", "DIB"))


def test_the_size_of_an_extended_webp():
    data = saved(Image.new("RGB", (70, 40), "red"), "WEBP", exif=b"Exif\0\0II*\0\x08\0\0\0\0\0\0\0\0\0")
    assert header_size("WEBP", data) == (70, 40)


@pytest.mark.parametrize("length", range(0, 34, 3))
def test_a_short_head_is_no_crash(length):
    for format_name in ("PNG", "BMP", "DIB", "WEBP"):
        head = saved(Image.new("RGB", (7, 4)), format_name)[:length]
        header_size(format_name, head)
        png_bit_depth(head)


@pytest.mark.parametrize(
    ("head", "name"),
    [
        (b"II*\0\x10\0\0\0CR\x02\0", "Canon camera raw"),
        (bytes(4) + b"ftypheic", "HEIC"),
        (b"\0\0\0\x18ftypmif1\0\0\0\0mif1heic", "HEIF"),
        (bytes(4) + b"ftypavis", "AVIF animation"),
        (bytes(4) + b"ftypisom", "video"),
        (b"\xff\x0a\x00", "JPEG XL"),
        (b"8BPS\0\1", "Photoshop"),
        (b"PK\x03\x04", "ZIP"),
        (b'<?xml version="1.0"?><svg/>', "SVG"),
        (b"\xef\xbb\xbf<html>", "web page"),
        ("日本語".encode(), "text file that begins with '日本語'"),
        (b"\0\1\2\3", "bytes 00 01 02 03"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_other_files_are_refused_by_name(head, name):
    with pytest.raises(PictureError) as caught:
        identify(head)
    assert name in str(caught.value)


def test_a_png_reduced_to_its_pixels_decodes_the_same():
    text = PngImagePlugin.PngInfo()
    text.add_text("workflow", "x" * 500, zip=True)
    image = Image.fromarray(np.random.default_rng(0).integers(0, 9, (20, 20), dtype=np.uint8)).convert("P")
    data = saved(image, "PNG", pnginfo=text, transparency=3, dpi=(300, 300))
    reduced = png_without_metadata(data)
    assert b"workflow" not in reduced
    pair = [Image.open(io.BytesIO(each)).convert("RGBA") for each in (data, reduced)]
    assert np.array_equal(*map(np.asarray, pair))
    assert png_without_metadata(data[:100]) == reduced[: len(png_without_metadata(data[:100]))]
