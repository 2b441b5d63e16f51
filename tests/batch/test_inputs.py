"""Which pictures are meant: no picture is opened here."""

import os
from pathlib import Path

import pytest
from source_files import relatives, touch

from waifu4x_tf.batch.inputs import Source, list_sources
from waifu4x_tf.errors import UsageError


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_named_file_is_taken_whatever_its_suffix(here):
    touch(here, "sub/photo", "sub/.hidden.png", "notes.txt")
    listing = list_sources(["sub/photo", "sub/.hidden.png", "notes.txt"])
    assert relatives(listing) == ["photo", ".hidden.png", "notes.txt"]
    assert not listing.passed_over


def test_a_folder_is_searched_recursively_in_the_order_of_names(here):
    touch(here, "in/b.PNG", "in/a/z.webp", "in/a/deep/y.gif", "in/c.jpeg")
    assert relatives(list_sources(["in"], out="o")) == ["b.PNG", "c.jpeg", "a/z.webp", "a/deep/y.gif"]


def test_hidden_entries_and_files_that_are_no_pictures_are_passed_over_and_counted(here):
    touch(here, "in/a.png", "in/.b.png", "in/.git/c.png", "in/d.txt", "in/e")
    listing = list_sources(["in"], out="o")
    assert relatives(listing) == ["a.png"]
    assert listing.passed_over == {"hidden": 2, "not a picture": 2}


def test_a_linked_folder_is_not_entered_unless_it_is_named(here):
    touch(here, "in/a.png")
    try:
        (here / "in" / "loop").symlink_to(here / "in", target_is_directory=True)
    except OSError:
        pytest.skip("links cannot be made here")
    listing = list_sources(["in"], out="o")
    assert relatives(listing) == ["a.png"]
    assert listing.passed_over == {"linked folder": 1}
    assert relatives(list_sources(["in/loop"], out="o")) == ["a.png"]
    assert relatives(list_sources(["in/**"], out="o")) == ["a.png"]


@pytest.mark.parametrize("out", ["upscaled", "./upscaled/", "../{name}/upscaled"])
def test_the_output_folder_is_not_searched(here, out):
    touch(here, "a.png", "upscaled/a.png", "sub/upscaled/b.png")
    out = out.format(name=here.name)
    assert relatives(list_sources(["."], out=out)) == ["a.png", "sub/upscaled/b.png"]
    assert relatives(list_sources(["**/*.png"], out=out)) == ["a.png", "sub/upscaled/b.png"]


def test_an_output_folder_among_the_arguments_is_passed_over(here):
    touch(here, "a.png", "upscaled/a.png")
    listing = list_sources(["a.png", "upscaled"], out="upscaled/")
    assert relatives(listing) == ["a.png"]
    assert listing.passed_over == {"output folder": 1}
    assert not listing.unmatched
    assert relatives(list_sources(["upscaled"], out="upscaled")) == ["a.png"]


def test_a_pattern_that_climbs_leads_to_no_place_outside(here):
    touch(here, "in/sub/b.png", "a.png")
    assert relatives(list_sources(["in/*/../../*.png"], out="o")) == ["a.png"]


def test_without_an_output_earlier_results_are_passed_over(here):
    touch(here, "a.jpg", "a_4x.png", "a_2.5x.webp", "b_4x.png", "a_x.png", "C.PNG", "C_2x.png")
    listing = list_sources(["."])
    assert relatives(listing) == ["C.PNG", "a.jpg", "a_x.png", "b_4x.png"]
    assert listing.passed_over == {"earlier result": 3}
    assert len(list_sources(["."], out="o").sources) == 7
    assert relatives(list_sources(["a_4x.png"])) == ["a_4x.png"]


def test_a_pattern_is_expanded_and_keeps_the_tree_below_its_fixed_part(here):
    touch(here, "in/x/a.png", "in/y/a.png", "in/y/b.txt", "in/c.png")
    assert relatives(list_sources(["in/*.png"], out="o")) == ["c.png"]
    assert relatives(list_sources(["in/*/a.png"], out="o")) == ["x/a.png", "y/a.png"]
    assert relatives(list_sources(["in/**"], out="o")) == ["c.png", "x/a.png", "y/a.png"]
    assert relatives(list_sources(["in/[xy]"], out="o")) == ["x/a.png", "y/a.png"]


def test_a_file_whose_name_looks_like_a_pattern_is_that_file(here):
    touch(here, "[x] a.png", "x a.png")
    assert relatives(list_sources(["[x] a.png"])) == ["[x] a.png"]


def test_what_matches_nothing_is_named(here):
    (here / "empty").mkdir()
    listing = list_sources(["missing.png", "*.png", "empty"], out="o")
    assert [name for name, _ in listing.unmatched] == ["missing.png", "*.png", "empty"]
    assert not listing.sources


def test_a_folder_that_cannot_be_listed_is_named(here, monkeypatch):
    touch(here, "in/a.png", "in/locked/b.png")
    scandir = os.scandir

    def refuse(path):
        if str(path).endswith("locked"):
            raise PermissionError(13, "Permission denied", str(path))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refuse)
    listing = list_sources(["in"], out="o")
    assert relatives(listing) == ["a.png"]
    assert "locked" in listing.unmatched[0][0]


def test_standard_input_is_read_once():
    assert list_sources(["-"]).sources == [Source(None, Path("stdin"))]
    with pytest.raises(UsageError, match="more than once"):
        list_sources(["-", "-"])
