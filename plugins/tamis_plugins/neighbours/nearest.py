"""Squared Euclidean distances from points to the nearest of those picked, for a growing set of picks.

Distances are brought up to date only for the points asked for, by one matrix product of them and the picks that they
have not seen yet. Products are of float32, whose error is bounded, while that is enough to tell distances apart, and of
float64 from then on. What must be exact is summed up in float64 from the differences of coordinates, over the few picks
that could be the nearest by the bound.

Most points asked for turn out to be too close to some pick. Sketches in few dimensions guess which one that is, and how
far off it is at the most; where that doesn't tell, the distance to that one mostly does.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from tamis import Memory
from tamis_plugins.neighbours.centred import Centred
from tamis_plugins.neighbours.growing import Growing
from tamis_plugins.neighbours.nearest_picks import NearestPicks
from tamis_plugins.neighbours.precision import CHUNK, ENOUGH, between, rounding
from tamis_plugins.neighbours.sketch import SOME, Sketch

Ints = npt.NDArray[np.intp]
Floats = npt.NDArray[np.float64]

#: Points looked at for one that is close to a pick.
PROBES = 32
#: Picks seen at a time.
AT_A_TIME = 256
#: More unseen picks than these are looked through by their sketches first, for points of so many dimensions or more.
MANY, WORTH = 16, 128
#: So many picks of each point, found by sketches, are compared one by one.
FEW = 64
#: By how many errors of a product the distance of two sketches may exceed that of the points.
SKETCHED = 4


class Nearest:
    """Points, and for each the nearest pick.

    Attributes:
        points: ``(n, d)`` finite numbers; floats are not copied, so they may be a memory map.
        picked: ``(p,)`` the picks, in order.
        radius: All of them are within this distance of their centre.
        error: How far what `squared` returns may be off.
    """

    picked: Ints

    def __init__(self, points: npt.NDArray[Any], memory: Memory | None = None) -> None:
        self._memory = memory or Memory()
        self._centred = Centred(points, self._memory)
        self.points, self.radius = self._centred.points, self._centred.radius
        self._norms, self._squared_scale = self._centred.norms, self._centred.scale**2
        self._known = NearestPicks.unknown(len(points), self._memory)
        self._sketch: Sketch | None = None
        #: Lower bounds of the distances to the first so many picks, once they are asked for.
        self._floors: npt.NDArray[np.float32] | None = None
        self._lowered = 0
        self._rows = Growing(np.empty(0, dtype=np.intp))
        self.picked = self._rows.append(np.empty(0, dtype=np.intp))
        self._use(np.float32)

    def _use(self, dtype: Any) -> None:
        """Do products in this precision from now on."""
        self._dtype = dtype
        self.error = self._error_of(dtype)
        self._known.clear()
        picked = self._doubled(self.picked)
        #: The picks in that precision, as products need them.
        self._picks = Growing(picked)
        self._picked = picked
        self._block: tuple[Ints, npt.NDArray[Any]] = (self.picked[:0], picked[:0])
        #: The last single point and number of picks that sketches were asked about, since a pick is asked about twice.
        self._last: tuple[tuple[int, int] | None, npt.NDArray[Any]] = None, picked

    def _error_of(self, dtype: Any) -> float:
        """How far a squared distance by a product of this precision may be off."""
        return rounding(dtype, self.points.shape[1], self.radius**2)

    def _doubled(self, rows: Ints) -> npt.NDArray[Any]:
        """Minus twice the points, so that products with others are a part of their squared distances."""
        doubled: npt.NDArray[Any] = -2 * self._centred.of(rows, self._dtype)
        return doubled

    def clear(self) -> None:
        """Forget the picks."""
        self._rows = Growing(np.empty(0, dtype=np.intp))
        self.picked = self._rows.append(np.empty(0, dtype=np.intp))
        if self._sketch:
            self._sketch.clear()
        self._floors = None
        self._use(np.float32)

    def pick(self, rows: Ints) -> None:
        """Add some of the points to the picks."""
        self.picked = self._rows.append(rows)
        self._picked = self._picks.append(self._doubled(rows))
        if self._sketch:
            self._sketch.pick(rows)

    def squared(self, rows: Ints, floors: Floats | float = 0.0) -> Floats:
        """``(k,)`` distances from these points to their nearest picks, off by no more than ``error``.

        Infinite while there is no pick. Where a distance is below its floor, any number between the two will do.
        """
        if not isinstance(floors, np.ndarray):
            floors = np.full(len(rows), floors)
        if len(rows) <= CHUNK:
            least = self._updated(rows, floors)
        else:
            least = np.empty(len(rows))
            for start in range(0, len(rows), CHUNK):
                part = slice(start, start + CHUNK)
                least[part] = self._updated(rows[part], floors[part])
        if self._dtype is np.float32 and len(self.picked) and len(rows) and least.max() < ENOUGH * self.error:
            self._use(np.float64)
            return self.squared(rows, floors)
        return least

    def _updated(self, rows: Ints, floors: Floats) -> Floats:
        """The distances of these points: all picks seen, some at a time, until a point is below its floor."""
        known, count = self._known.take(rows), len(self.picked)
        behind = self._behind(known, floors)
        if not len(behind):
            return known.least
        if self.points.shape[1] >= WORTH:
            far = behind[known.seen[behind] < count - MANY]
            if len(far):
                known.put(far, self._guessed(rows[far], known.take(far), floors[far]))
                behind = self._behind(known, floors)
        while len(behind):
            first = int(known.seen[behind].min())
            stop = min(first + AT_A_TIME, count)
            now = behind[known.seen[behind] < stop]
            products = self._products(self._points_of(rows[now]), first, stop)
            known.put(now, self._taken(known.take(now), self._norms[rows[now]], products, first, stop))
            behind = self._behind(known, floors)
        self._known.put(rows, known)
        return known.least

    def _behind(self, known: NearestPicks, floors: Floats) -> Ints:
        """Positions of those that may be no less than their floors, and have not seen all picks."""
        behind: Ints = ((known.seen < len(self.picked)) & (known.least >= floors)).nonzero()[0]
        return behind

    def _points_of(self, rows: Ints) -> npt.NDArray[Any]:
        """The points in working precision; those of the last call again, if it was about all of these."""
        last, block = self._block
        if not np.array_equal(last, rows):
            places = last.searchsorted(rows)
            if len(rows) <= len(last) and (last.take(places, mode="clip") == rows).all():
                block = block.take(places, axis=0)
            else:
                self._block = rows[:0], self._picked[:0]  # so that not both are in memory
                block = self._centred.of(rows, self._dtype)
                self._centred.check(rows, block, self.error)
            self._block = (rows.copy(), block)
        return block

    def _guessed(self, rows: Ints, known: NearestPicks, floors: Floats) -> NearestPicks:
        """Of points that have many picks to see, what is known once they have seen the one that seems nearest.

        Most are below their floors then, and mostly sketches tell that they are. Where few are left, these see all.
        """
        first = int(known.seen.min())
        which, most = self._sketched().nearest(rows, first)
        which += first
        found = most / self._squared_scale + SKETCHED * self._error_of(np.float32)
        unclear = (found >= floors).nonzero()[0]
        some, picks = rows[unclear], which[unclear]
        products = np.vecdot(self._points_of(some), self._picked[picks])
        squared = products + self._norms[some] + self._norms[self.picked[picks]]
        found[unclear] = np.maximum(squared, 0.0) / self._squared_scale
        nearer = (found < known.least).nonzero()[0]
        known.set(nearer, found[nearer], which[nearer], exact=False)
        left = self._behind(known, floors)
        if 0 < 4 * len(left) < len(rows) and self._dtype is np.float32:
            known.put(left, self._settled(rows[left], known.least[left]))
        return known

    def _sketched(self) -> Sketch:
        """Made when it is first of use."""
        if self._sketch is None:
            some = self._centred.of(slice(None, None, max(1, len(self.points) // SOME)), np.float32)
            parts = (self._centred.of(part, np.float32) for part in self._centred.parts)
            rounded = SKETCHED * self._error_of(np.float32) * self._squared_scale
            self._sketch = Sketch(parts, some, self._norms, rounded, self._memory)
            self._sketch.pick(self.picked)
        return self._sketch

    def _products(self, block: npt.NDArray[Any], start: int, stop: int) -> npt.NDArray[Any]:
        """Squared distances to the picks from ``start`` to ``stop``, less the points' own squared norms; to scale."""
        picked = self._picked[start:stop]
        products: npt.NDArray[Any]
        if len(picked) == 1:
            products = (block @ picked[0])[:, None]
        elif len(block) == 1:
            products = (picked @ block[0])[None]
        else:
            products = block @ picked.T
        products += self._norms[self.picked[start:stop]].astype(self._dtype)
        return products

    def _taken(
        self, known: NearestPicks, norms: Floats, products: npt.NDArray[Any], first: int, stop: int
    ) -> NearestPicks:
        """What is known of some points once they have seen the picks from ``first`` to ``stop``."""
        one = products.shape[1] == 1
        which = np.zeros(len(products), dtype=np.intp) if one else products.argmin(axis=1)
        nearest = products[:, 0] if one else products[np.arange(len(which)), which]
        new = np.maximum((norms + nearest) / self._squared_scale, 0.0)
        # An exact distance stays one if no new pick could be nearer, and is of no further use otherwise.
        known.doubt((new - self.error <= known.least) & (known.least > 0))
        nearer = new < known.least
        known.set(nearer, new[nearer], first + which[nearer], exact=False)
        known.seen[:] = stop
        return known

    def closest(self, rows: Ints) -> Ints:
        """Those of the points that could be the closest to a pick; all while there is none.

        Sketches of all points are compared with each new pick. A point counts that may, by its sketch, be closer than
        the closest of a few that are looked at.
        """
        if not len(self.picked) or len(rows) <= PROBES:
            return rows
        floors = self.at_least(rows)
        probes = rows[np.argpartition(floors, PROBES)[:PROBES]]
        found: Ints = rows[floors <= float(self.squared(probes).min()) + self.error]
        return found

    def at_least(self, rows: Ints) -> Floats:
        """``(k,)`` lower bounds of distances, by sketches of all points: each new pick is compared with all of them."""
        sketch = self._sketched()
        if self._floors is None:
            self._floors, self._lowered = np.full(len(self.points), np.inf, dtype=np.float32), 0
        sketch.lower(self._floors, self._lowered)
        self._lowered = len(self.picked)
        floors: Floats = self._floors[rows] / np.float64(self._squared_scale) - SKETCHED * self._error_of(np.float32)
        return floors

    def exact(self, rows: Ints) -> tuple[Floats, Ints]:
        """``(k,)`` distances to the nearest picks, summed up in float64, and which of `picked` those are."""
        known, count = self._known.take(rows), len(self.picked)
        unsettled = (~known.exact | (known.seen != count)).nonzero()[0] if count else rows[:0]
        for start in range(0, len(unsettled), CHUNK):
            some = unsettled[start : start + CHUNK]
            known.put(some, self._settled(rows[some], known.least[some]))
        if len(unsettled):
            self._known.put(rows, known)
        return known.least, known.which

    def known(self, rows: Ints) -> tuple[Floats, Ints]:
        """``(k,)`` distances to picks that are near, and which of `picked` those are.

        They are the nearest as far as is known without looking; their distances are exact.
        """
        known = self._known.take(rows)
        if (known.exact & (known.seen == len(self.picked))).all():
            return known.least, known.which
        return self.between(rows, self.picked[known.which]), known.which

    def _settled(self, rows: Ints, limits: Floats) -> NearestPicks:
        """All there is to know of points whose squared distances are within limits, but for rounding."""
        near, which = self.within(rows, (limits + self.error)[:, None])
        squared = self.between(rows[near], self.picked[which])
        if len(near) > len(rows):
            order = np.lexsort((which, squared, near))
            first = order[np.flatnonzero(np.diff(near[order], prepend=-1))]
            squared, which = squared[first], which[first]
        known = NearestPicks.unknown(len(rows), self._memory)
        known.set(slice(None), squared, which, exact=True)
        known.seen[:] = len(self.picked)
        return known

    def within(self, rows: Ints, limits: Floats) -> tuple[Ints, Ints]:
        """Pairs of one of these points and one of `picked`, by position: all that are within the limits, and few more.

        ``limits``, squared distances, are of the shape of rows times picks, or are broadcast to it.
        """
        if self._sketch and self._dtype is np.float32:
            near, which = np.nonzero(self._at_least(rows) <= limits * self._squared_scale)
            if len(near) <= FEW * len(rows):
                return near, which
        products = self._products(self._centred.of(rows, self._dtype), 0, len(self.picked)).astype(np.float64)
        products += self._norms[rows][:, None]
        near, which = np.nonzero(products / self._squared_scale - self.error <= limits)
        return near, which

    def _at_least(self, rows: Ints) -> npt.NDArray[Any]:
        """``(k, p)`` what distances to the picks are no less than, by their sketches; to scale."""
        assert self._sketch is not None  # noqa: S101 (asked for where there is one)
        key = (int(rows[0]), len(self.picked)) if len(rows) == 1 else None
        if key and key == self._last[0]:
            return self._last[1]
        lower: npt.NDArray[Any] = self._sketch.at_least(rows) - SKETCHED * self.error * self._squared_scale
        if key:
            self._last = key, lower
        return lower

    def approximate(self, rows: Ints, others: Ints) -> Floats:
        """``(k, m)`` squared distances from points to others, each to each, off by no more than ``error``."""
        products: Floats = (self._centred.of(rows, self._dtype) @ self._doubled(others).T).astype(np.float64)
        products += self._norms[others]
        products += self._norms[rows][:, None]
        products /= self._squared_scale
        return products

    def between(self, rows: Ints, others: Ints) -> Floats:
        """``(k,)`` squared distances from points to others, one to one, to full precision."""
        return between(self.points, rows, self.points, others)
