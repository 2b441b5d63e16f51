"""The calls that docs/demo.md shows, run as they stand there against a demo of the tests."""

import os
import re
import shutil
import subprocess
import sys

import pytest
from demo_site import CHECKOUT
from PIL import Image

PAGES = ("docs/demo.md", "docs/demo.zh.md")
ADDRESS = "http://127.0.0.1:7860"


def blocks(page, language):
    text = (CHECKOUT / page).read_text(encoding="utf-8")
    return re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)


def test_both_pages_show_the_same_commands():
    for language in ("sh", "python"):
        english, chinese = (blocks(page, language) for page in PAGES)
        assert english == chinese


@pytest.mark.slow
def test_the_client_example_runs(demo_address, tmp_path):
    (code,) = [each for each in blocks(PAGES[0], "python") if "gradio_client" in each]
    code = code.replace(f"{ADDRESS}/", demo_address) + "print(file, outcome['width'])\n"
    ran = subprocess.run(
        [sys.executable, "-c", code], cwd=CHECKOUT, capture_output=True, text=True, check=True, timeout=120
    )
    file, width = ran.stdout.split()[-2:]
    with Image.open(file) as picture:
        assert (picture.format, picture.size, width) == ("WEBP", (640, 640), "640")


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
def test_the_curl_example_runs(demo_address, tmp_path):
    (script,) = [each for each in blocks(PAGES[0], "sh") if "curl" in each]
    script = script.replace(ADDRESS, demo_address.rstrip("/")).replace("-o face_4x.png", "-o $RESULT_FILE")
    result = tmp_path / "face_4x.png"
    path = f"{os.path.dirname(sys.executable)}{os.pathsep}{os.environ['PATH']}"
    subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        cwd=CHECKOUT,
        env={**os.environ, "PATH": path, "RESULT_FILE": str(result)},
        check=True,
        timeout=120,
    )
    with Image.open(result) as picture:
        assert picture.size == (1024, 1024)
