"""The pictures of docs/method.md: the numbers in them are true, and one command makes them."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from docs.figures import __main__ as command
from docs.figures import canvas, diagrams


@pytest.mark.slow
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


@pytest.mark.slow
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
