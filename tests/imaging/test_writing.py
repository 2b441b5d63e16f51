"""Files read back, and everything that must not happen to a destination."""

import dataclasses
import io
import os
import threading

import numpy as np
import pytest
from PIL import Image, ImageCms

from waifu4x_tf.errors import PictureError, UsageError
from waifu4x_tf.imaging import writing
from waifu4x_tf.imaging.picture import Picture
from waifu4x_tf.imaging.reading import read
from waifu4x_tf.imaging.writing import FORMATS, WriteOptions, check, encode, format_of_suffix, write

RNG = np.random.default_rng(12)
RGBA = RNG.integers(0, 256, (20, 31, 4), dtype=np.uint8)
RGB = np.ascontiguousarray(RGBA[..., :3])
GREY = np.ascontiguousarray(RGBA[..., 0])
OPAQUE = np.dstack((RGB, np.full(RGB.shape[:2], 255, np.uint8)))
RGB_PROFILE = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
GREY_PROFILE = RGB_PROFILE[:16] + b"GRAY" + RGB_PROFILE[20:]


def opened(data: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(data))
    image.load()
    return image


def with_metadata(array: np.ndarray, profile: bytes = RGB_PROFILE) -> Picture:
    exif = Image.Exif()
    exif[0x013B] = "An Artist"
    picture = Picture.from_array(array)
    return dataclasses.replace(picture, icc_profile=profile, exif=exif.tobytes(), dpi=(300.0, 150.0))


@pytest.mark.parametrize(
    ("suffix", "name"),
    [
        (".png", "png"),
        (".apng", "png"),
        (".JPG", "jpeg"),
        (".JFIF", "jpeg"),
        (".jpe", "jpeg"),
        (".WebP", "webp"),
        (".AVIF", "avif"),
        (".gif", "gif"),
        (".TIF", "tiff"),
        (".bmp", None),
    ],
)
def test_suffixes_name_formats(suffix, name):
    assert format_of_suffix(suffix) == name
    assert name is None or suffix.lower() in FORMATS[name]


@pytest.mark.parametrize(
    "array", [RGB, RGBA, GREY, RGBA[:1, :1], RGB[:, :1]], ids=lambda array: str(array.shape)
)
@pytest.mark.parametrize("format_name", ["png", "webp"])
def test_lossless_formats_come_back_exactly(array, format_name):
    picture = Picture.from_array(array)
    back = read(encode(picture, WriteOptions(format_name)))
    assert np.array_equal(back.to_array(channels=4), picture.to_array(channels=4))
    assert back.has_alpha == picture.has_alpha


@pytest.mark.parametrize(
    ("array", "mode"), [(RGB, "RGB"), (RGBA, "RGBA"), (GREY, "L")], ids=["RGB", "RGBA", "L"]
)
def test_png_modes(array, mode):
    assert opened(encode(Picture.from_array(array), WriteOptions())).mode == mode


def test_grey_with_alpha_is_written_as_la():
    array = np.dstack((GREY, GREY, GREY, RGBA[..., 3]))
    image = opened(encode(Picture.from_array(array), WriteOptions()))
    assert image.mode == "LA"
    assert np.array_equal(np.asarray(image.convert("RGBA")), array)


def test_jpeg_keeps_full_chroma_and_grey_is_one_channel():
    image = opened(encode(Picture.from_array(RGB), WriteOptions("jpeg")))
    assert image.mode == "RGB"
    assert [component[1:3] for component in image.layer] == [(1, 1)] * 3
    assert np.abs(np.asarray(image).astype(int) - RGB).mean() < 4
    assert opened(encode(Picture.from_array(GREY), WriteOptions("jpeg"))).mode == "L"


@pytest.mark.parametrize("format_name", ["jpeg", "webp"])
def test_quality_reaches_the_encoder(format_name):
    picture = Picture.from_array(RGB)
    sizes = [len(encode(picture, WriteOptions(format_name, quality))) for quality in (1, 50, 100)]
    assert sizes == sorted(sizes)
    assert sizes[0] < 0.6 * sizes[2]


def test_background_is_composited_in_every_format():
    alpha = RGBA[..., 3:].astype(float) / 255
    expected = RGBA[..., :3] * alpha + np.array((255, 0, 255)) * (1 - alpha)
    for format_name, tolerance in (("png", 0.51), ("webp", 0.51), ("jpeg", 40)):
        for colour in ("magenta", "#ff00ff", "#F0F", " Fuchsia "):
            image = opened(encode(Picture.from_array(RGBA), WriteOptions(format_name, background=colour)))
            assert image.mode == "RGB"
            assert np.abs(np.asarray(image) - expected).max() <= tolerance


def test_grey_stays_grey_over_a_grey_background_only():
    picture = Picture.from_array(np.dstack((GREY, GREY, GREY, RGBA[..., 3])))
    assert opened(encode(picture, WriteOptions(background="white"))).mode == "L"
    assert opened(encode(picture, WriteOptions(background="red"))).mode == "RGB"


@pytest.mark.parametrize("colour", ["", "nocolour", "#12345", "#ff00ff80", "rgb(1,2,3)"])
def test_a_wrong_background_is_reported(colour):
    with pytest.raises(UsageError, match="CSS colour name"):
        check(1, 1, False, WriteOptions("jpeg", background=colour))


def test_an_opaque_alpha_channel_needs_no_background():
    image = opened(encode(Picture.from_array(OPAQUE), WriteOptions("jpeg")))
    assert image.mode == "RGB"


@pytest.mark.parametrize("quality", [0, 101, -5, 90.0, True, "90"])
@pytest.mark.parametrize("format_name", ["jpeg", "webp"])
def test_quality_is_1_to_100(format_name, quality):
    with pytest.raises(UsageError, match="1 to 100"):
        check(1, 1, False, WriteOptions(format_name, quality))


def test_checks_before_any_work():
    check(100_000, 100_000, True, WriteOptions())
    check(65535, 1, False, WriteOptions("jpeg", 1, "white"))
    check(16383, 16383, True, WriteOptions("webp", 100))
    with pytest.raises(UsageError, match=r"webp, avif, gif, tiff\. Received: 'bmp'"):
        check(1, 1, False, WriteOptions("bmp"))
    with pytest.raises(UsageError, match="png takes no quality"):
        check(1, 1, False, WriteOptions("png", 90))
    with pytest.raises(PictureError, match=r"webp file has at most 16383.*Write png or jpeg"):
        check(16384, 1, False, WriteOptions("webp"))
    with pytest.raises(PictureError, match=r"jpeg file has at most 65535.*Write png or tiff,"):
        check(1, 65536, False, WriteOptions("jpeg"))
    with pytest.raises(PictureError, match="no transparency"):
        check(1, 1, True, WriteOptions("jpeg"))
    with pytest.raises(PictureError, match="bytes of EXIF"):
        check(1, 1, False, WriteOptions("jpeg"), exif=bytes(70_000))
    check(1, 1, False, WriteOptions("jpeg", strip=True), exif=bytes(70_000))
    with pytest.raises(PictureError, match="no transparency"):
        encode(Picture.from_array(RGBA), WriteOptions("jpeg"))


@pytest.mark.parametrize("format_name", ["png", "jpeg", "webp"])
def test_metadata_is_carried_or_stripped(format_name):
    picture = with_metadata(RGB)
    image = opened(encode(picture, WriteOptions(format_name)))
    assert image.info["icc_profile"] == RGB_PROFILE
    assert image.getexif()[0x013B] == "An Artist"
    back = read(encode(picture, WriteOptions(format_name)))
    assert back.dpi == pytest.approx((300, 150), abs=0.02)
    assert back.icc_profile == RGB_PROFILE
    assert back.exif is not None
    stripped = encode(picture, WriteOptions(format_name, strip=True))
    assert not {"icc_profile", "exif", "dpi"} & set(opened(stripped).info)
    for marker in (b"An Artist", b"acsp", b"Exif\0", b"EXIF", b"eXIf", b"pHYs", b"iCCP", b"ICCP"):
        assert marker not in stripped


def test_dpi_survives_png_to_png_to_the_dot():
    data = encode(with_metadata(RGB), WriteOptions())
    assert encode(read(data), WriteOptions()) == data


@pytest.mark.parametrize("format_name", ["png", "jpeg", "webp"])
def test_a_grey_picture_never_gets_an_rgb_profile(format_name):
    looks_grey = np.dstack((GREY, GREY, GREY))
    image = opened(encode(with_metadata(looks_grey), WriteOptions(format_name)))
    assert "icc_profile" not in image.info
    assert image.mode == ("RGB" if format_name == "webp" else "L")


@pytest.mark.parametrize("format_name", ["png", "jpeg", "webp"])
def test_a_grey_profile_stays_with_one_channel(format_name):
    image = opened(encode(with_metadata(GREY, GREY_PROFILE), WriteOptions(format_name)))
    # WebP has no grey, so the picture is RGB there and the profile would not fit.
    assert image.info.get("icc_profile") == (None if format_name == "webp" else GREY_PROFILE)


@pytest.mark.parametrize("format_name", ["png", "jpeg", "webp"])
def test_a_file_is_what_encode_gives(format_name, tmp_path):
    picture, options = with_metadata(RGB), WriteOptions(format_name)
    path = tmp_path / "new" / "folder" / "絵.bin"
    size_bytes = write(picture, path, options)
    assert path.read_bytes() == encode(picture, options)
    assert path.stat().st_size == size_bytes
    assert os.listdir(path.parent) == ["絵.bin"]


def test_a_file_is_written_as_its_suffix_and_the_settings_say(tmp_path):
    picture = Picture.from_array(RGB)
    write(picture, tmp_path / "x.WEBP", quality=80)
    assert (tmp_path / "x.WEBP").read_bytes() == encode(picture, WriteOptions("webp", 80))
    write(picture, str(tmp_path / "x.jpg"), background="white", strip=True)
    assert (tmp_path / "x.jpg").read_bytes() == encode(picture, WriteOptions("jpeg", None, "white", True))
    for path in ("x.bmp", "x"):
        with pytest.raises(UsageError, match=rf"ends in one of \.png, .*Received: .*{path}\. "):
            write(picture, tmp_path / path)
    with pytest.raises(UsageError, match="beside it"):
        write(picture, tmp_path / "y.webp", WriteOptions("webp"), quality=80)
    assert sorted(os.listdir(tmp_path)) == ["x.WEBP", "x.jpg"]


def test_a_new_file_has_the_usual_permissions(tmp_path):
    (tmp_path / "usual").write_bytes(b"")
    write(Picture.from_array(RGB), tmp_path / "ours", WriteOptions())
    assert (tmp_path / "ours").stat().st_mode == (tmp_path / "usual").stat().st_mode


def test_an_existing_file_is_kept_unless_asked(tmp_path):
    path = tmp_path / "x.png"
    path.write_bytes(b"precious")
    with pytest.raises(PictureError, match=rf"^{path}: An existing file is kept"):
        write(Picture.from_array(RGB), path, WriteOptions())
    assert path.read_bytes() == b"precious"
    write(Picture.from_array(RGB), path, WriteOptions(), overwrite=True)
    assert np.array_equal(read(path).to_array(), RGB)
    assert os.listdir(tmp_path) == ["x.png"]


@pytest.mark.parametrize("has_links", [True, False])
def test_a_file_made_meanwhile_is_not_replaced(has_links, tmp_path, monkeypatch):
    path = tmp_path / "x.png"
    encode_into = writing._encode_into

    def slow(picture, options, stream):
        encode_into(picture, options, stream)
        path.write_bytes(b"theirs")

    monkeypatch.setattr(writing, "_encode_into", slow)
    if not has_links:
        monkeypatch.setattr(os, "link", no_links)
    with pytest.raises(PictureError, match="An existing file is kept"):
        write(Picture.from_array(RGB), path, WriteOptions())
    assert path.read_bytes() == b"theirs"
    assert os.listdir(tmp_path) == ["x.png"]


def no_links(*_: object) -> None:
    raise PermissionError(1, "Operation not permitted")


def test_a_file_system_without_hard_links_will_do(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "link", no_links)
    write(Picture.from_array(RGB), tmp_path / "x.png", WriteOptions())
    assert np.array_equal(read(tmp_path / "x.png").to_array(), RGB)
    monkeypatch.setattr(os, "replace", no_links)
    with pytest.raises(PictureError, match="must be writable"):
        write(Picture.from_array(RGB), tmp_path / "y.png", WriteOptions())
    assert os.listdir(tmp_path) == ["x.png"]


def test_of_many_writers_one_wins(tmp_path):
    outcomes = []

    def attempt(value: int) -> None:
        try:
            write(Picture.from_array(np.full((9, 9), value, np.uint8)), tmp_path / "x.png", WriteOptions())
            outcomes.append(value)
        except PictureError:
            pass

    threads = [threading.Thread(target=attempt, args=(value,)) for value in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(outcomes) == 1
    assert (read(tmp_path / "x.png").to_array() == outcomes[0]).all()
    assert os.listdir(tmp_path) == ["x.png"]


@pytest.mark.parametrize(
    "failure", [OSError(28, "No space left on device"), MemoryError(), ValueError("odd")]
)
def test_a_failed_encoder_leaves_nothing(failure, tmp_path, monkeypatch):
    def fail(*_: object, **__: object) -> None:
        raise failure

    monkeypatch.setattr(writing, "write_png", fail)
    with pytest.raises(PictureError, match=rf"^{tmp_path / 'x.png'}: .*Received: "):
        write(Picture.from_array(RGB), tmp_path / "x.png", WriteOptions())
    with pytest.raises(PictureError, match=r"^[AT]"):
        encode(Picture.from_array(RGB), WriteOptions())
    assert os.listdir(tmp_path) == []


def test_an_interruption_leaves_nothing(tmp_path, monkeypatch):
    def interrupt(stream, *_: object, **__: object) -> None:
        stream.write(b"half")
        raise KeyboardInterrupt

    monkeypatch.setattr(writing, "write_png", interrupt)
    with pytest.raises(KeyboardInterrupt):
        write(Picture.from_array(RGB), tmp_path / "x.png", WriteOptions(), overwrite=True)
    assert os.listdir(tmp_path) == []


def test_bad_destinations_are_reported(tmp_path):
    picture = Picture.from_array(RGB)
    with pytest.raises(PictureError, match="Received: a folder"):
        write(picture, tmp_path, WriteOptions(), overwrite=True)
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(PictureError, match=r"must be a folder\. Received: .*file, which is a file"):
        write(picture, tmp_path / "file" / "x.png", WriteOptions())
    with pytest.raises(PictureError, match="must be a folder"):
        write(picture, tmp_path / "file" / "deeper" / "x.png", WriteOptions())
    with pytest.raises(PictureError, match="File name too long"):
        write(picture, tmp_path / ("x" * 300 + ".png"), WriteOptions())
    assert os.listdir(tmp_path) == ["file"]


def test_a_long_name_that_is_allowed_is_written(tmp_path):
    path = tmp_path / ("x" * 251 + ".png")
    write(Picture.from_array(RGB), path, WriteOptions())
    assert path.exists()


def test_a_folder_without_permission_is_reported(tmp_path, monkeypatch):
    def denied(*_: object) -> int:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "open", denied)
    with pytest.raises(PictureError, match=r"Received: Permission denied\. Check"):
        write(Picture.from_array(RGB), tmp_path / "x.png", WriteOptions())
