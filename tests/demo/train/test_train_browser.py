"""The Train tab in headless Chromium: a run from its start to a picture enlarged by what it trained."""

import os
import signal
import subprocess
import sys
from contextlib import contextmanager

import pytest
from demo_site import CHECKOUT, PATIENCE_MS, UPLOAD, open_page

from demo.train.run import TrainingRun, what_is_missing

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(what_is_missing() != "", reason="needs [train], on Linux or macOS"),
]

# The demo as it is, but for the folder that runs go into.
DEMO = """
import sys
from pathlib import Path
import demo.train.tab
demo.train.tab.RUNS = Path(sys.argv[1])
import demo_app
sys.exit(demo_app.main(["--port", "0", *sys.argv[2:]]))
"""


@contextmanager
def demo_for(runs, *arguments):
    """A running demo; the address of its page and its process."""
    command = [sys.executable, "-c", DEMO, str(runs), *arguments]
    process = subprocess.Popen(
        command, cwd=CHECKOUT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    try:
        yield process.stdout.readline().split()[2], process
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """A folder for runs; what is still going is ended with the tests."""
    folder = tmp_path_factory.mktemp("checkout") / "runs"
    yield folder
    TrainingRun(folder).stop((0, 0, 5))


@pytest.fixture(scope="module")
def address(runs):
    with demo_for(runs) as (address, _):
        yield address


@contextmanager
def opened(browser, address, tab="Train", **options):
    """The tab on a page of its own, which asked nobody else for anything."""
    page = open_page(browser, address, **options)
    try:
        page.get_by_role("tab", name=tab).click()
        page.wait_for_selector("#train-start")
        yield page
        assert page.elsewhere == []
    finally:
        page.context.close()


def wait_for(page, selector, text):
    page.locator(selector).get_by_text(text).first.wait_for(timeout=2.5 * PATIENCE_MS)


def test_a_run_grows_outlives_its_page_and_its_network_enlarges_a_picture(browser, address):
    with opened(browser, address) as page:
        assert page.locator("#train-stop").is_disabled()
        assert page.locator("#train-resume").is_disabled()
        page.focus("#train-start")
        page.keyboard.press("Enter")
        wait_for(page, "#train-notice", "Started.")
        wait_for(page, "#train-status", "getting ready")
    with opened(browser, address) as page:
        # The page is another one; it finds the run, or its end, and goes on by itself.
        wait_for(page, "#train-status", "smoke is finished: 80 steps")
        page.wait_for_selector("#train-loss canvas, #train-loss svg.marks")
        page.wait_for_function("() => document.querySelector('#train-sheet img').naturalWidth === 768")
        assert page.locator("#train-stop").is_disabled()
        page.click("#train-take")
        wait_for(page, "#train-notice", "now has the model smoke-demo")

        page.get_by_role("tab", name="Upscale").click()
        assert page.locator("#upscale-model").get_by_label("smoke-demo").is_checked()
        page.set_input_files(UPLOAD, str(CHECKOUT / "examples" / "sticker.png"))
        wait_for(page, "#upscale-status", "256x256 to 1024x1024 px")
        assert "smoke-demo" in page.inner_text("#upscale-status")


def test_a_model_that_was_taken_is_there_after_a_reload(browser, address):
    with opened(browser, address) as page:
        page.get_by_role("tab", name="Upscale").click()
        assert page.locator("#upscale-model label").all_inner_texts()[-1].strip() == "smoke-demo"


def test_a_recipe_says_what_it_is_for(browser, address):
    with opened(browser, address, tab="训练", language="zh-CN") as page:
        page.locator("#train-recipe").get_by_label("large", exact=True).check()
        wait_for(page, "#train-about", "2.4 倍的计算量")


def test_without_a_folder_the_page_says_how_to_give_one(browser, address):
    with opened(browser, address) as page:
        assert [text.strip() for text in page.locator("#train-data label").all_inner_texts()] == [
            "drawn pictures"
        ]
        assert "python demo_app.py --pictures FOLDER" in page.inner_text("#train-data")


def test_folders_given_at_start_are_offered_by_name_and_one_that_is_gone_is_told(browser, tmp_path):
    names = ["cats", "b" * 200]
    for name in names:
        (tmp_path / name).mkdir()
    given = [part for name in names for part in ("--pictures", str(tmp_path / name))]
    chinese = {"tab": "训练", "language": "zh-CN"}
    with demo_for(tmp_path / "runs", *given) as (address, _):
        for width in (390, 1440):
            with opened(browser, address, width=width, **chinese) as page:
                choices = page.locator("#train-data label")
                assert [text.strip() for text in choices.all_inner_texts()] == ["画出来的图片", *names]
                assert page.locator("#train-data input").first.is_checked()
                assert str(tmp_path) not in page.content()
                box = page.locator("#train-data").bounding_box()
                for choice in choices.all():
                    inside = choice.bounding_box()
                    assert inside["x"] + inside["width"] <= box["x"] + box["width"]
                assert page.evaluate("() => document.documentElement.scrollWidth") <= width
        with opened(browser, address, width=390, **chinese) as page:
            page.locator("#train-data label").nth(1).click()
            page.click("#train-start")
            # The trainer is given that folder, which holds no pictures.
            wait_for(page, "#train-status .w4x-failed", f"Received: {tmp_path / 'cats'}")
            (tmp_path / "cats").rmdir()
            page.click("#train-start")
            wait_for(page, "#train-notice .w4x-failed", "请选择显示的其中一项")


def test_a_run_survives_the_demo_and_the_next_one_stops_and_resumes_it(browser, tmp_path):
    training = TrainingRun(tmp_path / "runs")
    try:
        with demo_for(tmp_path / "runs") as (address, process), opened(browser, address) as page:
            page.locator("#train-recipe").get_by_label("compact", exact=True).check()
            wait_for(page, "#train-about", "The default generator")
            page.click("#train-start")
            wait_for(page, "#train-notice", "Started.")
            process.send_signal(signal.SIGINT)
            process.wait(30)
        pid = training.look().record.pid
        os.kill(pid, 0)
        with demo_for(tmp_path / "runs") as (address, _), opened(browser, address) as page:
            wait_for(page, "#train-status", "compact in runs/compact-demo: getting ready")
            page.wait_for_selector("#train-start:disabled")
            page.click("#train-stop")
            wait_for(page, "#train-status", "is not finished. Resume goes on")
            page.click("#train-resume")
            wait_for(page, "#train-notice", "Started.")
            assert training.look().phase == "running"
            page.click("#train-stop")
            wait_for(page, "#train-status", "is not finished")
    finally:
        training.stop((0, 0, 5))


@pytest.mark.parametrize("width", [390, 1440])
@pytest.mark.parametrize(("tab", "language"), [("Train", "en-US"), ("训练", "zh-CN")])
def test_nothing_is_cut_off(browser, address, width, tab, language):
    with opened(browser, address, tab=tab, width=width, language=language, dark=width < 500) as page:
        assert page.evaluate("() => document.documentElement.scrollWidth") <= width
        for name in ("loss", "psnr", "status", "start", "stop", "resume", "take"):
            box = page.locator(f"#train-{name}").bounding_box()
            assert box["x"] >= 0, name
            assert box["x"] + box["width"] <= width + 0.5, name
