"""The Understand tab in headless Chromium: what it shows is what Python computes, pixel for pixel."""

import base64
import io
import re

import numpy as np
import pytest
from demo_site import CHECKOUT, close_clean, open_tab
from PIL import Image

from demo.understand import measures
from demo.understand.features import liveliest_maps
from demo.understand.filters import filtered_pixels, kernel_of
from demo.understand.picture import read_part
from waifu4x_tf.data.procedural import draw

pytestmark = pytest.mark.browser

FIRST = CHECKOUT / "examples" / "face.png"


def on_tab(browser, address, **options):
    return open_tab(browser, address, 2, "#understand-grid table", "#understand-part img", **options)


@pytest.fixture
def page(browser, demo_address):
    opened = on_tab(browser, demo_address)
    yield opened
    close_clean(opened)


@pytest.fixture(scope="module")
def drawn(tmp_path_factory):
    path = tmp_path_factory.mktemp("understand") / "large figure.png"
    Image.fromarray(draw("figure", seed=31, width=500, height=400)).save(path)
    return path


def open_chapter(page, number):
    page.click(f"#understand-{number} > button")


def pictures(page, place):
    """The pixels of every picture in a place, as the page got them."""
    found = page.locator(f"{place} img")
    found.first.wait_for()
    for address in found.evaluate_all("images => images.map((image) => image.src)"):
        kind, content = address.split(",")
        assert kind == "data:image/png;base64"
        with Image.open(io.BytesIO(base64.b64decode(content))) as image:
            yield np.asarray(image)


def give(page, path):
    before = page.get_attribute("#understand-part img", "src")
    page.set_input_files("#understand-file input[type=file]", str(path))
    page.wait_for_function(
        "before => document.querySelector('#understand-part img').src !== before", arg=before
    )
    page.wait_for_selector("#understand-file input[type=file]", state="attached")  # ready for the next


def test_the_numbers_answer_as_they_are_typed(page):
    cell = page.locator("#understand-grid table").nth(0).locator("td").nth(4)
    assert cell.inner_text() == "200"
    field = page.get_by_label("Row 1, column 3")
    field.fill("30")
    page.wait_for_selector("#understand-grid td >> text=/^30$/")
    assert cell.inner_text() == "30"
    red = page.locator("#understand-grid table").nth(2).locator("b").first
    assert red.evaluate("cell => getComputedStyle(cell).color") == "rgb(185, 28, 28)"
    field.fill("999")
    page.wait_for_selector("#understand-grid .w4x-failed")
    field.fill("31")
    page.wait_for_selector("#understand-grid td >> text=/^31$/")


def test_the_busiest_part_of_an_upload_is_used_and_told(page, drawn):
    give(page, drawn)
    part = read_part(drawn, 16)
    (shown,) = pictures(page, "#understand-part")
    np.testing.assert_array_equal(shown, part.pixels)
    assert "192 \u00d7 192 px" in page.inner_text("#understand-part")
    assert "500 \u00d7 400 px" in page.inner_text("#understand-part")
    page.click(".w4x-examples:visible button >> nth=1")
    page.wait_for_selector("#understand-part >> text=manga.png")


PASTE = """bytes => {
    const transfer = new DataTransfer();
    transfer.items.add(new File([Uint8Array.from(bytes)], "pasted.png", {type: "image/png"}));
    document.body.dispatchEvent(new ClipboardEvent("paste", {clipboardData: transfer, bubbles: true}));
}"""


def test_a_second_picture_can_be_pasted(page, drawn):
    give(page, drawn)
    page.evaluate(PASTE, list((CHECKOUT / "examples" / "sticker.png").read_bytes()))
    page.wait_for_selector("#understand-part >> text=pasted.png")
    assert "composited on white" in page.inner_text("#understand-part")


def test_mistakes_become_sentences_and_the_picture_stays(page, tmp_path):
    small = tmp_path / "small.png"
    Image.new("RGB", (20, 50)).save(small)
    bad = tmp_path / "bad.png"
    bad.write_text("no picture")
    for path, told in ((small, "20 \u00d7 50 px"), (bad, "bad.png")):
        page.set_input_files("#understand-file input[type=file]", str(path))
        page.wait_for_selector(f"#understand-told .w4x-failed >> text={told}")
        assert "face.png" in page.inner_text("#understand-part")
        page.wait_for_selector("#understand-file input[type=file]", state="attached")


def test_filters_are_the_librarys(page, drawn):
    open_chapter(page, 2)
    part = read_part(FIRST, 16)
    for kind, side, answer in (
        ("Mean", 3, filtered_pixels(part.pixels, kernel_of("mean", 3, 1), 3)),
        ("Gaussian", 7, filtered_pixels(part.pixels, kernel_of("gaussian", 7, 1), 7)),
        ("Median", 5, filtered_pixels(part.pixels, None, 5)),
    ):
        page.get_by_label(kind, exact=True).click()
        page.get_by_label(f"{side} \u00d7 {side}").click()
        page.wait_for_selector(f"#understand-filtered >> text=After: {kind}")
        if kind == "Median":
            page.wait_for_selector(f"#understand-kernel >> text=the {side**2} values")
        else:
            page.wait_for_function(
                "count => document.querySelectorAll('#understand-kernel td').length === count", arg=side**2
            )
        before, after = pictures(page, "#understand-filtered")
        np.testing.assert_array_equal(before, part.pixels)
        np.testing.assert_array_equal(after, answer)
    page.get_by_label("Edges across (Sobel)").click()
    page.wait_for_selector("#understand-filtered >> text=Mid grey")
    assert page.locator("#understand-side input").first.is_disabled()
    cells = page.locator("#understand-kernel td").all_inner_texts()
    assert list(map(int, cells)) == [-1, 0, 1, -2, 0, 2, -1, 0, 1]
    give(page, drawn)
    part = read_part(drawn, 16)
    page.wait_for_function(
        "() => document.querySelector('#understand-filtered img').src ==="
        " document.querySelector('#understand-part img').src"
    )
    _, after = pictures(page, "#understand-filtered")
    np.testing.assert_array_equal(after, filtered_pixels(part.pixels, kernel_of("across", 5, 1), 5))


def test_the_maps_are_the_networks_for_every_layer_and_picture(page, drawn):
    open_chapter(page, 3)
    first, other = (liveliest_maps(read_part(path, 16)) for path in (FIRST, drawn))

    def check(count_and_colours):
        _, colours = count_and_colours
        for shown, truth in zip(pictures(page, "#understand-maps"), colours.values(), strict=True):
            np.testing.assert_array_equal(shown, truth)

    page.wait_for_selector("#understand-maps >> text=after the first layer")
    check(first["head"])
    page.get_by_label("after block 6").click()
    page.wait_for_selector("#understand-maps >> text=maps, after block 6")
    check(first["block6_add"])
    before = page.get_attribute("#understand-maps img", "src")
    give(page, drawn)
    page.wait_for_function(
        "before => document.querySelector('#understand-maps img').src !== before", arg=before
    )
    check(other["block6_add"])
    scaled = page.locator("#understand-maps img").first
    assert scaled.evaluate("image => getComputedStyle(image).imageRendering") == "pixelated"


def test_the_measures_are_the_librarys(page):
    open_chapter(page, 4)
    part = read_part(FIRST, 16)
    damages = measures.six_damages(part.pixels, 23)
    original, *damaged = pictures(page, "#understand-damages")
    np.testing.assert_array_equal(original, part.pixels)
    for shown, truth in zip(damaged, damages.values(), strict=True):
        np.testing.assert_array_equal(shown, truth.pixels)
    page.wait_for_function("() => !document.querySelector('#understand-measures').innerText.includes('…')")
    hows = measures.plain_measures() | measures.colour_measures()
    rows = page.locator("#understand-measures tbody tr")
    for row, truth in zip(rows.all(), damages.values(), strict=True):
        said = [float(re.match(r"[\d.e-]+", text)[0]) for text in row.locator("td").all_inner_texts()[1:5]]
        expected = [measure(part.pixels, truth.pixels) for measure in hows.values()]
        assert said == pytest.approx(expected, rel=6e-3)
    heads = page.locator("#understand-measures thead th").all_inner_texts()
    has_weights = measures.vgg_weights() is not None
    assert ("VGG19" in heads) is has_weights
    assert (measures.VGG_VARIABLE in page.inner_text("#understand-measures")) is not has_weights


def test_the_slider_is_moved_by_keyboard(page):
    open_chapter(page, 4)
    page.wait_for_selector("#understand-measures table")
    page.focus("#understand-psnr input[type=range]")
    for _ in range(10):
        page.keyboard.press("ArrowRight")
    page.wait_for_selector("#understand-measures td >> text=28.0")


def test_a_chapter_of_the_method_opens_in_place(page):
    page.click("#understand-1 .w4x-story button")
    page.wait_for_function(
        "() => document.querySelector('#understand-1 .w4x-story img')?.naturalWidth > 1000"
    )
    assert "Interpolation blurs" in page.inner_text("#understand-1")


@pytest.mark.parametrize(("width", "dark"), [(390, True), (1440, False)])
@pytest.mark.parametrize("language", ["en-US", "zh-CN"])
def test_nothing_is_wider_than_the_screen(browser, demo_address, width, dark, language):
    page = on_tab(browser, demo_address, width=width, dark=dark, language=language)
    for number, place in ((2, "filtered"), (3, "maps"), (4, "damages")):
        open_chapter(page, number)
        page.wait_for_selector(f"#understand-{place} img")
    page.wait_for_selector("#understand-measures table")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    told = page.inner_text("#understand-part")
    assert ("细节最多" in told) is (language == "zh-CN")
    assert page.elsewhere == []
    page.context.close()
