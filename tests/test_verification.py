"""`waifu4x verify`: a result made again from its receipt, confirmed or not, and what is said about it."""

import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest
from picture_files import draw
from PIL import Image

from waifu4x_tf.cli import main
from waifu4x_tf.imaging.picture import Frame, Picture
from waifu4x_tf.imaging.png_text import TextAfterHeader
from waifu4x_tf.models import zoo
from waifu4x_tf.receipt_files import find
from waifu4x_tf.verification import pixel_difference

pytestmark = pytest.mark.skipif(not zoo.shipped_names(), reason="no weights in this checkout yet")


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    draw("a.png", 6, 5)
    return tmp_path


@pytest.fixture
def verify(here, capsys):
    """Makes a result of a.png with some options, lets it be tampered with, and verifies it."""

    def run(name, *options, tamper=lambda path: None, code=0, also=()):
        assert main(["upscale", "a.png", "-o", name, "--overwrite", "--quiet", *options]) == 0
        tamper(Path(name))
        assert main(["verify", name, "a.png", *also]) == code
        captured = capsys.readouterr()
        return captured.out or captured.err

    return run


def with_receipt(path: Path, **parts) -> None:
    """Give a result another receipt."""
    receipt = find(path)
    assert receipt is not None
    text = json.dumps({**json.loads(receipt.text()), **parts})
    content = path.read_bytes()
    chunk_bytes = 12 + len("waifu4x\0") + len(receipt.text())
    with path.open("wb") as file:
        writer = TextAfterHeader(file, "waifu4x", text)
        writer.write(content[:33] + content[33 + chunk_bytes :])


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("x.png", []),
        ("x.png", ["--scale", "2.7", "--background", "red", "--denoise", "2"]),
        ("x.png", ["--strip", "--receipt"]),
        ("x.png", ["--tta", "--denoise", "0"]),
        ("x.jpg", ["--quality", "70", "--receipt"]),
        ("x.webp", ["--receipt"]),
        ("x.tif", ["--receipt"]),
        ("x.png", ["--preset", "discord", "--receipt"]),
        pytest.param("x.webp", ["--preset", "telegram", "--receipt"], marks=pytest.mark.slow),
    ],
)
def test_a_result_is_confirmed_to_the_byte(verify, name, options):
    assert verify(name, *options) == f"{name}: confirmed: every byte is the same\n"


def test_quiet_and_json(verify):
    assert verify("x.png", also=["--quiet"]) == ""
    told = json.loads(verify("x.png", also=["--json"]))
    assert (told["status"], told["same_file"], told["input"]) == ("confirmed", True, "a.png")
    assert told["receipt"]["model"]["name"] == "compact"


def test_a_file_stored_otherwise_is_confirmed_by_its_pixels(verify):
    def older(path):
        with_receipt(path, waifu4x="0.0.1")

    told = verify("x.png", tamper=older)
    assert told == "x.png: confirmed: every pixel is the same, though stored otherwise, by version 0.0.1\n"


def test_a_changed_pixel_is_found(verify):
    def spot(path):
        with Image.open(path) as image:
            info = image.info["waifu4x"]
            pixels = np.array(image)
        pixels[3, 4] ^= 7
        content = Path("bare.png")
        Image.fromarray(pixels).save(content)
        with path.open("wb") as file:
            TextAfterHeader(file, "waifu4x", info).write(content.read_bytes())

    assert verify("x.png", tamper=spot, code=1).startswith(
        "x.png: differs: 1 of 480 pixels differ, by at most "
    )


def test_a_truncated_result_differs(verify):
    told = verify("x.png", tamper=lambda path: path.write_bytes(path.read_bytes()[:-40]), code=1)
    assert told.startswith("x.png: differs: x.png: A picture file must decode")


def test_another_source_is_told(verify):
    told = verify("x.png", tamper=lambda _: draw("a.png", 9, 9), code=1)
    assert told == "x.png: differs: the source is another file than the one it was made from\n"


def test_another_model_is_told(verify):
    def forged(path):
        with_receipt(path, model={**json.loads(find(path).text())["model"], "sha256": "0" * 64})

    assert verify("x.png", tamper=forged, code=1) == "x.png: differs: the model compact is another one here\n"


def test_a_model_of_ones_own_must_be_given(verify, here):
    model = here / "mine.tflite"
    model.write_bytes((zoo.WEIGHTS / "compact_int8_dynamic.tflite").read_bytes())
    assert "made with 'mine'. Add --model FILE." in verify("x.png", "--model", str(model), code=2)
    assert "confirmed: every byte" in verify("x.png", "--model", str(model), also=["--model", str(model)])


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        ({"receipt": 7}, "receipts of format 1"),
        ({"model": {"name": "/etc/passwd", "sha256": "0" * 64, "options": {}}}, "Add --model FILE"),
        ({"settings": {"target": {"scale": 1e9}}}, "A factor is from 1 to 16"),
        ({"settings": {"sharpen": 3}}, "x.png: settings are denoise, denoise_levels, "),
        ({"denoise": "x"}, "x.png: denoise is of type int. Received: 'x'"),
    ],
)
def test_a_forged_receipt_is_one_clear_line(verify, parts, said):
    told = verify("x.png", tamper=lambda path: with_receipt(path, **parts), code=2)
    assert said in told
    assert told.count("\n") == 1
    assert "internal error" not in told


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"threads": 10**9}, "x.png with threads"),
        ({"model": "x"}, "x.png with model"),
        ({"return": 1}, "x.png with return"),
        ({"strength": "x"}, "x.png: options: strength is of type float. Received: 'x'"),
    ],
)
def test_forged_options_of_the_model_do_nothing(verify, options, said):
    model = {"name": "compact", "options": options}

    def forged(path):
        with_receipt(path, model={**json.loads(find(path).text())["model"], **model})

    assert said in verify("x.png", tamper=forged, code=2)


def test_without_a_receipt_or_a_file_there_is_nothing_to_verify(verify, capsys):
    assert "without one. Results in png have one" in verify("x.png", "--no-receipt", code=2)
    assert "without one" in verify("x.jpg", code=2)
    assert main(["verify", "missing.png", "a.png"]) == 2
    assert "missing.png, which is none" in capsys.readouterr().err


def test_in_what_pictures_differ():
    rgb = np.zeros((2, 3, 3), np.uint8)
    alpha = np.full((2, 3), 255, np.uint8)
    one = Picture((Frame(rgb, alpha),), is_grey=True)
    assert pixel_difference(one, one) is None
    other = alpha.copy()
    other[1, 2] = 250
    found = pixel_difference(one, dataclasses.replace(one, frames=(Frame(rgb, other),)))
    assert found == "1 of 6 pixels differ, by at most 5 of 255 levels"
    assert pixel_difference(one, Picture((Frame(rgb),), is_grey=True)) is not None
    assert pixel_difference(one, Picture((Frame(rgb[:1], alpha[:1]),), is_grey=True)) == (
        "it is 3x2, made again 3x1"
    )
    moving = Picture(one.frames * 2, is_grey=True, durations_ms=(10, 20))
    slower = dataclasses.replace(moving, durations_ms=(10, 30))
    assert "frames or their times" in (pixel_difference(moving, slower) or "")
