"""`waifu4x upscale --skip-existing`: what is up to date is left, all else is made again, and why."""

import io
import json
import os
import time
from pathlib import Path

import pytest
from picture_files import draw, files
from PIL import Image

from waifu4x_tf.cli.main import main
from waifu4x_tf.inference.estimator import Estimate
from waifu4x_tf.models import zoo

pytestmark = pytest.mark.skipif(not zoo.shipped_names(), reason="no weights in this checkout yet")


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("a.png", "b.png", "c.png"):
        draw(f"in/{name}", 5, 4)
    return tmp_path


@pytest.fixture
def upscale(here, capsys):
    """Runs the command on the folder; what came of each picture: done, skipped or failed, and why."""

    def run(*options, code=0):
        assert main(["upscale", "in", "-o", "out", "--denoise", "off", "--json", *options]) == code
        lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
        return {Path(line["input"]).stem: (line["status"], line["again"] or line["error"]) for line in lines}

    return run


UP_TO_DATE = ("skipped", "the output is up to date")


def text_of(path="out/a.png"):
    with Image.open(path) as image:
        return image.info.get("waifu4x")


def test_nothing_is_done_twice(upscale):
    upscale()
    before = {path: Path("out", path).stat().st_ino for path in files("out")}
    assert upscale("--skip-existing") == {"a": UP_TO_DATE, "b": UP_TO_DATE, "c": UP_TO_DATE}
    assert {path: Path("out", path).stat().st_ino for path in files("out")} == before


def test_a_changed_source_is_done_again_alone(upscale):
    upscale()
    draw("in/b.png", 7, 7)
    again = {"a": UP_TO_DATE, "b": ("done", "the source changed"), "c": UP_TO_DATE}
    assert upscale("--skip-existing") == again
    with Image.open("out/b.png") as image:
        assert image.size == (28, 28)
    assert upscale("--skip-existing")["b"] == UP_TO_DATE


@pytest.mark.parametrize(
    ("options", "why"),
    [
        (["--scale", "2"], "the settings changed: scale 4.0 -> 2.0"),
        (["--background", "red"], "the settings changed: background none -> red"),
        (["--strip"], "the settings changed: strip false -> true"),
        (["--tta"], "the settings changed: tta false -> true"),
        (["--denoise", "low"], "the settings changed: denoise off -> low"),
        (["--tile", "8", "--threads", "1", "--max-megapixels", "5"], None),
    ],
)
def test_a_changed_setting_is_done_again_and_others_are_not(upscale, options, why):
    upscale()
    found = upscale("--skip-existing", *options)
    assert set(found.values()) == {("done", why) if why else UP_TO_DATE}
    if "--strip" not in options:
        assert set(upscale("--skip-existing", *options).values()) == {UP_TO_DATE}


def test_another_model_is_reported(upscale):
    upscale()
    model = zoo.WEIGHTS / "compact_denoise1_int8_dynamic.tflite"
    found = upscale("--skip-existing", "--model", str(model))
    assert found["a"] == ("done", "the model changed: compact -> compact_denoise1_int8_dynamic")
    assert str(model.parent) not in text_of()


@pytest.mark.parametrize("gain", [-1.0, 1.0])
def test_what_was_chosen_for_a_picture_needs_no_second_look(here, capsys, estimated, gain):
    estimated.found = Estimate(0.0, {"low": gain}, {})
    options = ["upscale", "in/a.png", "-o", "out", "--skip-existing"]
    assert main(options) == 0
    assert estimated.asked == 1
    said = json.loads(text_of())["model"]
    assert (said["name"], said["options"]["denoise"]) == ("compact", "auto")
    assert main(options) == 0
    assert "up to date" in capsys.readouterr().err
    assert estimated.asked == 1
    assert main([*options, "--model", str(zoo.WEIGHTS / "compact_int8_dynamic.tflite")]) == 0
    assert "again: the model changed: compact -> compact_int8_dynamic" in capsys.readouterr().err


def test_what_has_no_receipt_is_left(upscale):
    draw("out/a.png", 3, 3)
    upscale("--skip-existing", "--no-receipt")
    assert text_of("out/b.png") is None
    kept = ("skipped", "the output exists, and has no receipt to compare")
    assert upscale("--skip-existing", "--scale", "2") == dict.fromkeys("abc", kept)


def test_an_empty_file_is_no_result(upscale):
    Path("out").mkdir()
    Path("out/a.png").touch()
    assert upscale("--skip-existing")["a"] == ("done", "the output is an empty file")


def test_a_receipt_that_cannot_be_read_fails_that_picture_and_stays(upscale):
    upscale()
    good = Path("out/a.png").read_bytes()
    newer = good.replace(b'"receipt": 1', b'"receipt": 2')
    Path("out/a.png").write_bytes(newer)
    found = upscale("--skip-existing", code=1)
    assert found["a"][0] == "failed"
    assert "checksum" in found["a"][1]
    assert found["b"] == UP_TO_DATE
    assert Path("out/a.png").read_bytes() == newer
    upscale("--overwrite")
    assert Path("out/a.png").read_bytes() == good


def test_standard_input_cannot_be_compared(here, monkeypatch, capsys):
    def run(*options):
        stream = io.TextIOWrapper(io.BytesIO(Path("in/a.png").read_bytes()))
        monkeypatch.setattr("sys.stdin", stream)
        return main(["upscale", "-", "-o", "x.png", "--skip-existing", *options])

    assert run() == 0
    draw("in/a.png", 9, 9)
    assert run() == 0
    assert "up to date" in capsys.readouterr().err
    assert run("--scale", "2") == 0
    assert "again: the settings changed" in capsys.readouterr().err


def test_a_dry_run_says_what_would_be_done_again(upscale, capsys):
    upscale()
    before = {name: Path("out", name).read_bytes() for name in files("out")}
    options = ["--skip-existing", "--scale", "3", "--denoise", "off", "--dry-run"]
    assert main(["upscale", "in", "-o", "out", *options]) == 0
    line = capsys.readouterr().out.splitlines()[0]
    assert line.endswith("; again: the settings changed: scale 4.0 -> 3.0")
    assert {name: Path("out", name).read_bytes() for name in files("out")} == before


# --- receipts beside ---


def test_other_formats_get_a_file_when_asked(upscale):
    upscale("--format", "webp")
    assert files("out") == ["a.webp", "b.webp", "c.webp"]
    upscale("--format", "webp", "--receipt", "--overwrite")
    assert files("out")[:2] == ["a.webp", "a.webp.json"]
    assert set(upscale("--format", "webp", "--skip-existing").values()) == {UP_TO_DATE}
    again = upscale("--format", "webp", "--skip-existing", "--quality", "50")
    assert again["a"] == ("done", "the settings changed: quality none -> 50")
    assert json.loads(Path("out/a.webp.json").read_text())["settings"]["write"]["quality"] == 50
    upscale("--format", "webp", "--overwrite", "--no-receipt")
    assert files("out") == ["a.webp", "b.webp", "c.webp"]


def test_a_stripped_png_has_its_receipt_beside(upscale):
    upscale("--strip", "--receipt")
    assert text_of() is None
    assert set(upscale("--strip", "--skip-existing").values()) == {UP_TO_DATE}
    upscale("--skip-existing")
    assert files("out") == ["a.png", "b.png", "c.png"]
    assert json.loads(text_of())["settings"]["write"]["strip"] is False


@pytest.mark.parametrize("content", [b"{}", b"no json", b'{"receipt": "of a shop"}', b"[" * 20_000])
def test_a_json_file_of_somebody_else_is_nothing_to_us(upscale, content):
    Path("out").mkdir()
    Path("out/a.jpeg.json").write_bytes(content)
    assert upscale("--format", "jpeg")["a"][0] == "done"
    assert upscale("--format", "jpeg", "--skip-existing")["a"][0] == "skipped"
    found = upscale("--format", "jpeg", "--overwrite", "--receipt", code=1)
    assert "a.jpeg.json, which is none" in found["a"][1]
    assert found["b"][0] == "done"
    assert Path("out/a.jpeg.json").read_bytes() == content


def test_a_receipt_beside_that_was_saved_as_utf_16_fails_that_picture_and_is_named(upscale):
    upscale("--format", "webp", "--receipt")
    path = Path("out/a.webp.json")
    path.write_text(path.read_text(), encoding="utf-16")
    found = upscale("--format", "webp", "--skip-existing", code=1)
    assert found["a"][0] == "failed"
    assert "a.webp.json: which is not UTF-8" in found["a"][1]
    assert found["b"] == UP_TO_DATE


def test_a_pipe_with_the_name_of_a_receipt_hangs_nothing(upscale):
    upscale("--format", "webp")
    os.mkfifo("out/a.webp.json")
    assert upscale("--format", "webp", "--skip-existing")["a"][0] == "skipped"
    found = upscale("--format", "webp", "--overwrite", "--receipt", code=1)
    assert "a.webp.json, which is none" in found["a"][1]


# --- shards and what a killed run leaves ---


def test_a_shard_is_reported_in_the_summary_and_in_json(here, capsys):
    counts = []
    for which in (1, 2):
        assert main(["upscale", "in", "-o", "out", "--shard", f"{which}/2", "--json"]) == 0
        captured = capsys.readouterr()
        *lines, share = [json.loads(line) for line in captured.out.splitlines()]
        assert share["shard"] == f"{which}/2"
        assert share.get("done", 0) == len(lines)
        assert share["in_other_shards"] == 3 - len(lines)
        assert f"(passed over: {share['in_other_shards']} in other shards)" in captured.err
        counts.append(len(lines))
    assert sum(counts) == 3
    assert files("out") == ["a.png", "b.png", "c.png"]


def test_old_leftovers_of_killed_runs_are_removed_and_nothing_else(upscale):
    names = [f".{16 * 'a'}.part", f".{16 * 'b'}.part", ".notes.part", f"{16 * 'c'}.part", f".{15 * 'a'}.part"]
    Path("out").mkdir()
    for name in names:
        Path("out", name).write_bytes(b"half")
        if "b" not in name:
            os.utime(Path("out", name), (time.time() - 4000,) * 2)
    Path("out", f".{16 * 'd'}.part").mkdir()
    upscale()
    assert {path.name for path in Path("out").iterdir()} == {
        *names[1:],
        f".{16 * 'd'}.part",
        *("a.png", "b.png", "c.png"),
    }
