"""The static page beside the command line on one picture: python -m benchmarks.browser SITE, with --repeat N.

SITE is what `python -m export.web BUNDLE -o SITE` wrote, of a bundle of `compact`. In each round Chromium
enlarges a drawing of 512 x 512 px on the open page, and a fresh process `waifu4x upscale --raw` does the
same, in turn, so that what else the machine does falls on both. Their results are compared pixel by pixel.
The first round, in which the page fetches the runtime and the network, is not counted; its bytes are.
Beside wall-clock time stands that of the processor, of all threads together, which says more on a machine
that has other work. Held to: at best at most 2.5 times the command line's time. Leaves with 1 when that
does not hold. Needs Linux, Chromium and the package playwright.
"""

import functools
import http.server
import os
import resource
import shutil
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from benchmarks.measuring import draw_picture, model_options, parser, print_table, run_python

SIDE_PX = 512
LARGEST_RATIO = 2.5
_PATIENCE_MS = 600_000
_PAGE, _COMMAND = "the page", "waifu4x upscale --raw"


def main(argv: list[str] | None = None) -> int:
    """Measure, print the table, and say what holds."""
    options = parser("benchmarks.browser", __doc__, repeat=5)
    options.add_argument("site", type=Path, help="folder that export.web wrote")
    options.add_argument("--side", type=int, default=SIDE_PX, metavar="PX", help="of the picture")
    arguments = options.parse_args(argv)
    seconds: dict[str, list[tuple[float, float]]] = {_PAGE: [], _COMMAND: []}
    with tempfile.TemporaryDirectory() as folder, _served(arguments.site) as server:
        picture = draw_picture(Path(folder) / "picture.png", "figure", arguments.side)
        with _opened(f"http://127.0.0.1:{server.server_port}/") as page:
            opened = server.sent_bytes
            first, _ = _by_page(page, picture, Path(folder) / "page.png")
            page.locator("#offline").wait_for()  # the service worker has fetched what it keeps
            visit = server.sent_bytes
            for _ in range(arguments.repeat):
                seconds[_PAGE].append(_by_page(page, picture, Path(folder) / "page.png"))
                seconds[_COMMAND].append(
                    _by_command(picture, Path(folder) / "command.png", model_options(arguments))
                )
        is_same = _pixels(Path(folder) / "page.png") == _pixels(Path(folder) / "command.png")
    print(f"a {arguments.side} x {arguments.side} drawing, {arguments.repeat} rounds")
    walls, processor = (
        {name: [run[kind] for run in runs] for name, runs in seconds.items()} for kind in (0, 1)
    )
    rows = [
        (name, f"{min(wall):.2f}", f"{statistics.median(wall):.2f}", f"{min(processor[name]):.2f}")
        for name, wall in walls.items()
    ]
    print_table(("", "best s", "median s", "processor's, best s"), rows)
    print(f"first visit: {opened / 1e6:.2f} MB to open the page, {visit / 1e6:.2f} MB with the first result")
    print(f"the first result came after {first:.2f} s; the pixels are {'the same' if is_same else 'OTHERS'}")
    ratio, of_processor = (min(kind[_PAGE]) / min(kind[_COMMAND]) for kind in (walls, processor))
    holds = ratio <= LARGEST_RATIO and is_same
    print(f"{ratio:.2f} times the command line's time; at most {LARGEST_RATIO}: {'yes' if holds else 'NO'}")
    print(f"{of_processor:.2f} times its processor time")
    return 0 if holds else 1


def _by_page(page: Any, picture: Path, out: Path) -> tuple[float, float]:
    """Seconds from the choice of the file to the result on the page, which is then saved."""
    if page.locator("#another").is_visible():
        page.click("#another")

    def enlarge() -> None:
        page.set_input_files("#file", picture)
        page.locator("#result, #failure").locator("visible=true").wait_for()

    seconds = _timed(enlarge, _processor_seconds)
    with page.expect_download() as download:
        page.click("#download")
    download.value.save_as(out)
    return seconds


def _by_command(picture: Path, out: Path, options: list[str]) -> tuple[float, float]:
    command = ["-m", "waifu4x_tf", "upscale", str(picture), "-o", str(out)]
    command += ["--raw", "--quiet", "--overwrite", *options]
    return _timed(lambda: run_python(*command), _processor_seconds_of_ended)


def _timed(work: Callable[[], object], processor: Callable[[], float]) -> tuple[float, float]:
    """Seconds of the wall clock and of the processor."""
    before, started = processor(), time.perf_counter()
    work()
    return time.perf_counter() - started, processor() - before


def _processor_seconds_of_ended() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def _processor_seconds() -> float:
    """Of this process' descendants, which are the browser's while no command runs."""
    ticks, parents = {}, {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rpartition(")")[2].split()
        except OSError:
            continue  # it has ended
        # proc(5): the parent is field 4, user and system time are 14 and 15; the first here is field 3.
        parents[int(path.parent.name)] = int(fields[1])
        ticks[int(path.parent.name)] = int(fields[11]) + int(fields[12])
    ours = {os.getpid()}
    while more := {process for process, parent in parents.items() if parent in ours} - ours:
        ours |= more
    return sum(ticks[process] for process in ours - {os.getpid()}) / os.sysconf("SC_CLK_TCK")


def _pixels(path: Path) -> bytes:
    with Image.open(path) as image:
        return np.asarray(image.convert("RGB")).tobytes()


class _Handler(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""

    def copyfile(self, source: Any, outputfile: Any) -> None:
        content = source.read()
        self.server.sent_bytes += len(content)  # type: ignore[attr-defined]
        outputfile.write(content)


@contextmanager
def _served(site: Path) -> Iterator[Any]:
    handler = functools.partial(_Handler, directory=str(site))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        server.sent_bytes = 0  # type: ignore[attr-defined]
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


@contextmanager
def _opened(address: str) -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"),
            args=["--disable-gpu", "--disable-background-networking", "--disable-component-update"],
            chromium_sandbox=False,
        )
        page = browser.new_page()
        page.set_default_timeout(_PATIENCE_MS)
        page.goto(address)
        page.locator("body[data-ready]").wait_for()
        yield page
        browser.close()


if __name__ == "__main__":
    sys.exit(main())
