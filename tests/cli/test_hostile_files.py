"""Disks, folders, names and streams that do not play along: nothing lost, one clear line each."""

import errno
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from fake_upscaler import repeat
from picture_files import draw, files, opened

from waifu4x_tf.cli.main import main

ROOT = Path(__file__).resolve().parents[2]
POSIX = pytest.mark.skipif(os.name == "nt", reason="not a matter of that system")


def failure(capsys, *arguments: str) -> str:
    """The one error line of a run that fails."""
    capsys.readouterr()
    assert main(["upscale", *arguments, "--quiet"]) == 1
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1
    assert "internal error" not in lines[0]
    return lines[0].removeprefix("waifu4x: error: ")


def in_a_shell(line: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """A real process; ``"$@"`` in the line is waifu4x with the arguments."""
    command = ["sh", "-c", line, "sh", sys.executable, "-m", "waifu4x_tf", *arguments]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run(command, capture_output=True, text=True, timeout=60, env=environment, check=False)


# --- disks and folders ---


@POSIX
def test_a_full_disk_fails_each_picture_and_leaves_nothing(here):
    draw("in/a.png", 40, 40)
    draw("in/b.png", 2, 2)
    # A limit on the size of a file stands in for the disk: as there, a write fails in the middle.
    process = in_a_shell('ulimit -f 16; exec "$@"', "upscale", "in", "-o", "out")
    assert process.returncode == 1
    first, second, summary = process.stderr.splitlines()
    assert first.startswith("waifu4x: error: in/a.png: out/a.png: The destination must be writable.")
    assert second.startswith("in/b.png -> out/b.png")
    assert summary.startswith("1 done, 1 failed")
    assert files("out") == ["b.png"]


def test_a_disk_that_is_full_at_the_last_moment_costs_no_earlier_result(here, capsys, monkeypatch):
    draw("a.png")
    draw("out.png", 3, 3)
    before = Path("out.png").read_bytes()

    def full(_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    line = failure(capsys, "a.png", "-o", "out.png", "--overwrite")
    assert line.startswith("a.png: out.png: The destination must be writable. Received: No space left on")
    assert Path("out.png").read_bytes() == before
    assert files() == ["a.png", "out.png"]


@POSIX
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
def test_a_full_disk_behind_standard_output_is_reported(here):
    draw("a.png")
    process = in_a_shell('exec "$@" >/dev/full', "upscale", "a.png", "--quiet", "-o", "-")
    assert process.returncode == 1
    assert "The system refused a file or a stream. Received: No space left" in process.stderr
    assert process.stderr.count("\n") == 1


def test_a_folder_that_may_not_be_written_to_is_reported_before_any_work(here, capsys, monkeypatch, upscaler):
    draw("a.png")
    Path("out").mkdir()
    monkeypatch.setattr(os, "access", lambda path, mode: Path(path).name != "out")
    line = failure(capsys, "a.png", "-o", "out/new/b.png")
    assert "Received: the folder out, which may not be written to" in line.replace(os.sep, "/")
    assert upscaler.seen_widths == []
    assert files() == ["a.png"]


@pytest.mark.parametrize("out", ["file/b.png", "file/sub/"])
def test_a_folder_that_is_a_file_is_reported_before_any_work(here, capsys, upscaler, out):
    draw("a.png")
    Path("file").write_text("kept")
    assert "must be a folder. Received: file, which is a file" in failure(capsys, "a.png", "-o", out)
    assert upscaler.seen_widths == []
    assert Path("file").read_text() == "kept"


def test_an_output_folder_that_is_gone_is_made_again_and_one_that_became_a_file_reported(
    here, capsys, monkeypatch, upscaler
):
    draw("in/a.png")
    pixels = draw("in/b.png", 9)
    upscale = upscaler.upscale

    def meddle(picture, **options):
        shutil.rmtree("out", ignore_errors=True)
        return upscale(picture, **options)

    monkeypatch.setattr(upscaler, "upscale", meddle)
    assert main(["upscale", "in", "-o", "out"]) == 0
    assert (opened("out/b.png") == repeat(pixels)).all()
    capsys.readouterr()

    def replace(picture, **options):
        meddle(picture, **options)
        Path("out").touch()
        return upscale(picture, **options)

    monkeypatch.setattr(upscaler, "upscale", replace)
    assert "must be a folder. Received: out, which is a file" in failure(
        capsys, "in/b.png", "-o", "out/b.png", "--overwrite"
    )


@POSIX
def test_a_current_folder_that_is_gone_is_named(here):
    draw("a.png")
    line = 'mkdir gone; cd gone; rmdir ../gone; exec "$@"'
    process = in_a_shell(line, "upscale", "../a.png", "--quiet")
    assert process.returncode == 1
    assert process.stderr.startswith("waifu4x: error: The system refused")
    assert "where the current folder was" in process.stderr
    assert process.stderr.count("\n") == 1


# --- links ---


@pytest.fixture
def circle(here):
    try:
        Path("one").symlink_to("other")
        Path("other").symlink_to("one")
    except OSError:
        pytest.skip("no links here")


def test_links_in_a_circle_are_no_input_and_no_folder(circle, capsys, upscaler):
    draw("a.png")
    assert "one: A picture file must be readable. Received: Too many levels" in failure(capsys, "one")
    assert "must be writable. Received: one: Too many levels" in failure(capsys, "a.png", "-o", "one/")
    assert upscaler.seen_widths == []


def test_a_link_in_the_place_of_a_result_is_kept_or_replaced_but_never_followed(circle, capsys):
    draw("a.png")
    Path("precious.png").write_text("precious")
    Path("b.png").symlink_to("precious.png")
    Path("c.png").symlink_to("one")
    Path("d.png").symlink_to("nowhere/e.png")
    for link in ("b.png", "c.png", "d.png"):
        assert "kept" in failure(capsys, "a.png", "-o", link)
        assert Path(link).is_symlink()
        assert main(["upscale", "a.png", "-o", link, "--overwrite"]) == 0
        assert not Path(link).is_symlink()
    assert Path("precious.png").read_text() == "precious"
    assert not Path("nowhere").exists()


def test_folders_that_link_to_each_other_are_searched_once(here, upscaler):
    draw("in/a.png")
    draw("in/x/b.png")
    try:
        for name in ("one", "two"):
            Path("in", "x", name).symlink_to(Path("..", "..", "in"))
    except OSError:
        pytest.skip("no links here")
    # Each step down would double the paths.
    for number, argument in enumerate(("in", "in/**/*.png", "in/**")):
        assert main(["upscale", argument, "-o", f"out{number}"]) == 0
        assert files(f"out{number}") == ["a.png", "x/b.png"]


def test_an_input_survives_under_every_name_of_it(here, capsys):
    draw("in/a.png")
    before = Path("in/a.png").read_bytes()
    try:
        os.link("in/a.png", "hard.png")
        Path("linked").symlink_to("in", target_is_directory=True)
    except OSError:
        pytest.skip("no links here")
    for out in ("in/a.png", "linked/a.png", "linked/../in/a.png"):
        assert "never replaces an input" in failure(capsys, "in/a.png", "-o", out, "--overwrite")
    # Another name of the same bytes is given to the result; the input keeps them.
    assert main(["upscale", "in/a.png", "-o", "hard.png", "--overwrite"]) == 0
    assert Path("in/a.png").read_bytes() == before


# --- names ---


@POSIX
def test_names_up_to_the_longest_are_written_and_longer_ones_reported(here, capsys, upscaler):
    fits, long = "猫" * 80 + ".png", "n" * 251 + ".png"
    draw(fits)
    draw(long)
    assert main(["upscale", fits, "-o", "out"]) == 0
    assert files("out") == [fits]
    upscaler.seen_widths.clear()
    assert "A file name has at most 255 bytes here. Received: one of 258" in failure(capsys, long)
    assert upscaler.seen_widths == []
    assert main(["upscale", "x" * 300 + ".png", fits, "-o", "out", "--overwrite"]) == 1
    assert "1 done, 1 failed" in capsys.readouterr().err


@POSIX
def test_bytes_that_are_no_text_come_back_from_a_json_line(here, capsys):
    draw("cat.png")
    name = os.fsdecode(b"\xff\xfe cat.png")
    try:
        os.rename("cat.png", name)
    except OSError:
        pytest.skip("this file system keeps to text")
    assert main(["upscale", name, "--json"]) == 0
    captured = capsys.readouterr()
    line = json.loads(captured.out)
    assert os.fsencode(line["input"]) == b"\xff\xfe cat.png"
    assert Path(line["output"]).exists()
    assert "?? cat.png -> ?? cat_4x.png" in captured.err


@POSIX
def test_a_name_cannot_break_a_line_steer_the_terminal_or_turn_the_reading_direction(here, capsys):
    name = "a\nwaifu4x: all is well\x1b[2J\u202egnp.png"
    draw(name)
    assert main(["upscale", name]) == 0
    assert main(["compare", f"missing {name}"]) == 2
    err = capsys.readouterr().err
    assert len(err.splitlines()) == 3
    assert "\x1b" not in err
    assert "\u202e" not in err


@POSIX
def test_any_name_can_be_reported_in_the_poorest_locale(here):
    draw("猫 é.png")
    process = in_a_shell(
        'LC_ALL=C PYTHONCOERCECLOCALE=0 PYTHONUTF8=0 exec "$@"', "upscale", "猫 é.png", "-o", "猫.png"
    )
    assert process.returncode == 0, process.stderr
    assert Path("猫.png").exists()
    assert "Traceback" not in process.stderr


# --- what is read ---


@pytest.mark.parametrize("change", ["grows", "shrinks", "is rewritten"])
def test_a_file_that_changes_while_it_is_read_is_reported(here, capsys, monkeypatch, change):
    draw("a.png")
    path, fstat = Path("a.png"), os.fstat
    content = path.read_bytes()
    changed = {"grows": content + b"more", "shrinks": content[:-9], "is rewritten": content}[change]
    waiting = [changed]

    def meddle(descriptor):
        status = fstat(descriptor)
        if waiting and status.st_ino == path.stat().st_ino:
            path.write_bytes(waiting.pop())
            os.utime(path, (1, 1))
        return status

    monkeypatch.setattr(os, "fstat", meddle)
    assert "stays as it is while it is read. Received: one that another" in failure(capsys, "a.png")
    assert files() == ["a.png"]


@POSIX
def test_devices_and_sockets_are_refused_without_waiting(here, capsys):
    for device in ("/dev/null", "/dev/zero"):
        assert "leads to a regular file. Received: a pipe or device" in failure(capsys, device, "-o", "x.png")


def test_a_picture_that_makes_its_decoder_talk_is_one_line(here, capfd):
    from PIL import Image

    image = Image.effect_noise((64, 64), 50)
    image.save("a.tif", compression="tiff_lzw")
    content = bytearray(Path("a.tif").read_bytes())
    content[200:2000] = b"\xff" * 1800
    Path("a.tif").write_bytes(content)
    assert main(["upscale", "a.tif", "--quiet"]) == 1
    assert len(capfd.readouterr().err.splitlines()) == 1


# --- streams that are closed ---


@POSIX
def test_closed_streams_keep_nothing_from_being_written(here):
    pixels = draw("a.png")
    process = in_a_shell('exec "$@" <&- >&- 2>&-', "upscale", "a.png", "-o", "b.png")
    assert process.returncode == 0
    assert opened("b.png").shape == repeat(pixels).shape
    process = in_a_shell('exec "$@" 2>&-', "upscale", "missing.png", "a.png", "-o", "out", "--json")
    assert process.returncode == 1
    assert [json.loads(line)["status"] for line in process.stdout.splitlines()] == ["failed", "done"]


@POSIX
def test_what_would_go_to_a_closed_standard_output_is_refused(here):
    draw("a.png")
    process = in_a_shell('exec "$@" >&-', "upscale", "a.png", "-o", "-")
    assert process.returncode == 2
    assert process.stderr == (
        "waifu4x: error: -o - and --json write to standard output. Received: one that was closed. "
        "Leave it open.\n"
    )
    assert files() == ["a.png"]


def test_closed_standard_input_is_empty(here, capsys, monkeypatch):
    monkeypatch.setattr(sys, "stdin", None)
    assert "-: A picture file has content. Received: an empty file." in failure(capsys, "-", "-o", "b.png")
    assert files() == []
