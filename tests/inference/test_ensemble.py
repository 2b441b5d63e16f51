"""A network asked in all eight orientations."""

import numpy as np
import pytest

from waifu4x_tf.data.procedural import draw_rgb
from waifu4x_tf.errors import ModelError
from waifu4x_tf.inference.engines import LiteRTEngine
from waifu4x_tf.inference.ensemble import EnsembleEngine
from waifu4x_tf.inference.loading import load_upscaler

FORMS = [("tiny_int8.tflite", "litert"), ("tiny_float32.tflite", "litert"), ("tiny.keras", "keras")]


def orientations(pixels: np.ndarray) -> list[np.ndarray]:
    turned = [np.rot90(pixels, turns) for turns in range(4)]
    return [*turned, *(each[:, ::-1] for each in turned)]


def drawing(width: int, height: int) -> np.ndarray:
    return draw_rgb(2, seed=11, width=max(16, width), height=max(16, height))[:height, :width]


def symmetric(side: int) -> np.ndarray:
    total = sum(each.astype(np.uint16) for each in orientations(drawing(side, side)))
    return (total // 8).astype(np.uint8)


@pytest.fixture(params=FORMS, ids=lambda form: form[0])
def form(request, tiny_models):
    name, engine = request.param
    return str(tiny_models / name), engine


def test_it_is_the_mean_of_the_eight_rounded_once(tiny_models):
    tile = drawing(23, 17)
    alone = LiteRTEngine((tiny_models / "tiny_int8.tflite").read_bytes(), "tiny")
    total = np.zeros((68, 92, 3))
    for turns in range(4):
        for mirrored in (False, True):
            oriented = np.rot90(tile, turns)
            oriented = np.ascontiguousarray(oriented[:, ::-1] if mirrored else oriented)
            answer = alone.run(oriented[None])[0]
            total += np.rot90(answer[:, ::-1] if mirrored else answer, -turns)
    assert (EnsembleEngine(alone).run(tile[None])[0] == np.floor(total / 8 + 0.5)).all()


def test_its_name_says_so(tiny_models):
    assert load_upscaler(str(tiny_models / "tiny_int8.tflite"), tta=True).name == "tiny_int8 with tta"


def test_what_is_symmetric_stays_so_to_the_byte(form):
    model, engine = form
    result = load_upscaler(model, engine=engine, tta=True, tile_px=0).upscale(symmetric(16))
    assert all((result == each).all() for each in orientations(result))


def test_floats_are_averaged_to_the_last_bit_alike():
    class Noisy:
        """Answers every tile with other floats, as a function of its bytes."""

        name, fixed_size, bytes_per_pixel = "noisy", None, 1

        def run(self, tile):
            rng = np.random.default_rng(list(tile.tobytes()))
            return rng.random((1, tile.shape[1], tile.shape[2], 3), np.float32)

    tile = symmetric(16)[None].astype(np.float32) / np.float32(255)
    answer = EnsembleEngine(Noisy()).run(tile)
    assert answer.dtype == np.float32
    assert all((answer[0] == each).all() for each in orientations(answer[0]))


@pytest.mark.parametrize("tile_px", [7, 16])
def test_tiled_equals_whole(tiny_models, tile_px):
    picture, model = drawing(33, 20), str(tiny_models / "tiny_int8.tflite")
    whole = load_upscaler(model, tta=True, tile_px=0).upscale(picture)
    assert (load_upscaler(model, tta=True, tile_px=tile_px).upscale(picture) == whole).all()


def test_alpha_and_grey_go_through_it_too(tiny_models):
    upscaler = load_upscaler(str(tiny_models / "tiny_int8.tflite"), tta=True)
    rgba = np.dstack([drawing(16, 16), np.zeros((16, 16), np.uint8)])
    rgba[4:12, 4:12, 3] = 255
    assert set(np.unique(upscaler.upscale(rgba)[..., 3])) == {0, 255}
    assert upscaler.upscale(rgba[..., 0]).shape == (64, 64)


def test_a_fixed_size_has_to_be_square():
    class Fixed:
        name, bytes_per_pixel = "fixed", 1

        def __init__(self, *size):
            self.fixed_size = size

    assert EnsembleEngine(Fixed(64, 64)).fixed_size == (64, 64)
    with pytest.raises(ModelError, match="fixed size 64x128"):
        EnsembleEngine(Fixed(64, 128))


def test_its_memory_is_reported(tiny_models):
    model = str(tiny_models / "tiny_int8.tflite")
    alone, averaged = load_upscaler(model), load_upscaler(model, tta=True)
    assert averaged.plan(64, 64).memory_bytes > alone.plan(64, 64).memory_bytes
