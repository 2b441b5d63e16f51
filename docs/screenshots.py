"""The pictures of the demo in README.md and docs/demo.md: python -m docs.screenshots.

Starts the demo on a free port of this computer and looks at it with Chromium (on the path; the package
playwright drives it), on a desk in English and on a phone in Chinese. Writes docs/demo/*.png.
"""

import argparse
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from waifu4x_tf.errors import MissingExtraError

OUT = Path(__file__).parent / "demo"
EXAMPLES = Path(__file__).parent.parent / "examples"
_PATIENCE_MS = 120_000


def main(argv: list[str] | None = None) -> int:
    """Run the command line; 0 on success, 2 where something is missing."""
    argparse.ArgumentParser(prog="python -m docs.screenshots", description=__doc__).parse_args(argv)
    program = shutil.which("chromium")
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        print(
            f"docs.screenshots: error: {MissingExtraError('Driving a browser', 'browser')}", file=sys.stderr
        )
        return 2
    if program is None:
        print(
            "docs.screenshots: error: Chromium is on the path. Received: none. Install it.", file=sys.stderr
        )
        return 2
    OUT.mkdir(exist_ok=True)
    command = [sys.executable, "demo_app.py", "--port", "0"]
    with (
        subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as demo,
        sync_playwright() as playwright,
    ):
        try:
            address = demo.stdout.readline().split()[2] if demo.stdout else ""
            browser = playwright.chromium.launch(executable_path=program, chromium_sandbox=False)
            for name, settings, act in _VIEWS:
                page = browser.new_context(**settings).new_page()
                page.set_default_timeout(_PATIENCE_MS)
                page.goto(address)
                page.wait_for_selector("#upscale-start")
                act(page)
                page.wait_for_timeout(1000)  # pictures that are still being drawn
                page.screenshot(path=OUT / f"{name}.png")
                page.context.close()
                print(OUT / f"{name}.png")
            browser.close()
        finally:
            demo.terminate()
    return 0


def _upscale(page: Any) -> None:
    page.set_input_files("input[type=file]:has(+ #upscale-choose)", str(EXAMPLES / "face.png"))
    page.wait_for_selector("#upscale-status li")


def _tab(number: int) -> Callable[[Any], None]:
    def open_tab(page: Any) -> None:
        page.locator("button[role=tab]:visible").nth(number).click()

    return open_tab


_DESK = {"viewport": {"width": 1280, "height": 1024}, "locale": "en-US", "color_scheme": "light"}
_PHONE = {"viewport": {"width": 390, "height": 844}, "locale": "zh-CN", "color_scheme": "dark"}
_VIEWS: tuple[tuple[str, dict[str, Any], Callable[[Any], None]], ...] = (
    ("upscale", _DESK, _upscale),
    ("phone", _PHONE, _upscale),
    ("understand", _DESK, _tab(2)),
)


if __name__ == "__main__":
    sys.exit(main())
