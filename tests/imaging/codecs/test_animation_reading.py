"""Frames as the specifications composite them, from files built by hand; every other viewer is a witness."""

import io
import struct

import numpy as np
import pytest
from animation_files import COLOURS, apng, gif, png_chunk, webp
from PIL import Image

from waifu4x_tf.errors import PictureError
from waifu4x_tf.imaging.codecs import animation_reading
from waifu4x_tf.imaging.picture import Picture
from waifu4x_tf.imaging.pil import from_pil, to_pil
from waifu4x_tf.imaging.reading import probe, read, read_header

KEEP, CLEAR, RESTORE = 0, 1, 2
RED, GREEN, BLUE = [255, 0, 0, 255], [0, 255, 0, 255], [0, 0, 255, 255]
NOTHING = [0, 0, 0, 0]


def filled(colour, height=1, width=1):
    return np.full((height, width, 4), colour, np.uint8)


def rgba(picture: Picture, number: int) -> list:
    """A frame as nested lists, with nothing under transparent pixels."""
    pixels = picture.still(picture.frames[number]).to_array(channels=4).copy()
    pixels[pixels[..., 3] == 0] = 0
    return pixels.tolist()


def test_gif_disposals():
    dot = [[2]]
    frames = [
        (0, 0, [[1, 1, 1]], 1, 5, None),  # red, kept
        (1, 0, dot, 3, 5, None),  # green in the middle, then what was there before
        (2, 0, [[3]], 2, 5, None),  # blue at the right, then cleared
        (0, 0, [[0, 2]], 0, 5, 0),  # its first pixel is transparent
    ]
    picture = read(gif(3, 1, frames))
    assert [rgba(picture, number) for number in range(4)] == [
        [[RED, RED, RED]],
        [[RED, GREEN, RED]],
        [[RED, RED, BLUE]],
        [[RED, GREEN, NOTHING]],
    ]


def test_a_gif_frame_may_reach_beyond_the_canvas_and_a_first_frame_may_fill_a_part_of_it():
    picture = read(gif(3, 2, [(1, 1, [[1]], 1, 5, None), (2, 0, [[2, 2], [2, 2], [2, 2]], 1, 5, None)]))
    assert rgba(picture, 0) == [[NOTHING] * 3, [NOTHING, RED, NOTHING]]
    assert rgba(picture, 1) == [[NOTHING, NOTHING, GREEN], [NOTHING, RED, GREEN]]


@pytest.mark.parametrize(("repeats", "loop"), [(None, 1), (0, 0), (1, 2), (5, 6)])
def test_a_gif_counts_repetitions_and_a_picture_plays(repeats, loop):
    frames = [(0, 0, [[1]], 0, 4, None), (0, 0, [[2]], 0, 0, None)]
    picture = read(gif(1, 1, frames, repeats=repeats))
    assert picture.loop == loop
    assert picture.durations_ms == (40, 0)
    assert picture.durations_ms == from_pil(Image.open(io.BytesIO(gif(1, 1, frames)))).durations_ms


def test_one_frame_is_a_still():
    still = read(gif(2, 1, [(0, 0, [[1, 2]], 2, 7, None)], repeats=0))
    part = read(gif(2, 1, [(1, 0, [[2]], 2, 7, None)]))
    apng_still = read(apng((1, 1), [(0, 0, filled(RED), 0, 0, (1, 2))], default=filled(BLUE)))
    webp_still = read(webp((1, 2), [(0, 0, filled(GREEN), 0, 1, 50)]))
    for picture in (still, part, apng_still, webp_still):
        assert not picture.is_animated
        assert picture.durations_ms == ()
    assert rgba(still, 0) == [[RED, GREEN]]
    assert rgba(part, 0) == [[NOTHING, GREEN]]
    assert rgba(apng_still, 0) == [[RED]]
    assert rgba(webp_still, 0) == [[GREEN, NOTHING]]


@pytest.mark.parametrize("disposal", [KEEP, CLEAR, RESTORE])
@pytest.mark.parametrize("blend", [0, 1])
def test_apng_operations(disposal, blend):
    half = [0, 0, 255, 128]
    frames = [
        (0, 0, filled(RED, 1, 3), KEEP, 0, (1, 10)),
        (0, 0, np.array([[GREEN, NOTHING]], np.uint8), disposal, blend, (1, 10)),
        (1, 0, filled(half), KEEP, blend, (1, 10)),
    ]
    picture = read(apng((1, 3), frames))
    second = [[GREEN, RED if blend else NOTHING, RED]]
    assert rgba(picture, 0) == [[RED, RED, RED]]
    assert rgba(picture, 1) == second
    below = {KEEP: second[0], CLEAR: [NOTHING, NOTHING, RED], RESTORE: [RED, RED, RED]}[disposal]
    mixed = [127, 0, 128, 255] if below[1] == RED and blend else half
    assert rgba(picture, 2) == [[below[0], mixed, below[2]]]


def test_soft_over_soft_is_the_over_operator():
    """Pillow mixes the alphas linearly here, which is why frames are composited by this project."""
    below, above = [200, 100, 0, 100], [0, 50, 250, 60]
    frames = [(0, 0, filled(below), KEEP, 0, (1, 10)), (0, 0, filled(above), KEEP, 1, (1, 10))]
    share, share_below = 60 / 255, 100 / 255 * (1 - 60 / 255)
    alpha = share + share_below
    colour = (np.array(above[:3]) * share + np.array(below[:3]) * share_below) / alpha
    expected = [*np.rint(colour), round(alpha * 255)]
    for file in (apng((1, 1), frames), webp((1, 1), [(*frame[:3], 0, 1, 9) for frame in frames])):
        assert rgba(read(file), 1) == [[expected]]


def test_apng_restore_of_the_first_frame_is_clear():
    frames = [(0, 0, filled(RED), RESTORE, 0, (1, 10)), (0, 0, filled(NOTHING), KEEP, 1, (1, 10))]
    assert rgba(read(apng((1, 1), frames)), 1) == [[NOTHING]]


def test_a_default_image_is_no_frame():
    frames = [(0, 0, filled(RED), KEEP, 0, (1, 10)), (0, 0, filled(GREEN), KEEP, 0, (1, 10))]
    file = apng((1, 1), frames, default=filled(BLUE), plays=3)
    for picture in (read(file), from_pil(Image.open(io.BytesIO(file)))):
        assert [rgba(picture, number) for number in range(2)] == [[[RED]], [[GREEN]]]
        assert picture.loop == 3


def test_fractions_of_a_second_add_up():
    frames = [(0, 0, filled(colour), KEEP, 0, (1, 30)) for colour in (RED, GREEN, BLUE)] * 10
    picture = read(apng((1, 1), frames))
    assert set(picture.durations_ms) == {33, 34}
    assert sum(picture.durations_ms) == 1000
    hundredths = read(apng((1, 1), [(*frame[:5], (7, 0)) for frame in frames[:2]]))
    assert hundredths.durations_ms == (70, 70)


def test_webp_operations_are_those_of_the_reference_decoder():
    rng = np.random.default_rng(4)
    frames = []
    for number, (disposes, blends) in enumerate([(0, 0), (0, 1), (1, 1), (0, 0), (1, 0), (0, 1)]):
        pixels = rng.integers(0, 256, (4, 6, 4), dtype=np.uint8)
        pixels[..., 3] = rng.choice([0, 255], (4, 6))
        frames.append((2 * (number % 3), 2 * (number % 2), pixels, disposes, blends, 10 + number))
    file = webp((8, 12), frames, plays=2)
    picture = read(file)
    assert (picture.loop, picture.durations_ms) == (2, (10, 11, 12, 13, 14, 15))
    with Image.open(io.BytesIO(file)) as image:
        for number in range(6):
            image.seek(number)
            expected = np.array(image.convert("RGBA"))
            expected[expected[..., 3] == 0] = 0
            assert rgba(picture, number) == expected.tolist()


def test_equal_frames_are_one_object_and_opaque_ones_have_no_alpha():
    frames = [(0, 0, filled(colour), KEEP, 0, (1, 10)) for colour in (RED, GREEN, GREEN, RED)]
    picture = read(apng((1, 1), frames))
    assert len(picture.frames) == 4
    assert len(picture.distinct_frames) == 2
    assert not picture.has_alpha
    assert to_pil(picture).n_frames == 4


def test_grey_is_found_over_all_frames():
    grey = [7, 7, 7, 255]
    assert read(apng((1, 1), [(0, 0, filled(grey), 0, 0, (1, 9))] * 2)).is_grey
    frames = [(0, 0, filled(colour), 0, 0, (1, 9)) for colour in (grey, RED)]
    assert not read(apng((1, 1), frames)).is_grey


def test_exif_turns_every_frame():
    exif = Image.Exif()
    exif[0x0112] = 6
    pixels = np.array([[RED, GREEN, BLUE]], np.uint8)
    file = apng((1, 3), [(0, 0, pixels, 0, 0, (1, 9)), (0, 0, pixels[:, ::-1].copy(), 0, 0, (1, 9))])
    at = file.index(b"acTL") - 4
    file = file[:at] + png_chunk(b"eXIf", exif.tobytes()[6:]) + file[at:]
    picture = read(file)
    assert rgba(picture, 0) == [[RED], [GREEN], [BLUE]]
    assert rgba(picture, 1) == [[BLUE], [GREEN], [RED]]
    assert probe(file)[:2] == (1, 3)


@pytest.mark.parametrize("turn", list(Image.Transpose))
def test_turns_are_pillows(turn):
    pixels = np.arange(24, dtype=np.uint8).reshape(2, 4, 3)
    expected = np.asarray(Image.fromarray(pixels).transpose(turn))
    assert np.array_equal(animation_reading._turned(pixels, turn), expected)


def test_the_header_reports_frames_and_duration():
    frames = [(0, 0, filled(colour), 0, 1, 30) for colour in (RED, GREEN)]
    header = read_header(webp((5, 7), frames))
    assert (header.width, header.height, header.format) == (7, 5, "webp")
    assert (header.frames, header.duration_ms) == (2, 60)
    still = read_header(gif(1, 1, [(0, 0, [[1]], 0, 9, None)]))
    assert (still.frames, still.duration_ms) == (1, 0)


def test_all_frames_count_against_the_cap():
    file = webp((500, 500), [(0, 0, filled(RED), 0, 1, 30)] * 5)
    with pytest.raises(PictureError, match=r"500 x 500 in 5 frames = 1\.2 megapixels"):
        read_header(file, max_megapixels=1)
    with pytest.raises(PictureError, match=r"2000 x 2000 in 5 frames = 20\.0 megapixels"):
        read(file, max_output_megapixels=19)
    part = (0, 0, np.zeros((1, 1)), 0, 5, None)
    hostile = gif(1, 1, [part] * 3).replace(
        struct.pack("<BHHHH", 0x2C, 0, 0, 1, 1), b"\x2c\0\0\0\0\xff\xff\xff\xff"
    )
    with pytest.raises(PictureError, match="at most 64 megapixels"):
        read(hostile)


def test_too_many_frames_are_reported(monkeypatch):
    monkeypatch.setattr(animation_reading, "MAX_FRAMES", 3)
    with pytest.raises(PictureError, match=r"at most 3 frames. Received: 4\."):
        read_header(gif(1, 1, [(0, 0, [[1]], 0, 1, None)] * 4))


TWO = [(0, 0, filled(RED, 2, 2), 0, 0, (1, 9)), (0, 0, filled(BLUE, 2, 2), 0, 0, (1, 9))]
DAMAGED = {
    "gif cut short": gif(1, 1, [(0, 0, [[1]], 0, 1, None)] * 2, end=b"")[:-3],
    "gif without frames": gif(1, 1, []),
    "unknown gif block": gif(1, 1, [], end=b"\x99\x99"),
    "apng cut short": apng((2, 2), TWO)[:-60],
    "apng checksum": apng((2, 2), TWO).replace(b"fdAT\0\0\0\2", b"fdAT\0\0\1\2"),
    "webp frame outside": webp((2, 2), [(2, 0, filled(RED, 2, 2), 0, 0, 9)]),
}


ACTL = png_chunk(b"acTL", struct.pack(">II", 2, 0))
BROKEN = {
    "3 frames where it says 2": apng((2, 2), [*TWO, TWO[0]], promised=2, default=filled(GREEN, 2, 2)),
    "2 frames where it says 3": apng((2, 2), TWO, promised=3, default=filled(GREEN, 2, 2)),
    "two counts": apng((2, 2), TWO, default=filled(GREEN, 2, 2)).replace(ACTL, ACTL * 2),
    "beyond": apng((2, 2), [*TWO, (1, 1, filled(RED, 2, 2), 0, 0, (1, 9))], default=filled(GREEN, 2, 2)),
    "operation": apng((2, 2), [*TWO, (0, 0, filled(RED, 2, 2), 3, 0, (1, 9))], default=filled(GREEN, 2, 2)),
    "out of order": apng((2, 2), TWO, default=filled(GREEN, 2, 2)).replace(
        png_chunk(b"fcTL", struct.pack(">IIIIIHHBB", 2, 2, 2, 0, 0, 1, 9, 0, 0)),
        png_chunk(b"fcTL", struct.pack(">IIIIIHHBB", 9, 2, 2, 0, 0, 1, 9, 0, 0)),
    ),
}


@pytest.mark.parametrize("reason", BROKEN)
def test_an_apng_whose_animation_is_broken_is_its_default_image_with_a_note(reason):
    picture = read(BROKEN[reason])
    assert (picture.is_animated, rgba(picture, 0)) == (False, [[GREEN, GREEN]] * 2)
    assert picture.note.startswith("its animation is broken (")
    assert reason in picture.note
    assert read_header(BROKEN[reason]).frames == 1
    assert read(apng((2, 2), TWO, promised=3)).frames[0].rgb[0, 0].tolist() == RED[:3]
    assert read(apng((2, 2), TWO)).note is None


@pytest.mark.parametrize("case", DAMAGED)
def test_damaged_animations_are_reported(case):
    with pytest.raises(PictureError, match="damaged or truncated"):
        read(DAMAGED[case], name="cat")


def test_rubbish_behind_a_gif_and_a_missing_end_do_no_harm():
    frames = [(0, 0, [[1]], 0, 1, None), (0, 0, [[2]], 0, 1, None)]
    for end in (b"", b"\0\0rubbish", b"\x3b\x2c more"):
        assert len(read(gif(1, 1, frames, end=end)).frames) == 2


def test_a_frame_behind_rubbish_is_seen_neither_by_the_header_nor_by_the_reader():
    frame = (0, 0, [[1]], 0, 1, None)
    file = gif(1, 1, [frame], end=b"\x99" + gif(1, 1, [frame])[25:])
    with Image.open(io.BytesIO(file)) as image:
        assert image.n_frames == 2
    assert read_header(file).frames == len(read(file).frames) == 1


def test_an_empty_gif_frame_only_takes_time():
    nothing = (0, 0, np.zeros((0, 3)), 1, 30, None)
    picture = read(gif(2, 1, [(0, 0, [[1, 2]], 1, 10, None), nothing]))
    assert picture.durations_ms == (100, 300)
    assert rgba(picture, 0) == rgba(picture, 1) == [[RED, GREEN]]


def test_gif_colours_come_from_the_palette():
    picture = read(gif(4, 1, [(0, 0, [[0, 1, 2, 3]], 0, 1, None), (0, 0, [[3, 2, 1, 0]], 0, 1, None)]))
    assert picture.frames[0].rgb[0].tolist() == COLOURS.tolist()
    assert picture.frames[1].rgb[0].tolist() == COLOURS[::-1].tolist()


def test_what_pillow_opened_is_an_animation_too_and_stands_where_it_stood():
    frames = [(0, 0, filled(colour), 0, 1, 20 + number) for number, colour in enumerate((RED, GREEN, BLUE))]
    image = Image.open(io.BytesIO(webp((1, 1), frames, plays=4)))
    image.seek(1)
    picture = from_pil(image)
    assert [rgba(picture, number) for number in range(3)] == [[[RED]], [[GREEN]], [[BLUE]]]
    assert (picture.durations_ms, picture.loop) == ((20, 21, 22), 4)
    assert image.tell() == 1
