"""Files of 16 bits per channel: every kind that is read, and what is refused of the others."""

import io
import itertools
import struct
import warnings
import zlib

import numpy as np
import pytest
import tifffile
from animation_files import apng
from PIL import Image
from sixteen_bit_files import chunk, png16, tiff16

from waifu4x_tf.errors import MissingExtraError, PictureError
from waifu4x_tf.imaging.codecs import sixteen_bit_reading
from waifu4x_tf.imaging.codecs.png_writing import write_png
from waifu4x_tf.imaging.reading import probe, read, read_header

RGBA = np.random.default_rng(4).integers(0, 65536, (37, 53, 4), dtype=np.uint16)
GREY_PROFILE = (200).to_bytes(4, "big") + bytes(12) + b"GRAY" + bytes(16) + b"acsp" + bytes(160)


def channels_of(picture) -> np.ndarray:
    """All there is, as (H, W, 1 to 4)."""
    frame = picture.frames[0]
    rgb = frame.rgb[..., :1] if picture.is_grey else frame.rgb
    return rgb if frame.alpha is None else np.concatenate((rgb, frame.alpha[..., None]), axis=2)


@pytest.mark.parametrize("interlaced", [False, True])
@pytest.mark.parametrize("count", [1, 2, 3, 4])
@pytest.mark.parametrize("size", [(37, 53), (1, 1), (3, 1)])
def test_every_kind_of_png(count, interlaced, size):
    pixels = RGBA[: size[0], : size[1], :count]
    data = png16(pixels, interlaced=interlaced)
    picture = read(data)
    assert (picture.bits, picture.is_grey, picture.has_alpha) == (16, count < 3, count in (2, 4))
    assert np.array_equal(channels_of(picture), pixels)
    header = read_header(data)
    assert (header.width, header.height, header.format, header.bits) == (size[1], size[0], "png", 16)


@pytest.mark.parametrize("count", [1, 3])
def test_the_transparent_colour_of_a_png_becomes_alpha(count):
    pixels = RGBA[..., :count].copy()
    pixels[5, 7] = pixels[20, 30]
    key = chunk(b"tRNS", struct.pack(f">{count}H", *pixels[5, 7]))
    alpha = read(png16(pixels, key)).frames[0].alpha
    assert (alpha[5, 7], alpha[20, 30]) == (0, 0)
    assert np.array_equal(alpha == 65535, (pixels != pixels[5, 7]).any(axis=2))


def test_dark_pictures_are_not_taken_for_8_bits():
    dark = RGBA % 256
    assert np.array_equal(read(png16(dark)).to_array(), dark)
    assert np.array_equal(read(tiff16(dark[..., :3], "rgb")).to_array(), dark[..., :3])


def test_colours_that_are_equal_everywhere_are_grey():
    grey = RGBA[..., :1].repeat(3, axis=2)
    assert read(png16(grey)).is_grey
    grey[3, 4, 2] ^= 1
    assert not read(png16(grey)).is_grey


@pytest.mark.parametrize("mode", ["L", "LA", "RGB", "RGBA"])
def test_what_the_png_writer_writes_comes_back(mode):
    picture = read(png16(RGBA[..., : len(mode)]))
    buffer = io.BytesIO()
    write_png(buffer, picture.frames[0], is_grey=picture.is_grey)
    assert buffer.getvalue()[24] == 16  # bits per sample in IHDR
    assert np.array_equal(channels_of(read(buffer.getvalue())), RGBA[..., : len(mode)])


TIFF_KINDS = [
    (photometric, extra, planar, compression, predictor, tile, byteorder)
    for photometric, extra, planar, (compression, predictor), tile, byteorder in itertools.product(
        ["minisblack", "miniswhite", "rgb"],
        [None, "assocalpha", "unassalpha", "unspecified"],
        [False, True],
        [(None, False), ("lzw", True), ("zlib", False), ("zlib", True), ("packbits", False)],
        [None, (16, 32)],
        ["<", ">"],
    )
    if photometric == "rgb" or extra is not None or not planar
]


@pytest.mark.parametrize("photometric", ["minisblack", "miniswhite", "rgb"])
def test_every_kind_of_tiff(photometric):
    for kind in TIFF_KINDS[::3]:  # each value with each other of the next fields
        if kind[0] != photometric:
            continue
        _, extra, planar, compression, predictor, tile, byteorder = kind
        count = 3 if photometric == "rgb" else 1
        pixels = RGBA[..., [*range(count), 3]] if extra else RGBA[..., :count]
        if extra == "assocalpha":
            pixels[..., :count] = np.minimum(pixels[..., :count], pixels[..., -1:])
        stored = np.moveaxis(pixels, 2, 0) if planar else pixels[..., 0] if pixels.shape[2] == 1 else pixels
        data = tiff16(
            stored,
            photometric,
            byteorder=byteorder,
            planarconfig="separate" if planar else None if stored.ndim == 2 else "contig",
            compression=compression,
            predictor=predictor or None,
            tile=tile,
            rowsperstrip=None if tile else 5,
            extrasamples=[extra] if extra else None,
        )
        picture = read(data)
        assert (picture.bits, picture.is_grey) == (16, count == 1), kind
        assert picture.has_alpha == (extra in ("assocalpha", "unassalpha")), kind
        colours = pixels[..., :count].astype(float)
        if photometric == "miniswhite":
            colours = 65535 - colours
        frame = picture.frames[0]
        if frame.alpha is not None:
            assert np.array_equal(frame.alpha, pixels[..., -1]), kind
        if extra == "assocalpha":
            colours = np.clip(np.floor(colours * 65535 / np.maximum(pixels[..., -1:], 1) + 0.5), 0, 65535)
        assert np.array_equal(channels_of(picture)[..., :count], colours), kind


def test_an_alpha_among_other_channels_is_found():
    five = np.concatenate((RGBA[..., :3], RGBA[..., :1], RGBA[..., 3:]), axis=2)
    data = tiff16(five, "rgb", planarconfig="contig", extrasamples=["unspecified", "unassalpha"])
    assert np.array_equal(read(data).to_array(), RGBA)


@pytest.mark.parametrize("bigtiff", [False, True])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_tiff_is_turned_upright(orientation, bigtiff):
    upright = RGBA[:3, :5, :3]
    inverse = {6: 8, 8: 6}.get(orientation, orientation)
    stored = np.stack(
        [
            np.asarray(_turned_by_pillow(Image.fromarray(upright[..., band].astype(np.int32)), inverse))
            for band in range(3)
        ],
        axis=2,
    ).astype(np.uint16)
    data = tiff16(stored, "rgb", bigtiff=bigtiff, extratags=[(274, 3, 1, orientation, True)])
    assert np.array_equal(read(data).to_array(), upright)
    assert probe(data) == (5, 3, "tiff")


def _turned_by_pillow(image: Image.Image, orientation: int) -> Image.Image:
    turns = [None, *(Image.Transpose(number) for number in (0, 3, 1, 5, 4, 6, 2))]
    turn = turns[orientation - 1]
    return image if turn is None else image.transpose(turn)


def test_metadata_is_carried_and_no_profile_is_used():
    exif = Image.Exif()
    exif[0x013B], exif[0x0112] = "An Artist", 6
    block = exif.tobytes().removeprefix(b"Exif\0\0")
    profile = chunk(b"iCCP", b"p\0\0" + zlib.compress(GREY_PROFILE))
    density = chunk(b"pHYs", struct.pack(">IIB", 3937, 7874, 1))
    grey = RGBA[..., :1]
    for data in (
        png16(grey, profile, density, chunk(b"eXIf", block)),
        png16(grey, profile, density, after=chunk(b"eXIf", block)),
    ):
        picture = read(data)
        assert np.array_equal(channels_of(picture), np.rot90(grey, -1))
        assert picture.icc_profile == GREY_PROFILE
        assert picture.dpi == pytest.approx((100, 200), abs=0.01)
        assert b"An Artist" in (picture.exif or b"")
        assert probe(data) == (37, 53, "png")
    data = tiff16(
        RGBA[..., 0],
        "minisblack",
        iccprofile=GREY_PROFILE,
        resolution=(30, 60),
        resolutionunit="CENTIMETER",
        extratags=[(315, 2, 0, "An Artist", True)],
    )
    picture = read(data)
    assert picture.icc_profile == GREY_PROFILE
    assert picture.dpi == pytest.approx((76.2, 152.4))
    assert b"An Artist" in (picture.exif or b"")


RGB = RGBA[..., :3]
REFUSED = {
    "float": (lambda: tiff16(RGB.astype(np.float32), "rgb"), "32 bits per channel, signed or floating"),
    "half": (
        lambda: tiff16((RGB / 65535).astype(np.float16), "rgb"),
        "16 bits per channel, signed or floating",
    ),
    "signed": (lambda: tiff16(RGB.astype(np.int16), "rgb"), "signed"),
    "32 bits": (lambda: tiff16(RGB.astype(np.uint32), "rgb"), "32 bits per channel, whole"),
    "12 bits": (lambda: tiff16(RGB // 16, "rgb", bitspersample=12), "12 bits"),
    "print": (lambda: tiff16(RGBA, "separated"), "CMYK"),
    "lab": (lambda: tiff16(RGB, "cielab"), "Lab"),
    "pages": (lambda: tiff16(np.stack([RGB, RGB]), "rgb"), "several pages"),
    "strange compression": (lambda: tiff16(RGB, "rgb", compression="lzma"), "compression 34925"),
    "moving": (
        lambda: apng(RGBA.shape[:2], [(0, 0, RGBA, 0, 0, (1, 9)), (0, 0, RGBA[::-1], 0, 0, (1, 9))]),
        "animated PNG",
    ),
    "cut png": (lambda: png16(RGB)[:-200], "damaged or truncated"),
    "cut tiff": (lambda: tiff16(RGB, "rgb")[:-200], "damaged or truncated"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refusals_name_the_file_the_reason_and_the_way_out(case, tmp_path):
    make, reason = REFUSED[case]
    path = tmp_path / "picture"
    path.write_bytes(make())
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(PictureError) as caught:
            read(path)
    assert str(caught.value).startswith(f"{path}: ")
    assert reason in str(caught.value)


def patched_tiff(tag: int, value: int) -> bytes:
    """A small TIFF in strips with the value of one tag of its directory changed."""
    data = bytearray(tiff16(RGB, "rgb", compression="zlib", rowsperstrip=5))
    (place,) = struct.unpack_from("<I", data, 4)
    for entry in range(place + 2, place + 2 + 12 * struct.unpack_from("<H", data, place)[0], 12):
        if struct.unpack_from("<H", data, entry)[0] == tag:
            struct.pack_into("<I", data, entry + 8, value)
    return bytes(data)


@pytest.mark.parametrize(
    ("tag", "value"), [(256, 54), (257, 80), (278, 4), (278, 1_000), (277, 4), (257, 1_000_000)]
)
def test_a_directory_that_does_not_fit_its_strips_is_an_error(tag, value):
    with pytest.raises(PictureError):
        read(patched_tiff(tag, value))


def test_the_caps_hold_before_anything_is_decoded(monkeypatch):
    def explode(*_: object) -> None:
        raise AssertionError("decoded")

    monkeypatch.setattr(sixteen_bit_reading, "_png_pixels", explode)
    monkeypatch.setattr(sixteen_bit_reading, "tiff_pixels", explode)
    for data in (png16(RGB), tiff16(RGB, "rgb")):
        with pytest.raises(PictureError, match=r"at most 0\.001 megapixels. Received: 53 x 37"):
            read(data, max_megapixels=0.001)


def test_without_the_extra_it_is_named(monkeypatch):
    monkeypatch.setattr(sixteen_bit_reading.importlib.util, "find_spec", lambda name: None)
    for data, what in ((png16(RGB), "A PNG"), (tiff16(RGB, "rgb"), "A TIFF")):
        for function in (read, probe):
            with pytest.raises(MissingExtraError, match=rf"{what} with 16 bits per channel needs.*\[deep\]"):
                function(data)


def test_a_tiff_of_8_bits_needs_no_extra(monkeypatch):
    monkeypatch.setattr(sixteen_bit_reading.importlib.util, "find_spec", lambda name: None)
    small = (RGB // 257).astype(np.uint8)
    assert np.array_equal(read(tiff16(small, "rgb")).to_array(), small)


def test_the_codecs_own_log_stays_silent(caplog, capfd):
    data = bytearray(tiff16(RGB, "rgb", compression="zlib", rowsperstrip=5))
    data[20] ^= 0xFF
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(PictureError):
            read(bytes(data))
    assert not [record for record in caplog.records if record.name == "tifffile"]
    assert capfd.readouterr() == ("", "")
    assert not tifffile.logger().disabled
