"""A shard: one of several parts of a dataset, each for a machine that knows nothing of the others."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import attrs


@attrs.frozen
class Shard:
    """Which shard of which dataset.

    Attributes:
        number: Which one, from 1.
        count: Of how many.
        start: The position in the whole dataset of its first sample.
        stop: That after its last.
        samples: How many samples the whole dataset has.
        listing: A digest of their names, in order: shards of different listings are not of one dataset.
    """

    number: int
    count: int
    start: int
    stop: int
    samples: int
    listing: str

    def __str__(self) -> str:
        return f"{self.number}/{self.count}"


def shard_of(
    names: Sequence[str], number: int, count: int, parts: Sequence[int] = (), units: Sequence[int] = ()
) -> Shard:
    """One of the shards of a dataset: samples that follow each other, so that what is read in one go stays together.

    The cuts are where shards of one size would end, or at the nearest place up to half a shard away where another
    archive begins, or else another unit. So no archive is in two shards unless it is larger than a shard.

    Args:
        names: Of the dataset's samples.
        number: Which shard, from 1.
        count: Of how many; at most as many as there are samples, so that none is empty.
        parts: Ascending positions at which another archive, or the like, begins.
        units: Ascending positions at which begins what is best done as a whole.
    """
    samples = len(names)

    def cut(which: int) -> int:
        """Where a shard begins, which is after where the one before does."""
        for marks in (parts, units):
            away = {mark: 2 * (mark * count - which * samples) for mark in marks}  # in shares of a shard
            if near := [mark for mark in marks if -samples < away[mark] <= samples]:
                return min(near, key=lambda mark: abs(away[mark]))
        return (2 * which * samples + count) // (2 * count)

    ends = [0 if which == 0 else samples if which == count else cut(which) for which in (number - 1, number)]
    digest = hashlib.sha256()
    for name in names:
        digest.update(name.encode("utf-8", "surrogatepass") + b"\n")
    return Shard(number, count, ends[0], ends[1], samples, digest.hexdigest()[:16])
