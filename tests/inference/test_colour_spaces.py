"""Pictures with an ICC profile: the network sees sRGB, the result is in the picture's own space."""

import io

import numpy as np
import pytest
from icc_profiles import LIKE_P3, LIKE_SRGB, WIDE, grey_profile
from PIL import Image

from waifu4x_tf.data.procedural import draw_rgb
from waifu4x_tf.imaging import reading, writing
from waifu4x_tf.imaging.colour_management import srgb_view
from waifu4x_tf.imaging.picture import Frame, Picture
from waifu4x_tf.inference.loading import load_upscaler
from waifu4x_tf.inference.upscaler import Upscaler

DRAWING = draw_rgb(0, seed=9, width=60, height=44)


class _Watched:
    """Repeats pixels, and keeps what it was shown."""

    name, fixed_size, bytes_per_pixel = "watched", None, 0

    def __init__(self):
        self.seen = []

    def run(self, tile):
        self.seen.append(tile[0])
        return tile.repeat(2, axis=1).repeat(2, axis=2)


def upscaled(picture, raw=False):
    engine = _Watched()
    upscaler = Upscaler(engine, name="x", scale=2, radius=0, raw=raw, tile_px=0)
    return upscaler.upscale(picture), engine.seen


def picture(rgb, profile, is_grey=False):
    return Picture((Frame(rgb),), is_grey=is_grey, icc_profile=profile)


@pytest.mark.parametrize("name", WIDE)
def test_the_network_sees_srgb_and_the_result_is_as_the_picture(name):
    own = srgb_view(WIDE[name], is_grey=False, bits=8).from_srgb(DRAWING)
    result, (seen,) = upscaled(picture(own, WIDE[name]))
    assert (seen == srgb_view(WIDE[name], is_grey=False, bits=8).to_srgb(own)).all()
    assert result.icc_profile == WIDE[name]
    # Repeated pixels have the same means; what a round trip loses, and where sRGB ends, is put back.
    large = own.repeat(2, axis=0).repeat(2, axis=1).astype(int)
    assert np.abs(result.frames[0].rgb - large).mean() < 0.5


def test_without_a_profile_or_with_srgb_nothing_changes():
    expected, (plain,) = upscaled(picture(DRAWING, None))
    for profile in (LIKE_SRGB, b"broken"):
        result, (seen,) = upscaled(picture(DRAWING, profile))
        assert (seen == plain).all()
        assert (result.frames[0].rgb == expected.frames[0].rgb).all()


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("colour", [(255, 0, 0), (0, 255, 0), (20, 30, 250), (255, 255, 255), (3, 2, 1)])
def test_colours_that_srgb_cannot_hold_come_back(dtype, colour):
    most = np.iinfo(dtype).max
    flat = np.full((12, 12, 3), colour, dtype) * dtype(most // 255)
    result, (seen,) = upscaled(picture(flat, LIKE_P3))
    assert seen.dtype == (np.uint8 if dtype == np.uint8 else np.float32)
    assert (result.frames[0].rgb == flat[0, 0]).all()


def test_the_edge_of_a_colour_beyond_srgb_keeps_its_place():
    own = np.full((16, 24, 3), 255, np.uint8)
    own[:, 12:] = (0, 255, 0)
    result, _ = upscaled(picture(own, LIKE_P3))
    red = result.frames[0].rgb[16, :, 0].astype(int)
    assert (red[:22] == 255).all()
    assert (red[26:] == 0).all()
    assert (np.diff(red) <= 0).all()


def test_raw_is_converted_and_nothing_more():
    own = draw_rgb(2, seed=5, width=40, height=30)
    view = srgb_view(LIKE_P3, is_grey=False, bits=8)
    result, (seen,) = upscaled(picture(own, LIKE_P3), raw=True)
    assert (result.frames[0].rgb == view.from_srgb(seen.repeat(2, axis=0).repeat(2, axis=1))).all()


def test_grey_goes_by_its_profile_and_stays_grey():
    own = np.repeat(DRAWING[..., :1], 3, axis=2)
    profile = grey_profile(1.6)
    result, (seen,) = upscaled(picture(own, profile, is_grey=True))
    assert (seen == srgb_view(profile, is_grey=True, bits=8).to_srgb(own)).all()
    large = result.frames[0].rgb
    assert (large == large[..., :1]).all()
    assert result.icc_profile == profile


def test_frames_and_transparency_go_the_same_way():
    alpha = np.full(DRAWING.shape[:2], 255, np.uint8)
    alpha[:, :20] = 0
    other = DRAWING.copy()
    other[5:15, 30:40] = (250, 10, 20)
    frames = (Frame(DRAWING, alpha), Frame(other, alpha))
    animation = Picture(frames, is_grey=False, icc_profile=LIKE_P3, durations_ms=(20, 30))
    result, _ = upscaled(animation)
    for frame, large in zip(frames, result.frames, strict=True):
        alone, _ = upscaled(Picture((frame,), is_grey=False, icc_profile=LIKE_P3))
        assert (large.rgb == alone.frames[0].rgb).all()


@pytest.mark.slow
def test_a_file_keeps_profile_and_look(estimated):
    """The shipped network gives what it gives for the same picture in sRGB; the profile is in the file."""
    view = srgb_view(LIKE_P3, is_grey=False, bits=8)
    content = io.BytesIO()
    Image.fromarray(view.from_srgb(DRAWING)).save(content, "PNG", icc_profile=LIKE_P3)
    upscaler = load_upscaler()
    result = upscaler.upscale(reading.read(content.getvalue()))
    with Image.open(io.BytesIO(writing.encode(result, writing.WriteOptions(format="png")))) as image:
        assert image.info["icc_profile"] == LIKE_P3
        shown = view.to_srgb(np.asarray(image))
    difference = np.abs(shown.astype(int) - upscaler.upscale(DRAWING))
    assert difference.mean() < 1.5
    assert np.quantile(difference, 0.99) <= 6
