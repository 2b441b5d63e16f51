"""ICC profiles: what is sRGB stays as it is, the rest goes there and back; CMYK and Lab become RGB."""

import io
import struct

import numpy as np
import pytest
from icc_profiles import LIKE_P3, LIKE_PROPHOTO, LIKE_SRGB, WIDE, cmyk_profile, grey_profile, rgb_profile
from PIL import Image, ImageCms

from waifu4x_tf.data.procedural import draw_rgb
from waifu4x_tf.errors import PictureError
from waifu4x_tf.imaging import reading, writing
from waifu4x_tf.imaging.colour_management import (
    CMYK_CONVERTED,
    CMYK_WITHOUT_PROFILE,
    LAB_CONVERTED,
    srgb_view,
)
from waifu4x_tf.imaging.icc_curves import read_curves, srgb_light, srgb_value
from waifu4x_tf.imaging.picture import Frame, Picture
from waifu4x_tf.imaging.pil import from_pil

PICTURE = draw_rgb(0, seed=21, width=64, height=48)
NOISE = np.random.default_rng(3).integers(0, 256, (40, 50, 3)).astype(np.uint8)


def encoded(image, format_name="PNG", **options):
    file = io.BytesIO()
    image.save(file, format_name, **options)
    return file.getvalue()


def written(picture, **options):
    content = writing.encode(picture, writing.WriteOptions(**options))
    with Image.open(io.BytesIO(content)) as image:
        image.load()
        return image


def converted(rgb, source, destination):
    """By LittleCMS, as any viewer would."""
    opened = [ImageCms.getOpenProfile(io.BytesIO(each)) for each in (source, destination)]
    intent, flags = ImageCms.Intent.RELATIVE_COLORIMETRIC, ImageCms.Flags.BLACKPOINTCOMPENSATION
    transform = ImageCms.buildTransform(opened[0], opened[1], "RGB", "RGB", intent, flags)
    return np.asarray(transform.apply(Image.fromarray(rgb)))


SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def test_whatever_is_srgb_is_shown_as_it_is():
    for profile in (None, SRGB, LIKE_SRGB, b"nonsense", b""):
        for bits in (8, 16):
            assert srgb_view(profile, is_grey=False, bits=bits) is None


@pytest.mark.parametrize("name", WIDE)
def test_8_bits_go_through_littlecms(name):
    view = srgb_view(WIDE[name], is_grey=False, bits=8)
    for ours, theirs in (
        (view.to_srgb(NOISE), converted(NOISE, WIDE[name], SRGB)),
        (view.from_srgb(NOISE), converted(NOISE, SRGB, WIDE[name])),
    ):
        assert np.abs(ours.astype(int) - theirs).max() <= 1


@pytest.mark.parametrize("name", WIDE)
def test_16_bits_agree_with_littlecms_and_come_back(name):
    view = srgb_view(WIDE[name], is_grey=False, bits=16)
    sixteen_bit = NOISE.astype(np.uint16) * 257
    for ours, theirs in (
        (view.to_srgb, converted(NOISE, WIDE[name], SRGB)),
        (view.from_srgb, converted(NOISE, SRGB, WIDE[name])),
    ):
        assert np.abs(ours(sixteen_bit) / 257 - theirs).max() < 1.3
    inside = view.from_srgb(sixteen_bit)
    assert np.abs(view.to_srgb(inside).astype(int) - sixteen_bit).mean() < 8


def test_grey_goes_by_its_curve():
    levels = np.repeat(np.arange(256, dtype=np.uint8)[None, :, None], 3, axis=2)
    view = srgb_view(grey_profile(1.8), is_grey=True, bits=8)
    expected = np.rint(255 * srgb_value((levels / 255) ** (461 / 256)))
    assert np.abs(view.to_srgb(levels) - expected).max() <= 1
    assert np.abs(view.from_srgb(view.to_srgb(levels)).astype(int) - levels).max() <= 2
    assert srgb_view(grey_profile(1.8), is_grey=True, bits=16) is not None
    assert srgb_view(grey_profile(1.8), is_grey=False, bits=8) is None
    assert srgb_view(LIKE_P3, is_grey=True, bits=8) is None


@pytest.mark.parametrize(
    ("kind", "numbers", "function"),
    [
        (0, (2.2,), lambda x: x**2.2),
        (1, (2.0, 0.9, 0.1), lambda x: (0.9 * x + 0.1) ** 2),
        (2, (2.0, 0.8, 0.1, 0.19), lambda x: (0.8 * x + 0.1) ** 2 + 0.19),
        (3, (2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045), srgb_light),
        (
            4,
            (2.0, 0.9, 0.0, 0.3, 0.2, 0.1, 0.05),
            lambda x: np.where(x >= 0.2, 0.81 * x**2 + 0.1, 0.3 * x + 0.05),
        ),
    ],
)
def test_parametric_curves_are_those_of_the_specification(kind, numbers, function):
    tag = b"para\0\0\0\0" + struct.pack(">HH", kind, 0)
    tag += b"".join(struct.pack(">i", round(each * 65536)) for each in numbers)
    profile = grey_profile(2.0)
    at = profile.index(b"curv")
    table_at = profile.index(b"kTRC")
    patched = bytearray(profile[:at] + tag)
    patched[table_at + 8 : table_at + 12] = struct.pack(">I", len(tag))
    (curve,) = read_curves(bytes(patched)).curves
    assert np.abs(curve - function(np.linspace(0, 1, len(curve)))).max() < 1e-3


def test_broken_profiles_are_as_none(tmp_path):
    rng = np.random.default_rng(0)
    for profile in (LIKE_P3, grey_profile(1.8)):
        for _ in range(40):
            broken = bytearray(profile)
            for at in rng.integers(128, len(broken), 12):
                broken[at] = rng.integers(256)
            for bits in (8, 16):
                for is_grey in (False, True):
                    view = srgb_view(bytes(broken), is_grey=is_grey, bits=bits)
                    assert view is None or view.to_srgb(NOISE.astype(f"u{bits // 8}")).shape == NOISE.shape


def _odd_inks(cyan, magenta, yellow, black):
    lightness = 100 * (1 - black) * (1 - 0.3 * cyan) * (1 - 0.4 * magenta)
    return lightness, (40 * magenta - 30 * cyan) * (1 - black), (50 * yellow - 20 * cyan) * (1 - black)


def test_cmyk_goes_through_its_profile_and_loses_it():
    inks = [(0, 0, 0, 0), (1, 0, 0, 0), (0, 1, 1, 0), (0, 0, 0, 1)]
    pixels = 255 * np.array(inks, np.uint8)[None]
    file = encoded(Image.fromarray(pixels, "CMYK"), "TIFF", icc_profile=cmyk_profile(_odd_inks))
    picture = reading.read(file)
    labs = [
        [round(each) for each in (2.55 * _odd_inks(*ink)[0], *np.add(_odd_inks(*ink)[1:], 128))]
        for ink in inks
    ]
    lab = Image.merge(
        "LAB", [Image.fromarray(np.array(labs, np.uint8)[None, :, channel].copy()) for channel in range(3)]
    )
    assert np.abs(picture.frames[0].rgb.astype(int) - from_pil(lab).frames[0].rgb).max() <= 2
    assert (picture.frames[0].rgb[0, 0] == 255).all()
    assert (picture.note, picture.icc_profile) == (CMYK_CONVERTED, None)


def test_cmyk_without_a_profile_is_estimated():
    image = Image.fromarray(PICTURE).convert("CMYK")
    plain = reading.read(encoded(image, "TIFF"))
    assert (plain.frames[0].rgb == np.asarray(image.convert("RGB"))).all()
    assert (plain.note, plain.icc_profile) == (CMYK_WITHOUT_PROFILE, None)
    assert reading.probe(encoded(image, "TIFF")) == (64, 48, "tiff")
    broken = b"\0\0\0\x80" + bytes(12) + b"CMYK" + bytes(16) + b"acsp" + bytes(100)
    assert reading.read(encoded(image, "TIFF", icc_profile=broken)).note == CMYK_WITHOUT_PROFILE


def test_a_cmyk_jpeg_is_not_a_negative():
    image = Image.fromarray(PICTURE).convert("CMYK")
    picture = reading.read(encoded(image, "JPEG", quality=98, subsampling=0))
    assert np.abs(picture.frames[0].rgb.astype(int) - PICTURE).mean() < 6


def test_lab_is_that_of_d50():
    to_lab = ImageCms.profileToProfile
    lab = to_lab(
        Image.fromarray(PICTURE),
        ImageCms.createProfile("sRGB"),
        ImageCms.createProfile("LAB"),
        outputMode="LAB",
    )
    picture = reading.read(encoded(lab, "TIFF"))
    assert (picture.note, picture.icc_profile) == (LAB_CONVERTED, None)
    assert np.abs(picture.frames[0].rgb.astype(int) - PICTURE).mean() < 2
    neutral = Image.merge("LAB", [Image.new("L", (4, 4), level) for level in (255, 128, 128)])
    assert (from_pil(neutral).frames[0].rgb == 255).all()
    assert from_pil(neutral).is_grey


def test_other_modes_are_refused_by_name():
    with pytest.raises(PictureError, match="HSV"):
        from_pil(Image.new("HSV", (4, 4)))


def test_greys_with_an_rgb_profile_keep_their_look():
    grey = np.repeat(PICTURE[..., 1:2], 3, axis=2)
    picture = reading.read(encoded(Image.fromarray(grey), icc_profile=LIKE_PROPHOTO))
    assert picture.is_grey
    assert picture.icc_profile is None
    assert np.abs(picture.frames[0].rgb.astype(int) - converted(grey, LIKE_PROPHOTO, SRGB)).max() <= 1
    same = reading.read(encoded(Image.fromarray(grey), icc_profile=LIKE_SRGB))
    assert (same.frames[0].rgb == grey).all()


@pytest.mark.parametrize("options", [{"format": "gif"}, {"format": "png", "strip": True}])
def test_without_its_profile_a_picture_is_written_in_srgb(options):
    flat = np.full((8, 8, 3), (200, 90, 60), np.uint8)
    image = written(Picture((Frame(flat),), is_grey=False, icc_profile=LIKE_P3), **options)
    assert "icc_profile" not in image.info
    pixels = np.asarray(image.convert("RGB")).astype(int)
    assert np.abs(pixels - converted(flat, LIKE_P3, SRGB)).max() <= 1


def test_grey_is_written_to_webp_in_srgb():
    grey = np.full((8, 8, 3), 100, np.uint8)
    image = written(Picture((Frame(grey),), is_grey=True, icc_profile=grey_profile(1.8)), format="webp")
    expected = 255 * float(srgb_value(np.array((100 / 255) ** 1.8)))
    assert np.abs(np.asarray(image.convert("RGB")) - expected).max() <= 1


def test_a_background_is_the_same_colour_in_every_space():
    clear = Frame(np.zeros((4, 4, 3), np.uint8), np.zeros((4, 4), np.uint8))
    picture = Picture((clear,), is_grey=False, icc_profile=LIKE_P3)
    image = written(picture, format="png", background="#c85a3c")
    assert image.info["icc_profile"] == LIKE_P3
    shown = converted(np.asarray(image), LIKE_P3, SRGB).astype(int)
    assert np.abs(shown - [0xC8, 0x5A, 0x3C]).max() <= 1


def test_profiles_of_tables_do_not_reach_the_matrix():
    table = bytearray(rgb_profile([(0.64, 0.33), (0.30, 0.60), (0.15, 0.06)], 1.5))
    table[table.index(b"wtpt") :][:4] = b"A2B0"
    at = table.index(b"wtpt")
    table[at : at + 4] = b"A2B0"
    assert read_curves(bytes(table)) is None
