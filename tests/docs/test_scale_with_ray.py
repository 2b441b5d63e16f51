"""The example for many processes, as one worker runs it; Ray itself is not needed."""

import os
import pickle
from pathlib import Path

import pytest
from picture_files import draw, opened

from docs.scale_with_ray import EnlargeFile, rows_of
from waifu4x_tf.models import zoo


def test_a_row_says_all_that_a_worker_elsewhere_needs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    draw("in/x/a.png")
    draw("in/b.jpg")
    rows = rows_of("in", "out")
    assert [row["relative"] for row in rows] == ["b.jpg", "x/a.png"]
    assert all(os.path.isabs(row[key]) for row in rows for key in ("input", "output"))
    assert rows[1]["output"] == str(tmp_path / "out" / "x" / "a.png")
    assert rows_of("nothing here", "out") == []


@pytest.mark.skipif(not zoo.shipped_names(), reason="no weights in this checkout yet")
def test_a_worker_enlarges_a_row_once(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    draw("in/a.png", 6, 4)
    draw("in/broken.png")
    Path("in/broken.png").write_bytes(b"broken")
    rows = rows_of("in", "out")
    worker = pickle.loads(pickle.dumps(EnlargeFile))()
    done, failed = (worker(row) for row in rows)
    assert (done["status"], done["error"], done["worker"]) == ("done", "", os.getpid())
    assert opened("out/a.png").shape == (16, 24, 3)
    assert failed["status"] == "failed"
    assert "broken.png" in failed["error"]
    stored = Path("out/a.png").stat().st_ino
    assert EnlargeFile()(rows[0])["status"] == "skipped"
    assert Path("out/a.png").stat().st_ino == stored
