"""PNG's own tags of colour: what they mean by the specification, and which of them counts."""

import io
import struct
import zlib

import numpy as np
import pytest
from animation_files import apng, png_chunk
from icc_profiles import LIKE_P3, grey_profile
from PIL import Image, ImageCms
from sixteen_bit_files import png16

from waifu4x_tf.errors import PictureError
from waifu4x_tf.imaging.codecs.png_colour import read_colour_tags
from waifu4x_tf.imaging.icc_building import SRGB_CURVE, build_profile
from waifu4x_tf.imaging.icc_curves import read_curves, srgb_light, srgb_value
from waifu4x_tf.imaging.picture import in_srgb
from waifu4x_tf.imaging.pil import from_pil
from waifu4x_tf.imaging.reading import read, read_header
from waifu4x_tf.imaging.writing import WriteOptions, encode
from waifu4x_tf.inspection.findings import inspect

COLOURS = np.random.default_rng(5).integers(0, 256, (16, 20, 3)).astype(np.uint8)
P3_TO_SRGB = np.array(  # CSS Color 4, display-p3 to linear sRGB by way of D65
    [[1.2249401, -0.2249404, 0.0], [-0.0420569, 1.0420571, 0.0], [-0.0196376, -0.0786361, 1.0982735]]
)
SRGB_CHROMATICITIES = (31270, 32900, 64000, 33000, 30000, 60000, 15000, 6000)
P3_CHROMATICITIES = (31270, 32900, 68000, 32000, 26500, 69000, 15000, 6000)

P3 = png_chunk(b"cICP", bytes([12, 13, 0, 1]))
SRGB = png_chunk(b"sRGB", b"\0")
ICC = png_chunk(b"iCCP", b"p\0\0" + zlib.compress(LIKE_P3))


def gamma(value):
    return png_chunk(b"gAMA", struct.pack(">I", round(100_000 * value)))


def chromaticities(numbers):
    return png_chunk(b"cHRM", struct.pack(">8I", *numbers))


def png(*chunks, pixels=COLOURS):
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    data = file.getvalue()
    return data[:33] + b"".join(chunks) + data[33:]


def shown(*chunks, pixels=COLOURS):
    """What a program that knows sRGB alone has to show."""
    return in_srgb(read(png(*chunks, pixels=pixels))).frames[0].rgb


def through(light):
    return 255 * srgb_value(np.clip(light, 0, 1))


@pytest.mark.parametrize(
    "chunks",
    [
        (),
        (SRGB,),
        (gamma(0.45455),),
        (gamma(0.45455), chromaticities(SRGB_CHROMATICITIES)),
        (png_chunk(b"cICP", bytes([1, 13, 0, 1])),),
        (SRGB, gamma(0.3), chromaticities(P3_CHROMATICITIES)),
        (png_chunk(b"cICP", bytes([1, 13, 0, 1])), ICC),
        (gamma(0),),
        (gamma(0.5)[:-1] + b"\0",),  # a wrong checksum
        (gamma(0.45455), chromaticities((0,) * 8)),
        (png_chunk(b"cICP", bytes([2, 2, 0, 1])),),
        (png_chunk(b"cICP", bytes([9, 16, 9, 1])),),
    ],
    ids=lambda chunks: b" ".join(each[4:8] for each in chunks).decode(),
)
def test_tags_that_mean_srgb_or_nothing_leave_a_picture_without_profile(chunks):
    picture = read(png(*chunks))
    assert picture.icc_profile is None
    assert np.array_equal(picture.frames[0].rgb, COLOURS)


@pytest.mark.parametrize("value", [0.55556, 1.0, 0.38])
def test_gamma_says_how_much_light_a_value_is(value):
    # W3C PNG, 13.13: light = sample ** (1 / gamma).
    expected = through((COLOURS / 255) ** (1 / value))
    assert np.abs(shown(gamma(value)) - expected).max() <= 1.01


def test_cicp_of_display_p3_is_converted_as_css_does():
    expected = through(srgb_light(COLOURS / 255) @ P3_TO_SRGB.T)
    inside = (expected > 0) & (expected < 255)
    assert np.abs(shown(P3) - expected)[inside.all(axis=2)].max() <= 1.5


def test_primaries_with_and_without_gamma_are_those_of_cicp():
    by_cicp = shown(P3).astype(int)
    assert np.array_equal(shown(chromaticities(P3_CHROMATICITIES)), by_cicp)
    by_gamma = shown(png_chunk(b"cICP", bytes([12, 4, 0, 1])))
    pure = shown(chromaticities(P3_CHROMATICITIES), gamma(1 / 2.2))
    assert np.abs(pure.astype(int) - by_gamma).max() <= 1


@pytest.mark.parametrize(
    ("transfer", "light"),
    [
        # ITU-T H.273, table 3, solved for the light.
        (1, lambda v: np.where(v < 0.081, v / 4.5, ((v + 0.099) / 1.099) ** (1 / 0.45))),
        (5, lambda v: v**2.8),
        (7, lambda v: np.where(v < 0.0913, v / 4, ((v + 0.1115) / 1.1115) ** (1 / 0.45))),
        (8, lambda v: v),
    ],
)
def test_other_transfer_functions_are_those_of_h273(transfer, light):
    expected = through(light(COLOURS / 255))
    assert np.abs(shown(png_chunk(b"cICP", bytes([1, transfer, 0, 1]))) - expected).max() <= 1.01


def test_cicp_comes_before_iccp_before_srgb_before_gamma():
    other = png_chunk(b"cICP", bytes([9, 13, 0, 1]))
    tags = (other, ICC, SRGB, gamma(1.0))
    profiles = [read(png(*tags[first:])).icc_profile for first in range(4)]
    assert profiles[0] == read(png(other)).icc_profile
    assert profiles[1:3] == [LIKE_P3, None]
    assert profiles[3] == read(png(gamma(1.0))).icc_profile
    broken = png_chunk(b"iCCP", b"p\0\0" + zlib.compress(b"nonsense"))
    assert read(png(broken, gamma(1.0))).icc_profile == profiles[3]


@pytest.mark.parametrize(
    ("cicp", "name"),
    [
        ((9, 16, 0, 1), "PQ"),
        ((9, 18, 0, 1), "HLG"),
        ((1, 13, 0, 0), "narrow range"),
        ((1, 9, 0, 1), "logarith"),
    ],
)
def test_hdr_is_refused_by_name_before_a_pixel_is_decoded(cicp, name):
    body = png_chunk(b"cICP", bytes(cicp))
    sixteen_bit = png16(np.zeros((2, 2, 3), np.uint16), body)
    for data in (png(body), sixteen_bit):
        for look in (read, read_header):
            with pytest.raises(PictureError, match=rf"Received: cICP {'/'.join(map(str, cicp))}, .*{name}"):
                look(data)


def test_the_result_is_written_with_the_same_meaning():
    picture = read(png(gamma(0.55556)))
    for format_name in ("png", "webp", "jpeg", "tiff"):
        back = read(encode(picture, WriteOptions(format_name)))
        assert back.icc_profile == picture.icc_profile
    stripped = read(encode(picture, WriteOptions("png", strip=True)))
    assert stripped.icc_profile is None
    assert np.array_equal(stripped.frames[0].rgb, in_srgb(picture).frames[0].rgb)


def test_grey_and_16_bits_and_animations_are_no_exceptions():
    ramp = np.arange(256, dtype=np.uint8).reshape(16, 16)
    picture = read(png(gamma(1.0), pixels=ramp))
    assert picture.is_grey
    assert np.array_equal(picture.frames[0].rgb[..., 0], ramp)
    assert np.abs(in_srgb(picture).frames[0].rgb[..., 0] - through(ramp / 255)).max() <= 0.51
    sixteen_bit = read(png16(COLOURS.astype(np.uint16) * 257, gamma(1.0)))
    assert np.abs(in_srgb(sixteen_bit).frames[0].rgb - 257 * through(COLOURS / 255)).max() <= 257
    rgba = np.dstack([COLOURS, np.full(COLOURS.shape[:2], 255, np.uint8)])
    moving = apng((16, 20), [(0, 0, rgba, 0, 0, (1, 10)), (0, 0, rgba[::-1], 0, 0, (1, 10))])
    moving = read(moving[:33] + gamma(1.0) + moving[33:])
    assert moving.is_animated
    assert moving.icc_profile == read(png(gamma(1.0))).icc_profile


def test_what_pillow_opened_means_the_same():
    for chunks in (
        (gamma(0.55556),),
        (gamma(0.6), chromaticities(P3_CHROMATICITIES)),
        (ICC, gamma(1.0)),
        (SRGB,),
    ):
        data = png(*chunks)
        with Image.open(io.BytesIO(data)) as image:
            assert from_pil(image).icc_profile == read(data).icc_profile
    grey = png(gamma(1.0), pixels=COLOURS[..., 0])
    with Image.open(io.BytesIO(grey)) as image:
        assert from_pil(image).icc_profile == read(grey).icc_profile
    assert read(png(png_chunk(b"cICP", bytes([1, 13, 0, 1])), gamma(1.0))).icc_profile is None


def test_pixels_that_are_not_square_stay_so():
    shape = png_chunk(b"pHYs", struct.pack(">IIB", 1, 2, 0))
    picture = read(png(shape))
    assert (picture.aspect, picture.dpi) == ((1, 2), None)
    assert shape in encode(picture, WriteOptions("png"))
    for format_name in ("tiff", "jpeg"):
        data = encode(picture, WriteOptions(format_name))
        assert read(data).aspect == (1, 2)
        with Image.open(io.BytesIO(data)) as image:
            assert "dpi" not in image.info
            assert image.info.get("jfif_unit", 0) == 0
    assert read(encode(picture, WriteOptions("png", strip=True))).aspect is None
    assert read(png(png_chunk(b"pHYs", struct.pack(">IIB", 7, 7, 0)))).aspect is None
    assert read(png(png_chunk(b"pHYs", struct.pack(">IIB", 0, 7, 0)))).aspect is None


def test_a_turned_picture_has_its_pixels_turned():
    exif = Image.Exif()
    exif[0x0112] = 6
    turned = png_chunk(b"eXIf", exif.tobytes().removeprefix(b"Exif\0\0"))
    assert read(png(png_chunk(b"pHYs", struct.pack(">IIB", 1, 2, 0)), turned)).aspect == (2, 1)


def test_inspect_reports_the_tags():
    bits = png_chunk(b"sBIT", bytes([5, 6, 5]))
    data = png(gamma(0.55556), chromaticities(P3_CHROMATICITIES), bits, P3, SRGB)
    findings = inspect(data, read(data))
    words = "cICP 12/13, sRGB, gAMA 0.55556, cHRM 0.3127,0.329 0.68,0.32 0.265,0.69 0.15,0.06, sBIT 5 6 5"
    assert findings.tags == findings.as_json()["tags"] == words
    assert findings.profile == "PNG cICP 12/13"
    assert inspect(png(), read(png())).tags is None
    assert read_colour_tags(data[:40]).gamma is None


def test_profiles_that_are_built_are_those_that_littlecms_knows():
    srgb = ((0.64, 0.33), (0.30, 0.60), (0.15, 0.06))
    built = build_profile("ours", SRGB_CURVE, (0.3127, 0.3290), srgb)
    theirs = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    for ours, known in (
        (built, theirs),
        (build_profile("p3", SRGB_CURVE, (0.3127, 0.3290), P3_PRIMARIES), LIKE_P3),
    ):
        assert np.abs(read_curves(ours).to_xyz - read_curves(known).to_xyz).max() < 5e-4
    opened = ImageCms.ImageCmsProfile(io.BytesIO(built))
    assert ImageCms.getProfileDescription(opened).strip() == "ours"
    grey = read_curves(build_profile("grey", (1.8,), (0.3127, 0.3290), None)).curves[0]
    assert np.abs(grey - read_curves(grey_profile(1.8)).curves[0]).max() < 2e-3
    with pytest.raises(ValueError, match="span no space"):
        build_profile("flat", (1.0,), (0.3, 0.3), ((0.1, 0.1), (0.2, 0.2), (0.3, 0.3)))


P3_PRIMARIES = ((0.68, 0.32), (0.265, 0.69), (0.15, 0.06))
