"""Squared Euclidean distances from points to the nearest of those picked, for a growing set of picks.

Distances are brought up to date only for the points asked for, by one matrix product of them and the picks that they
have not seen yet. Products are of float32, whose error is bounded, while that is enough to tell distances apart, and of
float64 from then on. What must be exact is summed up in float64 from the differences of coordinates, over the few picks
that could be the nearest by the bound.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.intp]
Floats = npt.NDArray[np.float64]

#: Points worked on at a time.
CHUNK = 2048
#: Picks seen at a time.
AT_A_TIME = 256
#: Standard deviations of the rounding error of a product that its bound allows for.
DEVIATIONS = 5
#: Distances between these can be squared in float64, and summed up.
SMALLEST, LARGEST = 1e-140, 1e140
#: Float64 takes over when the largest distance asked for is below this many times the error of float32.
ENOUGH = 64


#: What is known of a point: the squared distance to its nearest pick, how many picks that is of, of how many it is
#: exact, and which pick is the nearest. In one row, so that it is read and written at once.
LEAST, AGE, EXACT, WHICH = range(4)
UNKNOWN = (np.inf, 0, -1, 0)


class Nearest:
    """Points, and for each the nearest pick.

    Attributes:
        points: ``(n, d)`` finite numbers; floats are not copied, so they may be a memory map.
        radius: All of them are within this distance of their centre.
        error: How far what `squared` returns may be off.
    """

    def __init__(self, points: npt.NDArray[Any]) -> None:
        if points.dtype not in (np.float32, np.float64):
            points = points.astype(np.float64 if points.dtype.kind != "f" else np.float32)
        self.points = points
        n = len(points)
        # Around a centre, products lose fewer digits. Any centre will do, so that of some points is as good.
        some = np.asarray(points[:: max(1, n // 4096)], dtype=np.float64)
        self._centre = (some.sum(axis=0) / max(len(some), 1)).astype(points.dtype)
        self._scale = 1.0
        parts = [slice(start, start + CHUNK) for start in range(0, n, CHUNK)]
        reach = max((float(np.abs(self._of(part, np.float64)).max(initial=0.0)) for part in parts), default=0.0)
        if reach and not SMALLEST < reach < LARGEST:
            raise ValueError("distances between points are too large or too small to be squared")
        self._scale = 2.0 ** -int(np.frexp(reach)[1])  # a power of two, so that scaling rounds nothing
        self._norms = np.zeros(n)
        for part in parts:
            scaled = self._of(part, np.float64)
            self._norms[part] = np.vecdot(scaled, scaled)
        self.radius = float(np.sqrt(self._norms.max(initial=0.0))) / self._scale
        self._state = np.empty((n, 4))
        self._count = 0
        self._rows: Ints = np.empty(64, dtype=np.intp)
        self._use(np.float32)

    def _use(self, dtype: Any) -> None:
        """Do products in this precision from now on."""
        self._dtype = dtype
        dimensions = self.points.shape[1]
        self.error = float(np.finfo(dtype).eps * (DEVIATIONS * np.sqrt(dimensions) + 8) * self.radius**2)
        self._state[:] = UNKNOWN
        self._picked = np.empty((len(self._rows), dimensions), dtype=dtype)
        self._picked[: self._count] = self._of(self._rows[: self._count], dtype)
        nothing = np.empty((0, 0), dtype=dtype)
        self._cached: tuple[Ints, npt.NDArray[Any]] = (self._rows[:0].copy(), nothing)
        self._last: tuple[Ints, npt.NDArray[Any]] = (self._rows[:0].copy(), nothing)

    def _of(self, rows: Any, dtype: Any) -> npt.NDArray[Any]:
        """Points around the centre, to scale."""
        # In the wider of both precisions, so that the centre takes away no digits, and no scale is out of range.
        wide = np.float64 if not 1e-30 < self._scale < 1e30 else np.promote_types(self.points.dtype, dtype)
        found = self.points[rows]
        scaled: npt.NDArray[Any] = found.astype(wide, copy=isinstance(rows, slice))  # other rows are a copy already
        scaled -= self._centre
        scaled *= self._scale
        return scaled.astype(dtype, copy=False)

    @property
    def picked(self) -> Ints:
        """The picks, in order."""
        return self._rows[: self._count]

    def pick(self, rows: Ints) -> None:
        """Add some of the points to the picks."""
        count = self._count + len(rows)
        if count > len(self._rows):
            capacity = max(count, 2 * len(self._rows))
            self._rows = np.concatenate([self.picked, np.zeros(capacity - self._count, dtype=np.intp)])
            picked = np.empty((capacity, self.points.shape[1]), dtype=self._dtype)
            picked[: self._count] = self._picked[: self._count]
            self._picked = picked
        self._rows[self._count : count] = rows
        self._picked[self._count : count] = self._of(rows, self._dtype)
        self._count = count

    def squared(self, rows: Ints, floors: Floats | float = 0.0) -> Floats:
        """``(k,)`` distances from these points to their nearest picks, off by no more than ``error``.

        Infinite while there is no pick. Where a distance is below its floor, any number between the two will do.
        """
        floors = np.broadcast_to(floors, rows.shape)
        if len(rows) <= CHUNK:
            least = self._updated(rows, floors)
        else:
            parts = (slice(start, start + CHUNK) for start in range(0, len(rows), CHUNK))
            least = np.concatenate([self._updated(rows[part], floors[part]) for part in parts])
        if self._dtype is np.float32 and self._count and len(rows) and least.max() < ENOUGH * self.error:
            self._use(np.float64)
            return self.squared(rows, floors)
        return least

    def _updated(self, rows: Ints, floors: Floats) -> Floats:
        """The distances of these points: all picks seen, some at a time, until a point is below its floor."""
        state = self._state[rows]
        ages = state[:, AGE]
        first = int(ages.min(initial=self._count))
        if first < self._count:
            block, norms = self._block(rows), self._norms[rows]
            for stop in range(first + AT_A_TIME, self._count + AT_A_TIME, AT_A_TIME):
                stop = min(stop, self._count)
                behind = (state[:, AGE] < stop) & (state[:, LEAST] >= floors)
                if behind.all():
                    state = self._taken(state, norms, self._products(block, first, stop), first, stop)
                elif behind.any():
                    products = self._products(block[behind], first, stop)
                    state[behind] = self._taken(state[behind], norms[behind], products, first, stop)
                first = stop
            self._state[rows] = state
        return state[:, LEAST]

    def _products(self, block: npt.NDArray[Any], start: int, stop: int) -> npt.NDArray[Any]:
        """Squared distances to the picks from ``start`` to ``stop``, less the points' own squared norms; to scale."""
        picked = self._picked[start:stop]
        # A product with one vector gains nothing by threads, and waits for them where the machine is busy.
        products: npt.NDArray[Any]
        if len(picked) == 1:
            products = np.vecdot(block, picked[0])[:, None]
        elif len(block) == 1:
            products = np.vecdot(picked, block[0])[None]
        else:
            products = block @ picked.T
        products *= -2
        products += self._norms[self._rows[start:stop]].astype(self._dtype)
        return products

    def _taken(self, state: Floats, norms: Floats, products: npt.NDArray[Any], first: int, stop: int) -> Floats:
        """The state of some points once they have seen the picks from ``first`` to ``stop``."""
        which = products.argmin(axis=1)
        new = np.maximum((norms + products[np.arange(len(which)), which]) / self._scale**2, 0.0)
        old = state[:, LEAST]
        # An exact distance stays one if no new pick could be nearer, and is of no further use otherwise.
        lost = (new - self.error <= old) & (old > 0)
        state[lost, EXACT] = UNKNOWN[EXACT]
        state[:, WHICH] = np.where(new < old, first + which, state[:, WHICH])
        np.minimum(old, new, out=old)
        state[:, AGE] = stop
        state[state[:, EXACT] >= 0, EXACT] = stop
        return state

    def _block(self, rows: Ints) -> npt.NDArray[Any]:
        """The points in working precision; those of the last call again, if they are the same."""
        if not np.array_equal(self._cached[0], rows):
            self._cached = (rows.copy(), self._of(rows, self._dtype))
        return self._cached[1]

    def exact(self, rows: Ints) -> tuple[Floats, Ints]:
        """``(k,)`` distances to the nearest picks, summed up in float64, and which of `picked` those are."""
        if self._count:
            unknown = rows[self._state[rows, EXACT] != self._count]
            for start in range(0, len(unknown), CHUNK):
                self._settle(unknown[start : start + CHUNK])
        return self._state[rows, LEAST], self._state[rows, WHICH].astype(np.intp)

    def known(self, rows: Ints) -> tuple[Floats, Ints]:
        """``(k,)`` distances to picks that are near, and which of `picked` those are.

        They are the nearest as far as is known without looking; their distances are exact.
        """
        which = self._state[rows, WHICH].astype(np.intp)
        return self.between(rows, self._rows[which]), which

    def _settle(self, rows: Ints) -> None:
        """Look for the nearest pick among those that could be it by the bound."""
        distances = self.distances(rows)
        near, which = np.nonzero(distances <= distances.min(axis=1, keepdims=True) + 2 * self.error)
        squared = self.between(rows[near], self._rows[which])
        order = np.lexsort((which, squared, near))
        first = order[np.flatnonzero(np.diff(near[order], prepend=-1))]
        count = np.full(len(rows), self._count)
        self._state[rows] = np.stack([squared[first], count, count, which[first]], axis=1)

    def distances(self, rows: Ints) -> Floats:
        """``(k, p)`` squared distances to each of the p picks, off by no more than ``error``."""
        if not (np.array_equal(self._last[0], rows) and self._last[1].shape[1] == self._count):
            products = self._products(self._of(rows, self._dtype), 0, self._count).astype(np.float64)
            products += self._norms[rows][:, None]
            products /= self._scale**2
            self._last = (rows.copy(), products)
        return self._last[1]

    def between(self, rows: Ints, others: Ints) -> Floats:
        """``(k,)`` squared distances from points to others, one to one, to full precision."""
        squared = np.empty(len(rows))
        for start in range(0, len(rows), CHUNK):
            part = slice(start, start + CHUNK)
            differences = self.points[rows[part]].astype(np.float64)
            differences -= self.points[others[part]]
            squared[part] = np.vecdot(differences, differences)
        return squared
