"""16 bits per channel through the network: nothing on the way rounds to 8."""

import json
import shutil

import numpy as np
import pytest

from waifu4x_tf.data.procedural import draw, draw_rgb
from waifu4x_tf.errors import ModelError
from waifu4x_tf.imaging.target import Target
from waifu4x_tf.inference.loading import load_upscaler
from waifu4x_tf.inference.upscaler import Upscaler
from waifu4x_tf.models import zoo

# Four levels of 8 bits from side to side, in 1028 levels of 16.
RAMP = np.linspace(20_000, 20_000 + 4 * 257, 64).round().astype(np.uint16)
RAMP = np.stack([RAMP, RAMP + 300, RAMP[::-1]], axis=1)[None].repeat(24, axis=0)


@pytest.fixture
def shipped(tiny_models, tmp_path, monkeypatch):
    """The tiny network as if shipped: an int8 file, and a float one beside it."""
    shutil.copy(tiny_models / "tiny_int8.tflite", tmp_path / "compact_int8_dynamic.tflite")
    shutil.copy(tiny_models / "tiny_float32.tflite", tmp_path / "compact_float16_dynamic.tflite")
    files = json.loads((tiny_models / "tiny.json").read_text())["files"]
    card = {
        "name": "compact",
        "engines": {"litert": "compact_int8_dynamic.tflite"},
        "scale": 4,
        "receptive_radius": 6,
        "files": {
            "compact_int8_dynamic.tflite": files["tiny_int8.tflite"],
            "compact_float16_dynamic.tflite": files["tiny_float32.tflite"],
        },
    }
    (tmp_path / "compact.json").write_text(json.dumps(card))
    monkeypatch.setattr(zoo, "WEIGHTS", tmp_path)
    return tmp_path


@pytest.fixture
def float_file(tiny_models):
    return str(tiny_models / "tiny_float32.tflite")


def keras_answer(tiny_models, picture: np.ndarray) -> np.ndarray:
    """What the Keras network gives for a uint16 picture in floats, its edges replicated."""
    import keras

    network = keras.saving.load_model(tiny_models / "tiny.keras", compile=False)
    padded = np.pad(picture, ((6, 6), (6, 6), (0, 0)), mode="edge")[None]
    return np.asarray(network(padded.astype(np.float32) / np.float32(65535)))[0, 24:-24, 24:-24]


def test_steps_below_one_level_of_8_bits_come_out_as_such(tiny_models, float_file):
    large = load_upscaler(float_file, raw=True).upscale(RAMP)
    assert (large.dtype, large.shape) == (np.uint16, (96, 256, 3))
    expected = np.clip(keras_answer(tiny_models, RAMP), 0, 1).astype(np.float64) * 65535
    assert np.abs(large - expected).max() <= 1
    assert len(np.unique(large[..., 0])) > 100
    assert len(np.unique(large // 257 * 257)) < 0.05 * len(np.unique(large))


def test_8_bits_times_257_give_what_the_float_network_gives_at_8_bits(float_file):
    for picture in (
        draw_rgb(0, seed=4, width=50, height=40),
        draw("sticker_soft", seed=1, width=50, height=40),
    ):
        upscaler = load_upscaler(float_file, raw=True)
        sixteen_bit = upscaler.upscale(picture.astype(np.uint16) * 257)
        difference = np.rint(sixteen_bit / 257) - upscaler.upscale(picture)
        assert np.abs(difference).max() <= 1
        if picture.shape[2] == 3:  # of the other, the colours that fill transparency are finer
            assert np.count_nonzero(difference) < 0.005 * difference.size  # rounded once, or twice
        assert np.array_equal(upscaler.upscale(picture, target=Target(bits=16)), sixteen_bit)


@pytest.mark.parametrize("tile_px", [7, 33])
def test_tiled_equals_whole_to_the_last_of_16_bits(float_file, tile_px):
    picture = draw("sticker_soft", seed=3, width=60, height=45).astype(np.uint16) * 257
    picture[..., :3] += RAMP[:1, :60, :1] // 16
    whole = load_upscaler(float_file, tile_px=0).upscale(picture)
    assert np.array_equal(load_upscaler(float_file, tile_px=tile_px).upscale(picture), whole)


def test_dark_pictures_keep_their_light():
    """Levels that all lie below the first of 8 bits: a network that knows 8 bits calls them black."""
    dark = np.linspace(20, 250, 64).round().astype(np.uint16)[None].repeat(40, axis=0)
    large = load_upscaler().upscale(dark)
    assert large.dtype == np.uint16
    means = large.reshape(40, 4, 64, 4).mean(axis=(0, 1, 3))
    assert np.abs(means - dark[0])[8:-8].max() < 64
    flat = np.full((20, 20, 3), 77, np.uint16)
    assert (load_upscaler().upscale(flat) == 77).all()


def test_alpha_and_grey_keep_their_kind_at_16_bits(float_file):
    upscaler = load_upscaler(float_file)
    sticker = draw("sticker_soft", seed=2, width=40, height=32).astype(np.uint16) * 257
    soft = upscaler.upscale(sticker)
    assert soft.dtype == np.uint16
    assert len(np.unique(soft[..., 3])) > 257, "an alpha of 8 bits"
    sticker[..., 3] = np.where(sticker[..., 3] > 30_000, 65535, 0)
    assert set(np.unique(upscaler.upscale(sticker)[..., 3])) == {0, 65535}
    assert upscaler.upscale(RAMP[..., 0]).shape == (96, 256)


def test_sizes_and_tta_work_at_16_bits(float_file):
    upscaler = load_upscaler(float_file, tta=True)
    large = upscaler.upscale(RAMP, target=Target(2.5))
    assert (large.dtype, large.shape) == (np.uint16, (60, 160, 3))
    assert len(np.unique(large)) > 200
    assert np.array_equal(upscaler.upscale(RAMP[:, ::-1]), upscaler.upscale(RAMP)[:, ::-1])


def test_the_shipped_float_file_is_loaded_when_16_bits_are_asked_for(shipped, float_file):
    upscaler = load_upscaler()
    twin = shipped / "compact_float16_dynamic.tflite"
    content = twin.read_bytes()
    twin.unlink()
    assert upscaler.upscale(RAMP, target=Target(bits=8)).dtype == np.uint8
    twin.write_bytes(content)
    assert np.array_equal(upscaler.upscale(RAMP), load_upscaler(float_file).upscale(RAMP))
    twin.write_bytes(content + b"\0")
    with pytest.raises(ModelError, match="card"):
        load_upscaler().upscale(RAMP)


def test_an_int8_file_of_the_users_is_an_error_by_name(tiny_models):
    upscaler = load_upscaler(str(tiny_models / "tiny_int8.tflite"))
    with pytest.raises(
        ModelError, match=r"tiny_int8\.tflite.*`bits=8`, this model's float \.tflite, or its \.keras"
    ):
        upscaler.upscale(RAMP)
    assert upscaler.upscale(RAMP, target=Target(bits=8)).dtype == np.uint8


def test_every_shipped_model_has_a_float_file():
    for name in zoo.shipped_names():
        path = zoo.float_weights(name)
        assert path is not None
        assert path.is_file()


class _Bytes:
    """An engine that answers floats with bytes."""

    name, fixed_size, bytes_per_pixel = "bytes", None, 0

    def run(self, tile):
        return np.zeros((1, tile.shape[1] * 4, tile.shape[2] * 4, 3), np.uint8)


def test_an_output_of_8_bits_for_16_is_an_error():
    with pytest.raises(ModelError, match=r"gives floats\. Received: uint8"):
        Upscaler(_Bytes(), name="x", scale=4, radius=2).upscale(RAMP)


def test_the_plan_of_16_bits_needs_more_memory(float_file):
    upscaler = load_upscaler(float_file)
    sixteen_bit, plain = (upscaler.plans(500, 400, Target(bits=bits))[0] for bits in (16, 8))
    assert (sixteen_bit.tile_count, sixteen_bit.memory_bytes) == (plain.tile_count, 2 * plain.memory_bytes)
