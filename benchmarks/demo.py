"""The browser demo: its start, what the page adds, and many visitors at once: python -m benchmarks.demo.

A demo of its own on this computer. Prints the seconds from the command to the page; an upscaling of 256 x 256
pixels through the page (in Chromium where it is found, else by its endpoint) beside the same in this process,
best of --repeat in turn; how --visitors N at once fare: all served, the places in the queue, the longest
wait beside N times one visitor; and one who leaves in the middle of a large picture, and how long the next
waits. Held to: page under 10 s, under 0.5 s added, nobody lost, the place of the one who left free in 5 s.
Leaves with 1 when that does not hold.
"""

import importlib.util
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks.measuring import draw_picture, parser, print_table
from waifu4x_tf.batch.inputs import Source
from waifu4x_tf.batch.plan import Job
from waifu4x_tf.batch.runner import run_job
from waifu4x_tf.batch.settings import RunSettings
from waifu4x_tf.inference.loading import load_upscaler

SIDE_PX, LARGE_PX, SMALL_PX = 256, 2400, 64
LONGEST_START_SECONDS, LARGEST_EXTRA_SECONDS, LONGEST_FREEING_SECONDS = 10.0, 0.5, 5.0
_PATIENCE_SECONDS = 300


def main(argv: list[str] | None = None) -> int:
    """Measure, print, and say what holds."""
    made = parser("benchmarks.demo", __doc__, repeat=5)
    made.add_argument("--visitors", type=int, default=20, metavar="N", help="at once (default 20)")
    arguments = made.parse_args(argv)
    with tempfile.TemporaryDirectory() as name, _demo() as (address, start_seconds):
        folder = Path(name)
        pictures = {
            side: draw_picture(folder / f"{side}.png", "face", side) for side in (SIDE_PX, LARGE_PX, SMALL_PX)
        }
        extra = _extra_seconds(address, pictures[SIDE_PX], folder, arguments.repeat)
        lost = _many(address, pictures[SMALL_PX], arguments.visitors)
        freed = _one_leaves(address, pictures[LARGE_PX], pictures[SMALL_PX])
    holds = {
        f"page after {start_seconds:.1f} s of {LONGEST_START_SECONDS:.0f}": start_seconds
        < LONGEST_START_SECONDS,
        f"{extra:.2f} s added of {LARGEST_EXTRA_SECONDS}": extra < LARGEST_EXTRA_SECONDS,
        f"{lost} of {arguments.visitors} lost": lost == 0,
        f"place free after {freed:.1f} s of {LONGEST_FREEING_SECONDS:.0f}": freed < LONGEST_FREEING_SECONDS,
    }
    for claim, held in holds.items():
        print(f"{'OK' if held else 'does not hold'}: {claim}")
    return 0 if all(holds.values()) else 1


@contextmanager
def _demo() -> Iterator[tuple[str, float]]:
    """A demo on a free port: its address, and the seconds until its page was there."""
    started = time.perf_counter()
    command = [sys.executable, "demo_app.py", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        try:
            line = process.stdout.readline() if process.stdout else ""
            if "http" not in line:
                raise SystemExit(
                    "The demo did not start. Run python demo_app.py from the checkout to see why."
                )
            address = line.split()[2]
            with urllib.request.urlopen(address, timeout=_PATIENCE_SECONDS) as answer:
                answer.read()
            yield address, time.perf_counter() - started
        finally:
            process.terminate()


def _extra_seconds(address: str, picture: Path, folder: Path, repeat: int) -> float:
    """What asking the demo costs above the same job in this process, both best of ``repeat`` in turn."""
    upscaler = load_upscaler()
    job = Job(Source(picture, Path(picture.name)), folder / "own.png")
    own, asked = [], []
    with _asking(address, picture) as (how, ask):
        for _ in range(repeat + 1):  # the first warms both
            started = time.perf_counter()
            run_job(job, RunSettings(overwrite=True), lambda: upscaler)
            own.append(time.perf_counter() - started)
            started = time.perf_counter()
            ask()
            asked.append(time.perf_counter() - started)
    best_own, best_asked = min(own[1:]), min(asked[1:])
    print_table(
        ("256 x 256, best of each", "seconds", "ratio"),
        [
            ("the library", f"{best_own:.2f}", "1.00"),
            (how, f"{best_asked:.2f}", f"{best_asked / best_own:.2f}"),
        ],
    )
    return best_asked - best_own


@contextmanager
def _asking(address: str, picture: Path) -> Iterator[tuple[str, Callable[[], object]]]:
    """What asks for one picture and waits: a click on the page, or without a browser its endpoint."""
    chromium = shutil.which("chromium")
    if not chromium or not importlib.util.find_spec("playwright"):
        client = _client(address)
        yield "through the endpoint", lambda: _ask(client, picture).result(_PATIENCE_SECONDS)
        return
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, chromium_sandbox=False)
        page = browser.new_page()
        page.goto(address)
        page.set_input_files("#upscale-files input[type=file]", str(picture))
        page.wait_for_selector(f"#upscale-files >> text={picture.stem}")

        def click() -> None:
            page.evaluate("document.querySelector('#upscale-status ul')?.remove()")
            page.click("#upscale-start")
            page.wait_for_selector("#upscale-status li")

        yield "through the page", click
        browser.close()


def _many(address: str, picture: Path, count: int) -> int:
    """Visitors at once, each of their own session; how many got no answer."""
    clients = [_client(address) for _ in range(count)]
    started = time.perf_counter()
    _ask(clients[0], picture).result(_PATIENCE_SECONDS)
    alone = time.perf_counter() - started
    waits: list[float] = []
    places: set[int] = set()

    def visit(client: Any) -> None:
        began = time.perf_counter()
        job = _ask(client, picture)
        while not job.done():
            rank = job.status().rank
            if rank is not None:
                places.add(rank + 1)
            time.sleep(0.02)
        job.result()
        waits.append(time.perf_counter() - began)

    threads = [threading.Thread(target=visit, args=(client,)) for client in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(_PATIENCE_SECONDS)
    places_text = f"places 1 to {max(places)}" if places else "no place reported"
    longest = max(waits, default=float("nan"))
    print(
        f"{len(waits)} of {count} visitors at once served, {places_text}, longest wait {longest:.2f} s:"
        f" {longest / (count * alone):.2f} of {count} times one alone"
    )
    return count - len(waits)


def _one_leaves(address: str, large: Path, small: Path) -> float:
    """How long a visitor waits after another left in the middle of a large picture."""
    client = _client(address)
    job = _ask(_client(address), large)
    while job.status().code.value not in ("ITERATING", "PROCESSING"):
        time.sleep(0.02)
    time.sleep(1)
    job.cancel()
    started = time.perf_counter()
    _ask(client, small).result(_PATIENCE_SECONDS)
    return time.perf_counter() - started


def _client(address: str) -> Any:
    from gradio_client import Client

    return Client(address, verbose=False, download_files=False)


def _ask(client: Any, picture: Path) -> Any:
    from gradio_client import handle_file

    return client.submit(handle_file(str(picture)), api_name="/upscale")


if __name__ == "__main__":
    sys.exit(main())
