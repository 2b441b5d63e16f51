"""The PNG writer, read back by Pillow and checked against the standard byte by byte."""

import io
import zlib

import numpy as np
import pytest
from PIL import Image

from waifu4x_tf.imaging.codecs import png_writing
from waifu4x_tf.imaging.codecs.png_writing import paeth_filtered, write_png
from waifu4x_tf.imaging.picture import Frame


def noise(*shape: int) -> np.ndarray:
    return np.random.default_rng(5).integers(0, 256, shape, dtype=np.uint8)


def written(frame: Frame, *, is_grey: bool) -> bytes:
    buffer = io.BytesIO()
    write_png(buffer, frame, is_grey=is_grey)
    return buffer.getvalue()


def paeth_by_the_book(pixels: np.ndarray, channels: int) -> np.ndarray:
    """W3C PNG (Third Edition), 9.4, one byte at a time."""
    rows, length = pixels.shape
    result = np.empty_like(pixels)
    for y in range(rows):
        for x in range(length):
            a = int(pixels[y, x - channels]) if x >= channels else 0
            b = int(pixels[y - 1, x]) if y else 0
            c = int(pixels[y - 1, x - channels]) if y and x >= channels else 0
            p = a + b - c
            predicted = min((abs(p - a), 0, a), (abs(p - b), 1, b), (abs(p - c), 2, c))[2]
            result[y, x] = (int(pixels[y, x]) - predicted) % 256
    return result


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
@pytest.mark.parametrize("levels", [3, 256])
def test_the_filter_is_the_standards(channels, levels):
    pixels = np.random.default_rng(6).integers(0, levels, (24, 12 * channels)).astype(np.uint8)
    filtered = paeth_filtered(pixels, np.zeros_like(pixels[0]), channels)
    assert (filtered[:, 0] == 4).all()
    assert np.array_equal(filtered[:, 1:], paeth_by_the_book(pixels, channels))


@pytest.mark.parametrize("size", [(1, 1), (1, 300), (300, 1), (37, 53)])
@pytest.mark.parametrize("mode", ["L", "LA", "RGB", "RGBA"])
def test_every_mode_and_odd_sizes_come_back(size, mode, monkeypatch):
    monkeypatch.setattr(png_writing, "_STRIP_BYTES", 700)  # many strips of a few rows
    is_grey, alpha = mode in ("L", "LA"), noise(*size) if mode.endswith("A") else None
    rgb = np.repeat(noise(*size, 1), 3, axis=2) if is_grey else noise(*size, 3)
    data = written(Frame(rgb, alpha), is_grey=is_grey)
    image = Image.open(io.BytesIO(data))
    image.load()
    assert (image.mode, image.format) == (mode, "PNG")
    bands = [rgb[..., 0]] if is_grey else [rgb[..., channel] for channel in range(3)]
    expected = np.stack([*bands, alpha] if alpha is not None else bands, axis=2)
    assert np.array_equal(np.asarray(image).reshape(expected.shape), expected)


def test_the_zlib_stream_is_whole_and_the_same_for_any_number_of_threads(monkeypatch):
    frame = Frame(noise(200, 100, 3))
    monkeypatch.setattr(png_writing, "_STRIP_BYTES", 2000)
    data = written(frame, is_grey=False)
    pixels, position = b"", 8
    while position < len(data):
        length = int.from_bytes(data[position : position + 4], "big")
        name, body = data[position + 4 : position + 8], data[position + 8 : position + 8 + length]
        assert int.from_bytes(data[position + 8 + length :][:4], "big") == zlib.crc32(name + body)
        pixels += body if name == b"IDAT" else b""
        position += 12 + length
    assert len(zlib.decompress(pixels)) == 200 * 301  # also checks the Adler-32
    monkeypatch.setattr(png_writing.os, "cpu_count", lambda: 1)
    assert written(frame, is_grey=False) == data


def test_a_failing_stream_ends_the_writing():
    class Full(io.BytesIO):
        def write(self, data) -> int:
            if self.tell() > 3000:
                raise OSError(28, "No space left on device")
            return super().write(data)

    with pytest.raises(OSError, match="No space"):
        write_png(Full(), Frame(noise(200, 200, 3)), is_grey=False)


def test_a_drawing_is_no_larger_than_pillows_fast_level():
    y, x = np.mgrid[:400, :400]
    rgb = np.full((400, 400, 3), 255, np.uint8)
    rgb[(x - 200) ** 2 + (y - 200) ** 2 < 150**2] = (250, 180, 170)
    rgb[..., 2] -= (y // 8).astype(np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(rgb).save(buffer, "PNG", compress_level=1)
    assert len(written(Frame(rgb), is_grey=False)) <= 1.1 * len(buffer.getvalue())


def test_screentone_which_repeats_without_runs_is_searched_for_repeats(monkeypatch):
    y, x = np.mgrid[:512, :512]
    dots = 127 + 127 * np.cos((x + y) * np.pi / 8) * np.cos((x - y) * np.pi / 8)
    grey = np.clip((dots - 100) * 6, 0, 255).astype(np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(grey).save(buffer, "PNG", compress_level=1)
    frame = Frame(np.repeat(grey[..., None], 3, axis=2))
    size_bytes = len(written(frame, is_grey=True))
    assert size_bytes <= 1.5 * len(buffer.getvalue())
    monkeypatch.setattr(png_writing, "_STRATEGIES", (zlib.Z_RLE,))
    assert size_bytes < 0.7 * len(written(frame, is_grey=True))
