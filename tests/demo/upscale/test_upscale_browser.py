"""The Upscale tab in headless Chromium, from the drop of a picture to the bytes of the result."""

import io
import zipfile
from pathlib import Path

import numpy as np
import pytest
from demo_site import CHECKOUT, open_page, paste
from PIL import Image
from test_demo_app import by_command_line, save_square

from waifu4x_tf.data.procedural import draw_rgb

pytestmark = pytest.mark.browser

EXAMPLES = CHECKOUT / "examples"


def choose(page, *files):
    page.set_input_files("#upscale-files input[type=file]", [str(file) for file in files])
    page.wait_for_function(
        "count => document.querySelectorAll('#upscale-files .file, #upscale-files tr').length >= count",
        arg=len(files),
    )


def upscale(page, *files):
    """Choose pictures, press the button, wait for the lines that say what was done."""
    choose(page, *files)
    page.click("#upscale-start")
    page.wait_for_selector("#upscale-status li")
    return page.inner_text("#upscale-status")


def downloaded(page, selector):
    with page.expect_download() as download:
        page.click(selector)
    return Path(download.value.path()).read_bytes(), download.value.suggested_filename


@pytest.fixture
def page(browser, demo_address):
    opened = open_page(browser, demo_address)
    yield opened
    assert opened.elsewhere == []
    opened.context.close()


def test_a_picture_comes_back_as_the_command_line_writes_it(page, tmp_path):
    line = upscale(page, EXAMPLES / "sticker.png")
    assert "256x256 to 1024x1024 px, transparency kept" in line
    content, name = downloaded(page, "#upscale-downloads a")
    assert name == "sticker_4x.png"
    assert content == by_command_line(tmp_path, EXAMPLES / "sticker.png")


def test_the_slider_moves_between_two_pictures_of_one_size(page):
    upscale(page, EXAMPLES / "face.png")
    page.wait_for_function(
        "(() => { const shown = [...document.querySelectorAll('#upscale-slider img')];"
        " return shown.length >= 2 && shown.every(one => one.naturalWidth > 0); })()"
    )
    sizes = page.evaluate(
        "[...document.querySelectorAll('#upscale-slider img')].map(i => [i.naturalWidth, i.naturalHeight])"
    )
    assert sizes[0] == sizes[1] == [1024, 1024]
    handle = page.locator("#upscale-slider .outer, #upscale-slider [class*=slider]").first.bounding_box()
    shown = page.locator("#upscale-slider").screenshot()
    picture = page.locator("#upscale-slider img").first.bounding_box()
    middle = picture["y"] + picture["height"] / 2
    page.mouse.move(handle["x"] + handle["width"] / 2, middle)
    page.mouse.down()
    page.mouse.move(picture["x"] + picture["width"] * 0.8, middle, steps=8)
    page.mouse.up()
    page.wait_for_timeout(300)
    moved = page.locator("#upscale-slider").screenshot()
    before, after = (np.asarray(Image.open(io.BytesIO(each)).convert("RGB"), int) for each in (shown, moved))
    assert np.abs(before - after).mean() > 0.1


def test_an_animation_plays_beside_its_first_frame(page, tmp_path):
    moving = save_square(tmp_path / "moving.gif", frames=5)
    line = upscale(page, moving, EXAMPLES / "manga.png")
    assert "5 frames in 0.4 s" in line
    assert "The slider shows the first frame" in line
    assert page.locator("#upscale-playing").count() == 0  # the last one is a still
    page.click("#upscale-picker label >> text=moving_4x.png")
    page.wait_for_function("document.querySelector('#upscale-playing img')?.naturalWidth === 192")
    content, name = downloaded(page, "#upscale-downloads a >> nth=0")
    assert name == "moving_4x.png"
    assert Image.open(io.BytesIO(content)).n_frames == 5


def test_what_a_picture_went_through_is_told_when_it_is_chosen(page, tmp_path):
    damaged = save_square(tmp_path / "damaged.jpg", quality=40)
    choose(page, damaged, EXAMPLES / "face.png")
    page.wait_for_selector("#upscale-inspect >> text=JPEG of quality 40. Auto: denoise ")
    page.wait_for_selector("#upscale-inspect >> text=no traces of lossy saving. Auto: left as it is.")
    page.click("#upscale-start")
    page.wait_for_selector("#upscale-status >> text=192x144 px, denoise ")
    page.wait_for_selector("#upscale-status >> text=1024x1024 px, no transparency")


def test_denoising_is_off_at_a_level_or_left_to_auto(page):
    ways = page.locator("#upscale-denoise label")
    assert ways.all_inner_texts() == ["auto", "off", "low", "medium", "high"]
    ways.filter(has_text="medium").click()
    assert ", compact_denoise2," in upscale(page, EXAMPLES / "face.png")


def test_what_only_another_model_has_is_neither_shown_nor_asked_for(page):
    page.fill("#upscale-strength input[type=number]", "1")
    page.click("#upscale-model input")
    page.get_by_role("option", name="large").click()
    page.wait_for_selector("#upscale-strength", state="detached")
    assert ", large," in upscale(page, EXAMPLES / "face.png")
    page.click("#upscale-model input")
    page.get_by_role("option", name="compact").click()
    page.wait_for_selector("#upscale-strength")
    page.click("#upscale-start")
    page.wait_for_selector("#upscale-status >> text=compact-gan")


def test_a_size_is_asked_for_in_each_of_its_ways(page):
    way = page.locator("#upscale-way label")
    way.filter(has_text="width").click()
    page.locator("#upscale-size input[type=number]").nth(0).fill("300")
    page.locator("#upscale-size input[type=number]").nth(1).fill("200")
    page.click("#upscale-fit label >> text=pad")
    line = upscale(page, EXAMPLES / "face.png")
    assert "to 300x200 px, padded with transparency" in line
    way.filter(has_text="shorter").click()
    page.fill("#upscale-min-side input", "333")
    page.click("#upscale-start")
    page.wait_for_selector("#upscale-status >> text=256x256 to 333x333 px")
    way.filter(has_text="sticker").click()
    page.wait_for_selector("#upscale-format", state="detached")
    page.click("#upscale-start")
    page.wait_for_selector("#upscale-status >> text=face_telegram.png: 256x256 to 512x512 px")
    way.filter(has_text="times").click()
    page.click("#upscale-format label >> text=tiff")
    page.click("#upscale-start")
    page.wait_for_selector("#upscale-status >> text=face_4x.tiff: 256x256 to 1024x1024 px")
    page.wait_for_function(
        "[...document.querySelectorAll('#upscale-slider img')]"
        ".filter(each => each.naturalWidth === 1024).length >= 2"
    )


def test_several_come_as_a_zip_and_a_broken_one_stops_nothing(page, tmp_path):
    (tmp_path / "broken.png").write_bytes((EXAMPLES / "face.png").read_bytes()[:2000])
    Image.fromarray(draw_rgb(3, seed=9, width=60, height=40)).save(tmp_path / "drawn.png")
    lines = upscale(page, EXAMPLES / "manga.png", tmp_path / "broken.png", tmp_path / "drawn.png")
    assert "Not done: broken.png" in lines
    content, _ = downloaded(page, "#upscale-zip")
    with zipfile.ZipFile(io.BytesIO(content)) as bundle:
        assert bundle.namelist() == ["manga_4x.png", "drawn_4x.png"]
        assert Image.open(bundle.open("drawn_4x.png")).size == (240, 160)
    page.click("#upscale-picker label >> text=manga_4x.png")
    page.wait_for_function(
        "document.querySelector('#upscale-slider img') &&"
        " document.querySelector('#upscale-slider img').naturalWidth === 1024"
    )


def test_stop_ends_a_run_and_the_next_one_works(page, tmp_path):
    Image.fromarray(draw_rgb(1, seed=4, width=2400, height=1800)).save(tmp_path / "large.png")
    choose(page, EXAMPLES / "manga.png", tmp_path / "large.png")
    page.click("#upscale-start")
    page.wait_for_selector("#upscale-status >> text=2 of 2: large.png")
    page.click("#upscale-stop")
    page.wait_for_selector("#upscale-status >> text=Stopped.")
    assert "manga_4x" in page.inner_text("#upscale-downloads")
    page.click("#upscale-files button[aria-label='Clear'], #upscale-files button[title='Clear']")
    assert "face_4x.png" in upscale(page, EXAMPLES / "face.png")


def test_a_paste_adds_a_picture(page):
    for name in ("pasted", "another"):
        paste(page, f"{name}.png")
        page.wait_for_selector(f"#upscale-files >> text={name}")
    assert "pasted" in page.inner_text("#upscale-files")


def test_an_example_is_one_click(page):
    page.click(".w4x-examples >> text=face")
    page.wait_for_selector("#upscale-files >> text=face")


def test_nothing_chosen_is_told(page):
    page.click("#upscale-start")
    page.wait_for_selector("#upscale-status >> text=Choose at least one picture first.")


@pytest.mark.parametrize(
    ("language", "word"), [("zh-CN", "放大"), ("en-GB", "Upscale"), ("fr-FR", "Upscale")]
)
def test_the_page_speaks_the_browsers_language(browser, demo_address, language, word):
    page = open_page(browser, demo_address, language=language)
    assert page.inner_text("#upscale-start") == word
    page.context.close()


def test_the_switch_of_language_holds_for_page_and_answers(page):
    page.click("nav >> text=中文")
    page.wait_for_selector("#upscale-start >> text=放大")
    assert page.evaluate("document.documentElement.lang") == "zh-CN"
    assert "像素" in upscale(page, EXAMPLES / "manga.png")
    page.reload()
    page.wait_for_selector("#upscale-start >> text=放大")


@pytest.mark.parametrize("dark", [False, True])
def test_a_phone_shows_all_without_scrolling_sideways(browser, demo_address, dark):
    page = open_page(browser, demo_address, width=390, dark=dark)
    upscale(page, EXAMPLES / "face.png")
    for tab in page.locator("button[role=tab]:visible").all():
        tab.click()
        page.wait_for_timeout(300)
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.context.close()


def test_the_keyboard_alone_is_enough(page):
    choose(page, EXAMPLES / "manga.png")
    page.focus("#upscale-start")
    page.keyboard.press("Enter")
    page.wait_for_selector("#upscale-status li")


def test_every_control_has_a_name(page):
    nameless = page.evaluate(
        """[...document.querySelectorAll("button, input, select, textarea")].filter(one => {
          if (one.offsetParent === null || one.type === "file") return false;
          const labels = [...(one.labels || [])].map(each => each.innerText).join("");
          const elsewhere = one.getAttribute("aria-labelledby");
          return !(one.innerText || one.ariaLabel || one.title || labels || elsewhere);
        }).map(one => one.outerHTML.slice(0, 160))"""
    )
    assert nameless == []
