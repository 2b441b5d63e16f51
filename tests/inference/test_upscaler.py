"""The upscaling path with a tiny network: tiled equals whole, types come back, bad models are named."""

import hashlib
import json

import numpy as np
import pytest
from PIL import Image

from waifu4x_tf.data.procedural import draw_rgb
from waifu4x_tf.errors import CancelledError, ModelError, UsageError
from waifu4x_tf.imaging.picture import Picture
from waifu4x_tf.imaging.target import Target
from waifu4x_tf.inference.loading import load_upscaler
from waifu4x_tf.inference.upscaler import Upscaler

FORMS = [("tiny_int8.tflite", "litert"), ("tiny_float32.tflite", "litert"), ("tiny.keras", "keras")]


@pytest.fixture(params=FORMS, ids=lambda form: form[0])
def form(request, tiny_models):
    name, engine = request.param
    return str(tiny_models / name), engine


@pytest.fixture
def upscaler(tiny_models):
    return load_upscaler(str(tiny_models / "tiny_int8.tflite"))


def drawing(width: int, height: int, seed: int = 0) -> np.ndarray:
    return draw_rgb(seed, seed=11, width=max(16, width), height=max(16, height))[:height, :width]


@pytest.mark.parametrize(
    ("size", "tile_px"),
    [((1, 1), 1), ((1, 37), 1), ((1, 37), 7), ((53, 2), 16), ((40, 64), 7), ((40, 64), 33), ((65, 41), 16)],
)
def test_tiled_equals_whole_to_the_byte(form, size, tile_px):
    model, engine = form
    picture = drawing(*size)
    whole = load_upscaler(model, engine=engine, tile_px=0).upscale(picture)
    tiled = load_upscaler(model, engine=engine, tile_px=tile_px).upscale(picture)
    assert whole.shape == (size[1] * 4, size[0] * 4, 3)
    assert np.count_nonzero(whole != tiled) == 0


@pytest.mark.parametrize("name", ["tiny_int8.tflite", "tiny_float32.tflite"])
def test_several_threads_give_the_bytes_of_one(tiny_models, name):
    picture = drawing(65, 41)
    one, three = (load_upscaler(str(tiny_models / name), threads=n).upscale(picture) for n in (1, 3))
    assert np.count_nonzero(one != three) == 0


def test_the_networks_own_padding_reaches_no_pixel(tiny_models):
    """A flat picture stays flat up to its border; zero padding inside the network would darken it."""
    model = load_upscaler(str(tiny_models / "tiny_float32.tflite"))
    field = model.upscale(np.full((20, 20, 3), 200, np.uint8))
    phases = field.reshape(20, 4, 20, 4, 3)
    assert (phases == phases[10, :, 10, :][None, :, None]).all()


def test_the_file_gives_what_keras_gives(tiny_models):
    picture = drawing(60, 50)
    float_file = load_upscaler(str(tiny_models / "tiny_float32.tflite")).upscale(picture)
    keras_file = load_upscaler(str(tiny_models / "tiny.keras"), engine="keras").upscale(picture)
    assert np.abs(float_file.astype(int) - keras_file).max() <= 1
    assert np.count_nonzero(float_file != keras_file) < 0.001 * float_file.size


def test_the_type_that_goes_in_comes_out(upscaler):
    rgb = drawing(20, 24)
    picture = Picture.from_array(rgb)
    enlarged = upscaler.upscale(picture)
    assert isinstance(enlarged, Picture)
    assert (enlarged.width, enlarged.height) == (80, 96)
    assert (upscaler.upscale(rgb) == enlarged.frames[0].rgb).all()
    image = upscaler.upscale(Image.fromarray(rgb))
    assert (image.mode, image.size) == ("RGB", (80, 96))
    assert (np.asarray(image) == enlarged.frames[0].rgb).all()


def test_grey_stays_grey(upscaler):
    grey = drawing(20, 24)[..., 1]
    assert upscaler.upscale(grey).shape == (96, 80)
    assert upscaler.upscale(Image.fromarray(grey)).mode == "L"


def test_alpha_keeps_its_kind(upscaler):
    rgba = np.dstack([drawing(32, 32), np.zeros((32, 32), np.uint8)])
    rgba[8:24, 8:24, 3] = 255
    enlarged = upscaler.upscale(rgba)
    assert enlarged.shape == (128, 128, 4)
    assert set(np.unique(enlarged[..., 3])) == {0, 255}
    assert (enlarged[:24, :24, 3] == 0).all()
    assert (enlarged[48:80, 48:80, 3] == 255).all()


def test_colours_under_transparency_do_not_reach_the_edge(upscaler):
    rgba = np.dstack([np.full((32, 32, 3), (180, 90, 60), np.uint8), np.zeros((32, 32), np.uint8)])
    rgba[8:24, 8:24, 3] = 255
    other = rgba.copy()
    other[rgba[..., 3] == 0, :3] = (255, 0, 255)
    visible = upscaler.upscale(rgba)[..., 3] == 255
    assert (upscaler.upscale(rgba)[visible] == upscaler.upscale(other)[visible]).all()


def test_a_float_array_is_refused(upscaler):
    with pytest.raises(UsageError, match="uint8"):
        upscaler.upscale(np.zeros((4, 4, 3), np.float32))
    with pytest.raises(UsageError, match="Received: str"):
        upscaler.upscale("picture.png")


def test_progress_reaches_the_total_and_cancel_stops(tiny_models):
    upscaler = load_upscaler(str(tiny_models / "tiny_int8.tflite"), tile_px=16)
    seen = []
    upscaler.upscale(drawing(40, 40), progress=lambda done, total: seen.append((done, total)))
    assert seen == sorted(seen)
    assert seen[-1] == (1600, 1600)
    with pytest.raises(CancelledError):
        upscaler.upscale(drawing(40, 40), cancel=lambda: True)


class _Answers:
    """An engine that answers what the test says."""

    name, fixed_size, bytes_per_pixel = "answers", None, 0

    def __init__(self, answer):
        self._answer = answer

    def run(self, tile):
        return self._answer(tile)


def _nan(tile):
    return np.full((1, tile.shape[1] * 4, tile.shape[2] * 4, 3), np.nan, np.float32)


def test_an_output_of_nan_or_of_the_wrong_size_is_an_error():
    with pytest.raises(ModelError, match="NaN or infinity"):
        Upscaler(_Answers(_nan), name="x", scale=4, radius=2).upscale(drawing(16, 16))
    with pytest.raises(ModelError, match="Received: \\(1, 20, 20, 3\\)"):
        Upscaler(_Answers(lambda tile: tile), name="x", scale=4, radius=2).upscale(drawing(16, 16))


def test_float_outputs_are_rounded_not_truncated():
    def answer(tile):
        return np.full((1, tile.shape[1] * 4, tile.shape[2] * 4, 3), 99.6 / 255, np.float32)

    upscaler = Upscaler(_Answers(answer), name="x", scale=4, radius=2, raw=True)
    assert (upscaler.upscale(drawing(16, 16)) == 100).all()


def test_a_model_without_a_card_has_its_radius_read_from_the_graph(tiny_models, tmp_path):
    for name, engine in FORMS:
        lonely = tmp_path / name
        lonely.write_bytes((tiny_models / name).read_bytes())
        upscaler = load_upscaler(str(lonely), engine=engine)
        assert upscaler.scale == 4
        assert upscaler.radius >= 6
        picture = drawing(30, 30)
        assert (
            upscaler.upscale(picture)
            == load_upscaler(str(tiny_models / name), engine=engine).upscale(picture)
        ).all()


def test_a_file_that_disagrees_with_its_card_is_an_error(tiny_models, tmp_path):
    content = (tiny_models / "tiny_int8.tflite").read_bytes()
    (tmp_path / "m.tflite").write_bytes(content)
    card = {"name": "m", "scale": 4, "receptive_radius": 6, "files": {"m.tflite": {"sha256": "0" * 64}}}
    (tmp_path / "m.json").write_text(json.dumps(card))
    with pytest.raises(ModelError, match="card"):
        load_upscaler(str(tmp_path / "m.tflite"))
    card["files"]["m.tflite"]["sha256"] = hashlib.sha256(content).hexdigest()
    (tmp_path / "m.json").write_text(json.dumps(card))
    assert load_upscaler(str(tmp_path / "m.tflite")).radius == 6


@pytest.mark.parametrize("content", [b"", b"not a model at all", b"\x1c\x00\x00\x00TFL3" + b"\xff" * 64])
def test_a_broken_model_file_is_named(tmp_path, content):
    path = tmp_path / "broken.tflite"
    path.write_bytes(content)
    with pytest.raises(ModelError, match=r"broken\.tflite"):
        load_upscaler(str(path))


def test_wrong_arguments_are_reported(tiny_models):
    with pytest.raises(UsageError, match="litert, keras"):
        load_upscaler(engine="cuda")
    with pytest.raises(UsageError, match="threads"):
        load_upscaler(threads=0)
    with pytest.raises(ModelError, match="compact"):
        load_upscaler("no-such-model")
    with pytest.raises(ModelError, match="existing file"):
        load_upscaler("missing.tflite")
    with pytest.raises(UsageError, match="`engine='litert'`"):
        load_upscaler(str(tiny_models / "tiny_int8.tflite"), engine="keras")


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("shape", [(1, 9000), (9000, 1), (3, 8000)])
def test_a_strip_too_thin_for_the_network_is_interpolated_whatever_the_tiles(shape, dtype):
    def never(tile):
        raise AssertionError("the network was run")

    picture = np.random.default_rng(3).integers(0, np.iinfo(dtype).max, (*shape, 3), dtype, endpoint=True)
    done = []
    results = [
        Upscaler(_Answers(never), name="x", scale=4, radius=14, tile_px=tile_px, raw=True).upscale(
            picture, progress=lambda *of: done.append(of)
        )
        for tile_px in (None, 0, 16)
    ]
    for large in results:
        assert (large.dtype, large.shape) == (dtype, (4 * shape[0], 4 * shape[1], 3))
        assert (large == results[0]).all()
    size = (4 * shape[1], 4 * shape[0])
    if dtype == np.uint8:
        assert (results[0] == Image.fromarray(picture).resize(size, Image.Resampling.BICUBIC)).all()
    else:
        for channel in range(3):
            plane = Image.fromarray(picture[..., channel].astype(np.float32))
            expected = np.asarray(plane.resize(size, Image.Resampling.BICUBIC)).clip(0, 65535)
            assert np.abs(results[0][..., channel] - expected).max() <= 0.51
    assert done[-1] == (shape[0] * shape[1],) * 2


def test_a_strip_that_is_short_is_enlarged_by_the_network_as_ever(tiny_models):
    upscaler = load_upscaler(str(tiny_models / "tiny_int8.tflite"), raw=True, tile_px=64)
    picture = drawing(300, 16)[:3]
    whole = load_upscaler(str(tiny_models / "tiny_int8.tflite"), raw=True, tile_px=0)
    assert (upscaler.upscale(picture) == whole.upscale(picture)).all()


def test_transparent_strips_keep_their_alpha():
    def never(tile):
        raise AssertionError("the network was run")

    picture = np.zeros((1, 9000, 4), np.uint8)
    picture[..., 3] = np.arange(9000) % 256
    large = Upscaler(_Answers(never), name="x", scale=4, radius=14).upscale(picture)
    assert large.shape == (4, 36_000, 4)
    # The average of each pixel's sixteen, away from where the ramp begins anew.
    means = large[..., 3].reshape(4, 9000, 4).mean(axis=(0, 2))
    inner = (np.arange(9000) % 256 > 4) & (np.arange(9000) % 256 < 251)
    assert np.abs(means - picture[0, :, 3])[inner].max() <= 1


def test_a_result_is_as_large_as_asked_for(upscaler):
    picture = drawing(10, 6)
    assert upscaler.upscale(picture, scale=2.5).shape == (15, 25, 3)
    assert upscaler.upscale(picture, size=(20, 20)).shape == (12, 20, 3)
    assert upscaler.upscale(picture, size=(20, 20), fit="cover").shape == (20, 20, 3)
    for wrong in ({"scale": 2.5, "size": (20, 20)}, {"fit": "cover"}, {"scale": 0.5}):
        with pytest.raises(UsageError, match=r"Received: .*`"):
            upscaler.upscale(picture, **wrong)
    with pytest.raises(UsageError, match="`target` with"):
        upscaler.upscale(picture, target=Target(2.0), scale=2.0)
