"""Which of 64-bit hashes are kept, and which of those the others are near to, by Hamming distance."""

from __future__ import annotations

import numpy as np

from tamis import Report
from tamis_plugins.duplicates.bands import Hashes, Ints, Sorted, tables
from tamis_plugins.duplicates.equal import first_equal

#: Pairs that may be looked at at a time, beside so many for each row and table. Where there are more, rows are halved:
#: of hashes that are near each other, the few that are kept of the first half then stand for all.
PAIRS, EACH = 1 << 24, 16


def first_near(hashes: Hashes, distance: int, report: Report = lambda done, total: None) -> Ints:
    """``(n,)`` for each row, the first kept one within a distance of it; itself if it is kept.

    The first row is kept, and any that isn't within the distance of a row kept before it.

    Memory is about 100 bytes a row, and at most 24 bytes for each of `PAIRS` pairs and `EACH` for each row.

    Args:
        hashes: ``(n,)`` uint64, in the order of preference.
        distance: How many bits may differ, from 0.
        report: Told how many have been settled.
    """
    first = first_equal([hashes.view(np.int64)])
    if not distance:
        return first
    different = np.flatnonzero(first == np.arange(len(first)))
    search = _Search(hashes[different], distance, report)
    search.settle(np.arange(len(different)))
    owners = np.empty(len(first), dtype=np.intp)
    owners[different] = different[search.owners]
    return owners[first]


class _Search:
    """Different hashes, and for each the kept one that it is near to; -1 where that isn't settled."""

    def __init__(self, hashes: Hashes, distance: int, report: Report) -> None:
        self._hashes, self._distance, self._report = hashes, distance, report
        self.owners = np.full(len(hashes), -1, dtype=np.intp)
        self._done = 0

    def settle(self, rows: Ints) -> None:
        """Settle these rows, which ascend, and aren't near any row that was kept before them."""
        edges = self._edges(rows)
        if edges is None:
            half = len(rows) // 2
            self.settle(rows[:half])
            kept = rows[:half][self.owners[rows[:half]] == rows[:half]]
            self.settle(self._far_from(kept, rows[half:]))
            return
        earlier, later = edges
        starts = np.flatnonzero(np.diff(earlier, prepend=-1))
        stops = np.append(starts, len(earlier))[1:]
        for row, start, stop in zip(earlier[starts].tolist(), starts.tolist(), stops.tolist(), strict=True):
            if self.owners[row] < 0:  # it is kept
                near = later[start:stop]
                self.owners[near[self.owners[near] < 0]] = row
        kept = rows[self.owners[rows] < 0]
        self.owners[kept] = kept
        self._tell(len(rows))

    def _edges(self, rows: Ints) -> tuple[Ints, Ints] | None:
        """All pairs of these rows within the distance, by their earlier row; None if there are too many."""
        hashes, found, count = self._hashes[rows], [], 0
        chosen = tables(self._distance, len(rows))
        for table in chosen:
            self._tell(0)
            ordered = Sorted.of(hashes, table)
            ends = ordered.ends()
            meeting = int(ends.sum()) - len(ends) * (len(ends) + 1) // 2  # pairs with one key
            if meeting > PAIRS // len(chosen) + EACH * len(rows):
                return None
            for earlier, later in ordered.pairs(table, self._distance, ends):
                found.append(earlier.astype(np.uint64) << np.uint64(32) | later.astype(np.uint64))
                count += len(earlier)
                if count > PAIRS + EACH * len(rows):
                    return None
        packed = np.concatenate(found) if found else np.empty(0, dtype=np.uint64)
        packed.sort()
        return rows[(packed >> np.uint64(32)).astype(np.intp)], rows[(packed & np.uint64(0xFFFFFFFF)).astype(np.intp)]

    def _far_from(self, kept: Ints, rows: Ints) -> Ints:
        """Those of the rows that are near none of these; the others are settled."""
        first = np.full(len(rows), len(kept), dtype=np.intp)
        for table in tables(self._distance, len(kept)):
            self._tell(0)
            ordered = Sorted.of(self._hashes[kept], table)
            np.minimum(first, ordered.first_within(self._hashes[rows], table, self._distance), out=first)
        near = first < len(kept)
        self.owners[rows[near]] = kept[first[near]]
        self._tell(int(near.sum()))
        return rows[~near]

    def _tell(self, settled: int) -> None:
        self._done += settled
        self._report(self._done, len(self._hashes))
