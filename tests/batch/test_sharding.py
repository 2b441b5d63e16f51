"""Shards: disjoint, complete, and the same everywhere."""

import unicodedata
from pathlib import Path

import pytest

from waifu4x_tf.batch.inputs import Source
from waifu4x_tf.batch.plan import Job
from waifu4x_tf.batch.sharding import shard_of, share
from waifu4x_tf.cli.arguments import build_parser
from waifu4x_tf.errors import UsageError

NAMES = [f"chapter {index % 7}/page {index:03}.png" for index in range(400)]


def jobs(names):
    return [Job(Source(Path("in", name), Path(name)), Path("out", name)) for name in names]


@pytest.mark.parametrize("count", [1, 2, 3, 50])
def test_shards_are_disjoint_and_together_everything(count):
    every = jobs(NAMES)
    shares = [share(every, (which, count)) for which in range(1, count + 1)]
    taken = [job.source.relative.as_posix() for one in shares for job in one]
    assert sorted(taken) == sorted(NAMES)


def test_shards_are_about_as_large():
    sizes = [len(share(jobs(NAMES), (which, 4))) for which in range(1, 5)]
    assert min(sizes) > 70


def test_a_share_depends_on_nothing_but_the_names():
    mine = share(jobs(NAMES), (2, 3))
    fewer = share(jobs(NAMES[::-1][:200]), (2, 3))
    assert {job.source.relative for job in fewer} == {
        job.source.relative for job in mine if job.source.relative.as_posix() in NAMES[200:]
    }


def test_the_shard_of_a_name_is_settled_for_good():
    """Job arrays that are started by different versions must agree."""
    assert [shard_of(Path(name), 7) for name in ("a.png", "x/b.png", "猫/é.jpg")] == [1, 5, 7]


def test_a_name_taken_apart_by_the_file_system_is_the_same_name():
    composed = "é が.png"
    decomposed = unicodedata.normalize("NFD", composed)
    assert composed != decomposed
    assert shard_of(Path(composed), 1000) == shard_of(Path(decomposed), 1000)
    assert 1 <= shard_of(Path("\udcff.png"), 1000) <= 1000


@pytest.mark.parametrize("text", ["0/3", "4/3", "1", "1/", "/2", "a/b", "-1/2", "1/0", "1.0/2", ""])
def test_what_is_no_shard_is_reported(text):
    with pytest.raises(UsageError, match=r"K/N, such as 2/8"):
        build_parser().parse_args(["upscale", "a.png", f"--shard={text}"])
    assert build_parser().parse_args(["upscale", "a.png", "--shard", "3/3"]).shard == (3, 3)
