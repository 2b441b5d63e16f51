"""The Compare tab in headless Chromium: the frame is exact, the panels are the library's, byte for byte."""

import io

import numpy as np
import pytest
from demo_site import CHECKOUT, close_clean, drop, open_tab, paste
from PIL import Image

from demo.compare.crops import default_crop
from demo.compare.job import DIFFERENCE_GAIN
from waifu4x_tf.data.procedural import draw_rgb
from waifu4x_tf.evaluation import comparison
from waifu4x_tf.evaluation import scores as evaluation
from waifu4x_tf.imaging.interpolation import resize
from waifu4x_tf.imaging.picture import Picture
from waifu4x_tf.inference.loading import load_upscaler
from waifu4x_tf.inference.options import takes_strength

pytestmark = pytest.mark.browser

UPLOAD_HERE = "input[type=file]:has(+ #compare-file)"

EXAMPLES = CHECKOUT / "examples"
PICTURE = draw_rgb(3, seed=5, width=600, height=400)
GAN = ["compact, GAN"] if takes_strength("compact") else []
METHODS = [*comparison.INTERPOLATIONS, "compact", *GAN, "large"]


@pytest.fixture(scope="module")
def drawn(tmp_path_factory):
    path = tmp_path_factory.mktemp("compare") / "drawn.png"
    Image.fromarray(PICTURE).save(path)
    return path


def on_tab(browser, address, **options):
    return open_tab(browser, address, 1, "#compare-start:visible", **options)


@pytest.fixture
def page(browser, demo_address):
    opened = on_tab(browser, demo_address)
    yield opened
    close_clean(opened)


def choose(page, path):
    page.set_input_files(UPLOAD_HERE, str(path))
    page.wait_for_selector("#compare-status >> text=pixels")
    page.wait_for_function("document.querySelector('#compare-crop img')?.naturalWidth > 0")


def crop_of(page, picture_width=PICTURE.shape[1]):
    """(x, y, width, height) as the page tells it, which is where the frame stands."""
    told = page.inner_text("#compare-crop .where")
    size, _, place = told.partition(" px · x ")
    width, height = map(int, size.split(" \u00d7 "))
    x, y = map(int, place.split(", y "))
    frame, stage = (page.locator(f"#compare-crop .{each}").bounding_box() for each in ("frame", "stage"))
    scale = stage["width"] / picture_width
    for pixels, side, start in ((x, "x", stage["x"]), (y, "y", stage["y"])):
        assert frame[side] == pytest.approx(start + pixels * scale, abs=1)
    assert frame["width"] == pytest.approx(width * scale, abs=1)
    return x, y, width, height


def drag(page, place, by):
    """Pull with the mouse: what stands at ``place``, by (x, y) in pixels of the picture."""
    stage = page.locator("#compare-crop .stage").bounding_box()
    scale = stage["width"] / PICTURE.shape[1]
    box = page.locator(f"#compare-crop {place}").bounding_box()
    start = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(*start)
    page.mouse.down()
    page.mouse.move(start[0] + by[0] * scale, start[1] + by[1] * scale, steps=5)
    page.mouse.up()


def compare(page):
    page.click("#compare-start")
    page.wait_for_selector("#compare-status >> text=enlarged")
    page.wait_for_selector("#compare-difference-panel img")


def shown(page, where="#compare-panels"):
    """Caption to pixels of what is shown there."""
    panels = {}
    for figure in page.locator(f"{where} figure").all():
        address = figure.locator("img").evaluate("image => image.src")
        content = page.request.get(address).body()
        panels[figure.locator("figcaption").inner_text().strip()] = np.asarray(
            Image.open(io.BytesIO(content)).convert("RGB")
        )
    return panels


def by_library(whole, x, y, width, height):
    """What each method makes of a part, where the models look at the whole picture."""
    small = np.ascontiguousarray(whole[y : y + height, x : x + width])
    models = {"compact": load_upscaler()}
    models |= {name: load_upscaler(strength=1.0) for name in GAN}
    models["large"] = load_upscaler("large")
    return {
        **{name: resize(small, (4 * height, 4 * width), name) for name in comparison.INTERPOLATIONS},
        **{
            name: model.for_picture(Picture.from_array(whole)).upscale(small)
            for name, model in models.items()
        },
    }


def test_the_frame_starts_on_the_busiest_square_and_is_dragged_exactly(page, drawn):
    choose(page, drawn)
    x, y, width, height = crop_of(page)
    assert (x, y, width, height) == default_crop(PICTURE, 1)
    drag(page, ".frame", (30 - x, 50 - y))
    assert crop_of(page) == (30, 50, 128, 128)
    drag(page, "[data-corner=se]", (-28, -48))
    assert crop_of(page) == (30, 50, 100, 80)
    drag(page, "[data-corner=nw]", (10, -20))
    assert crop_of(page) == (40, 30, 90, 100)
    drag(page, "[data-corner=ne]", (-500, 500))
    assert crop_of(page) == (40, 122, 8, 8)
    drag(page, "[data-corner=sw]", (-500, 900))
    assert crop_of(page) == (0, 122, 48, 192)
    drag(page, ".frame", (5000, 5000))
    assert crop_of(page) == (552, 208, 48, 192)


def test_arrow_keys_move_the_frame_and_resize_it_with_shift(page, drawn):
    choose(page, drawn)
    drag(page, ".frame", (-1000, -1000))
    page.focus("#compare-crop .frame")
    for keys, crop in (
        (["ArrowRight"] * 3, (3, 0, 128, 128)),
        (["ArrowDown"] * 2 + ["ArrowUp", "ArrowLeft"], (2, 1, 128, 128)),
        (["Shift+ArrowLeft", "Shift+ArrowDown", "Shift+ArrowDown"], (2, 1, 127, 130)),
        (["ArrowUp"] * 3, (2, 0, 127, 130)),
    ):
        for key in keys:
            page.keyboard.press(key)
        assert crop_of(page) == crop
    assert page.evaluate("document.activeElement.getAttribute('aria-label')").endswith(
        ": 127 \u00d7 130, x 2, y 0"
    )


def test_a_finger_drags_the_frame_and_a_tap_moves_it(browser, demo_address, drawn):
    page = on_tab(browser, demo_address, width=390)
    choose(page, drawn)
    drag(page, ".frame", (-1000, -1000))
    stage = page.locator("#compare-crop .stage").bounding_box()
    frame = page.locator("#compare-crop .frame").bounding_box()
    scale = stage["width"] / PICTURE.shape[1]
    finger = page.context.new_cdp_session(page)
    x, y = frame["x"] + frame["width"] / 2, frame["y"] + frame["height"] / 2
    for kind, by in (("touchStart", 0), ("touchMove", 20), ("touchMove", 60), ("touchEnd", None)):
        points = [] if by is None else [{"x": x + by * scale, "y": y + by * scale}]
        finger.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    left, top, *_ = crop_of(page)
    # A pixel of this narrow screen is almost two of the picture.
    assert (left, top) == pytest.approx((60, 60), abs=3)
    page.mouse.click(stage["x"] + 400 * scale, stage["y"] + 300 * scale)
    assert crop_of(page)[:2] == pytest.approx((336, 236), abs=3)
    page.context.close()


def test_the_panels_are_the_librarys_byte_for_byte(page, drawn):
    choose(page, drawn)
    x, y, width, height = crop_of(page)
    compare(page)
    panels = shown(page)
    assert list(panels) == METHODS
    expected = by_library(PICTURE, x, y, width, height)
    for name, pixels in panels.items():
        assert np.array_equal(pixels, expected[name]), name
    ((caption, pixels),) = shown(page, "#compare-difference-panel").items()
    assert "amplified 4 times" in caption
    apart = np.abs(expected["bicubic"].astype(int) - expected["compact"]) * DIFFERENCE_GAIN
    assert np.array_equal(pixels, apart.clip(0, 255))


def test_a_small_frame_on_a_large_picture_is_dragged_and_cut_from_the_picture_itself(
    browser, demo_address, tmp_path
):
    large = np.ascontiguousarray(np.tile(PICTURE, (7, 7, 1)))
    large[1500:1560, 2000:2060] = np.random.default_rng(2).integers(0, 256, (60, 60, 3), np.uint8)
    Image.fromarray(large).save(tmp_path / "large.png")
    page = on_tab(browser, demo_address, width=390)
    choose(page, tmp_path / "large.png")
    before = crop_of(page, large.shape[1])
    drag(page, ".frame", (7, 14))
    x, y, width, height = crop_of(page, large.shape[1])
    assert (width, height) == before[2:]
    assert x > before[0]
    assert y > before[1]
    compare(page)
    part = large[y : y + height, x : x + width]
    assert np.array_equal(shown(page)["nearest"], part.repeat(4, axis=0).repeat(4, axis=1))
    page.context.close()


def test_an_original_is_made_small_first_and_every_result_is_measured(page, drawn):
    page.check("#compare-original input")
    choose(page, drawn)
    x, y, width, height = crop_of(page)
    assert (x, y, width, height) == default_crop(PICTURE, 4)
    compare(page)
    large, small = evaluation.shrunk_pair(PICTURE, 4)
    original = large[y : y + height, x : x + width]
    panels = shown(page)
    captions = ["original"]
    for name, result in by_library(small, x // 4, y // 4, width // 4, height // 4).items():
        psnr, ssim = evaluation.score(original, result, 4)
        captions.append(f"{name} {psnr:.2f} dB, SSIM {ssim:.4f}")
    assert list(panels) == captions
    assert np.array_equal(panels["original"], original)
    ((caption, _),) = shown(page, "#compare-difference-panel").items()
    assert caption.startswith("original \u2212 compact:")


def test_another_difference_is_one_choice_away(page, drawn):
    choose(page, drawn)
    compare(page)
    page.click("#compare-first input")
    page.get_by_role("option", name="nearest").click()
    page.wait_for_selector("#compare-difference-panel >> text=nearest \u2212 compact")
    panels = shown(page)
    ((_, pixels),) = shown(page, "#compare-difference-panel").items()
    apart = np.abs(panels["nearest"].astype(int) - panels["compact"]) * DIFFERENCE_GAIN
    assert np.array_equal(pixels, apart.clip(0, 255))


def test_the_denoise_levels_come_when_they_are_asked_for(page):
    page.check("#compare-denoise input")
    choose(page, EXAMPLES / "sticker.png")
    assert "Transparency is composited on white." in page.inner_text("#compare-crop")
    compare(page)
    levels = [f"compact, denoise {level}" for level in ("low", "medium", "high")]
    assert list(shown(page)) == [*METHODS[:-1], *levels, METHODS[-1]]


def wait_for_corners(page, left: int, top: int) -> None:
    """Until every panel shows its picture from there, to a pixel."""
    page.wait_for_function(
        "([left, top]) => [...document.querySelectorAll('#compare-panels .window')].every(one =>"
        " Math.abs(one.scrollLeft - left) < 2 && Math.abs(one.scrollTop - top) < 2)",
        arg=[left, top],
    )


def test_panels_are_magnified_and_moved_together(page, drawn):
    choose(page, drawn)
    compare(page)
    page.click("#compare-panels [data-zoom='4']")
    image = page.locator("#compare-panels img").first
    assert image.evaluate("image => [image.clientWidth, getComputedStyle(image).imageRendering]") == [
        2048,
        "pixelated",
    ]
    # From the middle of 2048 px in a window of 512.
    wait_for_corners(page, 768, 768)
    first = page.locator("#compare-panels .window").first
    first.scroll_into_view_if_needed()
    box = first.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x - 100, y - 60, steps=4)
    page.mouse.up()
    wait_for_corners(page, 868, 828)
    # Where a window that followed tells so only when the first has moved on, it does not call that back.
    page.evaluate(
        "() => { const [first, other] = document.querySelectorAll('#compare-panels .window');"
        " first.scrollTo(900, 850); other.dispatchEvent(new Event('scroll')); }"
    )
    wait_for_corners(page, 900, 850)


def test_a_new_picture_takes_the_old_results_away(page, drawn):
    choose(page, drawn)
    compare(page)
    page.click("#compare-original input")
    page.wait_for_selector("#compare-panels figure", state="detached")
    assert not page.is_visible("#compare-difference")
    page.wait_for_selector("#compare-crop >> text=At most 768x768")


def test_what_is_no_picture_gets_a_sentence_and_the_next_one_works(page, drawn, tmp_path):
    page.click("#compare-start")
    page.wait_for_selector("#compare-status .w4x-failed >> text=Choose a picture first.")
    broken = tmp_path / "broken.png"
    broken.write_bytes((EXAMPLES / "face.png").read_bytes()[:2000])
    page.set_input_files(UPLOAD_HERE, str(broken))
    page.wait_for_selector("#compare-status .w4x-failed >> text=broken.png")
    choose(page, drawn)
    compare(page)


def test_an_example_in_chinese_fits_a_phone(browser, demo_address):
    page = on_tab(browser, demo_address, width=390, language="zh-CN", dark=True)
    page.click(".w4x-examples:visible button >> nth=0")
    page.wait_for_selector("#compare-crop .frame")
    assert "最大 192x192 像素" in page.inner_text("#compare-crop .hint")
    page.click("#compare-start")
    page.wait_for_selector("#compare-difference-panel img")
    gan = ["compact\uff0cGAN"] if GAN else []
    assert list(shown(page)) == ["最近邻", "双线性", "双三次", "compact", *gan, "large"]
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.context.close()


def test_a_paste_and_a_drop_take_the_place_of_what_was_there(page, drawn):
    for name in ("pasted", "another"):
        paste(page, f"{name}.png")
        page.wait_for_selector(f"#compare-status >> text={name}.png")
    drop(page, "#compare-crop", drawn)
    page.wait_for_selector("#compare-status >> text=drawn.png")
