"""A text in a PNG: any reader finds it, and forged ones are refused or passed over."""

import io
import struct

import numpy as np
import pytest
from PIL import Image, PngImagePlugin
from sixteen_bit_files import chunk

from waifu4x_tf.errors import PictureError
from waifu4x_tf.imaging.codecs.png_text import TextAfterHeader, read_text
from waifu4x_tf.imaging.picture import Picture
from waifu4x_tf.imaging.writing import WriteOptions, encode

PIXELS = np.random.default_rng(1).integers(0, 256, (30, 20, 4), np.uint8)


def encoded(text=("waifu4x", "a line")) -> bytes:
    return encode(Picture.from_array(PIXELS), WriteOptions(), text=text)


def read(tmp_path, content: bytes, *, max_bytes: int = 100) -> str | None:
    path = tmp_path / "a.bin"
    path.write_bytes(content)
    return read_text(path, "waifu4x", max_bytes=max_bytes)


def test_pillow_reads_it_and_the_pixels(tmp_path):
    with Image.open(io.BytesIO(encoded())) as image:
        assert image.info["waifu4x"] == "a line"
        assert (np.asarray(image) == PIXELS).all()
    assert read(tmp_path, encoded()) == "a line"


def test_nothing_else_of_the_file_changes():
    bare, told = encoded(None), encoded()
    assert told == bare[:33] + chunk(b"tEXt", b"waifu4x\0a line") + bare[33:]


@pytest.mark.parametrize("step", [1, 7, 33, 34, 10_000])
def test_it_does_not_matter_in_what_pieces_the_file_is_written(step):
    bare, stream = encoded(None), io.BytesIO()
    writer = TextAfterHeader(stream, "waifu4x", "a line")
    for start in range(0, len(bare), step):
        piece = bare[start : start + step]
        assert writer.write(piece) == len(piece)
    assert stream.getvalue() == encoded()


def test_what_pillow_wrote_is_found_behind_other_chunks(tmp_path):
    notes = PngImagePlugin.PngInfo()
    notes.add_text("Comment", "x" * 5000)
    notes.add_text("waifu4x", "found")
    Image.fromarray(PIXELS).save(tmp_path / "a.png", pnginfo=notes)
    assert read_text(tmp_path / "a.png", "waifu4x", max_bytes=100) == "found"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"no picture",
        encoded(None),
        encoded(("waifu4", "x")),
        encoded(None)[:40],
        encoded(None)[:33] + struct.pack(">I", 2**32 - 1) + b"tEXt",
        encoded(None)[:33] + chunk(b"tEXt", b"") + encoded(None)[33:],
        encoded(None)[:33] + 300 * chunk(b"tEXt", b"a\0b") + encoded()[33:],
        encoded(None)[:-12] + chunk(b"tEXt", b"waifu4x\0behind the pixels") + encoded(None)[-12:],
    ],
    ids=[
        "empty",
        "no PNG",
        "no text",
        "a shorter keyword",
        "truncated",
        "a forged length",
        "an empty text",
        "many chunks",
        "behind",
    ],
)
def test_no_text_is_none(tmp_path, content):
    assert read(tmp_path, content) is None


def test_a_long_or_damaged_text_is_an_error(tmp_path):
    assert read(tmp_path, encoded(("waifu4x", 100 * "x"))) == 100 * "x"
    with pytest.raises(PictureError, match=r"at most 100 bytes\. Received: 101"):
        read(tmp_path, encoded(("waifu4x", 101 * "x")))
    with pytest.raises(PictureError, match="checksum"):
        read(tmp_path, encoded().replace(b"a line", b"a lime"))


def test_a_folder_has_no_text(tmp_path):
    assert read_text(tmp_path, "waifu4x", max_bytes=100) is None
