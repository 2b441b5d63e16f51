"""The command line with the model that the package ships: nothing is replaced by a stand-in."""

import numpy as np
import pytest
from picture_files import files, opened
from PIL import Image

from waifu4x_tf.cli.main import main
from waifu4x_tf.data.procedural import draw_rgb
from waifu4x_tf.evaluation.metrics import psnr
from waifu4x_tf.inference.estimator import Estimate
from waifu4x_tf.models import zoo

pytestmark = pytest.mark.skipif(
    "compact" not in zoo.shipped_names(), reason="no weights in this checkout yet"
)


@pytest.fixture
def sticker(tmp_path, monkeypatch):
    """A disc with a hard edge on transparency, 24 x 20 pixels."""
    monkeypatch.chdir(tmp_path)
    rows, columns = np.mgrid[:20, :24]
    pixels = np.zeros((20, 24, 4), np.uint8)
    pixels[(rows - 10) ** 2 + (columns - 12) ** 2 < 64] = (230, 120, 60, 255)
    Image.fromarray(pixels).save("sticker.png")
    return pixels


def test_a_sticker_is_enlarged_with_its_alpha(sticker):
    assert main(["upscale", "sticker.png", "--threads", "1"]) == 0
    result = opened("sticker_4x.png")
    assert result.shape == (80, 96, 4)
    assert set(np.unique(result[..., 3])) == {0, 255}
    assert np.abs(result[40, 48, :3].astype(int) - (230, 120, 60)).max() <= 6


def test_a_clean_picture_at_scale_1_keeps_every_value(sticker, estimated):
    noise = np.random.default_rng(2).integers(0, 256, (20, 24, 4), np.uint8)
    noise[:8, :, 3] = 0  # colours that nobody sees are values too
    Image.fromarray(noise).save("noise.png")
    for model in ("compact", "compact-gan", "large"):
        for options in (["--scale", "1"], ["--size", "24x20"], ["--scale", "1", "--wrap", "xy"]):
            assert (
                main(["upscale", "noise.png", "-o", "r.png", "--overwrite", "--model", model, *options]) == 0
            )
            assert (opened("r.png") == noise).all()


def test_a_damaged_picture_at_scale_1_is_cleaned_unless_that_is_declined(tmp_path, monkeypatch, estimated):
    monkeypatch.chdir(tmp_path)
    estimated.found = Estimate(0.0, {"high": 1.0}, {"jpeg": 0.9})
    original = draw_rgb(3, seed=1, width=96, height=96)
    Image.fromarray(original).save("meme.jpg", quality=40)
    damaged = opened("meme.jpg")
    assert main(["upscale", "meme.jpg", "--scale", "1", "-o", "same.png", "--denoise", "off"]) == 0
    assert (opened("same.png") == damaged).all()
    for name, options in (
        ("auto", []),
        ("asked", ["--denoise", "high"]),
        ("named", ["--model", "compact_denoise3"]),
    ):
        assert main(["upscale", "meme.jpg", "--scale", "1", "-o", f"{name}.png", *options]) == 0
        assert psnr(original, opened(f"{name}.png")) > psnr(original, damaged) + 1


def test_tiles_of_any_size_give_the_same_file(sticker):
    for tile in ("0", "7", "16"):
        assert main(["upscale", "sticker.png", "-o", f"{tile}.png", "--tile", tile, "--threads", "1"]) == 0
    assert (opened("0.png") == opened("7.png")).all()
    assert (opened("0.png") == opened("16.png")).all()


def test_a_dry_run_a_sheet_and_scores(sticker, capfd):
    assert main(["upscale", "sticker.png", "--dry-run"]) == 0
    assert files() == ["sticker.png"]
    assert main(["compare", "sticker.png"]) == 0
    assert files() == ["sticker.png", "sticker_compare.png"]
    assert main(["evaluate", "."]) == 0
    captured = capfd.readouterr()
    assert "compact" in captured.out
    assert "XNNPACK" not in captured.err


@pytest.mark.parametrize(("level", "quality"), [("low", 80), ("medium", 60), ("high", 30)])
def test_denoise_cleans_a_flat_field_with_jpeg_noise(tmp_path, monkeypatch, level, quality, estimated):
    monkeypatch.chdir(tmp_path)
    colour = (60, 90, 160)
    picture = np.full((64, 64, 3), (250, 224, 205), np.uint8)
    picture[20:44, 20:44] = colour
    Image.fromarray(picture).save("meme.jpg", quality=quality)
    plain = ["-o", "plain.png", "--denoise", "off"]
    assert main(["upscale", "meme.jpg", *plain, "--threads", "1"]) == 0
    assert main(["upscale", "meme.jpg", "-o", "clean.png", "--denoise", level, "--threads", "1"]) == 0
    edge = np.s_[100:156, 88:94]  # inside the square, beside its edge, where JPEG rings
    plain_error, error = (
        np.sqrt(np.square(opened(f"{name}.png")[edge] - np.float64(colour)).mean())
        for name in ("plain", "clean")
    )
    assert error < 0.85 * plain_error
