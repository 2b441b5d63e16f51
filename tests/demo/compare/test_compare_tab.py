"""What the Compare tab works out, without a browser, and its endpoint /compare."""

import numpy as np
import pytest
from demo_site import CHECKOUT
from fake_upscaler import FakeUpscaler, repeat
from gradio_client import Client, handle_file
from gradio_client.exceptions import AppError
from PIL import Image

from demo.compare import crops, job
from demo.context import DemoContext, Upscalers
from demo.translations import sentences
from waifu4x_tf.data.procedural import draw_rgb
from waifu4x_tf.errors import PictureError, UsageError
from waifu4x_tf.evaluation import comparison
from waifu4x_tf.evaluation import scores as evaluation
from waifu4x_tf.imaging.interpolation import resize
from waifu4x_tf.inference.loading import load_upscaler
from waifu4x_tf.models import zoo

PICTURE = draw_rgb(3, seed=5, width=301, height=222)
DENOISE = ["compact_denoise1", "compact_denoise2", "compact_denoise3"]


@pytest.fixture
def shipped(monkeypatch, tmp_path):
    """A function that says which models count as shipped."""
    monkeypatch.setattr(zoo, "WEIGHTS", tmp_path)

    def ship(*names):
        for name in names:
            (tmp_path / f"{name}.json").touch()

    return ship


@pytest.fixture
def upscalers():
    """Fakes, the default one among them; each is named as it was asked for."""

    def load(name, *, denoise, strength, **_):
        made = FakeUpscaler()
        made.name = " ".join([name, *(str(each) for each in (denoise, strength) if each not in ("auto", 0))])
        return made

    return Upscalers(FakeUpscaler(), load)


def enlarged(compared, upscalers, models):
    for _ in job.enlarge(upscalers, compared, models):
        pass
    return compared


def inside(box, rgb):
    x, y, width, height = box
    return min(x, y) >= 0 and x + width <= rgb.shape[1] and y + height <= rgb.shape[0]


def test_the_first_crop_is_the_busiest_square():
    assert crops.default_crop(PICTURE, 1) == comparison.busiest_square(PICTURE, 128)


@pytest.mark.parametrize("size", [(40, 500), (2100, 1500), (1, 1), (3000, 33), (1025, 700)])
@pytest.mark.parametrize("unit", [1, 4])
def test_the_first_crop_can_always_be_compared(size, unit):
    rng = np.random.default_rng(size[0])
    rgb = rng.integers(0, 256, (*size, 3), np.uint8)
    if unit == 4 and min(size) < 32:
        with pytest.raises(UsageError, match="at least 32x32"):
            crops.default_crop(rgb, unit)
        return
    box = crops.default_crop(rgb, unit)
    assert inside(box, rgb)
    assert all(length % unit == 0 for length in box)
    assert crops.checked_crop(rgb, box, unit) == box


def test_a_large_picture_is_searched_on_its_preview():
    rgb = np.full((2000, 3000, 3), 200, np.uint8)
    rgb[1500:1560, 2400:2470] = np.random.default_rng(1).integers(0, 256, (60, 70, 3), np.uint8)
    x, y, width, height = crops.default_crop(rgb, 1)
    assert max(crops.preview(rgb).shape) == 1024
    assert (width, height) == (128, 128)
    assert x <= 2400
    assert x + width >= 2470
    assert y <= 1500
    assert y + height >= 1560


@pytest.mark.parametrize(
    ("text", "crop"), [("", None), (None, None), ("  ", None), ("1,2, 30,40", (1, 2, 30, 40))]
)
def test_a_crop_is_read_from_text(text, crop):
    assert crops.parse_crop(text) == crop


@pytest.mark.parametrize("text", ["1,2,3", "a,b,c,d", "1;2;3;4", "1,2,3,4,5", "0.5,0,8,8", "9" * 5000])
def test_another_text_is_refused_in_words(text):
    with pytest.raises(UsageError, match="four whole numbers"):
        crops.parse_crop(text)


@pytest.mark.parametrize(
    ("crop", "unit", "words"),
    [
        ((0, 0, 193, 20), 1, "8x8 to 192x192"),
        ((0, 0, 20, 7), 1, "8x8 to 192x192"),
        ((0, 0, 31, 40), 4, "32x32 to 768x768"),
        ((200, 0, 128, 128), 1, "inside the picture"),
        ((-1, 0, 16, 16), 1, "inside the picture"),
    ],
)
def test_a_crop_that_cannot_be_compared_is_refused(crop, unit, words):
    with pytest.raises(UsageError, match=words) as told:
        crops.checked_crop(PICTURE, crop, unit)
    assert "Received" in str(told.value)


def test_a_picture_smaller_than_the_smallest_crop_is_compared_whole():
    assert crops.checked_crop(PICTURE[:5, :6], (0, 0, 6, 5), 1) == (0, 0, 6, 5)


def test_every_method_fills_a_panel_of_one_size(upscalers, shipped):
    compared = job.prepare(PICTURE, (10, 20, 64, 48), is_original=False, scale=4)
    models = job.methods(upscalers, with_denoise=False)
    enlarged(compared, upscalers, models)
    part = PICTURE[20:68, 10:74]
    assert list(compared.panels) == ["nearest", "bilinear", "bicubic", "fake"]
    assert np.array_equal(compared.panels["bicubic"], resize(part, (192, 256), "bicubic"))
    assert np.array_equal(compared.panels["fake"], repeat(part))
    assert compared.scores == dict.fromkeys(compared.panels)
    assert compared.default_pair() == ("bicubic", "fake")


def test_families_are_followed_by_their_variants(upscalers, shipped):
    shipped("compact", "compact-gan", "compact_area", *DENOISE, "compact_denoise-gan")
    names = [method.name for method in job.methods(upscalers, with_denoise=False)]
    assert names == ["fake", "compact", "compact-gan"]
    models = job.methods(upscalers, with_denoise=True)
    assert [method.name for method in models] == [*names, *DENOISE]
    compared = job.prepare(PICTURE[:40, :40], None, is_original=False, scale=4)
    enlarged(compared, upscalers, models)
    assert list(compared.panels)[3:] == [method.name for method in models]
    asked = {upscalers.get(each.family, denoise=each.denoise, strength=each.strength).name for each in models}
    assert asked == {"fake", "compact", "compact 1.0", "compact low", "compact medium", "compact high"}


def test_variants_that_two_families_share_come_once(upscalers, shipped):
    shipped("compact", *DENOISE, "large")
    names = [method.name for method in job.methods(upscalers, with_denoise=True)]
    assert names == ["fake", "compact", *DENOISE, "large"]


@pytest.mark.parametrize("is_original", [False, True])
def test_a_model_looks_at_the_whole_small_picture_as_where_it_is_upscaled(upscalers, shipped, is_original):
    shown = []
    upscalers.default.for_picture = lambda picture: shown.append(picture) or upscalers.default
    compared = job.prepare(PICTURE, (0, 0, 64, 48), is_original=is_original, scale=4)
    enlarged(compared, upscalers, job.methods(upscalers, with_denoise=False))
    expected = evaluation.shrunk_pair(PICTURE, 4)[1] if is_original else PICTURE
    (looked_at,) = shown
    assert np.array_equal(looked_at.to_array(channels=3), expected)


def test_a_network_for_a_smaller_factor_is_left_out(upscalers, shipped):
    shipped("compact")
    upscalers.get("compact").scale = 2
    compared = job.prepare(PICTURE, None, is_original=False, scale=4)
    enlarged(compared, upscalers, job.methods(upscalers, with_denoise=False))
    assert list(compared.panels) == ["nearest", "bilinear", "bicubic", "fake"]


def test_a_whole_original_scores_as_evaluate_does(upscalers, shipped):
    compared = job.prepare(PICTURE, (0, 0, 301, 222), is_original=True, scale=4)
    enlarged(compared, upscalers, job.methods(upscalers, with_denoise=False))
    assert compared.scores == evaluation.evaluate(PICTURE, FakeUpscaler())
    assert compared.box == (0, 0, 300, 220)
    assert next(iter(compared.panels)) == job.ORIGINAL
    assert compared.default_pair() == (job.ORIGINAL, "fake")


def test_a_part_of_an_original_is_taken_from_the_whole_shrunk_picture():
    compared = job.prepare(PICTURE, (42, 33, 130, 99), is_original=True, scale=4)
    large, small = evaluation.shrunk_pair(PICTURE, 4)
    assert compared.box == (40, 32, 128, 96)
    assert np.array_equal(compared.small, small[8:32, 10:42])
    assert np.array_equal(compared.original, large[32:128, 40:168])


def test_the_smallest_original_can_be_measured(upscalers, shipped):
    compared = job.prepare(PICTURE[:33, :32], None, is_original=True, scale=4)
    enlarged(compared, upscalers, job.methods(upscalers, with_denoise=False))
    assert all(np.isfinite(each).all() for each in compared.scores.values())


def test_the_difference_is_amplified_and_limited():
    first = np.array([[[0, 10, 255], [7, 7, 7]]], np.uint8)
    second = np.array([[[1, 40, 0], [7, 7, 7]]], np.uint8)
    expected = np.array([[[4, 120, 255], [0, 0, 0]]], np.uint8)
    assert np.array_equal(job.difference(first, second), expected)
    assert np.array_equal(job.difference(second, first), expected)


def test_unknown_scores_are_null():
    scores = {"bicubic": None, "fake": evaluation.Scores(float("inf"), 1.0)}
    assert job.scores_as_json(scores) == {"bicubic": None, "fake": {"psnr": None, "ssim": 1.0}}


def test_transparency_is_composited_on_white():
    loaded = job.read_flat(CHECKOUT / "examples" / "sticker.png", 16)
    assert loaded.transparent
    assert (loaded.rgb[0, 0] == 255).all()
    with pytest.raises(PictureError, match="megapixels"):
        job.read_flat(CHECKOUT / "examples" / "sticker.png", 0.01)


def test_every_sentence_is_there_in_both_languages():
    told = {key: entry for key, entry in sentences().items() if key.startswith("compare_")}
    assert all(set(entry) == {"en", "zh"} for entry in told.values())
    methods = {f"compare_method_{name}" for name in (job.ORIGINAL, *comparison.INTERPOLATIONS)}
    assert methods <= told.keys()


@pytest.fixture(scope="module")
def client(demo_address, tmp_path_factory):
    made = Client(demo_address, verbose=False, download_files=tmp_path_factory.mktemp("downloads"))
    yield made
    made.close()


@pytest.mark.parametrize(
    ("crop", "is_original"), [("16,40,96,64", False), ("", False), ("0,0,200,120", True)]
)
def test_the_endpoint_gives_the_sheet_and_the_scores(client, tmp_path, crop, is_original):
    path = tmp_path / "drawn.png"
    Image.fromarray(PICTURE).save(path)
    asked = {"crop": crop, "is_original": is_original} if crop else {}
    sheet, scores = client.predict(picture=handle_file(str(path)), **asked, api_name="/compare")
    context = DemoContext(Upscalers(load_upscaler()), tmp_path)
    compared = job.begin(context, path, crop, is_original=is_original)
    enlarged(compared, context.upscalers, job.methods(context.upscalers, with_denoise=False))
    assert scores == job.scores_as_json(compared.scores)
    assert all((score is not None) == is_original for score in scores.values())
    with Image.open(sheet) as image:
        assert image.format == "PNG"
        assert np.array_equal(np.asarray(image), np.asarray(job.sheet(compared, "drawn.png")))


@pytest.mark.parametrize(
    ("crop", "is_original", "words"),
    [
        ("1,2,3", False, "four whole numbers"),
        ("0,0,300,200", False, "8x8 to 192x192"),
        ("250,0,100,100", False, "inside the picture"),
        ("0,0,30,30", True, "32x32 to 768x768"),
    ],
)
def test_the_endpoint_refuses_in_words(client, tmp_path, crop, is_original, words):
    path = tmp_path / "drawn.png"
    Image.fromarray(PICTURE).save(path)
    with pytest.raises(AppError, match=words) as told:
        client.predict(handle_file(str(path)), crop, is_original, api_name="/compare")
    assert "Received" in str(told.value)


def test_the_endpoint_names_a_broken_file(client, tmp_path):
    broken = tmp_path / "broken.png"
    broken.write_bytes((CHECKOUT / "examples" / "face.png").read_bytes()[:2000])
    with pytest.raises(AppError, match=r"broken\.png"):
        client.predict(handle_file(str(broken)), "", False, api_name="/compare")
