"""AVIF in and out, and what of it is refused by name."""

import dataclasses
import io
import os

import imagecodecs
import numpy as np
import pytest
from icc_profiles import LIKE_P3
from PIL import Image, features

from waifu4x_tf.data.procedural import draw_rgb
from waifu4x_tf.errors import PictureError, UsageError
from waifu4x_tf.imaging.codecs import avif
from waifu4x_tf.imaging.picture import Frame, Picture
from waifu4x_tf.imaging.reading import probe, read, read_header
from waifu4x_tf.imaging.writing import WriteOptions, check, encode
from waifu4x_tf.inspection.findings import inspect

RGB = draw_rgb(0, seed=21, width=96, height=64)
ALPHA = np.where(np.indices((64, 96)).sum(axis=0) < 60, 0, 255).astype(np.uint8)


def psnr(one, other):
    return 10 * np.log10(255**2 / max(1e-9, ((one.astype(float) - other) ** 2).mean()))


def saved(pixels=RGB, **options):
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "AVIF", speed=10, subsampling="4:4:4", **options)
    return file.getvalue()


def with_cicp(primaries, transfer):
    """A file whose colr box names a space: libavif writes 1 and 13, sRGB's."""
    data = saved(quality=100)
    place = data.index(b"colrnclx") + 8
    return data[:place] + primaries.to_bytes(2, "big") + transfer.to_bytes(2, "big") + data[place + 4 :]


def test_a_picture_goes_out_and_comes_back_as_near_as_its_quality_says():
    picture = Picture.from_array(RGB)
    sizes = []
    for quality, least_db in ((30, 20), (None, 36), (100, 42)):
        data = encode(picture, WriteOptions("avif", quality))
        with Image.open(io.BytesIO(data)) as image:
            assert (image.format, image.size) == ("AVIF", (96, 64))
            assert psnr(np.asarray(image), RGB) > least_db
            assert np.array_equal(read(data).frames[0].rgb, np.asarray(image))
        sizes.append(len(data))
    assert sizes == sorted(sizes)
    assert probe(data) == (96, 64, "avif")


def test_alpha_grey_profile_exif_and_density_travel():
    exif = Image.Exif()
    exif[0x013B] = "An Artist"
    picture = dataclasses.replace(
        Picture((Frame(RGB, ALPHA),), is_grey=False),
        icc_profile=LIKE_P3,
        exif=exif.tobytes(),
        dpi=(300.0, 150.0),
    )
    back = read(encode(picture, WriteOptions("avif")))
    assert back.frames[0].alpha is not None
    assert np.abs(back.frames[0].alpha.astype(int) - ALPHA).mean() < 1
    assert (back.icc_profile, back.dpi) == (LIKE_P3, (300.0, 150.0))
    assert b"An Artist" in (back.exif or b"")
    bare = read(encode(picture, WriteOptions("avif", strip=True)))
    assert (bare.icc_profile, bare.dpi, bare.exif) == (None, None, None)
    grey = Picture.from_array(RGB[..., 1])
    assert read(encode(grey, WriteOptions("avif"))).is_grey


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="cores cannot be left out here")
def test_a_file_has_the_same_bytes_on_one_core_and_on_several(all_cores):
    several = encode(Picture.from_array(RGB), WriteOptions("avif"))
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    assert encode(Picture.from_array(RGB), WriteOptions("avif")) == several


def test_orientation_is_followed():
    exif = Image.Exif()
    exif[0x0112] = 6
    data = saved(exif=exif.tobytes(), quality=100)
    assert probe(data)[:2] == (64, 96)
    assert psnr(read(data).frames[0].rgb, np.rot90(RGB, -1)) > 40


@pytest.mark.parametrize("cicp", [(1, 13), (2, 2), (1, 1), (1, 6)])
def test_code_points_of_srgb_or_none_leave_it_without_profile(cicp):
    # Film's curves are sRGB's to browsers: Firefox's gfx.color_management.rec709_gamma_as_srgb.
    assert read(with_cicp(*cicp)).icc_profile is None


def test_code_points_of_another_space_become_a_profile_unless_there_is_one():
    profile = read(with_cicp(12, 13)).icc_profile
    assert profile is not None
    assert profile[16:20] == b"RGB "
    assert read(saved(icc_profile=LIKE_P3)).icc_profile == LIKE_P3


@pytest.mark.parametrize(("transfer", "name"), [(16, "PQ"), (18, "HLG")])
def test_hdr_is_refused_by_name(transfer, name):
    for look in (read, read_header):
        with pytest.raises(PictureError, match=f"Received: cICP 9/{transfer}/0/1, {name}"):
            look(with_cicp(9, transfer))


def test_ten_bits_are_rounded_to_eight_with_a_note():
    ten_bit = (RGB.astype(np.uint16) << 2) | (RGB >> 6)
    picture = read(imagecodecs.avif_encode(ten_bit, level=100, bitspersample=10))
    assert picture.note == "rounded from 10 to 8 bits per channel, all that is read of an AVIF"
    assert psnr(picture.frames[0].rgb, RGB) > 40
    assert read(saved()).note is None


def test_an_animated_one_is_refused_by_name():
    frames = [Image.fromarray(each) for each in (RGB, RGB[::-1])]
    file = io.BytesIO()
    frames[0].save(file, "AVIF", save_all=True, append_images=frames[1:], duration=100, speed=10)
    data = file.getvalue()
    with pytest.raises(PictureError, match="Received: an AVIF animation"):
        read(data)
    # With the brand of a still first, it is to be shown as one.
    assert not read(data[:8] + b"avif" + data[12:]).is_animated
    moving = Picture((Frame(RGB), Frame(RGB[::-1].copy())), is_grey=False, durations_ms=(100, 100))
    with pytest.raises(PictureError, match="An avif file holds a still"):
        encode(moving, WriteOptions("avif"))


def test_a_still_by_its_second_brand_is_read_too():
    data = saved()
    place = data.index(b"mif1")
    swapped = data[:8] + b"mif1" + data[12:place] + b"avif" + data[place + 4 :]
    assert probe(swapped) == (96, 64, "avif")


def test_a_pillow_without_avif_is_named_before_any_work(monkeypatch):
    data = saved()
    monkeypatch.setattr(features, "check", lambda name: name != "avif")
    for look in (read, read_header):
        with pytest.raises(PictureError, match=r"Received: one without\. Install Pillow from PyPI"):
            look(data)
    with pytest.raises(PictureError, match="Received: one without"):
        check(4, 4, False, WriteOptions("avif"))


def test_what_it_cannot_hold_is_refused():
    for options, message in (({"quality": 0}, "from 1 to 100"), ({"quality": 101}, "from 1 to 100")):
        with pytest.raises(UsageError, match=message):
            check(4, 4, False, WriteOptions("avif", **options))
    with pytest.raises(UsageError, match="An avif file has 8 bits"):
        check(4, 4, False, WriteOptions("avif"), bits=16)
    with pytest.raises(PictureError, match="at most 32768 pixels a side"):
        check(32769, 4, False, WriteOptions("avif"))
    with pytest.raises(PictureError, match="at most 268 megapixels"):
        check(32768, 8193, False, WriteOptions("avif"))


def test_inspect_names_it_and_claims_no_quality():
    data = saved(quality=40)
    findings = inspect(data, read(data))
    assert (findings.format, findings.damage.codec, findings.damage.quality) == ("avif", "AVIF", None)


@pytest.mark.parametrize("length", [0, 8, 40, 100, 200, 300])
def test_cut_boxes_are_no_crash(length):
    avif.read_colour(saved()[:length])
    forged = b"\0\0\0\1meta" + (2**64 - 1).to_bytes(8, "big") + bytes(20)
    assert avif.read_colour(forged) == avif.AvifColour()
