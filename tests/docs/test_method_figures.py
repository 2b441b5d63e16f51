"""The pictures of docs/method.md: the numbers in them are true, and one command makes them."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from docs.figures import __main__ as command
from docs.figures import canvas, diagrams, filters, interpolation, pixels
from docs.figures.pictures import drawn
from waifu4x_tf.metrics import psnr

GOLDEN = np.load(Path(__file__).with_name("golden") / "filters.npz")


@pytest.mark.parametrize("side", [3, 5])
def test_the_filters_answer_what_addons_answered(side):
    picture = GOLDEN["picture"]
    answers = {
        "mean": filters.filtered(picture, filters.mean_kernel(side)),
        "gaussian": filters.filtered(picture, filters.gaussian_kernel(side)),
        "median": filters.median_filtered(picture, side),
    }
    for name, answer in answers.items():
        np.testing.assert_allclose(answer, GOLDEN[f"{name}{side}"], rtol=0, atol=1e-6, err_msg=name)


def weights(method: str, count: int) -> np.ndarray:
    """Of each of ``2 * count`` results, its sources; what lies beyond the border has none."""
    far = np.abs((np.arange(2 * count)[:, None] + 0.5) / 2 - 0.5 - np.arange(count))
    if method == "bilinear":
        shares = np.clip(1 - far, 0, 1)
    else:  # Keys 1981 with a = -1/2
        near = 1.5 * far**3 - 2.5 * far**2 + 1
        shares = np.where(far < 1, near, np.where(far < 2, -0.5 * far**3 + 2.5 * far**2 - 4 * far + 2, 0))
    return shares / shares.sum(axis=1, keepdims=True)


@pytest.mark.parametrize("method", ["bilinear", "bicubic"])
def test_the_grids_numbers_are_those_of_the_formulas(method):
    expected = weights(method, 2) @ interpolation.GRID @ weights(method, 3).T
    np.testing.assert_allclose(interpolation.enlarged_grid(method), expected, rtol=0, atol=1e-3)


def test_bicubic_alone_leaves_the_grids_range():
    least, most = interpolation.GRID.min(), interpolation.GRID.max()
    grids = {method: interpolation.enlarged_grid(method) for method in interpolation.METHODS}
    left = {method: bool(grid.min() < least or grid.max() > most) for method, grid in grids.items()}
    assert left == {"nearest": False, "bilinear": False, "bicubic": True}


def test_six_damages_have_one_psnr():
    picture = drawn("face", 96)
    for name, damage in pixels.DAMAGES.items():
        damaged = pixels.damaged_to(picture, damage, pixels.EQUAL_PSNR_DB)
        assert psnr(picture, damaged) == pytest.approx(pixels.EQUAL_PSNR_DB, abs=0.1), name
    assert len(pixels.DAMAGES) == 6


def test_a_median_takes_out_what_a_mean_spreads():
    speck = np.zeros((5, 5, 1), np.float32)
    speck[2, 2] = 1
    assert filters.median_filtered(speck).max() == 0
    assert filters.filtered(speck, filters.mean_kernel()).max() == pytest.approx(1 / 9)


def test_one_command_writes_what_is_asked_for(tmp_path, capsys):
    assert command.main(["interpolation", "stacks", "-o", str(tmp_path / "new")]) == 0
    written = sorted((tmp_path / "new").iterdir())
    assert [path.name for path in written] == ["interpolation.png", "stacks.png"]
    for path in written:
        with Image.open(path) as image:
            assert min(image.size) > 200
    assert command.main(["nonsense", "-o", str(tmp_path / "other")]) == 2
    assert "Received: nonsense" in capsys.readouterr().err
    assert not (tmp_path / "other").exists()


@pytest.mark.parametrize("figure", [diagrams.vgg19, diagrams.srcnn, diagrams.sub_pixel, diagrams.srgan])
def test_a_diagram_leaves_its_margins_free(figure):
    pixels_of = np.asarray(figure())
    for edge in (pixels_of[0], pixels_of[-1], pixels_of[:, 0], pixels_of[:, -1]):
        assert (edge == 255).all()


@pytest.mark.parametrize("page", ["method.md", "method.zh.md"])
def test_the_page_shows_every_figure(page):
    text = (Path(command.__file__).parents[1] / page).read_text(encoding="utf-8")
    assert [name for name in command.FIGURES if f"(method/{name}.png)" not in text] == []


def test_numbers_of_a_closed_figure_are_pixels():
    figure, axis = canvas.diagram(2, 1)
    canvas.cells(axis, 0.5, 0.25, 0.5, np.array([["#ff0000", "#0000ff"]]))
    image = canvas.finished(figure)
    assert image.size == (200, 100)
    assert image.getpixel((75, 50)) == (255, 0, 0)
    assert image.getpixel((125, 50)) == (0, 0, 255)
