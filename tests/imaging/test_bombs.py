"""Small files that ask for much: each is refused, or read at the price of its own few pixels."""

import io
import struct
import time
import tracemalloc
import zlib

import pytest
from PIL import Image
from sixteen_bit_files import chunk

from waifu4x_tf.errors import PictureError
from waifu4x_tf.imaging import reading

MOST_SECONDS = 10
ZEROS = zlib.compress(bytes(50_000_000), 9)


def png(*extra: bytes, pixels: bytes = zlib.compress(bytes(4 * 13)), bits: int = 8) -> bytes:
    header = struct.pack(">IIBBBBB", 4, 4, bits, 2, 0, 0, 0)
    parts = (chunk(b"IHDR", header), *extra, chunk(b"IDAT", pixels), chunk(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def gif(side_px: int, frames: int) -> bytes:
    head = b"GIF89a" + struct.pack("<HHBBB", side_px, side_px, 0x80, 0, 0) + b"\0\0\0\xff\xff\xff"
    frame = b"!\xf9\4\4\1\0\0\0," + struct.pack("<HHHHB", 0, 0, 1, 1, 0) + b"\2\2\x44\1\0"
    return head + frame * frames + b";"


def scanned_again(times: int) -> bytes:
    buffer = io.BytesIO()
    Image.effect_noise((16, 16), 50).save(buffer, "JPEG", progressive=True)
    content = buffer.getvalue()
    return content[:-2] + content[content.rfind(b"\xff\xda") : -2] * times + content[-2:]


def directories(count: int) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (4, 4)).save(buffer, "TIFF")
    content = buffer.getvalue()
    (start,) = struct.unpack_from("<I", content, 4)
    (entries,) = struct.unpack_from("<H", content, start)
    directory = content[start : start + 2 + 12 * entries]
    chain = content + b"\0" * (len(content) % 2)
    first = len(chain)
    for _ in range(count):
        chain += directory + struct.pack("<I", len(chain) + len(directory) + 4)
    return chain[:4] + struct.pack("<I", first) + chain[8:]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        pytest.param(png(chunk(b"iCCP", b"x\0\0" + ZEROS)), None, id="profile"),
        pytest.param(png(chunk(b"zTXt", b"x\0\0" + ZEROS)), None, id="compressed text"),
        pytest.param(png(chunk(b"iTXt", b"x\0\1\0\0\0" + ZEROS)), None, id="international text"),
        pytest.param(png(pixels=ZEROS), None, id="pixels beyond the last"),
        pytest.param(png(chunk(b"acTL", struct.pack(">II", 2**31 - 1, 0))), None, id="frames claimed"),
        pytest.param(gif(60000, 1), "megapixels", id="canvas"),
        pytest.param(gif(7000, 2), "megapixels", id="canvas of every frame"),
        pytest.param(gif(1, 10_000), "frames", id="frames"),
        pytest.param(scanned_again(600), "at most 500 scans", id="scans"),
        pytest.param(directories(2000), "several pages", id="pages"),
    ],
)
def test_a_small_file_that_asks_for_much(content, told):
    started = time.monotonic()
    if told is None:
        assert reading.read(content).width == 4
    else:
        with pytest.raises(PictureError, match=told):
            reading.read(content)
    assert time.monotonic() - started < MOST_SECONDS


def test_a_progressive_jpeg_as_they_are_is_read():
    assert reading.read(scanned_again(3)).width == 16


@pytest.mark.parametrize("size", [2**30 + 1, 5 * 2**30])
def test_a_sparse_file_is_refused_by_its_size_and_not_read(tmp_path, size):
    path = tmp_path / "sparse.png"
    with path.open("wb") as file:
        file.write(png())
        file.truncate(size)
    tracemalloc.start()
    with pytest.raises(PictureError, match=r"sparse\.png: A picture file has at most 1024 MiB"):
        reading.read(path)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 2**20
