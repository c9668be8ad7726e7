"""Hashes of 64 bits that are a few bits apart, found without comparing each with each.

The bits are cut into blocks. Two hashes that differ in ``d`` bits are equal in all but ``d`` of them, whichever those
are (the pigeonhole principle): so they meet in one of the tables that sort the hashes by all but ``d`` blocks.

References:
    Manku, G. S., Jain, A., Das Sarma, A. (2007). Detecting near-duplicates for web crawling. Proceedings of the 16th
    International Conference on World Wide Web, 141-150. <https://doi.org/10.1145/1242572.1242592>
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations, pairwise
from math import comb
from typing import Any

import attrs
import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.intp]
Hashes = npt.NDArray[np.uint64]

BITS = 64
#: Bits of a key that rows are sorted by, and of the number of a row, which is packed together with it.
KEY, ROW = 32, 32
#: What sorting a row costs, as so many comparisons of a pair.
SORTING = 8


@attrs.frozen
class Table:
    """Some of the blocks of a hash, by which rows are sorted.

    Attributes:
        blocks: First bit and number of bits of each.
        skipped: The bits of each block before the last of them that isn't among them.
    """

    blocks: tuple[tuple[int, int], ...]
    skipped: tuple[Any, ...]

    def keys(self, hashes: Hashes) -> Hashes:
        """``(n,)`` the bits of these blocks, as far as there is room in a packed key."""
        keys, room = np.zeros_like(hashes), KEY
        for first, count in self.blocks:
            taken = min(count, room)
            room -= taken
            keys <<= np.uint64(taken)
            keys |= (hashes >> np.uint64(first)) & np.uint64((1 << taken) - 1)
        return keys

    def is_first(self, difference: Hashes) -> npt.NDArray[np.bool_]:
        """Whether this is the first table in which two hashes with these different bits meet."""
        first = np.ones(len(difference), dtype=bool)
        for bits in self.skipped:
            first &= (difference & bits) != 0
        for start, count in self.blocks:  # keys may have had no room for all
            first &= (difference & _mask(start, count)) == 0
        return first


def _mask(first: int, count: int) -> Any:
    return np.uint64(((1 << count) - 1) << first)


def tables(distance: int, rows: int) -> list[Table]:
    """The tables that cost least for so many hashes, if their bits are random: of few, one in which all meet."""
    return _tables(min(range(distance, min(distance + 6, BITS) + 1), key=lambda b: _cost(b, distance, rows)), distance)


def _cost(count: int, distance: int, rows: int) -> float:
    bits = min(BITS // count * (count - distance), KEY)
    return float(comb(count, distance) * rows * (SORTING + rows / 2 ** (bits + 1)))


def _tables(count: int, distance: int) -> list[Table]:
    cuts = [BITS * number // count for number in range(count + 1)]
    blocks = [(start, stop - start) for start, stop in pairwise(cuts)]
    return [
        Table(
            tuple(blocks[number] for number in chosen),
            tuple(_mask(*blocks[number]) for number in range(max(chosen, default=0)) if number not in chosen),
        )
        for chosen in combinations(range(count), count - distance)
    ]


@attrs.frozen(eq=False)
class Sorted:
    """Hashes sorted by a table; of equal keys, the first row comes first.

    Attributes:
        rows: ``(n,)`` which row is where.
        hashes: ``(n,)`` theirs.
        keys: ``(n,)`` theirs, ascending.
    """

    rows: Ints
    hashes: Hashes
    keys: Hashes

    @classmethod
    def of(cls, hashes: Hashes, table: Table) -> Sorted:
        """Sort them."""
        packed = table.keys(hashes) << np.uint64(ROW)
        packed |= np.arange(len(hashes), dtype=np.uint64)
        packed.sort()
        rows = (packed & np.uint64((1 << ROW) - 1)).astype(np.intp)
        packed >>= np.uint64(ROW)
        return cls(rows, hashes[rows], packed)

    def ends(self) -> Ints:
        """``(n,)`` where the rows with the key of each end."""
        last = np.append(np.flatnonzero(self.keys[1:] != self.keys[:-1]) + 1, len(self.keys))
        return np.repeat(last, np.diff(last, prepend=0))

    def pairs(self, table: Table, distance: int, ends: Ints) -> Iterator[tuple[Ints, Ints]]:
        """Pairs of rows within a distance that meet in this table first; the earlier row, and the later."""
        here, step = np.arange(len(self.keys)), 0
        while len(here):
            step += 1
            here = here[here + step < ends[here]]
            difference = self.hashes[here] ^ self.hashes[here + step]
            near = np.flatnonzero(np.bitwise_count(difference) <= distance)
            near = near[table.is_first(difference[near])]
            yield self.rows[here[near]], self.rows[here[near] + step]

    def first_within(self, queries: Hashes, table: Table, distance: int) -> Ints:
        """``(q,)`` of the rows that each query meets in this table, the first within a distance; n if there is none."""
        found = np.full(len(queries), len(self.rows), dtype=np.intp)
        keys = table.keys(queries)
        here = np.searchsorted(self.keys, keys)
        open_ = np.flatnonzero(here < len(self.keys))
        while len(open_):
            open_ = open_[self.keys[here[open_]] == keys[open_]]
            near = np.bitwise_count(self.hashes[here[open_]] ^ queries[open_]) <= distance
            found[open_[near]] = self.rows[here[open_[near]]]
            open_ = open_[~near]
            here[open_] += 1
            open_ = open_[here[open_] < len(self.keys)]
        return found
