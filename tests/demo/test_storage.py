"""Visitors' files are gone after their time, whoever stays, and take no more than their bytes."""

import asyncio
import os
import time

import pytest
from asgi_calls import FakePage, call

from demo.limits import Limits
from demo.middleware import CheckedCalls
from demo.storage import FullError, Storage
from waifu4x_tf.errors import UsageError

UPLOAD = "/gradio_api/upload"


def test_every_file_is_gone_after_its_time_but_for_the_pages_own(tmp_path):
    (tmp_path / "favicon.png").write_bytes(b"own")

    async def serve():
        async with Storage(tmp_path, Limits(kept_seconds=0.5)).swept():
            for name in ("visitors/a/upscale/result.png", "gradio/b/upload.png"):
                (tmp_path / name).parent.mkdir(parents=True)
                (tmp_path / name).write_bytes(b"theirs")
                os.utime(tmp_path / name, (2e9, 2e9))  # as a copy of a file from the future
            await asyncio.sleep(0.1)
            assert len([path for path in tmp_path.rglob("*") if path.is_file()]) == 3
            await asyncio.sleep(0.5)
            assert [path for path in tmp_path.rglob("*") if path.is_file()] == [tmp_path / "favicon.png"]

    asyncio.run(serve())


def test_what_a_link_leads_to_is_not_deleted(tmp_path):
    (tmp_path / "theirs").write_bytes(b"content")
    folder = tmp_path / "demo"
    folder.mkdir()
    (folder / "link").symlink_to(tmp_path / "theirs")
    (folder / "folder").symlink_to(tmp_path)
    time.sleep(0.02)
    Storage(folder, Limits()).sweep(0.01)
    assert (tmp_path / "theirs").is_file()
    assert not (folder / "link").is_symlink()


def test_one_visitor_takes_no_more_than_a_share_and_has_it_back_later(tmp_path):
    storage = Storage(tmp_path, Limits(max_visitor_mb=1, kept_seconds=0.2))
    storage.book("first", 900_000)
    storage.check("first", 100_000)
    with pytest.raises(UsageError, match="at most 1 MB"):
        storage.check("first", 100_001)
    storage.check("second", 1_000_000)
    time.sleep(0.25)
    storage.check("first", 1_000_000)


def test_all_visitors_take_no_more_than_there_is(tmp_path):
    storage = Storage(tmp_path, Limits(max_all_mb=1))
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "file").write_bytes(bytes(600_000))
    with storage.expecting("first", 300_000):
        storage.check("second", 100_000)
        with pytest.raises(FullError, match="at most 1 MB"):
            storage.check("second", 100_001)
    storage.check("second", 400_000)


@pytest.mark.parametrize(("caps", "status"), [({"max_visitor_mb": 1}, 413), ({"max_all_mb": 1}, 507)])
def test_an_upload_is_refused_before_it_comes(tmp_path, caps, status):
    page = FakePage(storage=Storage(tmp_path, Limits(**caps)))
    guard = CheckedCalls(page)

    def upload(length):
        headers = [("Content-Length", length)] if length else []
        return call(guard, page, UPLOAD, method="POST", headers=headers)

    assert upload("600000")[0] == 200
    (tmp_path / "file").write_bytes(bytes(600_000))
    found, answer = upload("600000")
    assert (found, page.reached) == (status, 1)
    assert "Received: more" in answer["error"]
    assert upload("")[0] == upload("-1")[0] == 411
