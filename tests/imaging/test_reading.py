"""Files made by Pillow and by hand, whole, odd, damaged and hostile."""

import io
import os
import struct
import threading
import warnings
import zlib
from contextlib import suppress

import numpy as np
import pytest
from picture_files import saved
from PIL import Image
from sixteen_bit_files import chunk

from waifu4x_tf.errors import PictureError, UsageError
from waifu4x_tf.imaging.reading import INPUT_SUFFIXES, probe, read

RNG = np.random.default_rng(2)
RGBA = RNG.integers(0, 256, (12, 9, 4), dtype=np.uint8)
RGB = np.ascontiguousarray(RGBA[..., :3])
ORIENTATION = 0x0112


def png(header: tuple[int, int, int, int], raw: bytes, *more: bytes) -> bytes:
    """A PNG made by hand: (width, height, depth, colour type), filtered rows, chunks before the pixels."""
    body = chunk(b"IHDR", struct.pack(">IIBBBBB", *header, 0, 0, 0)) + b"".join(more)
    return b"\x89PNG\r\n\x1a\n" + body + chunk(b"IDAT", zlib.compress(raw)) + chunk(b"IEND", b"")


@pytest.mark.parametrize("format_name", ["PNG", "WEBP", "BMP", "TIFF"])
def test_lossless_formats_are_read_exactly(format_name, tmp_path):
    settings = {"lossless": True} if format_name == "WEBP" else {}
    data = saved(Image.fromarray(RGB), format_name, **settings)
    path = tmp_path / "kästchen 絵.dat"
    path.write_bytes(data)
    for source in (path, str(path), data, io.BytesIO(data)):
        assert np.array_equal(read(source).to_array(), RGB)
        assert probe(io.BytesIO(data)) == (9, 12, format_name.lower())


def test_jpeg_and_gif_are_read_as_pillow_decodes_them():
    jpeg = saved(Image.fromarray(RGB), "JPEG", quality=90)
    assert np.array_equal(read(jpeg).to_array(), np.asarray(Image.open(io.BytesIO(jpeg))))
    assert probe(jpeg)[2] == "jpeg"
    gif = saved(Image.fromarray(RGB).quantize(16), "GIF")
    assert np.array_equal(read(gif).to_array(), np.asarray(Image.open(io.BytesIO(gif)).convert("RGB")))
    assert probe(gif)[2] == "gif"


@pytest.mark.parametrize("compression", ["raw", "tiff_lzw", "tiff_deflate", "packbits"])
def test_compressed_tiff_with_alpha(compression):
    data = saved(Image.fromarray(RGBA), "TIFF", compression=compression)
    assert np.array_equal(read(data).to_array(), RGBA)


@pytest.mark.parametrize("compression", ["tiff_lzw", "jpeg"])
def test_compressed_ycbcr_tiff_is_rgb(compression):
    image = Image.new("RGB", (16, 16), (200, 30, 60))
    picture = read(saved(image.convert("YCbCr"), "TIFF", compression=compression))
    assert np.abs(picture.to_array().astype(int) - (200, 30, 60)).max() <= 4


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA"])
def test_every_mode_of_png(mode):
    image = Image.fromarray(RGB if mode == "P" else RGBA).convert(mode)
    picture = read(saved(image, "PNG"))
    assert np.array_equal(picture.to_array(channels=4), np.asarray(image.convert("RGBA")))
    assert picture.is_grey == (mode in ("1", "L", "LA"))
    assert picture.has_alpha == mode.endswith("A")


def test_palette_with_several_alphas_and_with_one_transparent_entry():
    image = Image.fromarray(RGB).quantize(4)
    data = saved(image, "PNG", transparency=bytes([0, 80, 160, 255]))
    picture = read(data)
    assert np.array_equal(picture.frames[0].alpha, np.array([0, 80, 160, 255], np.uint8)[np.asarray(image)])
    assert np.array_equal(picture.frames[0].rgb, np.asarray(image.convert("RGB")))
    translucent = Image.fromarray(RGBA).convert("P")
    picture = read(saved(translucent, "PNG"))
    assert np.array_equal(picture.to_array(), np.asarray(translucent.convert("RGBA")))
    for format_name in ("PNG", "GIF"):
        picture = read(saved(image, format_name, transparency=2))
        assert picture.alpha_is_binary
        assert np.array_equal(picture.frames[0].alpha == 0, np.asarray(image) == 2)


def test_palette_with_an_alpha_channel():
    image = Image.fromarray(RGB).quantize(8).convert("PA")
    alpha = Image.fromarray(np.ascontiguousarray(RGBA[..., 3]))
    image.putalpha(alpha)
    assert image.mode == "PA"
    picture = read(saved(image, "TIFF"))
    assert np.array_equal(picture.to_array(), np.asarray(image.convert("RGBA")))


@pytest.mark.parametrize("depth", [1, 2, 4, 8])
def test_a_transparent_grey_of_any_depth(depth):
    top = 2**depth - 1
    row = bytes([0, 0b11011000]) if depth < 8 else bytes([0, 255, 0])
    width = {1: 8, 2: 4, 4: 2, 8: 2}[depth]
    values = [
        int("".join(bits), 2)
        for bits in zip(*[iter("".join(f"{byte:08b}" for byte in row[1:]))] * depth, strict=True)
    ]
    for key in {0, top, values[0]}:
        picture = read(png((width, 1, depth, 0), row, chunk(b"tRNS", struct.pack(">H", key))))
        assert picture.is_grey
        assert picture.frames[0].alpha is not None
        assert picture.frames[0].alpha[0].tolist() == [0 if value == key else 255 for value in values]
        assert picture.frames[0].rgb[0, :, 0].tolist() == [value * 255 // top for value in values]


def test_a_transparent_colour():
    raw = bytes([0, 1, 2, 3, 1, 2, 4])
    picture = read(png((2, 1, 8, 2), raw, chunk(b"tRNS", struct.pack(">HHH", 1, 2, 3))))
    assert picture.to_array().tolist() == [[[1, 2, 3, 0], [1, 2, 4, 255]]]


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("format_name", ["PNG", "JPEG", "WEBP", "TIFF"])
def test_orientation_is_applied_and_forgotten(format_name, orientation):
    upright = np.zeros((16, 32, 3), np.uint8)
    upright[:8, :16] = (250, 10, 10)
    upright[8:, :16] = (10, 250, 10)
    # What a camera stores: the upright picture under the inverse of the turn that the tag asks for.
    inverse = {
        1: None,
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }[orientation]
    image = Image.fromarray(upright)
    stored = image if inverse is None else image.transpose(inverse)
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    exif[0x013B] = "An Artist"
    data = saved(stored, format_name, exif=exif)
    picture = read(data)
    assert picture.frames[0].rgb.shape == upright.shape
    assert np.abs(picture.frames[0].rgb.astype(int) - upright).mean() < 10
    assert probe(data)[:2] == (32, 16)
    carried = Image.Exif()
    carried.load(picture.exif or b"")
    assert ORIENTATION not in carried
    assert carried[0x013B] == "An Artist"


def tiff_of_32_bits(mode: str) -> bytes:
    return saved(Image.new(mode, (3, 3)), "TIFF")


def bmp(width: int, height: int, *, bits: int = 24, compression: int = 0, masks=()) -> bytes:
    """The header of a BMP, by default an uncompressed one, and some black pixels."""
    head = struct.pack("<IIiiHHI", 54 + 4 * len(masks), 40, width, height, 1, bits, compression)
    return b"BM" + bytes(8) + head + bytes(20) + struct.pack(f"<{len(masks)}I", *masks) + bytes(24)


def sof(marker: int, bits: int) -> bytes:
    """A JPEG of an application's segment and a frame header (ITU-T T.81, B.2.2)."""
    return b"\xff\xd8\xff\xe0\0\4ab\xff" + bytes([marker, 0, 11, bits]) + b"\0\x08\0\x08\1\1\x11\0"


def compressed_tiff(compression: int) -> bytes:
    """A TIFF that says so of its strips."""
    plain = saved(Image.new("RGB", (4, 4)), "TIFF")
    tag = struct.pack("<HHIHH", 259, 3, 1, 1, 0)
    assert tag in plain
    return plain.replace(tag, struct.pack("<HHIHH", 259, 3, 1, compression, 0))


def animated(format_name: str) -> bytes:
    frames = [Image.new("RGB", (4, 4), colour) for colour in ("red", "blue", "lime")]
    return saved(frames[0], format_name, save_all=True, append_images=frames[1:], duration=50)


REFUSED = {
    "ycbcr tiff": (lambda: saved(Image.new("YCbCr", (8, 8)), "TIFF"), "YCbCr"),
    "32-bit tiff": (lambda: tiff_of_32_bits("I"), "32 bits"),
    "float tiff": (lambda: tiff_of_32_bits("F"), "32 bits"),
    "webm": (lambda: b"\x1aE\xdf\xa3" + bytes(60), "WebM video, as Telegram's animated stickers are"),
    "animated avif": (lambda: bytes(4) + b"ftypavis" + bytes(40), "an animated PNG or WebP first"),
    "pages": (lambda: animated("TIFF"), "a TIFF of several pages"),
    "raw": (lambda: saved(Image.new("RGB", (4, 4)), "TIFF", tiffinfo={254: 1}), "camera raw"),
    "empty": (lambda: b"", "an empty file"),
    "text": (lambda: b"just some words\n", "a text file that begins with 'just some words"),
    "html": (lambda: b"\n<!DOCTYPE html><html></html>", "a web page"),
    "svg": (lambda: b"<svg xmlns='http://www.w3.org/2000/svg'/>", "an SVG"),
    "heic": (lambda: bytes(4) + b"ftypheic" + bytes(40), "a HEIC picture. Convert it to PNG"),
    "broken avif": (lambda: bytes(4) + b"ftypavif" + bytes(40), "damaged"),
    "ppm": (lambda: saved(Image.new("RGB", (4, 4)), "PPM"), "begins with"),
    "icon": (lambda: saved(Image.new("RGB", (16, 16)), "ICO"), "an icon"),
    "garbage": (lambda: bytes(range(1, 200)), "an unknown format that begins with the bytes 01 02"),
    "riff without webp": (lambda: b"RIFF\0\0\0\0WAVEfmt ", "unknown format"),
    "webp without riff": (lambda: b"\x01" * 8 + b"WEBPVP8 ", "unknown format"),
    "only a signature": (lambda: b"\x89PNG\r\n\x1a\n", "damaged"),
    "jpeg with 12 bits": (lambda: sof(0xC1, 12), "12 bits per channel, which is not supported. Save it as"),
    "lossless jpeg": (lambda: sof(0xC3, 8), "a lossless one, which is not supported. Save it as"),
    "hierarchical jpeg": (lambda: sof(0xC5, 8), "a hierarchical one, which is not supported"),
    "tiff by webp": (lambda: compressed_tiff(50001), "compression 50001, WebP, which is not supported. Save"),
    "tiff by jpeg xl": (lambda: compressed_tiff(50002), "compression 50002, JPEG XL, which is not supported"),
    "tiff by nobody": (lambda: compressed_tiff(12345), "compression 12345, a kind without a name here"),
    "bmp of 2 bits": (
        lambda: bmp(4, 4, bits=2),
        "not supported, whole as it may be (OSError: Unsupported BMP",
    ),
    "bmp of 4:4:4 bits": (
        lambda: bmp(2, 2, bits=16, compression=3, masks=(0xF00, 0xF0, 0xF)),
        "not supported, whole as it may be (OSError: Unsupported BMP bitfields layout). Save it as PNG",
    ),
    "zero size png": (lambda: png((0, 4, 8, 2), b""), "at least one pixel. Received: 0 x 4"),
    "zero size bmp": (lambda: bmp(3, 0), "at least one pixel. Received: 3 x 0"),
    "forged bmp": (lambda: bmp(30_000, -30_000), "at most 64 megapixels. Received: 30000 x 30000"),
}


@pytest.mark.parametrize("case", REFUSED)
@pytest.mark.parametrize("function", [read, probe])
def test_refusals_name_the_file_the_reason_and_the_way_out(case, function, tmp_path):
    make, reason = REFUSED[case]
    path = tmp_path / "picture.png"
    path.write_bytes(make())
    with pytest.raises(PictureError) as caught:
        function(path)
    message = str(caught.value)
    assert message.startswith(f"{path}: ")
    assert reason in message
    _, _, rest = message.partition("Received: ")
    assert ". " in rest, "a way out follows what was received"


def test_folders_missing_files_and_pipes_are_refused(tmp_path):
    with pytest.raises(PictureError, match="a folder"):
        read(tmp_path)
    with pytest.raises(PictureError, match=r"missing\.png: .*no such file"):
        read(tmp_path / "missing.png")
    with pytest.raises(PictureError, match="null"):
        read("bad\0name.png")
    os.mkfifo(tmp_path / "pipe.png")
    with pytest.raises(PictureError, match="a pipe or device"):
        read(tmp_path / "pipe.png")


def test_streams_are_named_read_to_their_end_and_left_open(tmp_path):
    stream = io.BytesIO(b"junk")
    with pytest.raises(PictureError, match=r"^standard input: "):
        read(stream, name="standard input")
    assert not stream.closed
    with (tmp_path / "x").open("w+") as text, pytest.raises(UsageError, match="mode 'rb'"):
        read(text)  # type: ignore[arg-type]


@pytest.mark.parametrize("format_name", ["PNG", "JPEG", "WEBP", "BMP", "TIFF", "GIF"])
def test_a_truncated_file_is_an_error_or_complete(format_name):
    noise = np.random.default_rng(3).integers(0, 256, (40, 40, 3), dtype=np.uint8)
    data = saved(Image.fromarray(noise), format_name)
    whole = read(data).to_array()
    failures = 0
    for length in range(0, len(data), max(1, len(data) // 150)):
        try:
            cut = read(data[:length]).to_array()
        except PictureError:
            failures += 1
        else:
            assert np.array_equal(cut, whole), f"{length} of {len(data)} bytes gave another picture"
    assert failures > 100


@pytest.mark.parametrize("format_name", ["PNG", "JPEG", "WEBP", "BMP", "TIFF", "GIF"])
def test_flipped_bytes_never_escape_as_another_error(format_name):
    settings = {"exif": Image.Exif().tobytes()} if format_name in ("PNG", "JPEG", "WEBP") else {}
    data = saved(Image.fromarray(RGB), format_name, **settings)
    random = np.random.default_rng(4)
    for _ in range(150):
        damaged = bytearray(data)
        for position in random.integers(0, min(len(data), 120), 3):
            damaged[position] = random.integers(0, 256)
        with suppress(PictureError):
            read(bytes(damaged), max_megapixels=1.0)


def test_a_broken_text_or_profile_chunk_of_a_png_costs_the_chunk_only():
    raw = bytes([0, 1, 2, 3])
    broken = bytearray(chunk(b"iCCP", b"name\0\0" + zlib.compress(bytes(200))))
    broken[-1] ^= 1
    for more in (
        bytes(broken),
        chunk(b"iCCP", b"name\0\0not deflated"),
        chunk(b"iCCP", b"name\0\7" + bytes(9)),
        chunk(b"zTXt", b"workflow\0\0" + zlib.compress(bytes(2_000_000))),
        chunk(b"eXIf", b"MM\0*\0\0\0\x08garbage"),
    ):
        picture = read(png((1, 1, 8, 2), raw, more))
        assert picture.to_array().tolist() == [[[1, 2, 3]]]
        assert picture.icc_profile is None
        assert picture.exif is None


def test_corrupt_exif_in_jpeg_and_webp_is_dropped():
    image = Image.fromarray(RGB)
    for format_name in ("JPEG", "WEBP"):
        for exif in (
            b"Exif\0\0II*\0\xff\xff\xff\xff",
            b"Exif\0\0MM\0*\0\0\0\x08\xff\xff\0\1",
            b"Exif\0\0junk",
        ):
            picture = read(saved(image, format_name, exif=exif))
            assert (picture.width, picture.height, picture.exif) == (9, 12, None)


def test_the_input_cap_is_reported_before_decoding():
    huge = png((60_000, 60_000, 8, 2), b"")
    for function in (read, probe):
        with pytest.raises(
            PictureError,
            match=r"at most 64 megapixels.*Received: 60000 x 60000 = 3600\.0 megapixels\..*max_megapixels",
        ):
            function(huge)
    middling = png((8001, 8000, 8, 0), b"")
    with pytest.raises(PictureError, match=r"at most 64 megapixels.*8001 x 8000 = 64\.0"):
        read(middling)
    small = saved(Image.fromarray(RGB), "PNG")
    with pytest.raises(PictureError, match=r"at most 5e-05 megapixels.*9 x 12"):
        read(small, max_megapixels=0.00005)


def test_a_forged_webp_canvas_is_refused_before_a_decoder_is_made():
    data = bytearray(saved(Image.fromarray(RGBA), "WEBP", exif=b"Exif\0\0II*\0\x08\0\0\0\0\0\0\0\0\0"))
    assert data[12:16] == b"VP8X"
    data[24:30] = b"\xfe\xff\xff\xfe\0\0"
    with pytest.raises(PictureError, match=r"Received: 16777215 x 255 = 4278\.2 megapixels"):
        read(bytes(data))


def test_the_output_cap_is_reported_too():
    data = saved(Image.fromarray(RGB), "PNG")
    with pytest.raises(PictureError, match=r"becomes 36 x 48 = 0\.0 megapixels.*max_output_megapixels"):
        read(data, max_output_megapixels=0.001)
    assert read(data, max_output_megapixels=36 * 48 / 1e6).width == 9


def test_pillows_own_limit_never_decides_and_is_put_back(monkeypatch):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 10)
    data = saved(Image.fromarray(RGB), "PNG")
    assert read(data).width == 9
    assert Image.MAX_IMAGE_PIXELS == 10
    with pytest.raises(PictureError, match="megapixels"):
        read(data, max_megapixels=0.00001)
    assert Image.MAX_IMAGE_PIXELS == 10


@pytest.mark.parametrize("cap", [0, -1, float("nan")])
def test_a_cap_is_positive(cap):
    with pytest.raises(UsageError, match="max_megapixels"):
        read(b"", max_megapixels=cap)
    with pytest.raises(UsageError, match="max_output_megapixels"):
        probe(b"", max_output_megapixels=cap)


def test_readers_in_several_threads_leave_filters_and_limit_alone():
    data = saved(Image.fromarray(RGB), "PNG")
    before = (Image.MAX_IMAGE_PIXELS, list(warnings.filters))
    threads = [
        threading.Thread(target=lambda: [read(data, max_megapixels=1000) for _ in range(30)])
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (Image.MAX_IMAGE_PIXELS, list(warnings.filters)) == before


def test_a_grey_jpeg_is_grey_and_suffixes_are_lower_case():
    assert read(saved(Image.fromarray(RGB).convert("L"), "JPEG")).is_grey
    assert all(suffix == suffix.lower() and suffix.startswith(".") for suffix in INPUT_SUFFIXES)
