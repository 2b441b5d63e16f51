"""The page in headless Chromium: it makes what Python, raw, makes of the same file with the same network.

Needs Chromium on the path, the package playwright, and npm. Where one is missing the tests are skipped;
with REQUIRE_BROWSER=1 in the environment, as in .ci/run, they fail.
"""

import io
import re
import shutil

import numpy as np
import pytest
from browser_needs import refuse_or_skip
from export_files import for_tiles, rewritten
from PIL import Image
from web_pictures import PICTURES, PROFILE, drawing, encoded, png_header, with_orientation, with_soft_alpha
from web_site import failure_of, give, names_in, opened, result_of, served, wait_until_ready, write_bundle

from export.web.assembly import assemble
from waifu4x_tf.imaging import reading
from waifu4x_tf.imaging.pil import to_pil
from waifu4x_tf.inference.loading import load_upscaler

pytestmark = pytest.mark.browser

# A graphics card imitated by the processor.
IMITATED_CARD = ["--enable-unsafe-webgpu", "--use-webgpu-adapter=swiftshader"]


@pytest.fixture(scope="session")
def chromium(start_chromium):
    """A function that starts a browser with flags."""
    if not shutil.which("npm"):
        refuse_or_skip("npm is needed, which fetches LiteRT.js")
    return start_chromium


@pytest.fixture(scope="session")
def bundle(tiny_models, tmp_path_factory):
    networks = {
        (precision, edge): for_tiles((tiny_models / f"tiny_{precision}.tflite").read_bytes(), edge)
        for precision in ("int8", "float32")
        for edge in (64, 128)
    }
    return write_bundle(tmp_path_factory.mktemp("web") / "bundle", networks)


@pytest.fixture(scope="session")
def site(bundle, chromium, tmp_path_factory):
    folder = tmp_path_factory.mktemp("web") / "site"
    assemble(bundle, folder)
    return folder


@pytest.fixture(scope="session")
def browser(chromium):
    return chromium("--disable-gpu")


@pytest.fixture(scope="session")
def address(site):
    with served(site) as (address, _):
        yield address


@pytest.fixture(scope="module")
def page(browser, address):
    """One page for the tests that leave it as they found it."""
    with opened(browser, address) as page:
        yield page


def by_python(bundle, name, content):
    return to_pil(load_upscaler(str(bundle / name), raw=True).upscale(reading.read(content)))


def largest_difference(result: bytes, expected: Image.Image) -> int:
    with Image.open(io.BytesIO(result)) as image:
        assert (image.mode, image.size) == (expected.mode, expected.size)
        made, wanted = np.asarray(image), np.asarray(expected)
        return int((np.maximum(made, wanted) - np.minimum(made, wanted)).max())


@pytest.mark.parametrize("name", PICTURES)
def test_int8_is_what_python_makes_byte_for_byte(page, bundle, name):
    content = PICTURES[name]()
    give(page, name, content)
    # The page takes the values of a PNG for sRGB's, whatever its tags of colour say.
    untagged = PICTURES["rgb.png"]() if name == "gamma.png" else content
    expected = by_python(bundle, "tiny_int8_64.tflite", untagged)
    assert largest_difference(result_of(page), expected) == 0


@pytest.mark.parametrize("name", ["rgb.png", "soft alpha.png", "grey.png"])
def test_float32_is_what_python_makes_within_one_level(page, bundle, name):
    content = PICTURES[name]()
    page.select_option("#model", index=1)
    assert "float32" in page.locator("#model option:checked").inner_text()
    give(page, name, content)
    try:
        expected = by_python(bundle, "tiny_float32_64.tflite", content)
        assert largest_difference(result_of(page), expected) <= 1
    finally:
        page.click("#another")
        page.select_option("#model", index=0)


def test_on_a_graphics_card_within_one_level(chromium, address, bundle):
    content = encoded(with_soft_alpha(drawing(90, 60)))
    with opened(chromium(*IMITATED_CARD), address) as page:
        offered = page.locator("#model option").all_inner_texts()
        # An imitated card is offered, but never taken by itself.
        assert "processor" in offered[0]
        page.select_option("#model", label=next(text for text in offered if "graphics card" in text))
        give(page, "soft.png", content)
        result = result_of(page)
        assert page.locator("#notices").inner_text() == ""
    assert largest_difference(result, by_python(bundle, "tiny_float32_64.tflite", content)) <= 1


def test_the_result_is_named_after_the_file_and_keeps_only_the_colour_profile(page):
    exif = with_orientation(6)
    exif[0x010F] = "a camera"
    give(page, "夏の写真.v2.jpg", encoded(drawing(), format="JPEG", exif=exif, icc_profile=PROFILE))
    with Image.open(io.BytesIO(result_of(page))) as image:
        assert image.info["icc_profile"] == PROFILE
        assert "exif" not in image.info
    assert page.locator("#download").get_attribute("download") == "夏の写真.v2_4x.png"


def test_a_result_too_large_to_be_shown_is_downloaded_whole(page, bundle):
    content = encoded(Image.fromarray(np.tile(np.asarray(drawing(200, 160)), (10, 10, 1))))
    give(page, "large.png", content)
    expected = by_python(bundle, "tiny_int8_128.tflite", content)
    assert largest_difference(result_of(page), expected) == 0
    assert "half its size" in page.locator("#notices").inner_text()
    shown = page.locator("#comparison .after").evaluate("image => [image.naturalWidth, image.naturalHeight]")
    assert shown == [4000, 3200]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "not a picture"),
        (b"<html>not found</html>", "not a picture"),
        (b"\0\0\0\x20ftypavif", "AVIF files cannot be read"),
        (encoded(drawing())[:3000], "damaged or incomplete"),
        (encoded(drawing()).replace(b"IDAT", b"IDAT\0"), "damaged or incomplete"),
        (png_header(20, 20), "damaged or incomplete"),
        (encoded(drawing(), format="JPEG")[:2000], "damaged or incomplete"),
        (encoded(drawing(), format="WEBP")[:2000], "damaged or incomplete"),
        (encoded(drawing(), format="GIF")[:500], "damaged or incomplete"),
        (b"\xff\xd8\xff", "damaged or incomplete"),
        (png_header(10000, 10000), "at most 16 megapixels. This one is 10000 \xd7 10000, which is 100."),
        (png_header(0, 5), "damaged or incomplete"),
        (png_header(5, 5, bits=16), "at most 8 bits per channel"),
        (encoded(drawing().convert("CMYK"), format="JPEG"), "print colours"),
    ],
)
def test_what_is_no_good_gets_a_message(page, content, told):
    give(page, "bad.png", content)
    message = failure_of(page)
    assert message.startswith("bad.png: ")
    assert told in message


def test_of_an_animation_the_first_picture_is_taken_and_that_is_said(page, bundle):
    frames = [drawing(), drawing().rotate(180)]
    content = encoded(frames[0], format="WEBP", lossless=True, save_all=True, append_images=frames[1:])
    give(page, "moving.webp", content)
    # Pillow gives every animation an alpha channel.
    expected = by_python(bundle, "tiny_int8_64.tflite", encoded(frames[0].convert("RGBA")))
    assert largest_difference(result_of(page), expected) == 0
    assert "Only its first picture" in page.locator("#notices").inner_text()


DROPPED = """([kind, bytes]) => {
    const transfer = new DataTransfer();
    transfer.items.add(new File([Uint8Array.from(bytes)], "given.png"));
    const event = kind === "paste"
        ? new ClipboardEvent("paste", {clipboardData: transfer, bubbles: true})
        : new DragEvent("drop", {dataTransfer: transfer, bubbles: true, cancelable: true});
    document.body.dispatchEvent(event);
}"""


@pytest.mark.parametrize("kind", ["drop", "paste"])
def test_a_picture_can_be_dropped_and_pasted(page, bundle, kind):
    content = encoded(drawing(40, 30))
    page.evaluate(DROPPED, [kind, list(content)])
    page.locator("#facts-name").get_by_text("given.png").wait_for()
    expected = by_python(bundle, "tiny_int8_64.tflite", content)
    assert largest_difference(result_of(page), expected) == 0
    page.click("#another")


def test_the_example_works(page):
    page.click("#example")
    with Image.open(io.BytesIO(result_of(page))) as image:
        assert image.size == (1024, 1024)
    page.click("#another")


def test_it_can_be_stopped_and_goes_on_with_the_next(page, bundle):
    give(page, "large.png", encoded(drawing(1200, 900)))
    page.click("#stop")
    page.locator("#choose").wait_for()
    assert "Stopped" in page.locator("#notices").inner_text()
    content = encoded(drawing(40, 30))
    give(page, "small.png", content)
    expected = by_python(bundle, "tiny_int8_64.tflite", content)
    assert largest_difference(result_of(page), expected) == 0


def test_while_it_works_the_page_answers(page):
    give(page, "large.png", encoded(drawing(1200, 900)))
    page.locator("#work-text").get_by_text("tile").wait_for()
    waited = page.evaluate(
        """async () => {
            let longest = 0;
            for (let i = 0; i < 10; i++) {
                const start = performance.now();
                await new Promise((resolve) => setTimeout(resolve, 20));
                longest = Math.max(longest, performance.now() - start - 20);
            }
            return longest;
        }"""
    )
    assert page.locator("#work").is_visible()
    page.click("#stop")
    # In milliseconds; the whole picture takes several times as long.
    assert waited < 1000


def test_the_divider_moves_by_keyboard_and_by_mouse(page):
    give(page, "rgb.png", encoded(drawing()))
    result_of(page)
    slider = page.get_by_role("slider")
    before = page.locator("#comparison .before")
    assert slider.get_attribute("aria-label") == "How much of the original is shown"
    slider.focus()
    for key, value in (("End", 100), ("Home", 0), ("ArrowRight", 1), ("ArrowLeft", 0), ("PageUp", 10)):
        page.keyboard.press(key)
        assert slider.input_value() == str(value)
        assert slider.get_attribute("aria-valuetext") == f"{value} % original"
        width, clip = before.evaluate("image => [image.offsetWidth, image.style.clipPath]")
        hidden = re.fullmatch(r"inset\(0px(?: ([\d.]+)px 0px 0px)?\)", clip)
        assert float(hidden[1] or 0) == pytest.approx(width * (100 - value) / 100, abs=1)
    box = page.locator("#comparison").bounding_box()
    page.mouse.click(box["x"] + 0.75 * box["width"], box["y"] + 0.3 * box["height"])
    assert float(slider.input_value()) == pytest.approx(75, abs=1)


def test_everything_is_reached_by_keyboard(page):
    def reached(count):
        page.focus("#language")
        for _ in range(count):
            page.keyboard.press("Tab")
            yield page.evaluate("() => document.activeElement.id || document.activeElement.type")

    give(page, "rgb.png", encoded(drawing(40, 30)))
    result_of(page)
    assert list(reached(5)) == ["range", "zoom", "another", "download", "model"]
    page.click("#another")
    assert list(reached(3)) == ["choose", "example", "model"]


def test_chinese_by_the_browser_and_by_the_switch(browser, address):
    with opened(browser, address, locale="zh-CN") as page:
        assert page.locator("html").get_attribute("lang") == "zh-Hans"
        assert page.locator("#choose").inner_text() == "选择图片"
        page.click("#language")
        page.locator("html[lang=en]").wait_for()
        assert page.locator("#choose").inner_text() == "Choose a picture"
        page.reload()
        wait_until_ready(page)
        assert page.locator("html").get_attribute("lang") == "en"
        give(page, "bad.png", b"")
        failure_of(page)
        page.click("#language")
        page.locator("html[lang=zh-Hans]").wait_for()
        assert "这不是可以读取的图片" in page.locator("#failure").inner_text()


KEPT = """async () => {
    const names = await caches.keys();
    const requests = await Promise.all(names.map(async (name) => (await caches.open(name)).keys()));
    return requests.flat().map(({url}) => new URL(url).pathname);
}"""


def networks_in(paths):
    return {re.sub(r"_[0-9a-f]{8}\.tflite.*", "", path) for path in paths if ".tflite" in path}


def test_without_a_connection_after_the_first_result(browser, site, bundle):
    content = encoded(with_soft_alpha())
    with served(site) as (address, paths), opened(browser, address) as page:
        give(page, "soft.png", content)
        result_of(page)
        page.locator("#offline").wait_for()
        # The service worker is asked for last, so it takes no part of the line while the visitor waits.
        before = paths[: paths.index("/service-worker.js")]
        assert networks_in(before) == {"/models/tiny_int8"}
        assert len([path for path in before if path.endswith(".wasm.gz")]) == 1
        assert networks_in(page.evaluate(KEPT)) == {"/models/tiny_int8"}
        page.context.set_offline(True)
        page.reload()
        wait_until_ready(page)
        give(page, "soft.png", content)
        assert largest_difference(result_of(page), by_python(bundle, "tiny_int8_64.tflite", content)) == 0


def test_a_visitor_without_a_picture_fetches_neither_runtime_nor_networks(browser, site):
    with served(site) as (address, paths), opened(browser, address) as page:
        page.wait_for_timeout(500)
        assert page.locator("#offline").is_hidden()
    assert not [path for path in paths if re.search(r"service-worker|wasm|tflite", path)]


def test_a_host_may_unpack_the_runtime_on_the_way(browser, site, bundle):
    content = encoded(drawing(40, 30))
    with served(site, names_gzip=True) as (address, _), opened(browser, address) as page:
        give(page, "small.png", content)
        assert largest_difference(result_of(page), by_python(bundle, "tiny_int8_64.tflite", content)) == 0


TEXTS = """() => {
    window.texts = [];
    const watch = () => window.texts.push(document.getElementById("work-text").textContent);
    new MutationObserver(watch).observe(document.getElementById("work-text"), {childList: true});
}"""


def test_a_percentage_is_shown_while_the_model_loads(browser, address):
    with opened(browser, address) as page:
        page.evaluate(TEXTS)
        give(page, "small.png", encoded(drawing(40, 30)))
        result_of(page)
        shown = re.findall(r"Loading the model: (\d+) %", "\n".join(page.evaluate("() => window.texts")))
        percents = [int(percent) for percent in shown]
        assert percents == sorted(percents)
        assert len(set(percents)) >= 5
        assert percents[0] < 50 < percents[-1]


def test_two_cores_or_more_are_used(browser, address):
    with opened(browser, address) as page:
        give(page, "small.png", encoded(drawing(40, 30)))
        result_of(page)
        cores = page.evaluate("() => navigator.hardwareConcurrency")
        # One worker holds the picture; the others run the network.
        assert len(page.workers) - 1 == {1: 1, 2: 2, 3: 2, 4: 2, 5: 2, 6: 3, 7: 3}.get(cores, 4)


def test_a_damaged_jpeg_gets_a_hint(page):
    for quality, is_told in ((40, True), (90, False)):
        give(page, "saved.jpg", encoded(drawing(60, 40), format="JPEG", quality=quality))
        result_of(page)
        assert ("saved at low quality" in page.locator("#notices").inner_text()) == is_told


@pytest.fixture(scope="session")
def denoise_bundle(bundle, tmp_path_factory):
    """A variant whose int8 file differs from the network's in the bias of its first convolution."""
    networks = {("float32", 64): (bundle / "tiny_float32_64.tflite").read_bytes()}
    networks["int8", 64] = rewritten((bundle / "tiny_int8_64.tflite").read_bytes(), _with_another_bias)
    return write_bundle(tmp_path_factory.mktemp("denoise") / "bundle", networks, "tiny_denoise2")


def _with_another_bias(graph):
    operator = next(operator for operator, kind in graph.operators if kind == "CONV_2D")
    bias = graph.tensor(operator.inputs[2])
    values = graph.data(bias).view("<i4") + 2000
    graph.model.buffers[bias.buffer].data = values.view(np.uint8)


def test_a_damaged_jpeg_is_enlarged_by_the_denoise_variant(browser, bundle, denoise_bundle, tmp_path):
    assemble(bundle, tmp_path / "site", denoise=denoise_bundle)
    damaged, good = (encoded(drawing(), format="JPEG", quality=quality) for quality in (40, 90))

    plain, variant = bundle / "tiny_int8_64.tflite", denoise_bundle / "tiny_denoise2_int8_64.tflite"
    cases = [
        ("auto", damaged, variant),
        ("auto", good, plain),
        ("off", damaged, plain),
        ("on", good, variant),
    ]
    assert by_python(plain.parent, plain.name, good) != by_python(variant.parent, variant.name, good)
    with served(tmp_path / "site") as (address, _), opened(browser, address) as page:
        for mode, content, network in cases:
            if page.locator("#another").is_visible():
                page.click("#another")
            page.select_option("#denoise", mode)
            give(page, "saved.jpg", content)
            expected = by_python(network.parent, network.name, content)
            assert largest_difference(result_of(page), expected) == 0
            is_told = "removes its blocks" in page.locator("#notices").inner_text()
            assert is_told == (mode == "auto" and content == damaged)


def test_a_new_version_is_offered_and_taken(browser, bundle, tmp_path):
    site, newer = tmp_path / "site", tmp_path / "newer"
    assemble(bundle, site)
    shutil.copytree(bundle, newer)
    described = (newer / "model.json").read_text().replace("Apache-2.0", "another licence")
    (newer / "model.json").write_text(described)
    with served(site) as (address, _), opened(browser, address) as page:
        give(page, "small.png", encoded(drawing(40, 30)))
        result_of(page)
        page.locator("#offline").wait_for()
        assemble(newer, site, overwrite=True)
        page.reload()
        page.locator("#newer").wait_for()
        assert page.locator("#newer").inner_text() == "New version: reload"
        assert "Apache-2.0" in page.locator("#model-licence").inner_text()
        page.click("#newer")
        page.locator("#model-licence").get_by_text("another licence").wait_for()
        assert page.locator("#newer").is_hidden()
        assert len(page.evaluate("() => caches.keys()")) == 1


REACH = """async (address) => {
    try {
        await fetch(address, {mode: "no-cors"});
        return "reached";
    } catch {
        return "refused";
    }
}"""


@pytest.mark.parametrize("service_workers", ["allow", "block"])
def test_nothing_goes_elsewhere_neither_from_the_page_nor_from_its_workers(
    browser, site, tmp_path, service_workers
):
    # Blocked, the service worker cannot be what refuses: the policy alone has to.
    with (
        served(site) as (address, paths),
        served(tmp_path) as (elsewhere, asked),
        opened(browser, address, service_workers=service_workers) as page,
    ):
        give(page, "soft.png", encoded(with_soft_alpha()))
        result_of(page)
        assert len(page.workers) >= 2
        assert [place.evaluate(REACH, elsewhere) for place in (page, *page.workers)] == ["refused"] * (
            1 + len(page.workers)
        )
        assert page.evaluate(REACH, address) == "reached"
        assert asked == []
        assert {path.split("?")[0] for path in paths} <= {"/", *(f"/{name}" for name in names_in(site))}


@pytest.mark.parametrize(
    ("width", "height", "locale"), [(360, 640, "en-US"), (360, 640, "zh-CN"), (1280, 800, "en-US")]
)
def test_nothing_is_cut_off(browser, address, width, height, locale):
    with opened(browser, address, viewport={"width": width, "height": height}, locale=locale) as page:
        for step in ("start", "result", "failure"):
            if step == "result":
                give(
                    page,
                    "a rather long name without any break " + "x" * 80 + ".png",
                    encoded(drawing(400, 90)),
                )
                result_of(page)
            if step == "failure":
                give(page, "x" * 120 + ".png", png_header(10000, 10000))
                failure_of(page)
            assert page.evaluate("() => document.documentElement.scrollWidth") <= width
            for part in page.locator("button, select, a, p, h1").locator("visible=true").all():
                box = part.bounding_box()
                assert box["x"] >= 0, part
                assert box["x"] + box["width"] <= width + 0.5, part
