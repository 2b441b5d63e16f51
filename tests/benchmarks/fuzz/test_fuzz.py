"""The fuzzer itself, and a seeded share of what it does."""

import os
import sys
import time
import zlib

import pytest
from PIL import Image

from benchmarks.fuzz import __main__ as fuzz
from benchmarks.fuzz.mutations import mutated, suffix_of
from benchmarks.fuzz.seeds import seeds
from benchmarks.fuzz.worker import Limits, Report, wrong_files, wrong_outcome
from waifu4x_tf.batch.outcome import Outcome
from waifu4x_tf.errors import PictureError
from waifu4x_tf.imaging import reading

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="limits and memory are those of Linux")


@pytest.mark.slow
def test_a_share_of_the_broken_files_ends_in_pictures_and_lines():
    reports = list(fuzz.examined(range(1000), 2, jobs=2))
    assert sorted(report.index for report in reports) == list(range(1000))
    assert sum(report.is_picture for report in reports) > 100
    assert {report.index: report.finding for report in reports if report.finding is not None} == {}


def test_the_same_numbers_give_the_same_file():
    files = {index: mutated(3, index) for index in range(60)}
    assert files == {index: mutated(3, index) for index in reversed(range(60))}
    assert len({content for _, content in files.values()}) > 50
    assert mutated(4, 0) != mutated(3, 0)


def test_every_undamaged_file_is_a_picture_or_refused_by_name():
    refused = {}
    for name, content in seeds().items():
        try:
            picture = reading.read(content, name=name)
        except PictureError as error:
            refused[name] = str(error)
        else:
            assert {picture.width, picture.height} == {24, 17}
    assert len(refused) < len(seeds()) / 4
    assert not [told for told in refused.values() if "damaged" in told]


def test_most_damage_of_a_png_lies_behind_right_checksums():
    damaged = [content for name, content in map(mutated, [5] * 300, range(300)) if name.endswith(".png")]
    assert sum(map(has_right_checksums, damaged)) > len(damaged) / 2


def has_right_checksums(content: bytes) -> bool:
    """Of the chunks of a PNG as far as they can be followed."""
    at = 8
    while at + 12 <= len(content):
        end = at + 8 + int.from_bytes(content[at : at + 4], "big")
        if end + 4 > len(content):
            break
        if zlib.crc32(content[at + 4 : end]) != int.from_bytes(content[end : end + 4], "big"):
            return False
        at = end + 4
    return True


@pytest.mark.parametrize(
    ("outcome", "wrong"),
    [
        (Outcome("a", "b", "done"), None),
        (Outcome("a", "b", "failed", "A rule. Received: this. A way out."), None),
        (Outcome("a", "b", "failed", "Something.\nReceived: this."), "no line"),
        (Outcome("a", "b", "failed", "[Errno 5]"), "no line"),
        (Outcome("a", "b", "failed", "internal error", trace="Traceback"), "unexpected"),
        (Outcome("a", "b", "failed", "It must fit in memory. Received: more."), "memory"),
    ],
)
def test_a_failure_is_one_line_with_a_way_out(outcome, wrong):
    found = wrong_outcome(outcome)
    assert found is None if wrong is None else wrong in found


def test_half_files_and_leftovers_are_found(tmp_path):
    source, output = tmp_path / "a.png", tmp_path / "b.png"
    source.touch()
    assert wrong_files(tmp_path, source, output, False) is None
    assert "left in the folder" in wrong_files(tmp_path, source, output, True)
    Image.effect_noise((40, 40), 50).save(output)
    assert wrong_files(tmp_path, source, output, True) is None
    assert "left in the folder" in wrong_files(tmp_path, source, output, False)
    output.write_bytes(output.read_bytes()[:-200])
    assert "cannot be read" in wrong_files(tmp_path, source, output, True)


def _serve_badly(connection, seed, limits):
    """Stands in for a worker: hangs at 1, dies at 2."""
    connection.send(None)
    while (index := connection.recv()) is not None:
        if index == 1:
            time.sleep(60)
        if index == 2:
            os._exit(9)
        connection.send(Report(index, "png", True, None, 0.0, 0))


@pytest.mark.slow
def test_a_hang_and_a_crash_are_findings_and_the_others_go_on():
    reports = fuzz.examined(range(5), 0, jobs=1, limits=Limits(seconds=0.3), serve=_serve_badly)
    found = {report.index: report.finding for report in reports}
    assert [found[index] for index in (0, 3, 4)] == [None] * 3
    assert "no end after" in found[1]
    assert found[2] == "the process ended with 9"


def test_a_finding_is_kept_and_named_and_the_exit_code_is_1(tmp_path, capsys, monkeypatch):
    name, content = mutated(7, 3)
    bad = Report(3, suffix_of(name), False, "a traceback", 0.1, 0)
    monkeypatch.setattr(fuzz, "examined", lambda *_, **__: iter([bad]))
    assert fuzz.main(["--seed", "7", "--only", "3", "--keep", str(tmp_path / "kept")]) == 1
    assert (tmp_path / "kept" / f"7_3_{name}").read_bytes() == content
    out = capsys.readouterr().out
    assert "python -m benchmarks.fuzz --seed 7 --only 3" in out
    assert "1 files, 1 finding" in out
