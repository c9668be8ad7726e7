"""Prefers samples far from those that are selected already, so that the selection covers the space of its input.

The objective of a selection S with a candidate c is ``sum over i in S of min over j in S, j != i, of |x[i] - x[j]|^2``
plus ``min over j in S of |x[c] - x[j]|^2``: alone, DIVERSITY picks the sample that is farthest from the selection (the
greedy k-center of Gonzalez, 1985). While nothing is selected all samples are equal, so the first one is picked.
Distances are exact in float64, whatever the number of samples.

``stopping_condition_minimum_distance`` rejects candidates that are closer than that to a selected sample, in the units
of the input: distances between vectors of unit length are between 0 and 2. The selection ends when no other is left.

A sample may have any number of points, such as the embeddings of its objects. Its gain is then the sum of
``min over all points p of samples in S of |o - p|^2`` over its points o. A sample without points gains nothing. Its
distance to the selection is that of its farthest point. This sum is tamis's own: upstream's was never published.
"""

from __future__ import annotations

from functools import cached_property

import numpy as np
import numpy.typing as npt

from tamis import Column, Gains, Kind, Memory, Params, Strategy, hookimpl
from tamis_plugins.neighbours.nearer import nearer
from tamis_plugins.neighbours.nearest import Nearest
from tamis_plugins.neighbours.subset import points_of

Rows = npt.NDArray[np.intp]
Floats = npt.NDArray[np.float64]

#: Samples looked at at a time for the farthest of all.
CHUNK = 2047


class Spread(Gains):
    """The sum of the picked samples' squared distances to their nearest neighbours among them."""

    final = True
    quantity = "sum of squared distances to the nearest selected neighbour"

    def __init__(self, column: Column, params: Params, memory: Memory | None = None, rows: Rows | None = None) -> None:
        self._column, self._params, self._memory = column, params, memory
        self._rows = rows if rows is not None and len(rows) < len(column) else None
        offsets = points_of(column, rows)[1]
        self._single = offsets is None
        self._offsets: Rows = np.arange(0) if offsets is None else offsets  # a point each needs none
        self._counts = np.diff(self._offsets)
        self._largest = max(int(self._counts.max(initial=0)), 1)
        self._minimum = params.get("stopping_condition_minimum_distance")
        if self._minimum is not None:
            self.refusal = (
                f"it is closer than {self._minimum:g} to a selected sample (stopping_condition_minimum_distance)"
            )
        #: Of each picked point: its sample, and the squared distance to the nearest point of another.
        self._owners: Rows = np.empty(0, dtype=np.intp)
        self._own: Floats = np.empty(0)

    @cached_property
    def _nearest(self) -> Nearest:
        """Made when it is first needed, and so by the process that needs it."""
        return Nearest(points_of(self._column, self._rows)[0], self._memory)

    @property
    def error(self) -> float:  # type: ignore[override]
        """The error of a distance, times the largest number of points of a sample."""
        return self._nearest.error * self._largest if len(self._own) else 0.0

    def base(self) -> float:
        """The sum so far; 0 if one sample is selected."""
        return float(self._own[np.isfinite(self._own)].sum())

    def gains(self, rows: Rows) -> Floats:
        """The squared distances of each row's points."""
        return self._sum(rows, self._nearest.squared(self._points(rows))) if len(self._own) else self._first(rows)

    def at_most(self, rows: Rows, floors: Floats) -> Floats:
        """The same; of those below their floors, any bound that is below, too."""
        if not len(self._own) or not self._single:
            return self.gains(rows)
        return self._nearest.squared(rows, floors - self._nearest.error)

    def shortlist(self, rows: Rows, largest: bool) -> Rows | None:
        """For the smallest gain, as with a negative strength: by few coordinates of each point."""
        if largest or not self._single:
            return None
        return self._nearest.closest(rows) if len(self._own) else rows

    def mark(self, rows: Rows) -> tuple[Floats, Floats]:
        """By few coordinates of each point, where samples have one each."""
        most = self._first(rows)
        if not len(self._own):
            return self.base() + most, self.base() + most
        least = self._nearest.at_least(rows) if self._single else self.gains(rows) - self.error
        return self.base() + np.maximum(least, 0.0), self.base() + most

    def exact(self, rows: Rows) -> Floats:
        """The same without an error."""
        return self._sum(rows, self._nearest.exact(self._points(rows))[0]) if len(self._own) else self._first(rows)

    def after(self, rows: Rows, gains: Floats, added: Rows) -> Floats | None:
        """The least of what they were and the distances to those added; of samples of several points it isn't known."""
        return nearer(points_of(self._column, self._rows)[0], rows, gains, added) if self._single else None

    def add(self, row: int) -> None:
        """Add the row's points, and bring the distances of the selected points up to date."""
        points = self._points(np.array([row]))
        squared, _ = self._nearest.exact(points)
        if len(self._own):
            new, old = self._nearest.within(points, self._own)
            between = self._nearest.between(points[new], self._nearest.picked[old])
            np.minimum.at(self._own, old, between)
        self._nearest.pick(points)
        self._own = np.append(self._own, squared)
        self._owners = np.append(self._owners, np.full(len(points), row))

    def nearest(self, rows: Rows) -> tuple[Rows, Floats] | None:
        """By the closest of each row's points, among the distances that are known."""
        if not len(self._own):
            return None
        points = self._points(rows)
        squared, which = self._nearest.known(points)
        if self._single:
            return self._owners[which], np.sqrt(squared)
        owners = np.repeat(np.arange(len(rows)), self._counts[rows])
        order = np.lexsort((squared, owners))
        first = order[np.flatnonzero(np.diff(owners[order], prepend=-1))]
        near, distances = np.full(len(rows), -1, dtype=np.intp), np.full(len(rows), np.inf)
        near[owners[first]], distances[owners[first]] = self._owners[which[first]], np.sqrt(squared[first])
        return near, distances

    def summary(self) -> str | None:
        """How far apart the closest two are."""
        least = float(self._own.min(initial=np.inf))
        if not np.isfinite(least):
            return None
        what = "selected samples" if self._single else "objects of different selected samples"
        asked = "" if self._minimum is None else f" (at least {self._minimum:g})"
        return f"the closest two {what} are {np.sqrt(least):.4g} apart{asked}"

    def reached(self, rows: Rows, picks: Rows) -> dict[str, float]:
        """How far the farthest is from the selection, and the closest pick from another; and what follows of that.

        ``factor``: the radius is at most so many times the least that as many picks, be they points of any kind, could
        have. For the picks and the farthest point are pairwise no closer than the lesser of both numbers, and one more
        than the picks: two of them share a centre, or one has that of a preselected sample.
        """
        if not len(self._own):
            return {}
        radius = self._radius(rows)
        separation = float(np.sqrt(self._own[np.isin(self._owners, picks)].min(initial=np.inf)))
        found = {"radius": radius}
        if np.isfinite(separation):
            found["separation"] = separation
        if self._single and (separation > 0 or radius == 0):
            found["factor"] = 2 * max(1.0, radius / separation) if radius else 1.0
        return found

    def _radius(self, rows: Rows) -> float:
        """The largest distance of these samples to the selection, each that of its farthest point."""
        most, farthest = -1.0, rows[:0]
        for start in range(0, len(rows), CHUNK):
            # With the farthest so far, since a block of small distances would be taken for a need of more precision.
            part = np.append(farthest, rows[start : start + CHUNK])
            floors = most + self._nearest.error if self._single else 0.0
            far = self._farthest(part, self._nearest.squared(self._points(part), floors))
            unclear = part[[far.argmax()]]
            for _ in range(2):  # the first may rule out most of the others
                exact = self._farthest(unclear, self._nearest.exact(self._points(unclear))[0])
                if exact.max(initial=-1.0) > most:
                    most, farthest = float(exact.max()), unclear[[exact.argmax()]]
                unclear = part[far + self._nearest.error > most]
        return float(np.sqrt(max(most, 0.0)))

    def part(self, rows: Rows) -> Spread:
        """Of the points of these rows; they are copied, unless they are all."""
        there = rows if self._rows is None else self._rows[rows]
        if self._rows is not None and len(rows) == len(self._rows):
            return Spread(self._column, self._params, self._memory, there)
        return Spread(self._column.take(there, self._memory), self._params, self._memory)

    def allowed(self, rows: Rows) -> npt.NDArray[np.bool_] | None:
        """Those that are far enough from the selection."""
        if self._minimum is None:
            return None
        if not len(self._own):
            return np.ones(len(rows), dtype=bool)
        farthest = self._farthest(rows, self._nearest.squared(self._points(rows)))
        limit, error = self._minimum * abs(self._minimum), self._nearest.error
        far: npt.NDArray[np.bool_] = farthest > limit + 2 * error
        unclear = np.flatnonzero(~far & (farthest >= limit - 2 * error))
        if len(unclear):
            exact = self._farthest(rows[unclear], self._nearest.exact(self._points(rows[unclear]))[0])
            far[unclear] = np.sqrt(exact) >= self._minimum
        return far

    def _first(self, rows: Rows) -> Floats:
        """While nothing is picked, all rows with points have one gain, and none can gain more later."""
        bound = self._largest * (2 * self._nearest.radius) ** 2
        gain = bound if bound > 0 else 1.0
        return np.full(len(rows), gain) if self._single else np.where(self._counts[rows] > 0, gain, 0.0)

    def _points(self, rows: Rows) -> Rows:
        """The points of these samples, one sample after the other."""
        if self._single:
            return rows
        counts = self._counts[rows]
        starts = np.repeat(self._offsets[rows] - np.cumsum(counts) + counts, counts)
        return starts + np.arange(int(counts.sum()))

    def _sum(self, rows: Rows, squared: Floats) -> Floats:
        """Of each sample's points."""
        if self._single:
            return squared
        sums = np.zeros(len(rows))
        np.add.at(sums, np.repeat(np.arange(len(rows)), self._counts[rows]), squared)
        return sums

    def _farthest(self, rows: Rows, squared: Floats) -> Floats:
        """Of each sample's points; 0 where there is none."""
        if self._single:
            return squared
        farthest = np.zeros(len(rows))
        np.maximum.at(farthest, np.repeat(np.arange(len(rows)), self._counts[rows]), squared)
        return farthest


def stops(params: Params) -> bool:
    """With a minimum distance."""
    return "stopping_condition_minimum_distance" in params


@hookimpl
def tamis_strategies() -> list[Strategy]:
    """Declare DIVERSITY."""
    schema = {
        "properties": {
            "stopping_condition_minimum_distance": {
                "type": "number",
                "description": "Rejects samples that are closer than this to a selected one.",
            }
        },
        "examples": [{}, {"stopping_condition_minimum_distance": 0.1}],
    }
    return [
        Strategy(
            "DIVERSITY",
            accepts={Kind.VECTOR, Kind.VECTORS},
            objective=Spread,
            schema=schema,
            stops=stops,
            doc=__doc__ or "",
        )
    ]
