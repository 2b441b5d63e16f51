"""What the Understand tab works out, without a browser."""

import re
import subprocess
import sys

import numpy as np
import pytest
from demo_site import CHECKOUT
from PIL import Image

from demo import understand_filters, understand_grid, understand_losses, understand_measures
from demo.understand_features import LAYERS, liveliest_maps
from demo.understand_html import figure, shaded_table
from demo.understand_picture import Part, TooSmallError, read_part
from demo.understand_story import story
from waifu4x_tf.data.procedural import draw
from waifu4x_tf.errors import MissingExtraError, PictureError
from waifu4x_tf.imaging.interpolation import resize
from waifu4x_tf.method.damages import DAMAGES
from waifu4x_tf.method.features import layer_outputs, signed_colours
from waifu4x_tf.method.filters import SOBEL, gaussian_kernel
from waifu4x_tf.metrics import ssim

FACE = draw("face", seed=20_260, width=96, height=80)


def saved(pixels, path):
    Image.fromarray(pixels).save(path)
    return path


def part_of(pixels):
    return Part(pixels, "drawn.png", (pixels.shape[1], pixels.shape[0]), on_white=False)


def cells_of(html):
    """Rows of a table's cells, without their tags."""
    rows = re.findall(r"<tr>(.*?)</tr>", html)
    return [[re.sub(r"<[^>]+>", "", cell) for cell in re.findall(r"<t[dh].*?</t[dh]>", row)] for row in rows]


# The picture


def test_a_small_picture_is_taken_whole(tmp_path):
    part = read_part(saved(FACE, tmp_path / "face.png"), max_megapixels=1)
    np.testing.assert_array_equal(part.pixels, FACE)
    assert (part.name, part.whole_size, part.on_white) == ("face.png", (96, 80), False)


@pytest.mark.parametrize("factor", [1, 5])
def test_of_a_larger_one_the_busiest_part(tmp_path, factor):
    pixels = np.full((300 * factor, 640 * factor, 3), 90, np.uint8)
    busy = np.random.default_rng(0).integers(0, 256, (192, 192, 3), np.uint8)
    top, left = 60 * factor, 400 * factor
    pixels[top : top + 192, left : left + 192] = busy
    part = read_part(saved(pixels, tmp_path / "busy.png"), max_megapixels=16)
    assert part.pixels.shape == (192, 192, 3)
    if factor == 1:
        np.testing.assert_array_equal(part.pixels, busy)
    assert (part.pixels != 90).mean() > 0.9  # in a thinned picture it is found to a few pixels


@pytest.mark.parametrize("size", [(32, 5000), (5000, 33), (192, 193), (1100, 40)])
def test_a_part_is_never_larger_than_the_picture_or_192(tmp_path, size):
    part = read_part(saved(np.zeros((*size, 3), np.uint8), tmp_path / "long.png"), max_megapixels=1)
    assert part.pixels.shape == (min(192, size[0]), min(192, size[1]), 3)


def test_transparency_is_composited_on_white(tmp_path):
    pixels = np.zeros((40, 40, 4), np.uint8)
    pixels[:20, :, 3] = 255
    part = read_part(saved(pixels, tmp_path / "half.png"), max_megapixels=1)
    assert part.on_white
    assert (part.pixels[:20] == 0).all()
    assert (part.pixels[20:] == 255).all()


def test_what_is_too_small_or_too_large_is_refused(tmp_path):
    with pytest.raises(TooSmallError, match=r"tiny\.png: .* Received: 40 . 31 px"):
        read_part(saved(FACE[:31, :40], tmp_path / "tiny.png"), max_megapixels=1)
    with pytest.raises(PictureError, match=r"large\.png"):
        read_part(saved(FACE, tmp_path / "large.png"), max_megapixels=0.001)


# Interpolation


def test_the_grids_tables_hold_what_pillow_answers():
    numbers = (0, 255, 10, 20.5, 250, 128)
    html = understand_grid.answers("en", *numbers)
    assert re.findall(r"<caption>(.*?)</caption>", html) == ["Nearest", "Bilinear", "Bicubic"]
    rows = cells_of(html)
    grid = np.array(numbers, np.float32).reshape(2, 3)
    bicubic = resize(grid, (4, 6), "bicubic")
    shown = [[int(re.match(r"-?\d+", cell)[0]) for cell in row] for row in rows[8:]]
    np.testing.assert_array_equal(shown, np.rint(bicubic))
    red = html.count("<b>")
    assert red == ((bicubic < -0.05) | (bicubic > 255.05)).sum()
    assert f"{red} of bicubic" in html
    assert html.count("(outside the range)") == red


@pytest.mark.parametrize("wrong", [None, -1, 256, float("nan")])
def test_a_number_out_of_range_gives_a_sentence_and_no_table(wrong):
    html = understand_grid.answers("zh", 1, 2, 3, wrong, 5, 6)
    assert "0 到 255" in html
    assert "w4x-failed" in html
    assert "<table" not in html


def test_numbers_stand_out_from_their_grey():
    html = shaded_table(
        "c", np.array([[-20.0, 127.4, 128.0, 300.0]]), np.array([[True, False, False, True]]), "!"
    )
    shades = re.findall(r"rgb\((\d+),\1,\1\);color:(#\w+)", html)
    assert shades == [("0", "#fff"), ("127", "#fff"), ("128", "#000"), ("255", "#000")]


# Filters


@pytest.mark.parametrize("kind", understand_filters.KINDS)
@pytest.mark.parametrize("side", understand_filters.SIDES_PX)
def test_a_flat_picture_stays_flat_under_every_filter(kind, side):
    kernel = understand_filters.kernel_of(kind, side, 1.0)
    flat = np.full((32, 40, 3), 77, np.uint8)
    answer = understand_filters.filtered_pixels(flat, kernel, side)
    edges = kind in ("across", "down")
    assert answer.shape == ((32, 40) if edges else flat.shape)
    assert (answer == (128 if edges else 77)).all()


def test_the_kernels_are_the_librarys():
    assert understand_filters.kernel_of("median", 5, 1.0) is None
    np.testing.assert_array_equal(understand_filters.kernel_of("across", 7, 2.0), SOBEL)
    np.testing.assert_array_equal(understand_filters.kernel_of("gaussian", 5, 1.7), gaussian_kernel(5, 1.7))


# What the network sees


def test_the_liveliest_maps_are_the_networks_own():
    part = part_of(np.tile(FACE, (2, 2, 1)))
    maps = liveliest_maps(part)
    assert tuple(maps) == LAYERS
    truth = layer_outputs(part.busiest(128))
    for layer, (count, colours) in maps.items():
        assert count == 64
        assert len(colours) == 8
        for index, pixels in colours.items():
            np.testing.assert_array_equal(pixels, signed_colours(truth[layer][..., index]))
            assert pixels.shape == (128, 128, 3)


# What the losses say


@pytest.fixture(scope="module")
def damages():
    return understand_measures.six_damages(FACE, 23.0)


def scores_of(damages, how):
    return {
        name: {each: measure(FACE, damaged.pixels) for each, damaged in damages.items()}
        for name, measure in how.items()
    }


def test_the_plain_columns_are_mse_and_ssim(damages):
    scores = scores_of(damages, understand_measures.plain_measures())
    for name, damaged in damages.items():
        error = (FACE / 255 - damaged.pixels / 255) ** 2
        assert scores["rgb"][name] == pytest.approx(error.mean())
        assert scores["ssim"][name] == ssim(FACE, damaged.pixels)


@pytest.mark.slow
def test_the_other_columns_are_the_losses_of_the_library(damages, tmp_path):
    from waifu4x_tf.losses.colour import HSVMSE, LabMSE
    from waifu4x_tf.losses.perceptual import PerceptualLoss
    from waifu4x_tf.losses.vgg_weights import read_weights

    drawn = {"conv0_kernel": np.eye(3, dtype=np.float32).reshape(1, 1, 3, 3), "conv0_bias": np.zeros(3)}
    for name, (kernel, bias) in read_weights(None, "conv3_1").convolutions.items():
        drawn |= {f"{name}_kernel": kernel, f"{name}_bias": bias}
    weights = tmp_path / "vgg.npz"
    np.savez(weights, **drawn)
    how = understand_measures.colour_measures() | {"vgg": understand_measures.vgg_measure(weights)}
    losses = {
        "lab": LabMSE(),
        "hsv": HSVMSE(),
        "vgg": PerceptualLoss(("conv2_2", "conv3_1"), weights, normalise=False),
    }
    pair = [each[None].astype(np.float32) / 255 for each in (FACE, damages["noise"].pixels)]
    for name, loss in losses.items():
        assert how[name](FACE, damages["noise"].pixels) == pytest.approx(float(loss(*pair)), rel=1e-5)
        assert how[name](FACE, FACE) == pytest.approx(0, abs=1e-9)


def test_the_table_says_what_each_measure_likes(damages):
    scores = scores_of(damages, understand_measures.plain_measures())
    html = understand_losses.table("en", damages, scores)
    head, *rows = cells_of(html)
    assert head == ["Damage", "PSNR, dB", "RGB MSE", "SSIM"]
    assert [row[0] for row in rows] == [
        "Darker",
        "Blurred",
        "Noise",
        "JPEG",
        "Checkerboard",
        "One square gone",
    ]
    for column, best in ((2, min), (3, max)):
        values = {row[0]: float(row[column].split("likes")[0]) for row in rows}
        marked = {row[0] for row in rows if "likes best" in row[column]}
        assert marked == {best(values, key=values.get)}
        assert sum("likes least" in row[column] for row in rows) == 1
    assert html.count('scope="row"') == 6
    assert html.count('scope="col"') == 4


def test_columns_to_come_are_there_while_they_are_computed(damages):
    scores = scores_of(damages, understand_measures.plain_measures())
    head, *rows = cells_of(understand_losses.table("zh", damages, scores, waits=True))
    assert len(head) == 7
    assert all(row[-3:] == ["…"] * 3 for row in rows)


def test_damages_that_cannot_be_as_strong_are_left_out_of_the_comparison():
    grey = np.full((40, 40, 3), 128, np.uint8)
    damages = understand_measures.six_damages(grey, 20.0)
    weak = {name for name, each in damages.items() if not each.comparable}
    assert {"blurred", "one square gone"} <= weak
    assert not weak & {"darker", "noise"}
    said = {name: 0.0 if name in weak else 1.0 + index for index, name in enumerate(DAMAGES)}
    marked = understand_losses.marks("rgb", said, damages)
    assert not weak & set(marked)
    assert set(marked.values()) == {"best", "worst"}
    assert "∞" in understand_losses.table("en", damages, {"rgb": said})


def test_without_keras_a_sentence_says_what_to_install(monkeypatch):
    def missing():
        raise MissingExtraError("Losses", "train")

    monkeypatch.setattr(understand_measures, "colour_measures", missing)
    found, (sentence,) = understand_losses.further_measures("en")
    assert found == {}
    assert "pip install '.[train]'" in sentence


@pytest.fixture
def no_keras_needed(monkeypatch):
    monkeypatch.setattr(understand_measures, "colour_measures", lambda: {"lab": ssim, "hsv": ssim})


def test_without_vggs_weights_a_sentence_says_where_they_belong(monkeypatch, tmp_path, no_keras_needed):
    monkeypatch.delenv(understand_measures.VGG_VARIABLE, raising=False)
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    found, (sentence,) = understand_losses.further_measures("en")
    assert set(found) == {"lab", "hsv"}
    for named in (understand_measures.VGG_FILE, f"{tmp_path}/models", "WAIFU4X_VGG"):
        assert named in sentence
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / understand_measures.VGG_FILE).write_bytes(b"")
    assert understand_measures.vgg_weights() == tmp_path / "models" / understand_measures.VGG_FILE


@pytest.mark.parametrize("named", ["imagenet", "missing.h5"])
def test_weights_are_read_from_a_file_and_never_downloaded(monkeypatch, no_keras_needed, named):
    import keras

    def download(*_arguments, **_options):
        pytest.fail("asked for a download")

    monkeypatch.setattr(keras.utils, "get_file", download)
    monkeypatch.setattr(keras.applications, "VGG19", download)
    monkeypatch.setenv(understand_measures.VGG_VARIABLE, named)
    found, (sentence,) = understand_losses.further_measures("en")
    assert set(found) == {"lab", "hsv"}
    assert f"Received: {named}" in sentence.replace("&#x27;", "")


# The page


@pytest.mark.parametrize(("language", "words"), [("en", "small grid of weights"), ("zh", "一小格权重")])
def test_chapters_of_the_method_bring_their_pictures(language, words):
    text = story(language, (2,))
    assert text.startswith("### ")
    assert words in text
    assert "](data:image/png;base64," in text
    assert "](method/" not in text
    both = story(language, (6, 7, 8))
    assert both.count("data:image/png") == 3


def test_names_cannot_become_part_of_the_page():
    html = figure(FACE, '<b>"x".png')
    assert "<b>" not in html
    assert 'alt="&lt;b&gt;&quot;x&quot;.png"' in html


_WITHOUT_KERAS = """\
import sys
sys.modules.update(dict.fromkeys(("tensorflow", "keras", "jax", "matplotlib")))
import gradio as gr
from pathlib import Path
from demo import understand_losses, understand_measures
from demo.context import DemoContext, Upscalers
from demo.understand_features import LAYERS, liveliest_maps
from demo.understand_picture import read_part
from demo.understand_tab import add_understand_tab
with gr.Blocks() as demo:
    add_understand_tab(DemoContext(Upscalers(type('Fake', (), {'name': 'fake'})()), Path(sys.argv[1])))
assert len(demo.fns) > 10
assert {listener.api_visibility for listener in demo.fns.values()} == {"private"}
part = read_part(Path("examples/manga.png"), 1)
assert len(liveliest_maps(part)) == len(LAYERS)
assert len(understand_measures.six_damages(part.pixels, 25)) == 6
print(understand_losses.further_measures("en"))
"""


@pytest.mark.slow
def test_all_of_it_but_three_columns_works_without_keras_and_nothing_of_it_is_an_endpoint(tmp_path):
    command = [sys.executable, "-c", _WITHOUT_KERAS, str(tmp_path)]
    process = subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, timeout=300)
    assert process.returncode == 0, process.stderr
    assert "pip install" in process.stdout
