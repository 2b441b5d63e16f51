"""The Understand tab in headless Chromium: what it shows is what Python computes, pixel for pixel."""

import io

import numpy as np
import pytest
from demo_site import CHECKOUT, close_clean, open_tab
from PIL import Image

from demo.understand import live
from waifu4x_tf.data.procedural import draw

pytestmark = pytest.mark.browser

UPLOAD_HERE = "input[type=file]:has(+ #understand-file)"
FACE = CHECKOUT / "examples" / "face.png"


def on_tab(browser, address, **options):
    return open_tab(
        browser, address, 2, "#understand-damages img", "#understand-measures .body-cell", **options
    )


@pytest.fixture
def page(browser, demo_address):
    opened = on_tab(browser, demo_address)
    yield opened
    close_clean(opened)


def pictures(page, place):
    """The pixels of every picture in a place, as the page got them."""
    for address in page.locator(f"{place} .grid-container img").evaluate_all(
        "all => all.map((one) => one.src)"
    ):
        with Image.open(io.BytesIO(page.request.get(address).body())) as image:
            yield np.asarray(image)


def wait_for_another(page, place, action):
    before = page.get_attribute(f"{place} .grid-container img >> nth=-1", "src")
    action()
    page.wait_for_function(
        "([place, before]) =>"
        " [...document.querySelectorAll(`${place} .grid-container img`)].at(-1).src !== before",
        arg=[place, before],
    )


def test_what_is_shown_is_what_is_computed(page):
    pixels = live.read_part(FACE, 16).pixels
    mean = live.filtered_pixels(pixels, live.KERNELS["mean"].astype(np.float32))
    for shown, truth in zip(pictures(page, "#understand-filtered"), [pixels, mean], strict=True):
        np.testing.assert_array_equal(shown, truth)
    wait_for_another(page, "#understand-maps", page.get_by_label("block 6").click)
    truths = live.liveliest_maps(pixels, "block6_add").values()
    for shown, truth in zip(pictures(page, "#understand-maps"), truths, strict=True):
        np.testing.assert_array_equal(shown, truth)
    damages = live.six_damages(pixels, 23)
    _, *shown = pictures(page, "#understand-damages")
    for one, truth in zip(shown, damages.values(), strict=True):
        np.testing.assert_array_equal(one, truth.pixels)
    cells = page.locator("#understand-measures .body-cell").all_inner_texts()
    said = [float(cell) for cell in cells[3::4]]
    assert said == pytest.approx([each.ssim for each in damages.values()], abs=6e-4)


def test_a_weight_is_typed_and_a_wrong_one_gets_a_sentence(page):
    wait_for_another(page, "#understand-filtered", page.get_by_label("Edges across (Sobel)").click)
    pixels = live.read_part(FACE, 16).pixels
    _, shown = pictures(page, "#understand-filtered")
    np.testing.assert_array_equal(
        shown, live.filtered_pixels(pixels, live.KERNELS["across"].astype(np.float32))
    )
    cell = page.locator("#understand-kernel .body-cell").nth(4)

    def type_in(text):
        cell.dblclick()
        page.keyboard.press("Control+a")
        page.keyboard.type(text)
        page.keyboard.press("Enter")

    wait_for_another(page, "#understand-filtered", lambda: type_in("2"))
    kernel = live.KERNELS["across"].copy()
    kernel[1, 1] = 2
    _, shown = pictures(page, "#understand-filtered")
    np.testing.assert_array_equal(shown, live.filtered_pixels(pixels, kernel.astype(np.float32)))
    type_in("99999")
    page.wait_for_selector("text=A weight is a number from -1000 to 1000")


def test_a_visitors_picture_takes_the_place_of_the_example(page, tmp_path):
    drawn = tmp_path / "large figure.png"
    Image.fromarray(draw("figure", seed=31, width=500, height=400)).save(drawn)
    wait_for_another(
        page,
        "#understand-damages",
        lambda: page.set_input_files(UPLOAD_HERE, str(drawn)),
    )
    assert "192x192 pixels are used, of 500x400" in page.inner_text("#understand-status")
    original, *_ = pictures(page, "#understand-filtered")
    np.testing.assert_array_equal(original, live.read_part(drawn, 16).pixels)


def test_a_mistake_becomes_a_sentence_and_the_picture_stays(page, tmp_path):
    Image.new("RGB", (20, 50)).save(tmp_path / "small.png")
    page.set_input_files(UPLOAD_HERE, str(tmp_path / "small.png"))
    page.wait_for_selector("#understand-status .w4x-failed >> text=20 \u00d7 50 px")
    original, *_ = pictures(page, "#understand-filtered")
    np.testing.assert_array_equal(original, live.read_part(FACE, 16).pixels)


def test_the_slider_is_moved_by_keyboard(page):
    page.focus("#understand-psnr input[type=range]")
    for _ in range(10):
        page.keyboard.press("ArrowRight")
    page.wait_for_selector("#understand-measures .body-cell >> text=28.0")


@pytest.mark.parametrize(("width", "dark"), [(390, True), (1440, False)])
@pytest.mark.parametrize("language", ["en-US", "zh-CN"])
def test_the_story_is_told_with_its_pictures_and_nothing_is_wider_than_the_screen(
    browser, demo_address, width, dark, language
):
    page = on_tab(browser, demo_address, width=width, dark=dark, language=language)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert ("插值会模糊" if language == "zh-CN" else "Interpolation blurs") in page.inner_text(
        ".tabitem:visible"
    )
    page.wait_for_function(
        "() => [...document.querySelectorAll('.w4x-story img')].filter(one => one.naturalWidth > 500)"
        ".length >= 12"
    )
    close_clean(page)
