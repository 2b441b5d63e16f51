"""Animations: every frame is the one that a still gives, and what stays is enlarged once."""

import dataclasses

import numpy as np
import pytest
from PIL import Image

from waifu4x_tf.data.procedural import draw_rgb
from waifu4x_tf.imaging.picture import Frame, Picture
from waifu4x_tf.imaging.pil import from_pil, to_pil
from waifu4x_tf.inference.loading import load_upscaler
from waifu4x_tf.inference.tile_memory import TileMemory, tiles_to_run
from waifu4x_tf.inference.tiling import plan_tiles
from waifu4x_tf.inference.upscaler import Upscaler
from waifu4x_tf.models.zoo import shipped_card


class Counting:
    """An engine that counts the pixels it is given, and gives what another one does."""

    def __init__(self, engine, fixed_size=None):
        self.name, self.bytes_per_pixel, self.fixed_size = engine.name, 0, fixed_size
        self._engine, self.pixels, self.runs = engine, 0, 0

    def run(self, tile):
        """As `Engine.run`."""
        self.pixels += tile.shape[1] * tile.shape[2]
        self.runs += 1
        return self._engine.run(tile)


def counted(tiny_models, *, precision="int8", tile_px=None, fixed_size=None):
    loaded = load_upscaler(str(tiny_models / f"tiny_{precision}.tflite"))
    engine = Counting(loaded._engine, fixed_size)
    return Upscaler(engine, name="tiny", scale=4, radius=loaded.radius, tile_px=tile_px), engine


def sticker(count=24, *, edge=128, alpha=None, shapes=24) -> Picture:
    """A drawing with a mouth that has so many shapes."""
    base = draw_rgb(3, seed=1, width=edge, height=edge)
    rows, columns = np.mgrid[:edge, :edge]
    mask = None
    if alpha is not None:
        reach = np.hypot(rows - edge / 2, columns - edge / 2)
        mask = np.clip((0.45 * edge - reach) * {"hard": 1e6, "soft": 40}[alpha], 0, 255).astype(np.uint8)
    frames = []
    for number in range(count):
        rgb = base.copy()
        height = 2 + number % shapes % 12
        top, left = 5 * edge // 8 - height // 2, edge // 2 - 12
        rgb[top : top + height, left : left + 24] = (150, 40 + number % shapes, 50)
        frames.append(Frame(rgb, mask))
    return Picture(tuple(frames), is_grey=False, durations_ms=(40,) * count)


def assert_same(one: Frame, other: Frame) -> None:
    assert np.array_equal(one.rgb, other.rgb)
    assert (one.alpha is None) == (other.alpha is None)
    assert one.alpha is None or np.array_equal(one.alpha, other.alpha)


@pytest.mark.parametrize(
    ("precision", "alpha", "tile_px"),
    [
        ("int8", None, None),
        ("int8", "hard", 0),
        ("int8", "soft", 20),
        ("float32", "soft", None),
        ("float32", "hard", 0),
        ("float32", None, 20),
    ],
)
def test_every_frame_is_that_of_a_still(tiny_models, precision, alpha, tile_px):
    upscaler, _ = counted(tiny_models, precision=precision, tile_px=tile_px)
    picture = sticker(5, edge=64, alpha=alpha)
    enlarged = upscaler.upscale(picture)
    assert enlarged.durations_ms == picture.durations_ms
    for frame, result in zip(picture.frames, enlarged.frames, strict=True):
        assert_same(result, upscaler.upscale(picture.still(frame)).frames[0])


@pytest.mark.parametrize("alpha", [None, "soft"])
def test_a_moving_mouth_costs_at_most_a_third_of_stills(tiny_models, alpha):
    upscaler, engine = counted(tiny_models)
    picture = sticker(12, alpha=alpha)
    upscaler.upscale(picture)
    together, engine.pixels = engine.pixels, 0
    upscaler.upscale(picture.still(picture.frames[0]))
    assert 3 * together <= 12 * engine.pixels


@pytest.mark.parametrize("alpha", [None, "soft"])
def test_the_share_that_is_run_is_known_without_a_run(tiny_models, alpha):
    upscaler, engine = counted(tiny_models)
    picture = sticker(8, edge=64, alpha=alpha)
    upscaler.upscale(picture)
    together, engine.pixels = engine.pixels, 0
    upscaler.upscale(picture.still(picture.frames[0]))
    assert together == pytest.approx(upscaler.moving_share(picture) * 8 * engine.pixels, rel=0.05)
    assert upscaler.moving_share(picture.still(picture.frames[0])) == 1


class Repeating:
    """What a network would give does not matter for the cost."""

    name = "repeating"

    def run(self, tile):
        """As `Engine.run`."""
        return tile.repeat(4, axis=1).repeat(4, axis=2)


def test_with_the_reach_of_the_shipped_network_too():
    engine = Counting(Repeating())
    radius = shipped_card("compact").receptive_radius
    Upscaler(engine, name="x", scale=4, radius=radius).upscale(sticker())
    assert 3 * engine.pixels <= 24 * (128 + 2 * radius) ** 2


def test_what_stays_is_bit_identical_while_the_outline_moves_elsewhere(tiny_models):
    upscaler, _ = counted(tiny_models)
    rng = np.random.default_rng(2)
    rgb = rng.integers(0, 256, (60, 300, 3), dtype=np.uint8)
    alpha = np.zeros((60, 300), np.uint8)
    alpha[10:50, 10:60] = 255
    other = alpha.copy()
    other[20:40, 260:290] = 255
    frames = (Frame(rgb, alpha), Frame(rgb, other))
    first, second = upscaler.upscale(Picture(frames, is_grey=False, durations_ms=(1, 1))).frames
    assert np.array_equal(first.rgb[:, :400], second.rgb[:, :400])
    assert np.array_equal(first.alpha[:, :400], second.alpha[:, :400])


def test_edges_that_stand_still_stay_as_soft_as_the_animation(tiny_models):
    upscaler, _ = counted(tiny_models)
    rgb = draw_rgb(1, seed=2, width=40, height=40)
    hard = np.where(np.add.outer(np.arange(40), np.arange(40)) < 40, 255, 0).astype(np.uint8)
    soft = hard.copy()
    soft[38, 38] = 99
    picture = Picture((Frame(rgb, hard), Frame(rgb, soft)), is_grey=False, durations_ms=(1, 1))
    first, second = upscaler.upscale(picture).frames
    assert np.array_equal(first.alpha[:120, :120], second.alpha[:120, :120])
    assert len(np.unique(first.alpha)) > 2


def test_frames_that_come_again_are_never_run_again(tiny_models):
    upscaler, engine = counted(tiny_models)
    picture = sticker(4, edge=64)
    again = tuple(Frame(frame.rgb.copy()) for frame in picture.frames)
    both = dataclasses.replace(picture, frames=(*picture.frames, *again), durations_ms=(1,) * 8)
    upscaler.upscale(picture)
    once, engine.runs = engine.runs, 0
    enlarged = upscaler.upscale(both)
    assert engine.runs == once
    for one, other in zip(enlarged.frames[:4], enlarged.frames[4:], strict=True):
        assert_same(one, other)


def test_a_network_of_a_fixed_size_runs_only_the_tiles_that_changed(tiny_models):
    fixed, engine = counted(tiny_models, fixed_size=(44, 44))
    free, _ = counted(tiny_models)
    picture = sticker(3, edge=100)
    enlarged = fixed.upscale(picture)
    tiles = fixed.plan(100, 100).tile_count
    assert tiles < engine.runs < 3 * tiles
    for frame, result in zip(picture.frames, enlarged.frames, strict=True):
        assert_same(result, free.upscale(picture.still(frame)).frames[0])


def test_progress_goes_over_all_frames(tiny_models):
    upscaler, _ = counted(tiny_models, tile_px=32)
    told = []
    upscaler.upscale(sticker(4, edge=64, alpha="soft"), progress=lambda *numbers: told.append(numbers))
    assert [done for done, _ in told] == sorted(done for done, _ in told)
    assert told[-1] == (8 * 64 * 64, 8 * 64 * 64)


def test_a_pil_animation_comes_out_as_one_and_a_still_as_a_still(tiny_models):
    upscaler, _ = counted(tiny_models)
    picture = sticker(3, edge=32)
    image = upscaler.upscale(to_pil(picture))
    assert (image.n_frames, image.size) == (3, (128, 128))
    expected = upscaler.upscale(picture)
    for one, other in zip(from_pil(image).frames, expected.frames, strict=True):
        assert_same(one, other)
    still = upscaler.upscale(Image.fromarray(picture.frames[0].rgb))
    assert getattr(still, "n_frames", 1) == 1


@pytest.mark.parametrize("seed", range(12))
def test_the_tiles_cover_whatever_a_change_reaches(seed):
    rng = np.random.default_rng(seed)
    height, width, radius = (int(edge) for edge in rng.integers((1, 1, 0), (150, 150, 14)))
    changed = np.zeros((height, width), bool)
    for _ in range(int(rng.integers(0, 4))):
        top, left = int(rng.integers(height)), int(rng.integers(width))
        changed[top : top + int(rng.integers(1, 9)), left : left + int(rng.integers(1, 9))] = True
    tile_px = int(rng.integers(0, 40))
    plan = plan_tiles(width, height, tile_px=tile_px, radius=radius)
    tiles = tiles_to_run(changed, plan, tile_px=tile_px, has_fixed_size=False)
    covered = np.zeros((height, width), bool)
    for tile in tiles:
        assert 0 <= tile.top < tile.top + tile.height <= height
        assert 0 <= tile.left < tile.left + tile.width <= width
        assert tile_px == 0 or max(tile.height, tile.width) <= tile_px
        covered[tile.top : tile.top + tile.height, tile.left : tile.left + tile.width] = True
    for row, column in np.argwhere(changed):
        rows = slice(max(0, row - radius), row + radius + 1)
        assert covered[rows, max(0, column - radius) : column + radius + 1].all()
    assert bool(tiles) == bool(changed.any())
    context = 2 * radius
    cost = sum((tile.height + context) * (tile.width + context) for tile in tiles)
    assert cost <= plan.tile_count * (plan.core_height + context) * (plan.core_width + context)


def test_far_changes_are_run_apart():
    changed = np.zeros((300, 300), bool)
    changed[10, 10] = changed[290, 290] = True
    plan = plan_tiles(300, 300, tile_px=0, radius=6)
    assert len(tiles_to_run(changed, plan, tile_px=0, has_fixed_size=False)) == 2


def test_the_memory_is_bounded(monkeypatch):
    monkeypatch.setattr("waifu4x_tf.inference.tile_memory._MOST_BYTES", 5000)
    memory = TileMemory()
    for number in range(40):
        small, large = (np.full((edge, edge, 3), number, np.uint8) for edge in (4, 16))
        memory.keep(small, large, "kind")
        memory.core(small, "kind", lambda large=large: large)
    assert len(memory._pictures) == 6
    assert memory._core_bytes <= 5000
    assert sum(core.nbytes for core in memory._cores.values()) == memory._core_bytes
    assert memory.most_alike(np.full((4, 4, 3), 39, np.uint8), "another kind") is None
    changed, large = memory.most_alike(np.full((4, 4, 3), 38, np.uint8), "kind")
    assert not changed.any()
    assert (large == 38).all()
