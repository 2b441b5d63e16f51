"""What the slider shows: two pictures of one size, of the same part of the same picture."""

import numpy as np
import pytest
from fake_upscaler import repeat
from PIL import Image

from demo.upscale.previews import before_and_after
from waifu4x_tf.batch.outcome import Outcome
from waifu4x_tf.data.procedural import draw_rgb
from waifu4x_tf.imaging.depth import with_bits
from waifu4x_tf.imaging.interpolation import resize
from waifu4x_tf.imaging.picture import Frame, Picture
from waifu4x_tf.imaging.target import Target
from waifu4x_tf.imaging.writing import WriteOptions, write
from waifu4x_tf.inference.route import Route


def shown_of(picture, target, folder, *, file_format="png", bits=8):
    """What is shown of a result that repeats pixels; the network's part is no matter here."""
    route = Route.plan(picture.width, picture.height, target, scale=4, reach=10)
    large = picture
    for _ in range(route.passes):
        large = large.map_frames(
            lambda frame: Frame(repeat(frame.rgb), None if frame.alpha is None else repeat(frame.alpha))
        )
    path = folder / f"result.{file_format}"
    write(route.end(large), path, WriteOptions(file_format))
    outcome = Outcome("a.png", str(path), "done", bits=bits)
    return before_and_after(picture, outcome, target, folder / "0")


def pixels_of(path):
    with Image.open(path) as image:
        return np.asarray(image.convert("RGBA"), np.int16)


def drawn(width, height):
    return Picture.from_array(draw_rgb(1, seed=5, width=width, height=height))


@pytest.mark.parametrize(
    "target",
    [
        Target(),
        Target(2.5),
        Target(16),
        Target(min_side=30),
        Target(size=(200, 90), fit="inside"),
        Target(size=(200, 90), fit="cover"),
        Target(size=(201, 90), fit="pad"),
        Target(size=(200, 90), fit="stretch"),
    ],
)
def test_both_sides_are_framed_alike(tmp_path, target):
    shown = shown_of(drawn(60, 40), target, tmp_path)
    before, after = pixels_of(shown.before), pixels_of(shown.after)
    assert before.shape == after.shape
    assert (after.shape[1], after.shape[0]) == target.result_size(60, 40)
    assert np.array_equal(before[..., 3] == 0, after[..., 3] == 0)
    opaque = before[..., 3] > 0
    # Repeated pixels and bicubic differ at edges alone; a part of another place would differ everywhere.
    assert np.abs(before - after)[opaque].mean() < 12


@pytest.mark.parametrize("fit", ["inside", "cover", "pad"])
def test_of_a_large_result_the_same_part_is_shown(tmp_path, monkeypatch, fit):
    monkeypatch.setattr("demo.upscale.previews._MOST_SHOWN_PX", 10_000)
    monkeypatch.setattr("demo.upscale.previews._PART_SIDE_PX", 64)
    shown = shown_of(drawn(60, 40), Target(size=(300, 180), fit=fit), tmp_path)
    before, after = pixels_of(shown.before), pixels_of(shown.after)
    assert shown.part
    assert before.shape == after.shape
    assert 40 <= after.shape[0] <= 64
    assert np.abs(before - after).mean() < 12


@pytest.mark.parametrize("has_alpha", [False, True])
@pytest.mark.parametrize("file_format", ["png", "tiff"])
def test_16_bits_are_shown_in_8(tmp_path, file_format, has_alpha):
    picture = with_bits(drawn(40, 30), 16)
    frame = picture.frames[0]
    grey = np.repeat(frame.rgb[..., :1], 3, axis=2)
    alpha = np.full(grey.shape[:2], 65535, np.uint16) if has_alpha else None
    for each, is_grey in ((frame.rgb, False), (grey, True)):
        folder = tmp_path / str(is_grey)
        folder.mkdir()
        small = Picture((Frame(each, alpha),), is_grey)
        shown = shown_of(small, Target(), folder, file_format=file_format, bits=16)
        with Image.open(shown.after) as image:
            assert image.format == "PNG"
            assert not image.mode.startswith("I")
        assert np.abs(pixels_of(shown.before) - pixels_of(shown.after)).mean() < 12


def test_of_an_animation_the_first_frame_is_shown_beside_what_moves(tmp_path):
    first, second = (drawn(40, 30).frames[0], Frame(np.zeros((30, 40, 3), np.uint8)))
    moving = Picture((first, second), False, durations_ms=(100, 100))
    shown = shown_of(moving, Target(), tmp_path, file_format="webp")
    assert shown.still
    assert shown.moving is not None
    assert shown.moving.suffix == ".webp"
    with Image.open(shown.before) as image:
        assert np.array_equal(np.asarray(image), resize(first.rgb, (120, 160), "bicubic"))
    assert np.abs(pixels_of(shown.before) - pixels_of(shown.after)).mean() < 12
