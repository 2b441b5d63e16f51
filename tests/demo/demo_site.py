"""A running demo and a browser before it, for the tests of every tab."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]
PATIENCE_MS = 120_000
# Gradio's button for uploads stands after the input that it opens.
UPLOAD = "input[type=file]:has(+ #upscale-choose)"


@contextmanager
def running_demo(*arguments: str, **environment: str) -> Iterator[str]:
    """`python demo_app.py --port 0` with these arguments; the address of its page."""
    process = subprocess.Popen(
        [sys.executable, "demo_app.py", "--port", "0", *arguments],
        cwd=CHECKOUT,
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        line = process.stdout.readline() if process.stdout else ""
        assert line.startswith("waifu4x demo: http://127.0.0.1:"), line
        yield line.split()[2]
    finally:
        end(process)


def end(process: subprocess.Popen) -> None:
    """Interrupt a demo, and kill it where that does not end it."""
    process.send_signal(signal.SIGINT)
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    if process.stdout:
        process.stdout.close()


def open_page(
    browser,
    address: str,
    *,
    width: int = 1280,
    height: int = 844,
    language: str = "en-US",
    dark: bool = False,
    touch: bool = False,
):
    """A page that has loaded, in a context of its own; requests to elsewhere fail the test at its end."""
    context = browser.new_context(
        viewport={"width": width, "height": height},
        has_touch=touch,
        locale=language,
        color_scheme="dark" if dark else "light",
        accept_downloads=True,
    )
    context.set_default_timeout(PATIENCE_MS)
    page = context.new_page()
    page.elsewhere = []
    page.on(
        "request",
        lambda request: (
            None
            if request.url.startswith((address, "data:", "blob:"))
            else page.elsewhere.append(request.url)
        ),
    )
    page.goto(address)
    page.wait_for_selector("#upscale-start")
    return page


def open_tab(browser, address: str, number: int, *ready: str, **options):
    """`open_page` at a tab, once these selectors are there; errors of its scripts are kept, too."""
    page = open_page(browser, address, **options)
    page.errors = []
    page.on("pageerror", lambda error: page.errors.append(error))
    page.get_by_role("tab").nth(number).click()
    for selector in ready:
        page.wait_for_selector(selector)
    return page


def close_clean(page) -> None:
    """Close a page of `open_tab` that asked nobody else for anything and had no error."""
    assert page.elsewhere == []
    assert page.errors == []
    page.context.close()


def drop(page, selector: str, *files) -> None:
    """Drag files from outside of the browser onto a place of the page, and let go."""
    place = page.locator(selector).first.bounding_box()
    data = {"items": [], "files": [str(file) for file in files], "dragOperationsMask": 1}
    session = page.context.new_cdp_session(page)
    x, y = place["x"] + place["width"] / 2, place["y"] + place["height"] / 2
    for kind in ("dragEnter", "dragOver", "drop"):
        session.send("Input.dispatchDragEvent", {"type": kind, "x": x, "y": y, "data": data})


def paste(page, name):
    """Put a tiny picture of this name on the clipboard and paste it."""
    page.evaluate(
        """async name => {
          const answer = await fetch("data:image/png;base64," +
            "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==");
          const list = new DataTransfer();
          list.items.add(new File([await answer.blob()], name, { type: "image/png" }));
          document.dispatchEvent(new ClipboardEvent("paste", { clipboardData: list, bubbles: true }));
        }""",
        name,
    )
