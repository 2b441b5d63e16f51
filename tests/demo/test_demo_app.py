"""The demo by its endpoints: what it gives is the command line's, and what it refuses it refuses in words."""

import json
import re
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from demo_site import CHECKOUT, running_demo
from gradio_client import Client, handle_file
from gradio_client.exceptions import AppError
from PIL import Image

import demo_app
from waifu4x_tf.cli.main import main
from waifu4x_tf.data.procedural import draw_rgb

EXAMPLES = sorted((CHECKOUT / "examples").glob("*.png"))


@pytest.fixture(scope="module")
def client(demo_address, tmp_path_factory):
    made = Client(demo_address, verbose=False, download_files=tmp_path_factory.mktemp("downloads"))
    yield made
    made.close()


def by_command_line(folder, picture, *options):
    """The file that `waifu4x upscale` writes."""
    output = folder / "written"
    assert main(["upscale", str(picture), "-o", str(output), "--quiet", *options]) == 0
    (written,) = output.iterdir()
    return written.read_bytes()


def asked_of_upscale(file, **changes):
    """The values of a raw call, in their order."""
    values = {
        "model": "compact",
        "denoise": "auto",
        "strength": 0,
        "scale": None,
        "file_format": "png",
        "quality": None,
        "background": "",
        "strip": False,
        "size": "",
        "fit": "inside",
        "min_side": None,
        "wrap": "",
        "tta": False,
        "raw": False,
        "bits": None,
        "preset": "",
        "receipt": "png",
    }
    assert changes.keys() <= values.keys()
    return [file, *(values | changes).values()]


def save_square(path, *, frames=1, **options):
    """A drawn picture, or an animation in which a red square moves across it."""
    drawn = draw_rgb(1, seed=3, width=48, height=36)
    moments = [drawn.copy() for _ in range(frames)]
    for index, each in enumerate(moments[1:]):
        each[10:20, 4 * index : 4 * index + 12] = (220, 40, 60)
    first, *others = (Image.fromarray(each) for each in moments)
    if others:
        options |= {"save_all": True, "append_images": others, "duration": 80, "loop": 0}
    first.save(path, **options)
    return path


def posted(address, data):
    """The first answer of a raw call of /upscale: what a stranger can send without our client."""
    start = urllib.request.Request(
        f"{address}gradio_api/call/upscale",
        json.dumps({"data": data}).encode(),
        {"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(start, timeout=60) as answer:
        event = json.load(answer)["event_id"]
    with urllib.request.urlopen(f"{address}gradio_api/call/upscale/{event}", timeout=60) as answer:
        return answer.readline().decode().strip(), answer.readline().decode().strip()


@pytest.mark.parametrize(
    ("name", "asked", "options"),
    [
        ("sticker.png", {}, []),
        ("face.png", {"size": "200x300", "fit": "cover"}, ["--size", "200x300", "--fit", "cover"]),
        ("sticker.png", {"preset": "discord"}, ["--preset", "discord"]),
        (
            "manga.png",
            {"min_side": 200, "bits": 16, "file_format": "tiff", "raw": True, "strength": 0},
            ["--min-side", "200", "--bits", "16", "--format", "tiff", "--raw"],
        ),
        (
            "manga.png",
            {"denoise": "medium", "scale": 2.5, "file_format": "webp"},
            ["--denoise", "medium", "--scale", "2.5", "--format", "webp"],
        ),
        (
            "sticker.png",
            {"file_format": "jpeg", "quality": 80, "background": "white", "strip": True},
            ["--format", "jpeg", "--quality", "80", "--background", "white", "--strip"],
        ),
    ],
)
def test_an_answer_is_byte_for_byte_the_command_lines(client, tmp_path, name, asked, options):
    picture = tmp_path / name
    with Image.open(CHECKOUT / "examples" / name) as example:
        example.reduce(4).save(picture)
    file, outcome = client.predict(handle_file(str(picture)), api_name="/upscale", **asked)
    assert Path(file).read_bytes() == by_command_line(tmp_path, picture, *options)
    assert outcome["status"] == "done"
    assert outcome["bytes"] == Path(file).stat().st_size
    assert "/" not in outcome["input"] + outcome["output"]


def test_an_animation_comes_back_moving_and_as_the_command_lines(client, tmp_path):
    picture = save_square(tmp_path / "moving.gif", frames=4)
    file, outcome = client.predict(
        handle_file(str(picture)), api_name="/upscale", file_format="webp", wrap="x"
    )
    assert Path(file).read_bytes() == by_command_line(tmp_path, picture, "--format", "webp", "--wrap", "x")
    assert (outcome["frames"], outcome["duration_ms"]) == (4, 320)


def test_a_damaged_picture_is_denoised_unasked_and_reported(client, tmp_path):
    picture = save_square(tmp_path / "damaged.jpg", quality=40)
    file, outcome = client.predict(handle_file(str(picture)), api_name="/upscale")
    assert Path(file).read_bytes() == by_command_line(tmp_path, picture)
    findings = client.predict(handle_file(str(picture)), api_name="/inspect")
    assert (findings["quality"], findings["input"]) == (40, "damaged.jpg")
    for told in (outcome, findings):
        assert told["treatment"].startswith("denoise ")
        assert "JPEG artefacts" in told["seen"]


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"scale": 17}, "from 1 to 16"),
        ({"scale": 0}, "from 1 to 16"),
        ({"scale": 2, "size": "64x64"}, "has one size"),
        ({"size": "large"}, "WIDTHxHEIGHT"),
        ({"size": "9" * 5000 + "x1"}, "WIDTHxHEIGHT"),
        ({"min_side": 1e300}, "up to 1000000"),
        ({"size": "8x8", "fit": "bent"}, "A fit is one of"),
        ({"fit": "pad"}, "without `size`"),
        ({"min_side": -1}, "at least 1 pixel"),
        ({"wrap": "z"}, "wraps in x, y or xy"),
        ({"bits": 12}, "8 or 16 bits"),
        ({"bits": 16, "file_format": "webp"}, "8 bits per channel"),
        ({"preset": "pigeon"}, "A preset is one of"),
        ({"preset": "telegram", "scale": 2}, "decides about size"),
        ({"receipt": "perhaps"}, "A receipt is one of"),
        ({"file_format": "bmp"}, "A format is one of"),
        ({"file_format": "jpeg"}, "no transparency"),
        ({"model": "../../etc"}, "A model is one of"),
        ({"model": "/tmp/strange.tflite"}, "A model is one of"),
        ({"model": "espcn"}, "A model is one of"),
        ({"denoise": 7}, "auto, off, low, medium, high"),
        ({"denoise": "9" * 5000}, "auto, off, low, medium, high"),
        ({"denoise": "on"}, "auto, off, low, medium, high"),
        ({"model": "large", "denoise": "low", "strength": 1}, "needs a GAN variant for damaged"),
        ({"strength": 2}, "from 0, faithful, to 1"),
        ({"quality": 50}, "takes no quality"),
    ],
)
def test_what_cannot_be_done_is_told_in_a_sentence(client, asked, words):
    with pytest.raises(AppError, match=words) as told:
        client.predict(handle_file(str(CHECKOUT / "examples" / "sticker.png")), api_name="/upscale", **asked)
    assert "Received" in str(told.value)
    assert "Traceback" not in str(told.value)


def test_a_broken_upload_is_told_in_a_sentence(client, tmp_path):
    broken = tmp_path / "broken.png"
    broken.write_bytes(EXAMPLES[0].read_bytes()[:3000])
    with pytest.raises(AppError, match=r"broken\.png"):
        client.predict(handle_file(str(broken)), api_name="/upscale")


def test_a_picture_of_too_many_pixels_is_refused_before_it_is_decoded(client, tmp_path):
    Image.new("1", (5000, 4000)).save(tmp_path / "wide.png")
    with pytest.raises(AppError, match="megapixels"):
        client.predict(handle_file(str(tmp_path / "wide.png")), api_name="/upscale")


@pytest.mark.parametrize(
    "asked", [{"scale": 16}, {"size": "30000x30000"}, {"size": "30000x30000", "fit": "pad"}]
)
def test_a_result_of_too_many_pixels_is_refused_quickly(client, tmp_path, asked):
    Image.new("L", (2000, 2)).save(tmp_path / "thin.png")
    Image.new("L", (2000, 2000)).save(tmp_path / "square.png")
    picture = tmp_path / ("thin.png" if "fit" in asked else "square.png")
    started = time.monotonic()
    with pytest.raises(AppError, match="at most 256 megapixels"):
        client.predict(handle_file(str(picture)), api_name="/upscale", **asked)
    assert time.monotonic() - started < 10


def test_the_frames_of_an_animation_count_together(client, tmp_path):
    frames = [Image.new("L", (1200, 1000), shade) for shade in range(0, 240, 15)]
    frames[0].save(tmp_path / "long.gif", save_all=True, append_images=frames[1:], duration=50)
    with pytest.raises(AppError, match="in 16 frames"):
        client.predict(handle_file(str(tmp_path / "long.gif")), api_name="/upscale")


def test_the_models_are_told(client):
    assert client.predict(api_name="/models") == ["compact", "large"]


@pytest.mark.parametrize("path", ["http://127.0.0.1:1/a.png", " HTTPS://example.org/a.png"])
def test_no_file_is_fetched_from_elsewhere(demo_address, path):
    file = {"path": path, "meta": {"_type": "gradio.FileData"}}
    with pytest.raises(urllib.error.HTTPError) as refused:
        posted(demo_address, asked_of_upscale(file))
    assert refused.value.code == 400
    assert "was uploaded" in json.load(refused.value)["error"]


def test_a_call_of_many_megabytes_is_refused(demo_address):
    with pytest.raises(urllib.error.HTTPError) as refused:
        posted(demo_address, ["x" * 5_000_000])
    assert refused.value.code == 413
    refused.value.close()


def test_a_file_over_the_cap_is_refused(demo_address):
    content = bytes(68_000_000)
    body = b'--gap\r\nContent-Disposition: form-data; name="files"; filename="large.png"\r\n\r\n'
    body += content + b"\r\n--gap--\r\n"
    asked = urllib.request.Request(
        f"{demo_address}gradio_api/upload", body, {"Content-Type": "multipart/form-data; boundary=gap"}
    )
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(asked, timeout=60)
    assert refused.value.code == 413
    refused.value.close()


def test_the_page_is_built_without_being_launched(pages_built):
    assert pages_built["demo"] == {"api": ["compare", "inspect", "models", "upscale"], "is_running": False}


@pytest.mark.slow
def test_who_does_not_know_the_password_gets_nothing():
    with running_demo("--auth", "user:secret") as address:
        for ask in (lambda: urllib.request.urlopen(f"{address}config"), lambda: posted(address, [])):
            with pytest.raises(urllib.error.HTTPError) as refused:
                ask()
            assert refused.value.code == 401
            refused.value.close()
        wrong = urllib.request.Request(f"{address}login", b"username=user&password=wrong")
        started = time.monotonic()
        for _ in range(4):
            with pytest.raises(urllib.error.HTTPError) as refused:
                urllib.request.urlopen(wrong)
            refused.value.close()
        assert time.monotonic() - started > 0.5 + 1 + 2
        client = Client(address, auth=("user", "secret"), verbose=False, download_files=False)
        assert client.predict(api_name="/models")
        client.close()


@pytest.mark.parametrize(
    "path",
    [
        "gradio_api/file=/etc/passwd",
        "gradio_api/file=../../../../etc/passwd",
        "gradio_api/file=..%2f..%2f..%2f..%2fetc%2fpasswd",
        "gradio_api/file=/proc/self/environ",
        f"gradio_api/file={CHECKOUT / 'demo_app.py'}",
        f"gradio_api/file={CHECKOUT / 'pyproject.toml'}",
        "file=/etc/passwd",
        "static/../../../../../../etc/passwd",
        "assets/..%2f..%2f..%2f..%2f..%2fetc/passwd",
        "gradio_api/proxy=http://127.0.0.1:1/",
    ],
)
def test_no_file_of_the_computer_can_be_fetched(demo_address, path):
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(demo_address + path, timeout=60)
    assert 400 <= refused.value.code < 500
    refused.value.close()


def test_the_page_introduces_itself_and_asks_nobody_else(demo_address):
    with urllib.request.urlopen(demo_address, timeout=60) as answer:
        page = answer.read().decode()
    assert '<meta property="og:title" content="waifu4x">' in page
    assert "gradio.app/" not in page[: page.index("<script>window.gradio_config")]
    loaded = re.findall(r'(?:src|href)="(https?://[^"]+)', page)
    assert [address for address in loaded if not address.startswith(demo_address)] == []
    assert '"analytics_enabled":false' in page.replace(": ", ":")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--port", "99999"], "--port"),
        (["--model", "nope"], "A model is one of"),
        (["--auth", "nobody"], "USER:PASSWORD"),
        (["--max-megapixels", "0"], "--max-megapixels"),
        (["--pictures", "no/such/folder"], "Received: --pictures no/such/folder. Check"),
        (["--pictures", ".", "--host", "0.0.0.0"], "this computer alone"),
        (["--pictures", ".", "--name", "demo.example"], "this computer alone"),
    ],
)
def test_a_mistake_in_the_arguments_is_one_line_and_code_2(arguments, words, capsys):
    try:
        code = demo_app.main(arguments)
    except SystemExit as leaving:  # argparse
        code = leaving.code
    assert code == 2
    told = capsys.readouterr().err
    assert words in told.splitlines()[-1]
