"""Fixtures that several folders of tests share."""

import hashlib
import importlib.util
import json
import os
import shutil
import signal
from pathlib import Path
from types import SimpleNamespace

import pytest
from browser_needs import refuse_or_skip

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
# A shell's background jobs ignore Ctrl-C, and so would every process that a test starts and interrupts.
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def tiny_models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny untrained network in every form: tiny.keras, tiny_float32.tflite, tiny_int8.tflite, card."""
    from tiny_networks import tiny_generator

    from export.tflite import calibration_patches, convert
    from waifu4x_tf.data.procedural import draw_rgb

    folder = tmp_path_factory.mktemp("tiny")
    model = tiny_generator()
    model.save(folder / "tiny.keras")
    drawings = [draw_rgb(index, seed=3, width=128, height=128) for index in range(4)]
    patches = calibration_patches(drawings, scale=4, count=8, lr_size=32)
    for precision in ("float32", "int8"):
        (folder / f"tiny_{precision}.tflite").write_bytes(convert(model, precision, patches))
    files = {
        path.name: {"sha256": hashlib.sha256(path.read_bytes()).hexdigest()}
        for path in sorted(folder.iterdir())
    }
    card = {"name": "tiny", "scale": 4, "receptive_radius": 6, "files": files}
    (folder / "tiny.json").write_text(json.dumps(card))
    return folder


@pytest.fixture
def every_variant() -> None:
    """Skips where weights of a variant are missing."""
    from waifu4x_tf.models import zoo

    if zoo.shipped_variant("compact", "denoise_gan") is None:
        pytest.skip("no weights in this checkout yet")


@pytest.fixture
def upscaler(monkeypatch: pytest.MonkeyPatch):
    """What the command line loads for every model: pixels repeated, and a record of what it was asked."""
    from fake_upscaler import install

    return install(monkeypatch)


@pytest.fixture
def estimated(monkeypatch: pytest.MonkeyPatch):
    """Pictures are estimated as ``found``, at first as ones that tell nothing; ``asked`` counts them."""
    told = SimpleNamespace(found=None, asked=0)

    def estimate(picture, _model):
        if picture.width == picture.height == 1:  # what a command starts the network with
            return None
        told.asked += 1
        if isinstance(told.found, Exception):
            raise told.found
        return told.found

    monkeypatch.setattr("waifu4x_tf.inference.treatment.estimate", estimate)
    return told


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, upscaler) -> Path:
    """An empty folder to work in, with no network in reach."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture(scope="session")
def start_chromium():
    """A function that starts Chromium with flags; all tests share the one Playwright that a process can have.

    Where Chromium or the package playwright is missing the tests are skipped; with REQUIRE_BROWSER=1 in the
    environment, as in .ci/run, they fail.
    """
    program = shutil.which("chromium")
    if not program or not importlib.util.find_spec("playwright"):
        refuse_or_skip("Chromium on the path and the package playwright are needed")
    from playwright.sync_api import sync_playwright

    # The last two keep Chromium from asking its maker's hosts for anything.
    quiet = [
        "--no-first-run",
        "--disable-quic",
        "--disable-background-networking",
        "--disable-component-update",
    ]
    with sync_playwright() as playwright:
        started = []

        def start(*flags: str):
            browser = playwright.chromium.launch(
                executable_path=program, args=[*quiet, *flags], chromium_sandbox=False
            )
            started.append(browser)
            return browser

        yield start
        for browser in started:
            browser.close()
