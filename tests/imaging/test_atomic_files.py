"""Atomic writes, and places that cannot be written to, found without writing."""

import os
from pathlib import Path

import pytest

from waifu4x_tf.errors import PictureError
from waifu4x_tf.imaging.atomic_files import check_destination, replace_file, replacing, replacing_folder


def test_a_place_that_will_do_is_left_as_it_is(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for place in ("a.png", "new/sub/a.png", tmp_path / "a.png", "./../a.png", "猫" * 80 + ".png"):
        check_destination(Path(place))
    assert list(tmp_path.iterdir()) == []


def test_a_file_in_the_place_of_a_folder_is_named(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(PictureError, match=r"Received: .*file, which is a file\. Choose another folder"):
        check_destination(tmp_path / "file" / "sub" / "a.png")


@pytest.mark.parametrize("target", ["loop", "nowhere"])
def test_a_link_that_leads_to_no_folder_is_named(tmp_path, target):
    try:
        (tmp_path / "loop").symlink_to(target)
    except OSError:
        pytest.skip("no links here")
    with pytest.raises(PictureError, match=r"must be writable\. Received: .*loop: "):
        check_destination(tmp_path / "loop" / "a.png")


@pytest.mark.skipif(os.name == "nt", reason="permissions of folders are others there")
def test_a_folder_without_permission_is_named(tmp_path, monkeypatch):
    # Root may write anywhere, so the system's answer is stood in for.
    monkeypatch.setattr(os, "access", lambda folder, mode: mode != os.W_OK | os.X_OK)
    with pytest.raises(PictureError, match=r"Received: the folder .*, which may not be written to\."):
        check_destination(tmp_path / "a.png")


@pytest.mark.skipif(not hasattr(os, "pathconf"), reason="the longest name is not known")
def test_a_name_that_is_too_long_is_counted_in_bytes(tmp_path):
    for place in (tmp_path / ("猫" * 84 + ".png"), tmp_path / ("猫" * 86) / "a.png"):
        with pytest.raises(PictureError, match=r"at most 255 bytes here\. Received: one of 25[68] "):
            check_destination(place)


def test_a_file_is_replaced_when_the_new_one_is_whole_and_not_before(tmp_path):
    path = tmp_path / "state.weights.h5"
    replace_file(path, b"old")
    with replacing(path) as aside:
        aside.write_bytes(b"ne")
        assert path.read_bytes() == b"old"
        assert (aside.parent, aside.suffixes[-2:]) == (tmp_path, [".weights", ".h5"])
        aside.write_bytes(b"new")
    assert {each.name: each.read_bytes() for each in tmp_path.iterdir()} == {path.name: b"new"}


def filled_by_half(place):
    with place as aside:
        (aside / "half" if aside.is_dir() else aside).write_bytes(b"half")
        raise RuntimeError


def test_a_file_that_cannot_be_filled_leaves_the_old_one_and_nothing_beside_it(tmp_path):
    path = tmp_path / "card.json"
    path.write_bytes(b"old")
    with pytest.raises(RuntimeError):
        filled_by_half(replacing(path))
    assert {each.name: each.read_bytes() for each in tmp_path.iterdir()} == {path.name: b"old"}


def test_what_a_killed_program_left_is_used_up_by_its_next_start(tmp_path):
    (tmp_path / ".part.log.csv").write_bytes(b"half of an older one")
    replace_file(tmp_path / "log.csv", b"rows")
    assert {each.name: each.read_bytes() for each in tmp_path.iterdir()} == {"log.csv": b"rows"}


def test_a_folder_is_replaced_when_the_new_one_is_whole_and_not_before(tmp_path):
    path = tmp_path / "in" / "bundle"
    for content in ("old", "new"):
        with replacing_folder(path) as fresh:
            (fresh / content).touch()
    assert [each.relative_to(tmp_path).as_posix() for each in path.rglob("*")] == ["in/bundle/new"]
    with pytest.raises(RuntimeError):
        filled_by_half(replacing_folder(path))
    assert [each.name for each in path.parent.iterdir()] == ["bundle"]
    assert [each.name for each in path.iterdir()] == ["new"]
