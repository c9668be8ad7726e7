"""Points in few dimensions, so that what is said of their distances costs a fraction of those."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from tamis import Memory
from tamis_plugins.neighbours.growing import Growing

Ints = npt.NDArray[np.intp]
Floats = npt.NDArray[np.float32]

#: Numbers for each point: at most and at least so many, and between the two this share of its dimensions.
MOST, LEAST, SHARE = 64, 16, 1 / 8
#: Points that the directions are chosen by.
SOME = 256
#: Points brought down at a time, and compared with all picks at a time.
AT_A_TIME, FEW = 8192, 256


class Sketch:
    """The coordinates along the directions in which some of the points vary most.

    Args:
        parts: All points, some at a time.
        some: A few of them.
        norms: ``(n,)`` the squared lengths of the points.
        rounded: How far squared lengths in these coordinates may be off.
        memory: Where large arrays are.
    """

    def __init__(
        self, parts: Iterable[Floats], some: Floats, norms: npt.NDArray[np.float64], rounded: float, memory: Memory
    ) -> None:
        count = max(LEAST, min(MOST, int(SHARE * some.shape[1])))
        directions = np.linalg.svd(some.astype(np.float64), full_matrices=False)[2][: count - 1].T
        # With a last coordinate of 1, which takes half the squared length of a pick off a product.
        self._points = memory.empty((len(norms), directions.shape[1] + 1), np.float32)
        start = 0
        for part in parts:
            self._points[start : start + len(part), :-1] = part @ directions.astype(np.float32)
            self._points[start : start + len(part), -1] = 1
            start += len(part)
        self._norms, self._rounded = norms, rounded
        self._lengths = np.vecdot(self._points[:, :-1], self._points[:, :-1])
        self.clear()

    def clear(self) -> None:
        """Forget the picks."""
        self._growing = Growing(self._points[:0]), Growing(self._lengths[:0]), Growing(self._norms[:0])
        self.pick(np.empty(0, dtype=np.intp))

    def pick(self, rows: Ints) -> None:
        """Add some of the points to the picks."""
        picked = self._points[rows]
        picked[:, -1] = -self._norms[rows] / 2
        self._picked = self._growing[0].append(picked)
        self._picked_lengths = self._growing[1].append(self._lengths[rows])
        self._rests = self._growing[2].append(self._rest(self._norms[rows], self._lengths[rows]))

    def nearest(self, rows: Ints, first: int) -> tuple[Ints, npt.NDArray[np.float64]]:
        """For each of these points, which of the picks from ``first`` on seems to be the nearest.

        Returns:
            ``(k,)`` the picks, counted from ``first``, and ``(k,)`` what the squared distances to them are no more
            than, but for rounding: whatever the coordinates don't tell of the two may be opposite to each other.
        """
        which, most = np.empty(len(rows), dtype=np.intp), self._norms[rows]
        for start in range(0, len(rows), FEW):
            part = slice(start, start + FEW)
            products = self._points[rows[part]] @ self._picked[first:].T
            which[part] = found = products.argmax(axis=1)
            most[part] -= 2 * products[np.arange(len(found)), found]
        most += 2 * self._rest(self._norms[rows], self._lengths[rows]) * self._rests[first:][which]
        return which, most

    def _rest(self, norms: npt.NDArray[np.float64], lengths: Floats) -> npt.NDArray[np.float64]:
        """The lengths of what the coordinates don't tell, at most."""
        rest: npt.NDArray[np.float64] = np.sqrt(np.maximum(norms - lengths, 0.0) + self._rounded)
        return rest

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
        products: Floats = (picked @ points[0])[None] if len(points) == 1 else points @ picked.T
        products *= -2
        products += self._picked_lengths
        products += self._lengths[rows][:, None]
        return products
