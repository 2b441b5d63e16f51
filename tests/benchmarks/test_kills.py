"""SIGKILL in a batch that skips what exists: whole files, nothing done twice."""

import pytest

from benchmarks import kills


@pytest.mark.slow
def test_killed_batches_complete(capsys, tiny_models):
    model = str(tiny_models / "tiny_int8.tflite")
    assert kills.main(["--kills", "4", "--files", "40", "--side", "40", "--model", model]) == 0
    told = capsys.readouterr().out.splitlines()
    assert told[0].startswith("4 kills of a batch of 40 ")
    assert told[-1] == "whole results, none done again: OK"


def test_what_does_not_hold_is_found(tmp_path):
    batch = kills.Batch(tmp_path / "in", tmp_path / "out", [], wanted={"a.png": b"whole", "b.png": b"b"})
    assert batch.look() == 0
    batch.out.mkdir()
    (batch.out / "a.png").write_bytes(b"whole")
    (batch.out / ".0123.part").write_bytes(b"w")
    assert batch.look() == 1
    assert batch.wrong == []
    (batch.out / "b.png").write_bytes(b"half")
    batch.look()
    assert batch.wrong == ["b.png is not whole"]
    (batch.out / "new").write_bytes(b"whole")
    (batch.out / "new").replace(batch.out / "a.png")
    batch.look()
    assert "a.png was done again" in batch.wrong
