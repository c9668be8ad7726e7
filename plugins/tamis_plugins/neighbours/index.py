"""Nearest neighbours by an inverted file of faiss: most of them, in a time that hardly grows with the number of points.

Points are sorted into lists around centres, and for each query only the lists of its nearest centres are looked
through: as many as it takes to find, for some queries, the share of their neighbours that was asked for. What share is
found is then measured of other queries, whose neighbours are found exactly.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from tamis import Report, errors
from tamis_plugins.neighbours import search

Ints = npt.NDArray[np.intp]
Floats = npt.NDArray[np.float64]

#: Points from which an index is made; of fewer, neighbours are found exactly.
WORTH = 20_000
#: Queries whose neighbours are found exactly, to choose the number of lists by, and again to measure.
SAMPLE = 500
#: Lists for each square root of a number of points; points that each list's centre is the mean of, and the fewest.
LISTS, TRAINED, FEWEST = 4, 64, 39


def distances(
    queries: npt.NDArray[Any], points: npt.NDArray[Any], count: int, recall: float | None, report: Report
) -> tuple[Floats, float | None]:
    """``(n, count)`` distances of each of n queries to points that are near, and what share of these are the nearest.

    See `neighbours`.
    """
    if recall is None or len(points) < WORTH:
        return search.distances(queries, points, count, report), None if recall is None else 1.0
    index = Index(queries, points, min(count, len(points)), recall, report)
    if index.falls_short:
        return search.distances(queries, points, count, report), 1.0
    nearest = np.empty((len(queries), index.count))
    for part, found, _ in index.blocks(report):
        nearest[part] = found
    return nearest, index.measured()


def neighbours(
    queries: npt.NDArray[Any], points: npt.NDArray[Any], count: int, recall: float | None, report: Report
) -> tuple[Floats, Ints, float | None]:
    """``(n, count)`` distances of each of n queries to points that are near, whose, and the share that is the nearest.

    Args:
        queries: ``(n, d)``.
        points: ``(m, d)``.
        count: How many neighbours of each, the nearest first; at most as many as there are points.
        recall: The share of the nearest to find, between 0 and 1; None if it is all of them, and no share is told.
        report: Told how many queries are done.

    Raises:
        MissingDependencyError: faiss is not installed.
        RunError: distances are too large or too small to be squared.
    """
    if recall is None or len(points) < WORTH:
        return (*search.neighbours(queries, points, count, report), None if recall is None else 1.0)
    index = Index(queries, points, min(count, len(points)), recall, report)
    if index.falls_short:
        return (*search.neighbours(queries, points, count, report), 1.0)
    nearest = np.empty((len(queries), index.count))
    which = np.empty(nearest.shape, dtype=np.intp)
    for part, *found in index.blocks(report):
        nearest[part], which[part] = found
    return nearest, which, index.measured()


class Index:
    """Points in lists, of which as many are looked through as some queries need.

    Attributes:
        count: How many neighbours are found of each query.
        falls_short: Whether all lists together don't find enough, as float32 can't tell the points apart.
    """

    def __init__(
        self, queries: npt.NDArray[Any], points: npt.NDArray[Any], count: int, recall: float, report: Report
    ) -> None:
        try:
            import faiss
        except ImportError:
            raise errors.MissingDependencyError("faiss-cpu", "approximate: recall", "faiss") from None
        self.count, self._queries = count, queries
        self._space = search.Space.of(queries, points)
        self._lists, self._looked_through = min(round(LISTS * len(points) ** 0.5), len(points) // FEWEST), 1
        self._index = faiss.IndexIVFFlat(faiss.IndexFlatL2(points.shape[1]), points.shape[1], self._lists)
        self._index.cp.max_points_per_centroid = 2 * TRAINED
        self._index.train(self._asked(points[:: max(1, len(points) // (TRAINED * self._lists))]))
        for start in range(0, len(points), search.BLOCK):
            report(0, len(queries))
            self._index.add(self._asked(points[start : start + search.BLOCK]))
        some = np.random.default_rng(0).permutation(len(queries))[: 2 * SAMPLE]
        self._choosing, self._measuring = np.sort(some[::2]), np.sort(some[1::2] if len(some) > 1 else some)
        farthest = self._farthest(self._choosing)
        while (short := self._share(self._choosing, farthest) < recall) and self._looked_through < self._lists:
            self._looked_through = min(2 * self._looked_through, self._lists)
        self.falls_short = short

    def blocks(self, report: Report) -> Iterator[tuple[slice, Floats, Ints]]:
        """Of some queries at a time, ``(k, count)`` distances, ascending, and to which points."""
        for start in range(0, len(self._queries), search.BLOCK):
            report(start, len(self._queries))
            part = slice(start, start + search.BLOCK)
            yield part, *self._nearest(self._queries[part])
        report(len(self._queries), len(self._queries))

    def measured(self) -> float:
        """The share of neighbours that is found of queries that nothing was chosen by."""
        return self._share(self._measuring, self._farthest(self._measuring))

    def _asked(self, points: npt.NDArray[Any]) -> npt.NDArray[np.float32]:
        return np.ascontiguousarray(self._space.scaled(points, np.float32))

    def _nearest(self, queries: npt.NDArray[Any]) -> tuple[Floats, Ints]:
        """Where lists run out, more are looked through."""
        asked = self._asked(queries)
        self._index.nprobe = self._looked_through
        which = self._index.search(asked, self.count)[1]
        while (short := (which < 0).any(axis=1)).any():
            self._index.nprobe = min(2 * self._index.nprobe, self._lists)
            which[short] = self._index.search(asked[short], self.count)[1]
        squared, found = self._space.exact(queries, which.astype(np.intp), self.count)
        return np.sqrt(squared), found

    def _farthest(self, rows: Ints) -> Floats:
        """``(k, 1)`` the distance to the farthest of the real neighbours."""
        return search.distances(self._queries[rows], self._space.points, self.count)[:, -1:]

    def _share(self, rows: Ints, farthest: Floats) -> float:
        """How many of the neighbours found are no farther."""
        return float(np.mean(self._nearest(self._queries[rows])[0] <= farthest))
