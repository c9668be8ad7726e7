"""Nearest neighbours by Euclidean distance: exact, by products of blocks, or by faiss where it is installed."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import attrs
import numpy as np
import numpy.typing as npt

from tamis import Report
from tamis_plugins.neighbours.nearest import check_reach

Ints = npt.NDArray[np.intp]
Floats = npt.NDArray[np.float64]

#: Points worked on at a time, on either side of a product.
BLOCK = 4096
#: Products that faiss makes at a time, so that it can be stopped in between.
AT_A_TIME = 1 << 28
#: Products from which faiss is worth importing.
WORTH = 1 << 26
#: Neighbours looked for beyond those asked for, so that rounding seldom leaves one out.
SPARE = 4


def distances(
    queries: npt.NDArray[Any],
    points: npt.NDArray[Any],
    count: int,
    report: Report = lambda done, total: None,
) -> Floats:
    """``(n, count)`` distances of each of n queries to its nearest points, ascending; at most as many as there are.

    See `neighbours`.
    """
    return neighbours(queries, points, count, report)[0]


def neighbours(
    queries: npt.NDArray[Any],
    points: npt.NDArray[Any],
    count: int,
    report: Report = lambda done, total: None,
) -> tuple[Floats, Ints]:
    """``(n, count)`` distances of each of n queries to its nearest points, ascending, and which points those are.

    Neighbours are looked for in float32, and where that can't tell for certain which they are, in float64. Distances
    are of float64, from the differences of coordinates.

    Raises:
        RunError: distances are too large or too small to be squared.
    """
    count = min(count, len(points))
    space = Space.of(queries, points)
    total = len(queries)
    nearest, which, certain = space.nearest(queries, count, np.float32, lambda done: report(done, total))
    if not certain.all():
        again = space.nearest(queries[~certain], count, np.float64, lambda done: report(total, total))
        nearest[~certain], which[~certain] = again[:2]
    report(total, total)
    return nearest, which


@attrs.frozen(eq=False)
class Space:
    """Points around a centre and to scale: there, products lose fewer digits and can't overflow.

    Attributes:
        radius: No point is farther from the centre, to scale.
    """

    points: npt.NDArray[Any]
    centre: Floats
    scale: float
    radius: float

    @classmethod
    def of(cls, queries: npt.NDArray[Any], points: npt.NDArray[Any]) -> Space:
        """Around a centre of the points, with no coordinate larger than 1."""
        centre = np.asarray(points[:: max(1, len(points) // BLOCK)], dtype=np.float64).mean(axis=0)
        space = cls(points, centre, 1.0, 0.0)
        reach = max(space._reach(queries), space._reach(points))
        check_reach(reach)
        return cls(points, centre, 1 / (reach or 1.0), float(np.sqrt(points.shape[1])))

    def _reach(self, points: npt.NDArray[Any]) -> float:
        """The largest coordinate, seen from the centre."""
        blocks = (self.scaled(points[start : start + BLOCK], np.float64) for start in range(0, len(points), BLOCK))
        return max((float(np.abs(block).max(initial=0.0)) for block in blocks), default=0.0)

    def scaled(self, points: npt.NDArray[Any], dtype: Any) -> npt.NDArray[Any]:
        """Some points around the centre."""
        scaled: npt.NDArray[Any] = ((np.asarray(points, dtype=np.float64) - self.centre) * self.scale).astype(dtype)
        return scaled

    def error(self, dtype: Any) -> float:
        """How far a squared distance by a product of this type may be off, to scale."""
        return float(np.finfo(dtype).eps * (5 * np.sqrt(self.points.shape[1]) + 8) * self.radius**2)

    def nearest(
        self, queries: npt.NDArray[Any], count: int, dtype: Any, report: Callable[[int], None]
    ) -> tuple[Floats, Ints, npt.NDArray[np.bool_]]:
        """``(n, count)`` distances, whose they are, and whether those are certain to be the least."""
        nearest, certain = np.empty((len(queries), count)), np.ones(len(queries), dtype=bool)
        which = np.empty((len(queries), count), dtype=np.intp)
        wanted = min(count + SPARE, len(self.points))
        error = self.error(dtype)
        search = self._faiss(len(queries), wanted) if dtype is np.float32 else None
        size = min(BLOCK, max(1, AT_A_TIME // len(self.points))) if search else BLOCK
        for start in range(0, len(queries), size):
            report(start)
            block = self.scaled(queries[start : start + size], dtype)
            worst, found = search(block) if search else self._search(block, wanted, partial(report, start))
            rows = max(1, BLOCK // max(wanted, 1))
            for first in range(0, len(block), rows):
                part = slice(start + first, start + min(first + rows, len(block)))
                near = np.sort(found[first : first + rows], axis=1)  # of equal distances, the lowest point is the first
                differences = self.points[near].astype(np.float64)
                differences -= np.asarray(queries[part], dtype=np.float64)[:, None]
                squared = np.vecdot(differences, differences)
                order = np.argsort(squared, axis=1, kind="stable")[:, :count]
                nearest[part] = np.take_along_axis(squared, order, axis=1)
                which[part] = np.take_along_axis(near, order, axis=1)
            if wanted < len(self.points):  # all others are at least as far as the worst of those found
                farthest = nearest[start : start + size][:, -1] * self.scale**2
                certain[start : start + size] = farthest <= worst - error
        return np.sqrt(nearest), which, certain

    def _faiss(self, queries: int, count: int) -> Any:
        """A search like `_search`, if faiss is installed and worth it."""
        if queries * len(self.points) < WORTH:
            return None
        try:
            import faiss
        except ImportError:
            return None
        index = faiss.IndexFlatL2(self.points.shape[1])
        for start in range(0, len(self.points), BLOCK):
            index.add(self.scaled(self.points[start : start + BLOCK], np.float32))

        def search(block: npt.NDArray[np.float32]) -> tuple[Floats, Ints]:
            squared, found = index.search(block, count)
            return squared[:, -1].astype(np.float64), found.astype(np.intp)

        return search

    def _search(self, block: npt.NDArray[Any], count: int, pause: Callable[[], None]) -> tuple[Floats, Ints]:
        """The squared distance to the farthest of the points found, to scale, and ``(k, count)`` which they are."""
        best = np.empty((len(block), 0), dtype=block.dtype)
        which = np.empty((len(block), 0), dtype=np.intp)
        for start in range(0, len(self.points), BLOCK):
            pause()
            part = self.scaled(self.points[start : start + BLOCK], block.dtype)
            squared = block @ part.T
            squared *= -2
            squared += np.vecdot(part, part)
            squared, new = _below(squared, best.max(axis=1) if best.shape[1] == count else None)
            best = np.concatenate([best, squared], axis=1)
            which = np.concatenate([which, start + new], axis=1)
            if best.shape[1] > count:
                keep = np.argpartition(best, count - 1, axis=1)[:, :count]
                best, which = np.take_along_axis(best, keep, axis=1), np.take_along_axis(which, keep, axis=1)
        worst = best.max(axis=1).astype(np.float64) + np.vecdot(block, block)
        return worst, which


def _below(squared: npt.NDArray[Any], limits: npt.NDArray[Any] | None) -> tuple[npt.NDArray[Any], Ints]:
    """``(k, m)`` of each row, the numbers below its limit and where they are; infinity where there are no more."""
    if limits is None:
        return squared, np.broadcast_to(np.arange(squared.shape[1]), squared.shape)
    row, column = np.nonzero(squared < limits[:, None])
    counts = np.bincount(row, minlength=len(squared))
    place = np.arange(len(row)) - np.repeat(np.cumsum(counts) - counts, counts)
    shape = (len(squared), int(counts.max(initial=0)))
    found, where = np.full(shape, np.inf, dtype=squared.dtype), np.zeros(shape, dtype=np.intp)
    found[row, place], where[row, place] = squared[row, column], column
    return found, where
