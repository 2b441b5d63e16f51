"""Metadata through files of every format, and the nonsense that is dropped on the way."""

import pytest
from picture_files import saved
from PIL import Image, ImageCms

from waifu4x_tf.imaging.metadata import exif_with_dpi, usable_dpi, usable_profile
from waifu4x_tf.imaging.reading import read

RGB_PROFILE = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
GREY_PROFILE = RGB_PROFILE[:16] + b"GRAY" + RGB_PROFILE[20:]


def test_a_profile_must_fit_the_channels():
    assert usable_profile(RGB_PROFILE, is_grey=False) == RGB_PROFILE
    assert usable_profile(RGB_PROFILE, is_grey=True) is None
    assert usable_profile(GREY_PROFILE, is_grey=True) == GREY_PROFILE
    assert usable_profile(GREY_PROFILE, is_grey=False) is None


@pytest.mark.parametrize(
    "profile",
    [None, "text", b"", b"short", bytes(500), RGB_PROFILE[:-50], RGB_PROFILE.replace(b"acsp", b"ascp")],
    ids=["none", "text", "empty", "short", "zeros", "cut", "no signature"],
)
def test_a_corrupt_profile_is_none(profile):
    assert usable_profile(profile, is_grey=False) is None


@pytest.mark.parametrize(
    "dpi", [None, 300, (300,), ("a", "b"), (0, 0), (-1, 72), (float("nan"), 1), (1e9, 1)]
)
def test_nonsense_dpi_is_none(dpi):
    assert usable_dpi(dpi) is None


def test_dpi_may_differ_by_direction():
    assert usable_dpi((300, 150.5)) == (300.0, 150.5)


def test_profiles_arrive_with_the_picture():
    colour, grey = Image.new("RGB", (4, 4), "red"), Image.new("L", (4, 4), 9)
    looks_grey = Image.new("RGB", (4, 4), "gray")
    for format_name in ("PNG", "JPEG", "TIFF"):
        assert read(saved(colour, format_name, icc_profile=RGB_PROFILE)).icc_profile == RGB_PROFILE
        assert read(saved(grey, format_name, icc_profile=GREY_PROFILE)).icc_profile == GREY_PROFILE
        assert read(saved(looks_grey, format_name, icc_profile=RGB_PROFILE)).icc_profile is None
        assert read(saved(grey, format_name, icc_profile=RGB_PROFILE)).icc_profile is None


def test_exif_keeps_what_describes_the_picture_and_drops_what_described_the_file():
    exif = Image.Exif()
    exif[0x010E], exif[0x0131], exif[0x0112] = "a description", "a program", 6
    exif.get_ifd(0x8769).update({0xA002: 640, 0xA003: 480, 0x829A: 0.01, 0x9286: b"ASCII\0\0\0note"})
    exif.get_ifd(0x8825).update({1: "N", 2: (1.0, 2.0, 3.0)})
    block = exif.tobytes()  # Pillow's TIFF writer takes the directories only from a block
    for format_name in ("TIFF", "PNG", "JPEG", "WEBP"):
        carried = Image.Exif()
        carried.load(read(saved(Image.new("RGB", (8, 8)), format_name, exif=block)).exif or b"")
        assert dict(carried)[0x010E] == "a description", format_name
        assert carried[0x0131] == "a program"
        assert not {0x0100, 0x0101, 0x0102, 0x0112, 0x0111, 0x0117} & set(carried)
        camera = carried.get_ifd(0x8769)
        assert not {0xA002, 0xA003} & set(camera)
        assert float(camera[0x829A]) == pytest.approx(0.01)
        assert camera[0x9286] == b"ASCII\0\0\0note"
        assert carried.get_ifd(0x8825)[1] == "N"
        # In a TIFF these say how it is stored; in the other formats they are added for the rest of the loop.
        exif[0x0100], exif[0x0101], exif[0x0102], exif[0x0111] = 640, 480, 8, 9999
        block = exif.tobytes()


def test_no_exif_is_none():
    assert read(saved(Image.new("RGB", (8, 8)), "PNG")).exif is None
    assert read(saved(Image.new("L", (8, 8)), "TIFF", compression="tiff_lzw")).exif is None


@pytest.mark.parametrize("format_name", ["PNG", "JPEG", "TIFF", "BMP"])
def test_dpi_is_read(format_name):
    picture = read(saved(Image.new("RGB", (8, 8)), format_name, dpi=(300, 150)))
    assert picture.dpi == pytest.approx((300, 150), abs=0.02)


def test_dpi_in_exif_stands_in_for_a_missing_field_and_counts_centimetres():
    exif = Image.Exif()
    exif[0x011A], exif[0x011B], exif[0x0128] = 100.0, 50.0, 3
    assert read(saved(Image.new("RGB", (8, 8)), "WEBP", exif=exif)).dpi == pytest.approx((254, 127))


def test_the_resolution_is_put_into_an_exif_block():
    exif = Image.Exif()
    exif[0x013B] = "An Artist"
    block = Image.Exif()
    block.load(exif_with_dpi(exif.tobytes(), (300.0, 150.0)) or b"")
    assert (block[0x013B], float(block[0x011A]), float(block[0x011B]), block[0x0128]) == (
        "An Artist",
        300,
        150,
        2,
    )
    assert exif_with_dpi(b"Exif\0\0garbage", (72.0, 72.0)) == b"Exif\0\0garbage"
