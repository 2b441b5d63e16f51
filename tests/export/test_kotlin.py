"""The Kotlin core, compiled and run on the JVM: the library's bytes, with a stand-in network.

The compiler is `kotlinc` on the path, or fetched with npm; where neither can be had the tests are skipped.
"""

import json
import os
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from mobile_files import MOBILE, entry, write_bundle
from stand_in import RADIUS, SCALE, StandIn, pixels_of

from waifu4x_tf.inference.tiling import too_thin
from waifu4x_tf.inference.upscaler import Upscaler

pytestmark = pytest.mark.slow

COMPILER_VERSION = "2.4.20"
NAMES = {"any.tflite": (None, "caller"), "padded.tflite": (None, "inside"), "tiles.tflite": (32, "caller")}


@pytest.fixture(scope="module")
def program(tmp_path_factory) -> list[str]:
    """The command that runs the compiled core with the stand-in."""
    if not shutil.which("java"):
        pytest.skip("no Java here to run the Kotlin core with")
    folder = tmp_path_factory.mktemp("kotlin")
    compiler = os.environ.get("KOTLINC") or shutil.which("kotlinc") or fetched_compiler(folder)
    sources = sorted((MOBILE / "android" / "core" / "src" / "main" / "kotlin" / "waifu4x").glob("*.kt"))
    stand_in = Path(__file__).with_name("kotlin") / "StandIn.kt"
    jar = folder / "core.jar"
    command = ["bash", compiler] if not os.access(compiler, os.X_OK) else [compiler]
    command += [
        *map(str, sources),
        str(stand_in),
        "-Werror",
        "-jvm-target",
        "17",
        "-include-runtime",
        "-d",
        str(jar),
    ]
    process = subprocess.run(command, capture_output=True, text=True, timeout=900)
    assert process.returncode == 0, process.stdout + process.stderr
    return ["java", "-Xmx192m", "-cp", str(jar), "StandInKt"]


def fetched_compiler(folder: Path) -> str:
    if not shutil.which("npm"):
        pytest.skip("no kotlinc and no npm here, which would fetch it")
    command = ["npm", "install", "--prefix", str(folder), "--ignore-scripts", "--no-audit", "--no-fund"]
    process = subprocess.run(
        [*command, f"kotlin-compiler@{COMPILER_VERSION}"], capture_output=True, timeout=300
    )
    if process.returncode:
        pytest.skip("npm could not fetch the Kotlin compiler")
    return str(folder / "node_modules" / "kotlin-compiler" / "bin" / "kotlinc")


@pytest.fixture(scope="module")
def bundle(tmp_path_factory) -> Path:
    contents = {name: name.encode() for name in NAMES}
    entries = [
        entry(name, "uint8", side, radius=RADIUS, padding=padding) for name, (side, padding) in NAMES.items()
    ]
    return write_bundle(tmp_path_factory.mktemp("bundle"), contents, entries)


@pytest.fixture
def call(program, tmp_path):
    """Runs the program on pixels (H, W, C); the process and the result's bytes."""

    def run(folder: Path, name: str, pixels: np.ndarray, core: int = 16, stop_after: int = -1):
        (tmp_path / "in").write_bytes(pixels.tobytes())
        height, width, channels = pixels.shape
        paths = [folder / "model.json", name, folder / name, tmp_path / "in"]
        numbers = [width, height, channels, core]
        arguments = [*paths, *numbers, tmp_path / "out", stop_after]
        process = subprocess.run(
            [*program, *map(str, arguments)], capture_output=True, text=True, timeout=600
        )
        return process, (tmp_path / "out").read_bytes() if (tmp_path / "out").is_file() else b""

    return run


def expected_of(pixels: np.ndarray, name: str) -> bytes:
    side = NAMES[name][0]
    upscaler = Upscaler(
        StandIn(side and (side, side)), name="stand-in", scale=SCALE, radius=RADIUS, tile_px=50, raw=True
    )
    return upscaler.upscale(pixels if pixels.shape[2] > 1 else pixels[..., 0]).tobytes()


@pytest.mark.parametrize("name", NAMES)
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
        ("opaque", (17, 9)),
        ("soft", (331, 60)),
        ("soft", (12_000, 1)),
    ],
)
def test_the_bytes_are_those_of_the_library(call, bundle, name, kind, size):
    pixels = pixels_of(kind, *size)
    assert too_thin(*size, radius=RADIUS) == (size == (12_000, 1))
    process, result = call(bundle, name, pixels)
    assert process.returncode == 0, process.stderr
    assert result == expected_of(pixels, name)
    done, _, total = process.stdout.split()
    assert done == total


def test_a_run_ends_when_it_is_cancelled(call, bundle):
    process, result = call(bundle, "any.tflite", pixels_of("soft", 61, 61), stop_after=5)
    assert process.returncode == 3
    assert "until its caller stops it" in process.stderr
    assert len(result) < 16 * 61 * 61 * 4


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"sha256": "0" * 64}, "A model file has the sha256 of model.json"),
        ({"scale": 17}, "scale is a whole number from 1 to 16. Received: 17"),
        ({"scale": True}, "scale is a whole number"),
        ({"padding": "none"}, "padding is inside or caller"),
        ({"tile": {"side_px": 12, "overlap_px": 6, "core_px": 0}}, "side_px is a whole number from 13"),
        ({"tile": []}, "objects are objects"),
        ({"input": {**entry("", "uint8")["input"], "range": [0, 1]}}, "The range of uint8"),
        ({"file": "other.tflite"}, "is one that model.json names. Received: any.tflite"),
    ],
)
def test_a_model_json_that_cannot_be_right_is_refused(call, tmp_path, changes, message):
    contents = {"any.tflite": b"content"}
    folder = write_bundle(tmp_path / "wrong", contents, [{**entry("any.tflite", "uint8"), **changes}])
    process, result = call(folder, "any.tflite", pixels_of("rgb", 5, 5))
    assert (process.returncode, result) == (1, b"")
    assert message in process.stderr


def test_what_is_no_json_or_of_another_version_is_refused(call, bundle, tmp_path):
    folder = tmp_path / "copy"
    shutil.copytree(bundle, folder)
    document = json.loads((folder / "model.json").read_text())
    for text in ("", "{", "[" * 1000, '{"a": 01}', json.dumps({**document, "schema_version": 2})):
        (folder / "model.json").write_text(text)
        process, _ = call(folder, "any.tflite", pixels_of("rgb", 5, 5))
        assert process.returncode == 1, process.stderr
        assert "A model.json" in process.stderr


def test_1920_x_1080_with_alpha_fits_in_a_heap_of_192_mb(call, bundle):
    process, result = call(bundle, "any.tflite", pixels_of("soft", 1920, 1080), core=128)
    assert process.returncode == 0, process.stderr
    assert len(result) == 16 * 1920 * 1080 * 4
