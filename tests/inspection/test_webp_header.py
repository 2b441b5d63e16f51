"""The quality of a lossy WebP against Pillow's own encoder."""

import pytest
from inspected_files import drawing, saved

from waifu4x_tf.inspection.webp_header import WebpHeader, read_webp_header


@pytest.mark.parametrize("method", [0, 4])
def test_the_quality_is_found_within_two(method):
    for index in (0, 2, 5):
        pixels = drawing(index, 96, 80)
        for quality in (1, 10, 25, 40, 60, 75, 90, 100):
            header = read_webp_header(saved(pixels, "WEBP", quality=quality, method=method))
            assert header.is_lossy
            assert abs(header.quality - quality) <= 2


def test_other_containers():
    pixels = drawing(1, 40, 32)
    assert read_webp_header(saved(pixels, "WEBP", lossless=True)) == WebpHeader(False, None)
    with_profile = saved(pixels, "WEBP", quality=60, exif=b"Exif\0\0II*\0\x08\0\0\0\0\0")
    assert with_profile[12:16] == b"VP8X"
    assert abs(read_webp_header(with_profile).quality - 60) <= 2


def test_damaged_headers_say_nothing():
    content = saved(drawing(1, 40, 32), "WEBP", quality=60)
    for end in range(0, 60, 3):
        header = read_webp_header(content[:end])
        assert header is None or header.quality is None or 0 <= header.quality <= 100
    assert read_webp_header(content.replace(b"\x9d\x01\x2a", b"\0\0\0")).quality is None
