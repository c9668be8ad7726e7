"""Which vectors are kept, and which of those the others are near to, by Euclidean distance."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from tamis import Report
from tamis_plugins.neighbours.growing import Growing
from tamis_plugins.neighbours.search import Space

Ints = npt.NDArray[np.intp]
Floats = npt.NDArray[np.float32]

#: Vectors that are settled at a time, and kept ones that they are compared with at a time.
BLOCK, KEPT = 1024, 8192


def first_near(
    points: npt.NDArray[Any], order: Ints, distance: float, report: Report = lambda done, total: None
) -> Ints:
    """``(k,)`` for each row of the order, the first kept one within a distance of it; itself if it is kept.

    The first row is kept, and any that isn't within the distance of a row kept before it. Each is compared with those
    kept before it, by products of float32; where those can't tell, distances are of float64, from the differences of
    coordinates.

    Memory is that of the kept vectors in float32, and 64 MB.

    Args:
        points: ``(n, d)`` finite numbers.
        order: ``(k,)`` rows of it, the preferred first.
        distance: The largest that counts as near, from 0.
        report: Told how many have been settled.

    Raises:
        RunError: distances are too large or too small to be squared.
    """
    owners = np.array(order, dtype=np.intp)
    if not len(order):
        return owners
    space = Space.of(points, points)
    search = _Search(points, order, space, distance)
    for start in range(0, len(order), BLOCK):
        report(start, len(order))
        search.settle(np.arange(start, min(start + BLOCK, len(order))), owners)
    report(len(order), len(order))
    return owners


class _Search:
    """The vectors kept so far, each with half its squared length, which products with a last 1 take off."""

    def __init__(self, points: npt.NDArray[Any], order: Ints, space: Space, distance: float) -> None:
        self._points, self._order, self._space, self._distance = points, order, space, distance
        reach = min(distance * space.scale, 4 * space.radius)  # no two are as far from each other
        self._squared = reach**2 + 2 * space.error(np.float32)
        empty = np.empty((0, points.shape[1] + 1), dtype=np.float32)
        self._growing, self._rows = Growing(empty), Growing(np.empty(0, dtype=np.intp))
        self._kept, self._owners = empty, np.empty(0, dtype=np.intp)

    def settle(self, places: Ints, owners: Ints) -> None:
        """Write the owners of some places in the order."""
        block = self._space.scaled(self._points[self._order[places]], np.float32)
        half = np.vecdot(block, block) / 2
        asked = np.concatenate([block, np.ones((len(block), 1), dtype=np.float32)], axis=1)
        least = half - np.float32(self._squared / 2)  # of a product, where the distance may be near enough
        there = np.concatenate([block, -half[:, None]], axis=1)
        left = np.arange(len(places))
        for start in range(0, len(self._kept), KEPT):
            part = slice(start, start + KEPT)
            products = asked[left] @ self._kept[part].T
            found = self._first(places[left], products, least[left], self._owners[part])
            owners[places[left[found >= 0]]] = found[found >= 0]
            left = left[found < 0]
        kept = self._among(places, left, asked[left] @ there[left].T, least[left], owners)
        self._kept = self._growing.append(there[kept])
        self._owners = self._rows.append(self._order[places[kept]])

    def _first(self, places: Ints, products: Floats, least: Floats, kept: Ints) -> Ints:
        """For each of the places, the first of the kept rows that is near; -1 if there is none."""
        found = np.full(len(places), -1, dtype=np.intp)
        maybe = np.flatnonzero(products.max(axis=1) >= least)
        near = products[maybe] >= least[maybe, None]
        while len(maybe):
            which = near.argmax(axis=1)
            sure = self._are_near(self._order[places[maybe]], kept[which])
            found[maybe[sure]] = kept[which[sure]]
            near[np.arange(len(maybe)), which] = False
            still = ~sure & near.any(axis=1)
            maybe, near = maybe[still], near[still]
        return found

    def _among(self, places: Ints, left: Ints, products: Floats, least: Floats, owners: Ints) -> Ints:
        """Settle what is near no vector kept before this block; return what is kept of it."""
        maybe = np.triu(products >= least[:, None], 1)
        is_kept = np.ones(len(left), dtype=bool)
        for number in np.flatnonzero(maybe.any(axis=1)).tolist():
            if is_kept[number]:
                others = np.flatnonzero(maybe[number] & is_kept)
                row = self._order[places[left[number]]]
                near = others[self._are_near(self._order[places[left[others]]], np.full(len(others), row))]
                owners[places[left[near]]] = row
                is_kept[near] = False
        return left[is_kept]

    def _are_near(self, rows: Ints, others: Ints) -> npt.NDArray[np.bool_]:
        """Whether pairs of rows are within the distance."""
        differences = self._points[rows].astype(np.float64)
        differences -= self._points[others]
        near: npt.NDArray[np.bool_] = np.sqrt(np.vecdot(differences, differences)) <= self._distance
        return near
