"""Visitors' files: found by a table, under names that no visitor chooses, and deleted nowhere else."""

from types import SimpleNamespace

import pytest

from demo.limits import Limits
from demo.storage import Storage
from demo.visitors import PAGE_COOKIE, VisitorFolders, is_page_token, page_cookie, remove_inside

SHAPES = ["/", "..", "../..", ".", "", "a/../../b", "..\\..\\b", "%2e%2e/b", "~", "a\0b"]


def request_of(session, cookie=""):
    client = SimpleNamespace(host="127.0.0.1")
    return SimpleNamespace(session_hash=session, cookies={PAGE_COOKIE: cookie}, client=client)


def folders(root):
    return VisitorFolders(root, Storage(root, Limits()))


@pytest.mark.parametrize("shape", SHAPES)
def test_a_sessions_name_is_no_part_of_a_path(tmp_path, shape):
    root, beside = tmp_path / "visitors", tmp_path / "b"
    beside.mkdir()
    visitors = folders(root)
    for session, cookie in ((shape, ""), ("a", shape)):
        folder = visitors.fresh(request_of(session, cookie), "upscale")
        assert folder.parent.parent == root
        assert len(folder.parent.name) == 32
        visitors.forget(request_of(session, cookie))
        assert list(root.iterdir()) == []
    assert beside.is_dir()


def test_only_the_same_browser_is_the_same_visitor(tmp_path):
    visitors = folders(tmp_path)
    folder = visitors.fresh(request_of("session", "own"), "upscale")
    assert visitors.of(request_of("session", "own")) == folder.parent
    visitors.forget(request_of("session", "another"))
    assert folder.is_dir()


def test_nothing_outside_is_deleted_also_through_a_link(tmp_path):
    root, victim = tmp_path / "root", tmp_path / "victim"
    root.mkdir()
    victim.mkdir()
    (root / "link").symlink_to(victim)
    for path in (root / "..", root / ".." / "victim", root, root / "link", victim):
        with pytest.raises(ValueError, match="lies below"):
            remove_inside(root, path)
    assert victim.is_dir()


def test_a_pages_cookie_is_known_again_and_a_forged_one_is_not():
    scope = {"type": "http", "headers": [], "scheme": "http"}
    name, _, value = page_cookie(scope).partition(";")[0].partition("=")
    assert name == PAGE_COOKIE
    assert is_page_token(value)
    another = ("b" if value[0] == "a" else "a") + value[1:]
    for forged in (None, "", ".", value[:-1], another, value.replace(".", ""), "\u00e9.\u00e9"):
        assert not is_page_token(forged)
