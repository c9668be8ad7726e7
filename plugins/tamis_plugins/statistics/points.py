"""The vectors of a selection: how far apart they are, and how well a set covers the rest."""

from __future__ import annotations

import attrs
import numpy as np
import numpy.typing as npt

from tamis import Column, Kind
from tamis_plugins.statistics.sets import Rows

Floats = npt.NDArray[np.float32]
Distances = npt.NDArray[np.float64]

#: Products of two numbers that a search may take; beyond, it looks at a sample of the points.
BUDGET = 1.5e9
#: Points that a search looks at in any case.
LEAST = 400
#: Distances in memory at a time.
BLOCK = 1 << 22


@attrs.frozen(eq=False)
class Points:
    """The points of one input.

    Attributes:
        name: Of the input.
        values: ``(m, d)`` float32.
        owners: ``(m,)`` the sample of each, ascending.
        objects: Whether a sample may have several.
    """

    name: str
    values: Floats
    owners: Rows
    objects: bool

    @classmethod
    def of(cls, column: Column) -> Points:
        """The points of a column; of a query, those that are compared with it."""
        values = column.values
        if column.offsets is None:
            owners = np.flatnonzero(column.valid)
            values = values if len(owners) == len(values) else values[owners]
        else:
            counts = np.diff(column.offsets)
            kept = np.repeat(column.valid, counts)
            owners = np.repeat(np.arange(len(column)), counts)[kept]
            values = values if kept.all() else values[kept]
        return cls(column.name, np.asarray(values, dtype=np.float32), owners, column.kind is Kind.VECTORS)

    def within(self, rows: Rows) -> Rows:
        """Which points these samples have, ascending."""
        return np.flatnonzero(np.isin(self.owners, rows))


@attrs.frozen(eq=False)
class Near:
    """The nearest neighbours of some points.

    Attributes:
        points: Those looked at, ascending: all that were asked for, or a random sample of them.
        others: The nearest of each.
        distances: How far that is.
        asked: Of how many points it was asked.
    """

    points: Rows
    others: Rows
    distances: Distances
    asked: int

    @property
    def sampled(self) -> bool:
        """Whether only some were looked at."""
        return len(self.points) < self.asked


def nearest(values: Floats, points: Rows, among: Rows, *, itself: bool) -> Near:
    """For each of the points, the nearest of others.

    Args:
        values: All points.
        points: Which to look at, ascending.
        among: Which to look among, ascending.
        itself: Whether a point that is among them is its own nearest, at a distance of 0; else it is none of its own.
    """
    if not itself and len(among) == 1:
        points = np.setdiff1d(points, among, assume_unique=True)
    asked = len(points)
    if not asked or not len(among):
        return Near(points[:0], points[:0], np.zeros(0), asked)
    most = max(LEAST, int(BUDGET / (len(among) * max(1, values.shape[1]))))
    if asked > most:
        points = np.sort(np.random.default_rng(0).choice(points, most, replace=False))
    centre = values[among[:: max(1, len(among) // 1000)]].mean(axis=0, dtype=np.float64).astype(np.float32)
    base = values[among] - centre
    squares = np.einsum("ij,ij->i", base, base)
    base *= -2
    found = np.empty(len(points), dtype=np.intp)
    rows = max(1, BLOCK // len(among))
    for start in range(0, len(points), rows):
        block = points[start : start + rows]
        # Less the square of the point itself, which is the same for all others.
        gaps = (values[block] - centre) @ base.T
        gaps += squares
        own = np.searchsorted(among, block)
        own[own == len(among)] = 0
        there = np.flatnonzero(among[own] == block)
        gaps[there, own[there]] = -np.inf if itself else np.inf
        found[start : start + rows] = gaps.argmin(axis=1)
    others = among[found]
    apart = values[points].astype(np.float64) - values[others]
    return Near(points, others, np.sqrt(np.einsum("ij,ij->i", apart, apart)), asked)
