"""One demo for the tests of all tabs, one browser, and pages that are built without being served."""

import json
import subprocess
import sys

import pytest
from demo_site import CHECKOUT, running_demo

PAGES = """
import json, sys
from pathlib import Path
import gradio as gr
import demo.train.tab as train_tab
from demo.context import DemoContext, Upscalers
told = {"loaded": sorted({"tensorflow", "keras", "matplotlib"} & set(sys.modules))}
folder = Path(sys.argv[1])
train_tab.RUNS = folder / "runs"
context = DemoContext(Upscalers.__new__(Upscalers), folder)
for missing in ("missing", "elsewhere", ""):
    train_tab.what_is_missing = lambda: missing
    with gr.Blocks() as page:
        models = gr.Radio([])
        retell = gr.Button()
        with gr.Tab() as tab:
            train_tab.add_train_tab(context, models, {}, retell)
    told[missing] = {
        "blocks": [type(block).__name__ for block in tab.children],
        "active": [block.active for block in page.blocks.values() if isinstance(block, gr.Timer)],
        "visibility": sorted({listener.api_visibility for listener in page.fns.values()}),
    }
told["made"] = [path.name for path in folder.iterdir()]
sys.path.insert(0, "tests")
from fake_upscaler import FakeUpscaler
from demo_app import build_demo
page = build_demo(FakeUpscaler())
told["demo"] = {
    "api": sorted(each.api_name for each in page.fns.values() if each.api_visibility == "public"),
    "is_running": page.is_running,
}
print(json.dumps(told))
"""


@pytest.fixture(scope="session")
def pages_built(tmp_path_factory):
    """Facts of the Train tab by itself, in a process that has loaded nothing else, and of the whole page.

    In a process of its own, too, as Gradio leaves event loops behind, which the tests' strictness minds.
    """
    command = [sys.executable, "-c", PAGES, str(tmp_path_factory.mktemp("pages"))]
    built = subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, check=True, timeout=120)
    return json.loads(built.stdout)


@pytest.fixture(scope="session")
def demo_address():
    """The page's address; it ends in a slash."""
    with running_demo() as address:
        yield address


@pytest.fixture(scope="session")
def browser(start_chromium):
    """Chromium, started once."""
    return start_chromium()
