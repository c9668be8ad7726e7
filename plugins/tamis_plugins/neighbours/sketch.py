"""Points in few dimensions, so that what is said of their distances costs a fraction of those."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from tamis import Memory
from tamis_plugins.neighbours.growing import Growing

Ints = npt.NDArray[np.intp]
Floats = npt.NDArray[np.float32]

#: Numbers for each point.
DIMENSIONS = 64
#: Points brought down at a time.
AT_A_TIME = 8192


class Sketch:
    """The coordinates along the directions in which some of the points vary most.

    Args:
        parts: All points, some at a time.
        some: A few of them.
        norms: ``(n,)`` the squared lengths of the points.
        memory: Where large arrays are.
    """

    def __init__(self, parts: Iterable[Floats], some: Floats, norms: npt.NDArray[np.float64], memory: Memory) -> None:
        directions = np.linalg.svd(some.astype(np.float64), full_matrices=False)[2][: DIMENSIONS - 1].T
        # With a last coordinate of 1, which takes half the squared length of a pick off a product.
        self._points = memory.empty((len(norms), directions.shape[1] + 1), np.float32)
        start = 0
        for part in parts:
            self._points[start : start + len(part), :-1] = part @ directions.astype(np.float32)
            self._points[start : start + len(part), -1] = 1
            start += len(part)
        self._norms = norms
        self._lengths = np.vecdot(self._points[:, :-1], self._points[:, :-1])
        self.clear()

    def clear(self) -> None:
        """Forget the picks."""
        self._growing = Growing(self._points[:0]), Growing(self._lengths[:0])
        self.pick(np.empty(0, dtype=np.intp))

    def pick(self, rows: Ints) -> None:
        """Add some of the points to the picks."""
        picked = self._points[rows]
        picked[:, -1] = -self._norms[rows] / 2
        self._picked = self._growing[0].append(picked)
        self._picked_lengths = self._growing[1].append(self._lengths[rows])

    def nearest(self, rows: Ints, first: int) -> Ints:
        """``(k,)`` for each of these points, which of the picks from ``first`` on seems to be the nearest."""
        guessed: Ints = (self._points[rows] @ self._picked[first:].T).argmax(axis=1)
        return guessed

    def lower(self, floors: Floats, first: int) -> None:
        """Bring ``(n,)`` lower bounds of squared distances to picks down to those from ``first`` on, for all points.

        The bounds are as of `at_least`.
        """
        for start in range(0, len(floors), AT_A_TIME):
            part = slice(start, start + AT_A_TIME)
            for picked, length in zip(self._picked[first:], self._picked_lengths[first:], strict=True):
                towards = -2 * picked
                towards[-1] = length
                bounds = self._points[part] @ towards
                bounds += self._lengths[part]
                np.minimum(floors[part], bounds, out=floors[part])

    def at_least(self, rows: Ints) -> Floats:
        """``(k, p)`` squared distances of these points to the picks in these coordinates.

        The real ones are no less, but for rounding, since the directions are at right angles to each other.
        """
        points, picked = self._points[rows, :-1], self._picked[:, :-1]
        products: Floats = np.vecdot(picked, points)[None] if len(points) == 1 else points @ picked.T
        products *= -2
        products += self._picked_lengths
        products += self._lengths[rows][:, None]
        return products
