"""Any size: passes through the network, what is averaged down, and tiles that stay tiles."""

import numpy as np
import pytest

from waifu4x_tf.data.procedural import draw_rgb
from waifu4x_tf.errors import UsageError
from waifu4x_tf.imaging.picture import Frame, Picture
from waifu4x_tf.imaging.shrinking import shrink
from waifu4x_tf.imaging.target import Target
from waifu4x_tf.inference.loading import load_upscaler
from waifu4x_tf.inference.route import Route
from waifu4x_tf.inference.upscaler import Upscaler


class Network:
    """A network of any factor that reaches one pixel: repeats the mean of a pixel and its right neighbour."""

    name, fixed_size, bytes_per_pixel = "repeats", None, 4

    def __init__(self, scale):
        self.scale, self.runs = scale, 0

    def run(self, tile):
        """As `Engine.run`, and counted."""
        self.runs += 1
        mixed = (tile.astype(np.uint16) + np.roll(tile, -1, axis=2) + 1) // 2
        return mixed.astype(np.uint8).repeat(self.scale, axis=1).repeat(self.scale, axis=2)


def upscaler(scale, tile_px=None) -> Upscaler:
    return Upscaler(Network(scale), name="repeats", scale=scale, radius=1, tile_px=tile_px)


@pytest.fixture(scope="module")
def tiny(tiny_models):
    return load_upscaler(str(tiny_models / "tiny_int8.tflite"))


def drawing(width: int, height: int) -> np.ndarray:
    return draw_rgb(3, seed=11, width=max(16, width), height=max(16, height))[:height, :width]


def transparent(width: int, height: int, *, soft: bool = True) -> np.ndarray:
    alpha = np.random.default_rng(4).integers(0, 256, (height, width), np.uint8)
    alpha[alpha < 150] = 0
    if not soft:
        alpha[alpha > 0] = 255
    return np.dstack([drawing(width, height), alpha])


def grey(width: int, height: int) -> np.ndarray:
    return drawing(width, height)[..., 1]


# --- passes ---


@pytest.mark.parametrize(
    ("scale", "asked", "runs"), [(2, 4, 2), (2, 16, 4), (3, 9, 2), (4, 16, 2), (4, 4, 1)]
)
def test_each_pass_enlarges_the_whole_result_of_the_last(scale, asked, runs):
    picture, model = drawing(9, 7), upscaler(scale)
    expected = picture
    for _ in range(runs):
        expected = upscaler(scale).upscale(expected)
    result = model.upscale(picture, target=Target(float(asked)))
    assert result.shape == (7 * asked, 9 * asked, 3)
    assert (result == expected).all()
    assert model._engine.runs == runs


def test_what_is_too_much_is_averaged_away(tiny):
    picture = drawing(20, 12)
    twice = tiny.upscale(tiny.upscale(picture))
    expected = shrink(Picture.from_array(twice), (60, 100)).frames[0].rgb
    assert (tiny.upscale(picture, target=Target(5.0)) == expected).all()


def test_a_smaller_result_does_without_the_network_unless_it_cleans(tiny):
    picture, target = drawing(40, 30), Target(size=(20, 20))
    model = upscaler(4)
    expected = shrink(Picture.from_array(picture), (15, 20), kernel="cosine").frames[0].rgb
    seen = []
    result = model.upscale(picture, target=target, progress=lambda *call: seen.append(call))
    assert (result == expected).all()
    assert (model._engine.runs, seen[-1]) == (0, (1200, 1200))
    cleaned = tiny.upscale(picture, target=Target(size=(20, 20), cleans=True))
    expected = shrink(Picture.from_array(tiny.upscale(picture)), (15, 20)).frames[0].rgb
    assert (cleaned == expected).all()


@pytest.mark.parametrize("wrap", ["", "x", "xy"])
def test_what_keeps_its_size_keeps_every_value_unless_the_network_cleans(wrap):
    model = Upscaler(Network(4), name="repeats", scale=4, radius=1, cleans=False)
    for picture in (grey(9, 12), drawing(9, 12), transparent(9, 12), transparent(9, 12, soft=False)):
        for target in (
            Target(1.0, wrap=wrap),
            Target(size=(9, 12), wrap=wrap),
            Target(min_side=9, wrap=wrap),
        ):
            assert (model.upscale(picture, target=target) == picture).all()
            sixteen_bit = picture.astype(np.uint16) * 257 - (picture > 3)
            assert (model.upscale(sixteen_bit, target=target) == sixteen_bit).all()
    assert model._engine.runs == 0
    model.upscale(drawing(9, 12), target=Target(1.0, cleans=True))
    assert model._engine.runs == 1


@pytest.mark.parametrize(("cleans", "same", "smaller"), [(True, 1, 1), (None, 1, 0), (False, 0, 0)])
def test_a_model_of_which_nobody_knows_whether_it_cleans_runs_where_the_size_is_kept(cleans, same, smaller):
    model = Upscaler(Network(4), name="repeats", scale=4, radius=1, cleans=cleans)
    assert model.route(9, 7, Target(1.0)).passes == same
    assert model.route(9, 7, Target(min_side=5)).passes == smaller


def test_progress_is_shared_by_the_pixels_of_each_pass():
    seen = []
    model = upscaler(2, tile_px=8)
    model.upscale(
        transparent(16, 8), target=Target(8.0), progress=lambda done, total: seen.append((done, total))
    )
    assert seen == sorted(seen)
    assert {total for _, total in seen} == {2 * 128 * (1 + 4 + 16)}
    assert seen[-1][0] == seen[-1][1]
    assert (2 * 128, 2 * 128 * 21) in seen
    assert (2 * 128 * 5, 2 * 128 * 21) in seen


def test_every_kind_of_picture_comes_out_as_its_kind(tiny):
    for picture in (grey(9, 12), drawing(9, 12), transparent(9, 12)):
        for target in (Target(7.3), Target(1.0), Target(min_side=5)):
            result = tiny.upscale(picture, target=target)
            size = target.result_size(9, 12)
            assert result.shape == (size[1], size[0], *picture.shape[2:])
    padded = tiny.upscale(grey(9, 12), target=Target(size=(40, 40), fit="pad"))
    assert padded.shape == (40, 40, 4)
    assert not padded[:, :5].any()
    covering = tiny.upscale(drawing(9, 12), target=Target(size=(40, 40), fit="cover"))
    assert covering.shape == (40, 40, 3)
    binary = tiny.upscale(transparent(9, 12, soft=False), target=Target(7.3))
    assert set(np.unique(binary[..., 3])) == {0, 255}


def test_a_route_says_what_will_be_in_memory():
    route = upscaler(4).route(3000, 2000, Target(16.0))
    assert route.sizes == ((3000, 2000), (12000, 8000), (48000, 32000))
    plans = upscaler(4).plans(100, 50, Target(5.0))
    assert [(plan.width, plan.height) for plan in plans] == [(100, 50), (400, 200)]
    assert plans[1].memory_bytes > plans[0].memory_bytes
    assert upscaler(4).plans(100, 50, Target(min_side=10)) == []
    with pytest.raises(UsageError, match="does not enlarge"):
        upscaler(1).upscale(drawing(4, 4), target=Target(2.0))


# --- tiles that are laid side by side ---


def assert_moved_alike(model, picture, target, scale, moves):
    result = model.upscale(picture, target=target)
    for across, down in moves:
        moved = model.upscale(np.roll(picture, (down, across), (0, 1)), target=target)
        assert (moved == np.roll(result, (down * scale, across * scale), (0, 1))).all()


@pytest.mark.parametrize("make", [drawing, grey, transparent, lambda *size: transparent(*size, soft=False)])
@pytest.mark.parametrize(("wrap", "moves"), [("x", [(5, 0)]), ("y", [(0, 3)]), ("xy", [(5, 3), (1, 9)])])
def test_a_moved_tile_gives_the_moved_result_to_the_byte(tiny, make, wrap, moves):
    assert_moved_alike(tiny, make(24, 18), Target(4.0, wrap=wrap), 4, moves)


@pytest.mark.parametrize("tile_px", [0, 7, 16])
def test_whatever_the_size_of_the_networks_tiles(tiny_models, tile_px):
    model = load_upscaler(str(tiny_models / "tiny_int8.tflite"), tile_px=tile_px)
    assert_moved_alike(model, transparent(20, 14), Target(4.0, wrap="xy"), 4, [(9, 4)])


@pytest.mark.parametrize("size", [(1, 1), (1, 9), (3, 2)])
@pytest.mark.parametrize("make", [drawing, transparent])
def test_a_tile_may_be_smaller_than_the_networks_reach(tiny, make, size):
    assert_moved_alike(tiny, make(*size), Target(4.0, wrap="xy"), 4, [(1, 1), (2, 5)])


@pytest.mark.parametrize("factor", [2.0, 8.0, 16.0])
def test_at_other_whole_factors_too(tiny, factor):
    assert_moved_alike(tiny, transparent(11, 9), Target(factor, wrap="xy"), int(factor), [(4, 7)])


def test_a_tile_made_smaller_stays_one(tiny):
    picture = transparent(24, 16)
    assert_moved_alike(
        tiny, np.repeat(np.repeat(picture, 2, 0), 2, 1), Target(size=(24, 16), wrap="xy"), 1, []
    )
    target = Target(size=(12, 8), wrap="xy")
    result = tiny.upscale(picture, target=target)
    moved = tiny.upscale(np.roll(picture, (4, 6), (0, 1)), target=target)
    assert (moved == np.roll(result, (2, 3), (0, 1))).all()


def test_laid_side_by_side_it_is_what_the_whole_wall_would_be(tiny):
    picture = drawing(16, 20)
    wall = tiny.upscale(np.tile(picture, (3, 3, 1)), target=Target(4.0, wrap="xy"))
    assert (tiny.upscale(picture, target=Target(4.0, wrap="xy")) == wall[80:160, 64:128]).all()
    alone = tiny.upscale(picture)
    assert (alone != wall[80:160, 64:128]).any()


def test_frames_and_metadata_go_along(tiny):
    frames = tuple(Frame(drawing(12, 10) // (index + 1)) for index in range(3))
    picture = Picture(frames, is_grey=False, exif=b"Exif\0\0x", durations_ms=(10, 20, 30), loop=2)
    result = tiny.upscale(picture, target=Target(size=(50, 50), fit="pad"))
    assert (result.width, result.height, len(result.frames)) == (50, 50, 3)
    assert (result.exif, result.durations_ms, result.loop) == (b"Exif\0\0x", (10, 20, 30), 2)


def test_the_margin_of_a_tile_covers_every_pass():
    route = Route.plan(50, 40, Target(16.0, wrap="x"), scale=4, reach=10)
    assert route.margin == (13, 0)
    assert route.sizes == ((76, 40), (304, 160), (1216, 640))
