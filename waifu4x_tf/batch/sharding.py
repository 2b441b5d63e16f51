"""Shares of a batch: which of N machines or array jobs does which picture, without a word between them."""

import hashlib
import unicodedata
from collections.abc import Sequence
from pathlib import Path

from waifu4x_tf.batch.plan import Job


def shard_of(relative: Path, count: int) -> int:
    """The shard that a picture belongs to, from 1 to ``count``.

    It follows from a hash of the path below the argument that named it, not from the place in the list: a
    picture that is added or removed moves no other one to another shard, and no machine needs to list in the
    same order. sha256, since Python's own hash of a string differs from run to run. File systems that take
    names apart into letters and accents give the same shard as those that do not.

    Args:
        relative: The path, as `Source.relative` has it.
        count: How many shards there are, at least 1.
    """
    name = unicodedata.normalize("NFC", relative.as_posix())
    digest = hashlib.sha256(name.encode("utf-8", "surrogateescape")).digest()
    return int.from_bytes(digest, "big") % count + 1


def share(jobs: Sequence[Job], shard: tuple[int, int]) -> list[Job]:
    """The jobs of one shard, in their order.

    Args:
        jobs: All of them, planned together, so that every shard finds the same conflicts.
        shard: (which, of how many), counted from 1.
    """
    which, count = shard
    return [job for job in jobs if shard_of(job.source.relative, count) == which]
