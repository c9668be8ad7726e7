"""Nearest neighbours by Euclidean distance: exact, by products of blocks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import attrs
import numpy as np
import numpy.typing as npt

from tamis import Report
from tamis_plugins.neighbours.least import below, least, one_by_one
from tamis_plugins.neighbours.precision import EASY, between, centre_of, check_reach, reach_of, rounding

Ints = npt.NDArray[np.intp]
Floats = npt.NDArray[np.float64]

#: Points worked on at a time, on either side of a product.
BLOCK = 2048
#: Differences of coordinates made at a time, so that they stay in the processor's cache.
DIFFERENCES = 1 << 16
#: Queries compared with a block of points at a time, where that is by differences of coordinates.
AT_A_TIME = 64
#: So many neighbours among one block of points are found one by one.
FEW = 4
#: Neighbours looked for beyond those asked for, but no more than those, so that rounding seldom leaves one out.
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
    nearest = np.empty((len(queries), min(count, len(points))))
    for rows, found, _ in _found(queries, points, count, report, lowest=False):
        nearest[rows] = found
    return nearest


def neighbours(
    queries: npt.NDArray[Any],
    points: npt.NDArray[Any],
    count: int,
    report: Report = lambda done, total: None,
) -> tuple[Floats, Ints]:
    """``(n, count)`` distances of each of n queries to its nearest points, ascending, and which points those are.

    Of points at the same distance, these are the lowest. Neighbours are looked for in float32, and where that can't
    tell for certain which they are, in float64. Distances are of float64, from the differences of coordinates; they
    decide where rounding of products may. Beside them, memory is taken for some blocks of points.

    Raises:
        RunError: distances are too large or too small to be squared.
    """
    nearest = np.empty((len(queries), min(count, len(points))))
    which = np.empty(nearest.shape, dtype=np.intp)
    for rows, *found in _found(queries, points, count, report, lowest=True):
        nearest[rows], which[rows] = found
    return nearest, which


def _found(
    queries: npt.NDArray[Any], points: npt.NDArray[Any], count: int, report: Report, *, lowest: bool
) -> Iterator[tuple[Ints, Floats, Ints]]:
    """Some of the queries at a time: which, their distances, and to which points; what comes later holds."""
    count, total = min(count, len(points)), len(queries)
    space, unsure = Space.of(queries, points, lowest=lowest), [np.arange(0)]
    for rows, nearest, which, certain in space.nearest(queries, count, np.float32, lambda done: report(done, total)):
        yield rows, nearest, which
        unsure.append(rows[~certain])
    again = np.concatenate(unsure)
    for rows, nearest, which, _ in space.nearest(queries[again], count, np.float64, lambda done: report(total, total)):
        yield again[rows], nearest, which
    report(total, total)


@attrs.frozen(eq=False)
class Space:
    """Points around a centre and to scale where products lose fewer digits or can't overflow there.

    Attributes:
        centre: None if it is that of the coordinates.
        radius: No point is farther from the centre, to scale.
        lowest: Whether, of points at the same distance, those are to be found that come first.
    """

    points: npt.NDArray[Any]
    centre: npt.NDArray[Any] | None
    scale: float
    radius: float
    lowest: bool

    @classmethod
    def of(cls, queries: npt.NDArray[Any], points: npt.NDArray[Any], *, lowest: bool = False) -> Space:
        """Around a centre of the points, with no coordinate that is hard to square."""
        space = cls(points, centre_of(points) if len(points) else None, 1.0, 0.0, lowest)
        radius = max(space._radius_of(each) for each in ([points] if queries is points else [queries, points]))
        scale = 1.0 if EASY[0] < radius < EASY[1] else 1 / (radius or 1.0)
        return cls(points, space.centre, scale, radius * scale, lowest)

    def _radius_of(self, points: npt.NDArray[Any]) -> float:
        """The largest distance from the centre."""
        squared = reach = 0.0
        for start in range(0, len(points), BLOCK):
            part = points[start : start + BLOCK]
            with np.errstate(over="ignore"):  # where that is so, the reach is refused
                most = _longest(self.scaled(part, np.float32 if part.dtype.itemsize < 8 else np.float64))
                if not EASY[0] ** 2 < most < EASY[1] ** 2:
                    block = self.scaled(part, np.float64)
                    reach, most = max(reach, reach_of(block)), _longest(block)
            squared = max(squared, most)
        if not EASY[0] ** 2 < squared < EASY[1] ** 2:
            check_reach(reach)
        return float(np.sqrt(squared))

    def scaled(self, points: npt.NDArray[Any], dtype: Any) -> npt.NDArray[Any]:
        """Some points around the centre; they are not copied if they are so already."""
        if self.centre is None and self.scale == 1:
            return points.astype(dtype, copy=False)
        scaled: npt.NDArray[Any] = points.astype(np.float64)
        if self.centre is not None:
            scaled -= self.centre
        scaled *= self.scale
        return scaled.astype(dtype, copy=False)

    def error(self, dtype: Any) -> float:
        """How far a squared distance by a product of this type may be off, to scale."""
        return rounding(dtype, self.points.shape[1], self.radius**2)

    def nearest(
        self, queries: npt.NDArray[Any], count: int, dtype: Any, report: Callable[[int], None]
    ) -> Iterator[tuple[Ints, Floats, Ints, npt.NDArray[np.bool_]]]:
        """Block by block: which queries, ``(k, count)`` distances, whose, and whether those are certain to be least.

        In float64 all are: what its products don't tell, exact distances do.
        """
        wanted = min(count + min(count, SPARE), len(self.points))
        for start in range(0, len(queries), BLOCK):
            report(start)
            asked = queries[start : start + BLOCK]
            block = self.scaled(asked, dtype)
            squared, found = self._search(block, count, wanted, partial(report, start))
            # Where the next is farther by more than rounding, those found are the nearest, and need no comparison.
            certain = np.ones(len(asked), dtype=bool)
            if wanted > count:
                certain = squared[:, count] - squared[:, count - 1] > 2 * self.error(dtype)
            nearest, which = self.exact(asked, found[:, :count], count)
            if len(unclear := (~certain).nonzero()[0]):
                nearest[unclear], which[unclear] = self.exact(asked[unclear], found[unclear], count)
                # All others are at least as far as the worst of those found.
                worst = squared[unclear, -1] + np.vecdot(block[unclear], block[unclear]).astype(np.float64)
                farthest, others = nearest[unclear, -1] * self.scale**2, worst - self.error(dtype)
                enough = farthest < others if self.lowest else (farthest <= others) | (farthest == 0)
                certain[unclear] = enough | (wanted == len(self.points))
            if dtype is np.float64 and len(left := (~certain).nonzero()[0]):
                pause = partial(report, start)
                nearest[left], which[left] = self.among_all(asked[left], nearest[left, -1], count, pause)
                certain[left] = True
            yield np.arange(start, start + len(asked)), np.sqrt(nearest), which, certain

    def among_all(
        self, asked: npt.NDArray[Any], within: Floats, count: int, pause: Callable[[], None]
    ) -> tuple[Floats, Ints]:
        """As `exact`, of all points that are near enough: where products of float64 don't tell which those are.

        Args:
            asked: ``(k, d)`` queries.
            within: ``(k,)`` squared distances within which there are so many points.
            count: How many.
            pause: Called often.
        """
        nearest, which = np.empty((len(asked), count)), np.empty((len(asked), count), dtype=np.intp)
        off = rounding(np.float64, self.points.shape[1], 1.0)  # times the larger squared length
        for start in range(0, len(asked), AT_A_TIME):
            part = slice(start, start + AT_A_TIME)
            some, limits = asked[part], within[part] * (1 + 1e-12)  # however sums of squares are rounded
            block = self.scaled(some, np.float64)
            most = limits * self.scale**2 - (1 - off) * np.vecdot(block, block)
            row, point, squared = np.arange(0), np.arange(0), np.empty(0)
            for first in range(0, len(self.points), BLOCK):
                pause()
                among = self.points[first : first + BLOCK]
                scaled = self.scaled(among, np.float64)
                products = _products(block, scaled) - off * np.vecdot(scaled, scaled)
                near, new = (products <= most[:, None]).nonzero()
                apart = between(some, near, among, new)
                close = (apart <= limits[near]).nonzero()[0]
                row, point = np.append(row, near[close]), np.append(point, first + new[close])
                squared = np.append(squared, apart[close])
                order = np.lexsort((point, squared, row))
                least = order[np.arange(len(order)) - np.searchsorted(row, row, sorter=order)[order] < count]
                row, point, squared = row[least], point[least], squared[least]
            nearest[part], which[part] = squared.reshape(-1, count), point.reshape(-1, count)
        return nearest, which

    def exact(self, asked: npt.NDArray[Any], found: Ints, count: int) -> tuple[Floats, Ints]:
        """``(k, count)`` squared distances, ascending, to the nearest of the points found, and which these are."""
        nearest, which = np.empty((len(asked), count)), np.empty((len(asked), count), dtype=np.intp)
        at_a_time = max(1, DIFFERENCES // max(found.shape[1] * asked.shape[1], 1))
        few = self.points.astype(np.float64) if len(self.points) <= len(asked) else None  # each of them several times
        room = np.empty((min(at_a_time, len(asked)), found.shape[1], asked.shape[1]))
        for start in range(0, len(asked), at_a_time):
            part = slice(start, start + at_a_time)
            among = found[part]
            if found.shape[1] > 1:
                among = np.sort(among, axis=1)  # of equal distances, the lowest point is the first
            differences = room[: len(among)]
            if few is not None:
                few.take(among, axis=0, out=differences, mode="clip")
            else:  # faster than by indexing
                differences[:] = self.points.take(among.ravel(), axis=0).reshape(differences.shape)
            differences -= asked[part, None]
            squared = np.vecdot(differences, differences)
            if found.shape[1] > 1:
                order = np.argsort(squared, axis=1, kind="stable")[:, :count]
                squared, among = np.take_along_axis(squared, order, axis=1), np.take_along_axis(among, order, axis=1)
            nearest[part], which[part] = squared, among
        return nearest, which

    def _search(
        self, block: npt.NDArray[Any], count: int, wanted: int, pause: Callable[[], None]
    ) -> tuple[npt.NDArray[Any], Ints]:
        """``(k, wanted)`` squared distances, ascending, to the points found, less a number for each row, and which.

        Those beyond the count may be infinity, where they are farther than the others for certain.
        """
        if len(self.points) <= BLOCK and count <= FEW:
            pause()
            products = _products(block, self.scaled(self.points[:], block.dtype))
            return one_by_one(products, count, wanted - count, 2 * self.error(block.dtype))
        best = np.empty((len(block), 0), dtype=block.dtype)
        which = np.empty((len(block), 0), dtype=np.intp)
        for start in range(0, len(self.points), BLOCK):
            pause()
            products = _products(block, self.scaled(self.points[start : start + BLOCK], block.dtype))
            some, new = below(products, best.max(axis=1)) if best.shape[1] == wanted else least(products, wanted)
            best = np.concatenate([best, some], axis=1)
            which = np.concatenate([which, start + new], axis=1)
            if best.shape[1] > wanted:
                keep = np.argpartition(best, wanted - 1, axis=1)[:, :wanted]
                best, which = np.take_along_axis(best, keep, axis=1), np.take_along_axis(which, keep, axis=1)
        order = np.argsort(best, axis=1)
        return np.take_along_axis(best, order, axis=1), np.take_along_axis(which, order, axis=1)


def _longest(points: npt.NDArray[Any]) -> float:
    """The largest squared length."""
    return float(np.vecdot(points, points).max(initial=0.0))


def _products(block: npt.NDArray[Any], points: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """``(k, m)`` squared distances, less the squared lengths of the block's."""
    squared: npt.NDArray[Any] = block @ (-2 * points).T
    squared += np.vecdot(points, points)
    return squared
