"""Animations written and read back, by this project and by Pillow."""

import dataclasses
import io

import numpy as np
import pytest
from PIL import Image, ImageCms

from waifu4x_tf.errors import PictureError, UsageError
from waifu4x_tf.imaging.codecs.gif_writing import centiseconds
from waifu4x_tf.imaging.picture import Frame, Picture
from waifu4x_tf.imaging.pil import from_pil, to_pil
from waifu4x_tf.imaging.reading import read
from waifu4x_tf.imaging.writing import WriteOptions, check, encode, format_of_suffix, write

RNG = np.random.default_rng(7)
PROFILE = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
MOVING_FORMATS = ["png", "webp", "gif"]


def disc(width, height, left, softness):
    rows, columns = np.mgrid[:height, :width]
    inside = 12 - np.hypot(rows - height / 2, columns - left)
    return np.clip(inside * 255 / softness, 0, 255).astype(np.uint8)


def animation(alpha=None, levels=4, count=6, is_grey=False) -> Picture:
    """A still background, a growing square, a wandering disc of alpha; two equal frames at the end."""
    width, height = 41, 30
    background = RNG.integers(0, levels, (height, width, 1 if is_grey else 3), dtype=np.uint8) * (
        255 // (levels - 1)
    )
    frames = []
    for number in range(count):
        rgb = np.broadcast_to(background, (height, width, 3)).copy()
        rgb[5 + number : 14, 3 * number + 1 : 20] = 85 * (number % 4)
        softness = {"hard": 1e-6, "soft": 9}.get(alpha or "")
        frames.append(Frame(rgb, disc(width, height, 10 + 3 * number, softness) if softness else None))
    frames += [frames[2]] * 2
    durations = tuple((47, 33, 20)[number % 3] for number in range(len(frames)))
    return Picture(tuple(frames), is_grey, durations_ms=durations, loop=5)


def shown(frame: Frame) -> np.ndarray:
    """RGBA with nothing under transparent pixels."""
    alpha = np.full(frame.rgb.shape[:2], 255, np.uint8) if frame.alpha is None else frame.alpha
    pixels = np.dstack((frame.rgb, alpha))
    pixels[alpha == 0] = 0
    return pixels


def by_pillow(content: bytes) -> list[np.ndarray]:
    with Image.open(io.BytesIO(content)) as image:
        frames = []
        for number in range(image.n_frames):
            image.seek(number)
            pixels = np.array(image.convert("RGBA"))
            pixels[pixels[..., 3] == 0] = 0
            frames.append(pixels)
    return frames


@pytest.mark.parametrize("alpha", [None, "hard", "soft"])
@pytest.mark.parametrize("format_name", MOVING_FORMATS)
def test_frames_sequence_and_time_come_back(format_name, alpha):
    picture = animation(alpha)
    content = encode(picture, WriteOptions(format_name))
    back = read(content)
    assert len(back.frames) == len(picture.frames) == 8
    assert back.loop == 5
    assert back.has_alpha == (alpha is not None)
    if format_name == "gif":
        assert abs(sum(back.durations_ms) - sum(picture.durations_ms)) <= 5
        hard = [
            None if f.alpha is None else np.where(f.alpha >= 128, 255, 0).astype(np.uint8)
            for f in picture.frames
        ]
        frames = [Frame(frame.rgb, mask) for frame, mask in zip(picture.frames, hard, strict=True)]
    else:
        assert back.durations_ms == picture.durations_ms
        frames = picture.frames
    witnesses = by_pillow(content)
    for frame, came_back, witness in zip(frames, back.frames, witnesses, strict=True):
        assert np.array_equal(shown(came_back), shown(frame))
        assert np.array_equal(witness, shown(frame))


def two_moving_parts(kind: str, count: int = 20) -> Picture:
    """Noise, which does not compress, in whose far corners a square each changes."""
    background = RNG.integers(0, 256, (120, 160, 1 if kind == "grey" else 3), dtype=np.uint8)
    alpha = None
    if kind == "soft":
        alpha = RNG.integers(0, 256, (120, 160), dtype=np.uint8)
        alpha[:12, :12] = alpha[-12:, -12:] = 255
    frames = []
    for number in range(count):
        rgb = np.broadcast_to(background, (120, 160, 3)).copy()
        rgb[1 : 6 + number % 5, 2:9] = 10 * number
        rgb[-9:-2, -7 - number % 4 : -1] = 255 - 10 * number
        frames.append(Frame(rgb, alpha))
    return Picture(tuple(frames), kind == "grey", durations_ms=(40,) * count)


@pytest.mark.parametrize("kind", ["colour", "grey", "soft"])
@pytest.mark.parametrize("format_name", ["png", "webp"])
def test_two_small_parts_far_from_each_other_cost_what_they_are(format_name, kind):
    picture = two_moving_parts(kind)
    content = encode(picture, WriteOptions(format_name))
    first = encode(picture.still(picture.frames[0]), WriteOptions(format_name))
    # Twenty frames of about 100 changed pixels and some headers; the rectangle around both parts has 19,000.
    assert len(content) < 1.15 * len(first) + 19 * 600
    back = read(content)
    assert back.durations_ms == picture.durations_ms
    for frame, came_back, witness in zip(picture.frames, back.frames, by_pillow(content), strict=True):
        assert np.array_equal(shown(came_back), shown(frame))
        assert np.array_equal(witness, shown(frame))


@pytest.mark.parametrize("format_name", ["png", "webp"])
def test_what_becomes_transparent_or_half_so_is_replaced_and_not_drawn_over(format_name):
    opaque = two_moving_parts("soft", 2)
    frames = [opaque.frames[0]]
    for level in (0, 128, 255, 1):
        alpha = opaque.frames[0].alpha.copy()
        alpha[2:6, 2:6] = level
        frames.append(Frame(opaque.frames[1].rgb, alpha))
    picture = Picture(tuple(frames), is_grey=False, durations_ms=(40,) * 5)
    content = encode(picture, WriteOptions(format_name))
    for frame, came_back, witness in zip(
        picture.frames, read(content).frames, by_pillow(content), strict=True
    ):
        assert np.array_equal(shown(came_back), shown(frame))
        assert np.array_equal(witness, shown(frame))


def test_an_opaque_animation_that_changes_everywhere_has_no_alpha():
    frames = tuple(Frame(RNG.integers(0, 256, (9, 9, 3), dtype=np.uint8)) for _ in range(3))
    content = encode(Picture(frames, is_grey=False, durations_ms=(40,) * 3), WriteOptions("png"))
    assert content[25] == 2  # the colour type: RGB


@pytest.mark.parametrize("loop", [0, 1, 2, 70000])
@pytest.mark.parametrize("format_name", MOVING_FORMATS)
def test_plays_are_kept_as_far_as_the_format_counts(format_name, loop):
    picture = dataclasses.replace(animation(), loop=loop)
    most = {"png": 70000, "webp": 65535, "gif": 65536}[format_name]
    assert read(encode(picture, WriteOptions(format_name))).loop == min(loop, most)


@pytest.mark.parametrize("first", MOVING_FORMATS)
@pytest.mark.parametrize("second", MOVING_FORMATS)
def test_one_format_becomes_another(first, second):
    picture = read(encode(animation("hard"), WriteOptions(first)))
    back = read(encode(picture, WriteOptions(second)))
    assert all(
        np.array_equal(shown(one), shown(other))
        for one, other in zip(picture.frames, back.frames, strict=True)
    )
    assert back.loop == picture.loop
    assert abs(sum(back.durations_ms) - sum(picture.durations_ms)) <= 5


def test_centiseconds_carry_their_remainders():
    assert sum(centiseconds([33] * 30)) == 99
    assert set(centiseconds([33] * 30)) == {3, 4}
    assert centiseconds([10, 20, 100, 0, 50]) == (1, 2, 10, 0, 5)
    assert centiseconds([15, 15, 15, 100]) == (2, 2, 2, 9)  # never below what browsers slow down
    assert centiseconds([5, 5, 5, 5]) == (1, 0, 1, 0)
    assert centiseconds([10**6]) == (65535,)


def test_a_gif_has_one_palette_for_all_frames_and_equal_pixels_stay_equal():
    picture = animation(levels=256, count=8)
    content = encode(picture, WriteOptions("gif"))
    assert content[10] & 0x80  # a global palette
    frames = read(content).frames
    for one, other, small_one, small_other in zip(
        picture.frames, picture.frames[1:], frames, frames[1:], strict=False
    ):
        same = (one.rgb == other.rgb).all(axis=2)
        assert np.array_equal(small_one.rgb[same], small_other.rgb[same])
    assert (
        max(np.abs(a.rgb.astype(int) - b.rgb).mean() for a, b in zip(picture.frames, frames, strict=True))
        < 16
    )


def test_a_still_gif():
    rgba = RNG.integers(0, 2, (9, 13, 4), dtype=np.uint8) * 255
    back = read(encode(Picture.from_array(rgba), WriteOptions("gif")))
    assert not back.is_animated
    assert np.array_equal(shown(back.frames[0]), shown(Picture.from_array(rgba).frames[0]))
    grey = Picture.from_array(np.arange(240, dtype=np.uint8).reshape(12, 20))
    assert read(encode(grey, WriteOptions("gif"))).is_grey
    assert format_of_suffix(".GIF") == "gif"


def test_nothing_visible_is_a_gif_too():
    rgba = np.zeros((3, 4, 4), np.uint8)
    assert (read(encode(Picture.from_array(rgba), WriteOptions("gif"))).frames[0].alpha == 0).all()


@pytest.mark.parametrize("format_name", ["png", "webp"])
def test_metadata_travels_with_animations_and_can_be_stripped(format_name):
    exif = Image.Exif()
    exif[0x013B] = "An Artist"
    picture = dataclasses.replace(animation(), icc_profile=PROFILE, exif=exif.tobytes(), dpi=(300.0, 300.0))
    back = read(encode(picture, WriteOptions(format_name)))
    assert back.icc_profile == PROFILE
    assert back.dpi == pytest.approx((300, 300), rel=1e-3)
    assert b"An Artist" in back.exif
    stripped = read(encode(picture, WriteOptions(format_name, strip=True)))
    assert (stripped.icc_profile, stripped.exif, stripped.dpi) == (None, None, None)


@pytest.mark.parametrize("format_name", MOVING_FORMATS)
def test_a_background_goes_under_every_frame(format_name):
    picture = animation("hard")
    back = read(encode(picture, WriteOptions(format_name, background="#ff0000")))
    assert not back.has_alpha
    for frame, came_back in zip(picture.frames, back.frames, strict=True):
        hidden = frame.alpha == 0
        assert (came_back.rgb[hidden] == (255, 0, 0)).all()
        assert np.array_equal(came_back.rgb[~hidden], frame.rgb[~hidden])


def test_a_grey_animation_has_one_channel():
    picture = animation(is_grey=True)
    content = encode(picture, WriteOptions("png"))
    assert content[25] in (0, 4)  # the colour type: grey, or grey and alpha
    assert read(content).is_grey


def test_a_lossy_webp_changes_only_where_the_picture_does():
    picture = animation(count=4)
    content = encode(picture, WriteOptions("webp", quality=70))
    frames = read(content).frames
    assert len(content) < len(encode(picture, WriteOptions("webp", quality=100)))
    corner = np.s_[20:, 25:]
    assert all(np.array_equal(frames[0].rgb[corner], frame.rgb[corner]) for frame in frames)


def test_stills_only_formats_and_a_quality_for_gif_are_refused():
    with pytest.raises(PictureError, match=r"jpeg file holds a still. Received: an animation of 8 frames"):
        encode(animation(), WriteOptions("jpeg"))
    with pytest.raises(PictureError, match="Write png, webp or gif"):
        check(1, 1, False, WriteOptions("jpeg"), frames=2)
    with pytest.raises(UsageError, match="gif takes no quality"):
        check(1, 1, False, WriteOptions("gif", 80))
    with pytest.raises(PictureError, match="at most 65535"):
        check(65536, 1, False, WriteOptions("gif"))


def test_long_durations_are_kept_as_far_as_the_format_counts():
    rest = (1, 2, 3)
    picture = dataclasses.replace(animation(count=4), durations_ms=(90_000, 700_000, 10**8, *rest))
    assert read(encode(picture, WriteOptions("png"))).durations_ms == (90_000, 700_000, 65535_000, *rest)
    assert read(encode(picture, WriteOptions("webp"))).durations_ms == (90_000, 700_000, 2**24 - 1, *rest)


def test_an_animation_becomes_one_that_pillow_opened_and_a_file_appears_whole(tmp_path):
    picture = animation("soft")
    image = to_pil(picture)
    assert (image.n_frames, image.size) == (8, (41, 30))
    back = from_pil(image)
    assert all(np.array_equal(shown(a), shown(b)) for a, b in zip(picture.frames, back.frames, strict=True))
    assert (back.durations_ms, back.loop) == (picture.durations_ms, 5)
    size = write(picture, tmp_path / "a.gif", WriteOptions("gif"))
    assert [path.stat().st_size for path in tmp_path.iterdir()] == [size]
