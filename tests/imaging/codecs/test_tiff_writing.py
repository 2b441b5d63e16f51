"""The TIFF writer, read back by Pillow with libtiff and by tifffile."""

import dataclasses
import io
import warnings

import numpy as np
import pytest
import tifffile
from PIL import Image

from waifu4x_tf.errors import PictureError
from waifu4x_tf.imaging.codecs import tiff_writing
from waifu4x_tf.imaging.codecs.tiff_writing import write_tiff
from waifu4x_tf.imaging.picture import Frame, Picture
from waifu4x_tf.imaging.reading import read
from waifu4x_tf.imaging.writing import WriteOptions, encode, write

PROFILE = (
    (200).to_bytes(4, "big") + bytes(12) + b"RGB " + bytes(16) + b"acsp" + bytes(160)
)  # as long as it says


def noise(*shape: int, dtype: type = np.uint8) -> np.ndarray:
    return np.random.default_rng(5).integers(0, np.iinfo(dtype).max, shape, dtype, endpoint=True)


@pytest.mark.parametrize("size", [(1, 1), (1, 300), (300, 1), (37, 53)])
@pytest.mark.parametrize("mode", ["L", "LA", "RGB", "RGBA"])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_every_mode_and_odd_sizes_come_back(size, mode, dtype, monkeypatch):
    monkeypatch.setattr(tiff_writing, "_UNPACKED_STRIP_BYTES", 900)  # many strips of a few rows
    is_grey = mode in ("L", "LA")
    alpha = noise(*size, dtype=dtype) if mode.endswith("A") else None
    rgb = np.repeat(noise(*size, 1, dtype=dtype), 3, axis=2) if is_grey else noise(*size, 3, dtype=dtype)
    buffer = io.BytesIO()
    write_tiff(buffer, Frame(rgb, alpha), is_grey=is_grey)
    colours = rgb[..., :1] if is_grey else rgb
    expected = colours if alpha is None else np.concatenate((colours, alpha[..., None]), axis=2)
    decoded = tifffile.imread(io.BytesIO(buffer.getvalue()))
    assert decoded.dtype == dtype
    assert np.array_equal(decoded.reshape(expected.shape), expected)
    if dtype is np.uint8:
        with Image.open(io.BytesIO(buffer.getvalue())) as image:
            assert image.mode == mode
            assert np.array_equal(np.asarray(image).reshape(expected.shape), expected)


def test_it_says_how_it_is_stored():
    buffer = io.BytesIO()
    write_tiff(buffer, Frame(noise(8, 9, 3, dtype=np.uint16), noise(8, 9, dtype=np.uint16)), is_grey=False)
    with tifffile.TiffFile(io.BytesIO(buffer.getvalue())) as file:
        (page,) = file.pages
        assert page.compression.name == "ADOBE_DEFLATE"
        assert page.predictor.name == "HORIZONTAL"
        assert page.extrasamples == (tifffile.EXTRASAMPLE.UNASSALPHA,)
        assert page.bitspersample == 16
        assert page.photometric.name == "RGB"


@pytest.mark.parametrize("bits", [8, 16])
def test_metadata_travels(bits, tmp_path):
    exif = Image.Exif()
    exif[0x013B] = "An Artist"
    exif[0x8769] = {0x9003: "2020:01:02 03:04:05", 0x829A: 0.5}
    exif[0x8825] = {1: "N"}
    picture = Picture.from_array(noise(12, 9, 3, dtype=np.uint8 if bits == 8 else np.uint16))
    picture = dataclasses.replace(picture, icc_profile=PROFILE, exif=exif.tobytes(), dpi=(300.0, 72.5))
    path = tmp_path / "picture.tif"
    assert write(picture, path, WriteOptions("tiff")) == path.stat().st_size
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        back = read(path)
    assert np.array_equal(back.to_array(), picture.to_array())
    assert (back.bits, back.dpi, back.icc_profile) == (bits, picture.dpi, PROFILE)
    block = Image.Exif()
    block.load(back.exif or b"")
    assert block[0x013B] == "An Artist"
    assert block.get_ifd(0x8769)[0x9003] == "2020:01:02 03:04:05"
    assert block.get_ifd(0x8825)[1] == "N"
    stripped = read(encode(picture, WriteOptions("tiff", strip=True)))
    assert (stripped.dpi, stripped.icc_profile) == (None, None)
    assert b"An Artist" not in (stripped.exif or b"")


def test_a_file_that_would_be_too_large_is_an_error(tmp_path, monkeypatch):
    monkeypatch.setattr(tiff_writing, "_MOST_BYTES", 2_000)
    path = tmp_path / "picture.tif"
    with pytest.raises(PictureError, match=r"at most 2001 bytes.*Write png"):
        write(Picture.from_array(noise(40, 40, 3)), path, WriteOptions("tiff"))
    assert list(tmp_path.iterdir()) == []
