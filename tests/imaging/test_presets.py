"""Stickers: sizes, formats and bytes that messengers take."""

import io
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image, ImageCms

from waifu4x_tf.data.procedural import draw
from waifu4x_tf.errors import PictureError, UsageError
from waifu4x_tf.imaging.picture import Frame, Picture
from waifu4x_tf.imaging.presets import PRESETS, check, check_format, fitted, largest_that_fits
from waifu4x_tf.imaging.writing import WriteOptions, encode

TELEGRAM, DISCORD = PRESETS["telegram"], PRESETS["discord"]


def noise(width: int, height: int, channels: int = 4) -> Picture:
    return Picture.from_array(np.random.default_rng(1).integers(0, 256, (height, width, channels), np.uint8))


def animation(frames: int, duration_ms: int = 100) -> Picture:
    grain = np.random.default_rng(2).integers(0, 256, (frames, 40, 40, 3), np.uint8)
    return Picture(tuple(Frame(each) for each in grain), is_grey=False, durations_ms=(duration_ms,) * frames)


@pytest.mark.parametrize("size", [(1, 1), (30, 700), (512, 512), (999, 998), (4000, 10)])
def test_the_sides_are_those_of_the_rules(size):
    telegram = TELEGRAM.target.result_size(*size)
    assert max(telegram) == 512
    assert min(telegram) >= 1
    assert DISCORD.target.result_size(*size) == (320, 320)


def test_a_drawing_is_written_without_loss():
    picture = Picture.from_array(draw("sticker_soft", seed=1, width=512, height=400))
    same, options = fitted(picture, TELEGRAM, WriteOptions(strip=True), TELEGRAM.formats)
    assert same.frames[0] is picture.frames[0]
    assert (options.format, options.quality) == ("png", None)


def test_what_is_too_large_without_loss_is_webp_as_good_as_possible():
    picture, preset = noise(128, 128), replace(TELEGRAM, max_bytes=30_000)
    _, options = fitted(picture, preset, WriteOptions(strip=True), preset.formats)
    assert options.format == "webp"
    content = encode(picture, options)
    assert len(content) <= preset.max_bytes
    assert options.quality is not None
    assert len(encode(picture, replace(options, quality=min(100, options.quality + 1)))) > preset.max_bytes
    with Image.open(io.BytesIO(content)) as image:
        assert (image.format, image.size, image.mode) == ("WEBP", (128, 128), "RGBA")


def test_colours_of_another_space_are_brought_to_srgb():
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    # A space whose red is the green of sRGB, and the other way round.
    swapped = srgb.replace(b"rXYZ", b"____").replace(b"gXYZ", b"rXYZ").replace(b"____", b"gXYZ")
    picture = replace(noise(20, 20, 3), icc_profile=swapped)
    shown, _ = fitted(picture, DISCORD, WriteOptions(strip=True), ("png",))
    expected = picture.frames[0].rgb[..., [1, 0, 2]].astype(int)
    assert np.abs(shown.frames[0].rgb - expected).max() <= 2
    assert shown.icc_profile is None


def test_any_still_fits_discord_without_loss():
    _, options = fitted(noise(320, 320), DISCORD, WriteOptions(strip=True), DISCORD.formats)
    assert (options.format, options.quality) == ("png", None)


def test_a_name_that_leaves_no_choice_may_leave_no_way():
    with pytest.raises(PictureError, match=r"at most 512000 bytes.*Name the result \.webp"):
        fitted(noise(512, 512), TELEGRAM, WriteOptions(), ("png",))


def test_what_is_written_into_the_file_counts():
    picture = noise(20, 20)
    bare = len(encode(picture, WriteOptions()))
    preset = replace(TELEGRAM, max_bytes=bare)
    assert fitted(picture, preset, WriteOptions(), ("png",))[1].format == "png"
    with pytest.raises(PictureError):
        fitted(picture, preset, WriteOptions(), ("png",), text=("waifu4x", "x" * 99))


def test_an_animation_loses_colours_until_it_fits():
    picture = animation(6)
    size = len(encode(picture, WriteOptions()))
    same, _ = fitted(picture, replace(DISCORD, max_bytes=size), WriteOptions(), ("png",))
    assert same.frames == picture.frames
    preset = replace(DISCORD, max_bytes=size // 2)
    reduced, options = fitted(picture, preset, WriteOptions(), ("png",))
    assert len(encode(reduced, options)) <= preset.max_bytes
    colours = np.unique(np.concatenate([frame.rgb.reshape(-1, 3) for frame in reduced.frames]), axis=0)
    assert 2 <= len(colours) <= 255
    assert reduced.durations_ms == picture.durations_ms
    with pytest.raises(PictureError, match="Leave out frames"):
        fitted(picture, replace(DISCORD, max_bytes=100), WriteOptions(), ("png",))


def test_moving_stickers_are_refused_by_name_where_they_cannot_be_written():
    check(animation(50, 100), DISCORD)
    with pytest.raises(PictureError, match=r"at most 5 seconds\. Received: 5\.1 seconds"):
        check(animation(51, 100), DISCORD)
    with pytest.raises(PictureError, match=r"WebM or TGS.*Received: an animation of 2 frames"):
        check(animation(2), TELEGRAM)
    check(noise(3, 3), TELEGRAM)


def test_a_name_of_another_format_is_refused():
    check_format(TELEGRAM, "webp")
    with pytest.raises(UsageError, match=r"is a png file\. Received: webp"):
        check_format(DISCORD, "webp")


@pytest.mark.parametrize("most", range(12))
def test_the_largest_number_that_fits_is_found_with_few_questions(most):
    asked = []

    def fits(number):
        asked.append(number)
        return number <= most

    assert largest_that_fits(1, 10, fits) == (min(most, 10) or None)
    assert len(asked) <= 5
