"""The Upscale tab in headless Chromium, from the drop of a picture to the bytes of the result."""

import io
import zipfile
from pathlib import Path

import pytest
from demo_site import CHECKOUT, UPLOAD, drop, open_page, paste
from PIL import Image
from test_demo_app import by_command_line, save_square

from waifu4x_tf.data.procedural import draw_rgb
from waifu4x_tf.inference.options import takes_strength

pytestmark = pytest.mark.browser
both_gans = pytest.mark.skipif(not takes_strength("compact"), reason="no weights in this checkout yet")

EXAMPLES = CHECKOUT / "examples"
FACE, MANGA, STICKER = (EXAMPLES / f"{name}.png" for name in ("face", "manga", "sticker"))
SCREENS = [(1440, 900), (768, 1024), (390, 844)]


def save_clean(folder):
    """A picture that is left as it is: `FACE` is drawn as area averaging shrinks, which has a network."""
    path = folder / "clean.png"
    with Image.open(FACE) as face:
        face.resize((128, 128), Image.Resampling.BICUBIC).save(path)
    return path


def names(page):
    return page.locator("#upscale-stage .thumb").evaluate_all("all => all.map((one) => one.title)")


def wait_for_results(page, count):
    page.wait_for_function(
        "count => document.querySelectorAll('#upscale-stage .thumb.done, #upscale-stage .thumb.failed')"
        ".length === count && !document.querySelector('#upscale-start').disabled",
        arg=count,
    )


def upscale(page, *files):
    """Choose pictures, wait for all of them, give the lines that say what was done."""
    page.set_input_files(UPLOAD, [str(file) for file in files])
    page.wait_for_function(
        "names => document.querySelector('#upscale-stage .thumb')"
        " && [...document.querySelectorAll('#upscale-stage .thumb')].map(one => one.title).join() === names",
        arg=",".join(Path(file).name for file in files),
    )
    wait_for_results(page, len(files))
    return page.inner_text("#upscale-status")


def again(page, text):
    """Press the button and wait for a line."""
    page.click("#upscale-start")
    page.wait_for_selector(f"#upscale-status >> text={text}")


def downloaded(page, selector):
    with page.expect_download() as download:
        page.click(selector)
    return Path(download.value.path()).read_bytes(), download.value.suggested_filename


def zipped(page):
    content, _ = downloaded(page, "#upscale-zip")
    with zipfile.ZipFile(io.BytesIO(content)) as bundle:
        return {name: bundle.read(name) for name in bundle.namelist()}


@pytest.fixture
def page(browser, demo_address):
    opened = open_page(browser, demo_address)
    yield opened
    assert opened.elsewhere == []
    opened.context.close()


def test_a_picture_comes_back_as_the_command_line_writes_it_alone_and_in_the_zip(page, tmp_path):
    line = upscale(page, STICKER)
    assert "256x256 to 1024x1024 px, area variant (area averaging), transparency kept" in line
    content, name = downloaded(page, "#upscale-stage .take")
    assert name == "sticker_4x.png"
    assert content == by_command_line(tmp_path, STICKER)
    assert zipped(page) == {name: content}


def test_the_keyboard_alone_goes_from_the_start_to_the_download_in_eight_presses(page):
    page.on("filechooser", lambda chooser: chooser.set_files(str(MANGA)))
    page.wait_for_selector("#upscale-stage .stage")
    page.wait_for_timeout(2000)  # until choosers are caught, also on a busy computer
    page.wait_for_function("document.activeElement.id === 'upscale-choose'")
    page.keyboard.press("Enter")
    wait_for_results(page, 1)
    presses = 2
    page.keyboard.press("Shift+Tab")
    while page.evaluate("!document.activeElement.matches('.take')") and presses < 7:
        page.keyboard.press("Shift+Tab")
        presses += 1
    with page.expect_download() as download:
        page.keyboard.press("Enter")
    assert download.value.suggested_filename == "manga_4x.png"
    assert presses + 1 <= 8


def test_drops_anywhere_replace_and_on_the_thumbnails_add_also_during_a_run(page, tmp_path):
    drop(page, "#upscale-stage .stage", FACE)
    wait_for_results(page, 1)
    drop(page, "#upscale-stage .stage", MANGA)
    page.wait_for_selector("#upscale-stage .thumb[title='manga.png']")
    wait_for_results(page, 1)
    assert names(page) == ["manga.png"]
    taken = page.get_attribute("#upscale-stage .take", "href")
    drop(page, "#upscale-stage .strip", STICKER)
    wait_for_results(page, 2)
    assert names(page) == ["manga.png", "sticker.png"]
    page.click("#upscale-stage .thumb >> nth=0")
    assert page.get_attribute("#upscale-stage .take", "href") == taken  # it was not made again
    Image.fromarray(draw_rgb(1, seed=4, width=2000, height=1500)).save(tmp_path / "slow.png")
    drop(page, "h1", tmp_path / "slow.png")
    page.wait_for_selector("#upscale-status progress")
    drop(page, "#upscale-model", FACE)
    page.wait_for_selector("#upscale-stage .thumb[title='face.png']")
    wait_for_results(page, 1)
    assert names(page) == ["face.png"]
    assert page.url.startswith("http")


def test_a_paste_adds_and_an_example_is_one_click(page):
    for name in ("pasted", "another"):
        paste(page, f"{name}.png")
        page.wait_for_selector(f"#upscale-stage .thumb[title='{name}.png']")
    assert names(page) == ["pasted.png", "another.png"]
    page.click(".w4x-examples:visible button >> nth=1")
    page.wait_for_selector("#upscale-stage .thumb[title='manga.png']")
    wait_for_results(page, 1)


def test_in_a_batch_results_are_taken_at_once_and_stop_keeps_them(page, tmp_path):
    Image.fromarray(draw_rgb(1, seed=4, width=2400, height=1800)).save(tmp_path / "large.png")
    broken = tmp_path / "broken.png"
    broken.write_bytes(FACE.read_bytes()[:2000])
    page.set_input_files(UPLOAD, [str(MANGA), str(broken), str(tmp_path / "large.png")])
    page.wait_for_selector("#upscale-stage .thumb.done")
    content, name = downloaded(page, "#upscale-stage .take")
    assert Image.open(io.BytesIO(content)).size == (1024, 1024)
    page.wait_for_selector("#upscale-status >> text=large.png")
    page.click("#upscale-stop")
    page.wait_for_selector("#upscale-status >> text=Stopped.")
    lines = page.inner_text("#upscale-status")
    assert "Not done: broken.png" in lines
    assert "manga_4x.png" in lines
    assert zipped(page) == {name: content}


def test_of_many_pictures_at_most_six_lines_are_said(page, tmp_path):
    files = []
    for index in range(7):
        files.append(tmp_path / f"{index}.png")
        Image.fromarray(draw_rgb(1, seed=index, width=32, height=32)).save(files[-1])
    lines = upscale(page, *files)
    assert lines.count("\n") < 6
    assert "3 more: see the thumbnails." in lines
    assert len(zipped(page)) == 7


def test_nothing_moves_when_a_result_comes_and_all_of_it_is_in_view(browser, demo_address):
    for (width, height), language in zip(SCREENS, ("en-US", "zh-CN", "zh-CN"), strict=True):
        page = open_page(
            browser, demo_address, width=width, height=height, language=language, dark=width < 500
        )
        places = [
            "#upscale-stage .stage",
            "#upscale-start",
            "#upscale-status",
            "#upscale-starts",
            "#upscale-format",
        ]
        before = [page.locator(place).bounding_box() for place in places]
        upscale(page, FACE, STICKER)
        after = [page.locator(place).bounding_box() for place in places]
        for place, one, other in zip(places, before, after, strict=True):
            for side in ("x", "y", "width", "height"):
                assert abs(one[side] - other[side]) <= 5, (width, place, side)
        for box in after[:3]:
            assert box["y"] + box["height"] <= height
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert page.evaluate("scrollY") == 0
        wanted = None
        for tab in page.locator("button[role=tab]:visible").all():
            tab.click()
            page.wait_for_timeout(300)
            found = page.locator(".tabitem:visible").bounding_box()["width"]
            wanted = wanted or found
            assert abs(found - wanted) <= 1, (width, tab.inner_text())
        assert wanted >= min(width, 1280) - 80
        page.context.close()


def test_the_slider_obeys_keys_and_a_vertical_swipe_scrolls_the_page(browser, demo_address):
    page = open_page(browser, demo_address, width=390, touch=True)
    upscale(page, FACE)
    sizes = page.locator("#upscale-stage .stage img").evaluate_all(
        "all => Promise.all(all.map(one => one.decode().then(() => one.naturalWidth)))"
    )
    assert sizes == [1024, 1024]
    page.focus("#upscale-stage input[type=range]")
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    place = "getComputedStyle(document.querySelector('#upscale-stage .stage i')).left"
    width = page.locator("#upscale-stage .stage").bounding_box()["width"] - 2
    assert float(page.evaluate(place).removesuffix("px")) == pytest.approx(0.53 * width, abs=2)
    box = page.locator("#upscale-stage .stage").bounding_box()
    finger = page.context.new_cdp_session(page)
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] * 0.8
    for kind, moved in [
        ("touchStart", 0),
        *(("touchMove", 20 * step) for step in range(1, 9)),
        ("touchEnd", None),
    ]:
        points = [] if moved is None else [{"x": x, "y": y - moved}]
        finger.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    page.wait_for_function("scrollY > 50")
    page.context.close()


def test_a_switch_of_language_keeps_pictures_and_results_and_refuses_in_that_language(page, tmp_path):
    upscale(page, MANGA)
    taken = page.get_attribute("#upscale-stage .take", "href")
    page.click("nav >> text=中文")
    page.wait_for_selector("#upscale-start >> text=放大")
    page.wait_for_selector("#upscale-status >> text=1024x1024 像素")
    assert page.evaluate("document.documentElement.lang") == "zh-CN"
    assert page.get_attribute("#upscale-stage .take", "href") == taken
    assert page.inner_text("#upscale-stage .stage b >> nth=0") == "放大前"
    (tmp_path / "empty.png").write_bytes(b"")
    assert "这是空文件" in upscale(page, tmp_path / "empty.png")
    page.reload()
    page.wait_for_selector("#upscale-start >> text=放大")
    page.click("nav >> text=English")
    page.wait_for_selector("#upscale-start >> text=Upscale")


def test_without_its_own_start_a_picture_is_inspected_and_that_choice_is_remembered(page, tmp_path):
    damaged = save_square(tmp_path / "damaged.jpg", quality=40)
    page.uncheck("#upscale-starts input")
    page.reload()
    page.wait_for_selector("#upscale-starts input:not(:checked)")
    page.set_input_files(UPLOAD, [str(damaged), str(save_clean(tmp_path))])
    page.wait_for_selector("#upscale-status >> text=JPEG of quality 40. Auto: denoise ")
    page.wait_for_selector("#upscale-status >> text=no traces of lossy saving. Auto: left as it is.")
    again(page, "192x144 px, denoise ")
    page.check("#upscale-starts input")


def test_an_animation_plays_on_the_right(page, tmp_path):
    line = upscale(page, save_square(tmp_path / "moving.gif", frames=5))
    assert "5 frames in 0.4 s" in line
    assert "Before is the first frame." in line
    content, name = downloaded(page, "#upscale-stage .take")
    assert name == "moving_4x.png"
    assert Image.open(io.BytesIO(content)).n_frames == 5
    assert page.get_attribute("#upscale-stage .after", "src").endswith("moving_4x.png")


def test_every_option_is_the_command_lines(page, tmp_path):
    ways = page.locator("#upscale-denoise label")
    assert ways.all_inner_texts() == ["auto", "off", "low", "medium", "high"]
    ways.filter(has_text="medium").click()
    assert ", compact_denoise2," in upscale(page, save_clean(tmp_path))
    ways.filter(has_text="auto").click()
    page.click("#upscale-model label >> text=large")
    again(page, ", large,")


@both_gans
def test_the_strength_works_with_every_way_to_denoise_and_is_hidden_where_there_is_none(page, tmp_path):
    upscale(page, save_clean(tmp_path))
    ways = page.locator("#upscale-denoise label")
    for strength, way, network in (
        ("1", "medium", "compact_denoise-gan"),
        ("0.5", "high", "compact_denoise3 at strength 0.5"),
        ("1", "auto", "compact-gan"),
    ):
        page.fill("#upscale-strength input[type=number]", strength)
        ways.filter(has_text=way).click()
        again(page, f", {network},")
    page.click("#upscale-model label >> text=large")
    page.wait_for_selector("#upscale-strength", state="detached")  # what large has not is not asked for
    page.wait_for_selector("#upscale-show-strengths", state="detached")
    again(page, ", large,")
    page.click("#upscale-model label >> text=compact")
    page.wait_for_selector("#upscale-strength")
    again(page, "compact-gan")


@both_gans
def test_the_strengths_are_shown_side_by_side_on_the_chosen_picture(page, tmp_path):
    page.click("#upscale-show-strengths")
    page.wait_for_selector("#upscale-status >> text=Choose a picture first")
    save_square(tmp_path / "other.png")
    upscale(page, FACE, tmp_path / "other.png")
    page.click("#upscale-stage .thumb >> nth=1")
    page.click("#upscale-show-strengths")
    page.wait_for_function("document.querySelectorAll('#upscale-strengths .grid-container img').length === 3")
    captions = page.locator("#upscale-strengths .caption-label").all_inner_texts()
    assert captions == ["Strength 0", "Strength 0.5", "Strength 1"]
    shown = [
        Image.open(io.BytesIO(page.request.get(address).body())).convert("RGB")
        for address in page.locator("#upscale-strengths .grid-container img").evaluate_all(
            "all => all.map((one) => one.src)"
        )
    ]
    assert [image.size for image in shown] == [(192, 144)] * 3  # the whole of the one that was chosen
    assert len({image.tobytes() for image in shown}) == 3
    page.set_input_files(UPLOAD, [str(FACE)])
    page.wait_for_selector("#upscale-strengths", state="detached")


def test_a_size_is_asked_for_in_each_of_its_ways(page, tmp_path):
    way = page.locator("#upscale-way label")
    way.filter(has_text="width").click()
    page.locator("#upscale-size input[type=number]").nth(0).fill("300")
    page.locator("#upscale-size input[type=number]").nth(1).fill("200")
    page.click("#upscale-fit label >> text=pad")
    assert "to 300x200 px, padded with transparency" in upscale(page, save_clean(tmp_path))
    upscale(page, FACE)
    way.filter(has_text="shorter").click()
    page.fill("#upscale-min-side input", "333")
    again(page, "256x256 to 333x333 px")
    way.filter(has_text="sticker").click()
    page.wait_for_selector("#upscale-format", state="detached")
    again(page, "face_telegram.png: 256x256 to 512x512 px")
    way.filter(has_text="times").click()
    page.click("#upscale-format label >> text=tiff")
    again(page, "face_4x.tiff: 256x256 to 1024x1024 px")


@pytest.mark.parametrize(("language", "word"), [("zh-CN", "放大"), ("fr-FR", "Upscale")])
def test_the_page_speaks_the_browsers_language_and_every_control_has_a_name(
    browser, demo_address, language, word
):
    page = open_page(browser, demo_address, language=language)
    assert page.inner_text("#upscale-start") == word
    page.click("#upscale-start")
    page.wait_for_selector("#upscale-status >> text=/Choose a picture first|请先选择图片/")
    upscale(page, MANGA)
    nameless = page.evaluate(
        """[...document.querySelectorAll("button, input, select, textarea, a")].filter(one => {
          if (one.offsetParent === null || one.type === "file") return false;
          const labels = [...(one.labels || [])].map(each => each.innerText).join("");
          const elsewhere = one.getAttribute("aria-labelledby");
          return !(one.innerText || one.ariaLabel || one.title || labels || elsewhere);
        }).map(one => one.outerHTML.slice(0, 160))"""
    )
    assert nameless == []
    page.context.close()
