"""The page's tiler as a module of its own, run by node: the library's bytes, with a stand-in network."""

import base64
import json
import re
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from mobile_files import entry
from PIL import Image
from stand_in import RADIUS, SCALE, StandIn, pixels_of

from export.web.assembly import PAGE
from waifu4x_tf.inference.tiling import too_thin
from waifu4x_tf.inference.upscaler import Upscaler

MODULE = PAGE / "pixels"
SIDE = 32
DOCUMENT = {
    "schema_version": 1,
    "files": [
        entry(f"{element}.tflite", element, SIDE, radius=RADIUS, scale=SCALE)
        for element in ("uint8", "float32")
    ],
}


@pytest.fixture(scope="module")
def call():
    """Enlarges RGBA pixels with node; what it wrote."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("no node here to run the module with")

    def run(rgba: np.ndarray, name: str = "uint8.tflite", *, document: object = None, stop_after: int = -1):
        height, width = rgba.shape[:2]
        asked = {
            "document": DOCUMENT if document is None else document,
            "name": name,
            "width": width,
            "height": height,
            "rgba": base64.b64encode(rgba.tobytes()).decode(),
            "stopAfter": stop_after,
        }
        program = Path(__file__).with_name("node") / "stand_in.mjs"
        command = [node, str(program), (MODULE / "index.js").as_uri()]
        process = subprocess.run(
            command, input=json.dumps(asked), capture_output=True, text=True, timeout=120
        )
        assert process.returncode == 0, process.stderr
        return json.loads(process.stdout)

    return run


def upscaled(pixels: np.ndarray) -> np.ndarray:
    upscaler = Upscaler(StandIn((SIDE, SIDE)), name="stand-in", scale=SCALE, radius=RADIUS, raw=True)
    return upscaler.upscale(pixels)


@pytest.mark.parametrize(
    ("kind", "size"),
    [
        ("rgb", (1, 1)),
        ("rgb", (37, 29)),
        ("grey", (21, 40)),
        ("soft", (37, 45)),
        ("hard", (61, 20)),
        ("specks", (40, 33)),
        ("clear", (9, 17)),
        ("soft", (331, 60)),
        ("hard", (12_000, 1)),
    ],
)
def test_the_bytes_are_those_of_the_library(call, kind, size):
    assert too_thin(*size, radius=RADIUS) == (size == (12_000, 1))
    pixels = pixels_of(kind, *size)
    colours = np.repeat(pixels, 3, axis=2) if kind == "grey" else pixels[..., :3]
    alpha = pixels[..., 3:] if pixels.shape[2] == 4 else np.full((*pixels.shape[:2], 1), 255, np.uint8)
    found = call(np.dstack([colours, alpha]))
    assert found["channels"] == pixels.shape[2]
    expected = upscaled(pixels[..., 0] if kind == "grey" else pixels)
    assert base64.b64decode(found["pixels"]) == expected.tobytes()
    assert [first for first, _, _ in found["rows"]] == sorted(first for first, _, _ in found["rows"])
    assert sum(count for _, count, _ in found["rows"]) == SCALE * size[1]
    assert sum(length for _, _, length in found["rows"]) == expected.size
    assert found["progress"][-1][0] == found["progress"][-1][1]


def test_float_files_are_rounded_to_levels(call):
    pixels = pixels_of("rgb", 30, 21)
    rgba = np.dstack([pixels, np.full(pixels.shape[:2], 255, np.uint8)])
    assert call(rgba, "float32.tflite")["pixels"] == call(rgba)["pixels"]


def test_a_run_ends_with_the_reason_of_the_signal(call):
    found = call(pixels_of("soft", 61, 61), stop_after=3)
    assert found["error"] == "the user had enough"
    assert found["progress"][-1][0] == 3


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ({}, "A model.json is of schema version 1. Received: undefined"),
        ({**DOCUMENT, "schema_version": 2}, "A model.json is of schema version 1. Received: 2"),
        ({**DOCUMENT, "files": []}, "A file is one that model.json names. Received: uint8.tflite"),
        ({**DOCUMENT, "files": [entry("uint8.tflite", "uint8")]}, "A file is for tiles of one size"),
        ({**DOCUMENT, "files": [entry("uint8.tflite", "int8", SIDE)]}, "A file takes and gives uint8"),
    ],
)
def test_a_file_that_it_cannot_tile_for_is_refused(call, document, message):
    assert message in call(pixels_of("soft", 5, 5), document=document)["error"]


@pytest.fixture(scope="module")
def evaluate():
    """The value of a JavaScript expression with a module of the page as `module`."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("no node here to run the page's modules with")

    def run(name: str, expression: str):
        program = f"import * as module from {json.dumps((PAGE / name).as_uri())};"
        program += f"console.log(JSON.stringify({expression}));"
        command = [node, "--input-type=module", "--eval", program]
        process = subprocess.run(command, capture_output=True, text=True, timeout=120)
        assert process.returncode == 0, process.stderr
        return json.loads(process.stdout)

    return run


@pytest.mark.parametrize(
    ("width", "height", "passes", "runners", "tile"),
    [
        (
            256,
            256,
            1,
            2,
            {"width_px": 284, "height_px": 156},
        ),  # a half for each; square tiles took 2.25 times
        (256, 256, 1, 1, {"width_px": 284, "height_px": 284}),
        (256, 256, 2, 2, {"width_px": 284, "height_px": 284}),  # the colours, and alpha beside them
        (512, 512, 1, 2, {"width_px": 284, "height_px": 284}),
        (1, 1, 1, 4, {"width_px": 29, "height_px": 29}),
    ],
)
def test_tiles_are_of_the_size_that_wastes_least(evaluate, width, height, passes, runners, tile):
    picture = f"{{width: {width}, height: {height}, passes: {passes}}}"
    planned = evaluate("pixels/tiling.js", f"module.planned({picture}, 14, {runners})")
    assert planned == {**tile, "overlap_px": 14}


@pytest.mark.parametrize("size", [(4000, 4000), (16_000, 1000), (1000, 16_000), (1200, 900), (333, 777)])
def test_large_pictures_come_in_tiles_that_fit_into_memory(evaluate, size):
    width, height = size
    planned = evaluate(
        "pixels/tiling.js", f"module.planned({{width: {width}, height: {height}, passes: 1}}, 14, 2)"
    )
    side_px = planned["width_px"], planned["height_px"]
    assert side_px[0] * side_px[1] <= 300**2
    tiles = [-(-length // (side - 28)) for length, side in zip(size, side_px, strict=True)]
    assert tiles[0] * tiles[1] * side_px[0] * side_px[1] < 1.4 * width * height


@pytest.mark.parametrize("quality", [1, 10, 25, 50, 72, 75, 90, 95, 100])
@pytest.mark.parametrize("mode", ["RGB", "L"])
def test_the_quality_of_a_jpeg_is_read_from_its_table(evaluate, tmp_path, quality, mode):
    Image.new(mode, (16, 16)).save(tmp_path / "saved.jpg", quality=quality)
    content = list((tmp_path / "saved.jpg").read_bytes())
    header = f"await module.inspect(Uint8Array.from({content}))"
    assert evaluate("files/header.js", f"({header}).quality") == quality


def test_it_needs_nothing_outside_its_folder():
    described = json.loads((MODULE / "package.json").read_text())
    assert described["type"] == "module"
    assert "dependencies" not in described
    for script in MODULE.glob("*.js"):
        imported = re.findall(r'from "([^"]+)"', script.read_text(encoding="utf-8"))
        assert all((MODULE / name).is_file() and name.startswith("./") for name in imported), script.name


def test_every_export_has_a_type():
    exported = re.findall(
        r"^export (?:async )?function (\w+)", (MODULE / "index.js").read_text(), re.MULTILINE
    )
    typed = re.findall(r"^export function (\w+)", (MODULE / "index.d.ts").read_text(), re.MULTILINE)
    assert sorted(exported) == sorted(typed) == ["fileOf", "upscale"]
