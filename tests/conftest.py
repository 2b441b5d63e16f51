"""Fixtures that several folders of tests share."""

import gc
import hashlib
import importlib.util
import json
import os
import shutil
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import SimpleNamespace

import pytest
from browser_needs import refuse_or_skip

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
# A shell's background jobs ignore Ctrl-C, and so would every process that a test starts and interrupts.
signal.signal(signal.SIGINT, signal.default_int_handler)


CORES = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []
"""That this process was started on; none where a system does not tell."""


def take_one_core() -> None:
    """Gives each of xdist's processes a core of its own, before anything starts a pool of threads.

    On as many cores as there are processes, second threads gain nothing, and tiny networks have TensorFlow's,
    LiteRT's and NumPy's wait in a loop for each other: several times the work itself.
    """
    worker = os.environ.get("PYTEST_XDIST_WORKER")
    if worker and CORES:
        os.sched_setaffinity(0, {CORES[int(worker.removeprefix("gw")) % len(CORES)]})


take_one_core()


@contextmanager
def every_core() -> Iterator[None]:
    """Every core there is for this process, and for what it starts meanwhile."""
    if not CORES:
        yield
        return
    taken = os.sched_getaffinity(0)
    os.sched_setaffinity(0, CORES)
    try:
        yield
    finally:
        os.sched_setaffinity(0, taken)


@pytest.fixture
def all_cores():
    """`every_core` for the time of a test."""
    with every_core():
        yield


# The rooms whose files take longest, begun with: at the end small files keep both processes busy.
LONGEST_FIRST = ("export", "demo", "train", "gan", "losses", "models", "inference")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Sorts by room."""
    ranks = {room: rank for rank, room in enumerate(LONGEST_FIRST)}
    items.sort(key=lambda item: ranks.get(item.nodeid.split("/")[1], len(ranks)))


def pytest_collection_finish() -> None:
    """Spares the garbage collector what is imported: it lives as long as the process."""
    gc.freeze()


def pytest_xdist_make_scheduler(config: pytest.Config, log):
    """For --dist loadfile: files whose tests share what takes long to set up are one to it."""
    from xdist.scheduler import LoadFileScheduling

    class Scheduling(LoadFileScheduling):
        def _split_scope(self, nodeid: str) -> str:
            file = super()._split_scope(nodeid)
            return next((unit for unit, files in TOGETHER.items() if file.endswith(files)), file)

    return Scheduling(config, log) if config.option.dist == "loadfile" else None


TOGETHER = {
    "a running demo": ("_demo_app.py", "_compare_tab.py", "_documented_calls.py", "_train_tab.py"),
    "exported files": tuple(
        f"export/test_{name}.py" for name in ("bundle", "figures", "rewrite", "tflite", "weaknesses")
    ),
}


def made_once(tmp_path_factory: pytest.TempPathFactory, name: str, make: Callable[[Path], None]) -> Path:
    """A folder that ``make`` fills, in one of the run's processes; the others wait for it and read it."""
    home = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        home = home.parent
    folder, claim, part = home / name, home / f"{name}.claim", home / f"{name}.part"
    deadline = time.monotonic() + 300
    while not folder.exists():
        assert time.monotonic() < deadline, f"{claim} was left behind"
        try:
            claim.mkdir()
        except FileExistsError:
            time.sleep(0.05)
            continue
        try:
            if not folder.exists():
                shutil.rmtree(part, ignore_errors=True)
                part.mkdir()
                make(part)
                part.rename(folder)
        finally:
            claim.rmdir()
    return folder


@pytest.fixture(scope="session")
def tiny_models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny untrained network in every form: tiny.keras, tiny_float32.tflite, tiny_int8.tflite, card."""
    return made_once(tmp_path_factory, "tiny", write_tiny_models)


def write_tiny_models(folder: Path) -> None:
    from tiny_networks import tiny_generator

    from export import ranges
    from export.tflite import calibration_patches, convert
    from waifu4x_tf.data.procedural import draw_rgb

    model = tiny_generator()
    model.save(folder / "tiny.keras")
    drawings = [draw_rgb(index, seed=3, width=128, height=128) for index in range(4)]
    patches = calibration_patches(drawings, scale=4, count=8, lr_size=32)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(ranges, "_MOST_TRIALS", 10)  # the search is test_ranges.py's
        for precision in ("float32", "int8"):
            (folder / f"tiny_{precision}.tflite").write_bytes(convert(model, precision, patches))
    files = {
        path.name: {"sha256": hashlib.sha256(path.read_bytes()).hexdigest()}
        for path in sorted(folder.iterdir())
    }
    card = {"name": "tiny", "scale": 4, "receptive_radius": 6, "files": files}
    (folder / "tiny.json").write_text(json.dumps(card))


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
    with ExitStack() as stack:
        with every_core():  # a page's threads wait for each other in loops too
            playwright = stack.enter_context(sync_playwright())
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
