"""Sets of points that are all apart, as independent sets of the graph that joins points which are close."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from tamis_plugins.neighbours.nearest import Nearest

Ints = npt.NDArray[np.intp]

#: Points looked at at a time.
BLOCK = 512


def independent(
    space: Nearest, order: Ints, count: int, distance: float, given: Ints, pause: Callable[[], None]
) -> Ints:
    """Up to ``count`` points, each the next in order that is no closer than ``distance`` to any before it.

    Distances are as exact as float64 sums of squared differences are.

    Args:
        space: All points; its picks are lost.
        order: Which points, the first ones first.
        count: How many at the most.
        distance: How far apart.
        given: Points that these are to be apart from, too; nothing is asked of the distances between them.
        pause: Called often.
    """
    if distance <= 0:
        return order[:count]
    space.clear()
    space.pick(given)
    found, left = [order[:0]], count
    for start in range(0, len(order), BLOCK):
        pause()
        rows = order[start : start + BLOCK]
        if len(space.picked):
            rows = rows[_are_apart(space, rows, distance)]
        taken = rows[_greedy(_are_close(space, rows, distance), left)]
        space.pick(taken)
        found.append(taken)
        left -= len(taken)
        if not left:
            break
    return np.concatenate(found)


def separation(space: Nearest, rows: Ints, given: Ints) -> float:
    """The least distance from one of the points to another, or to one of those given; infinite if there is none."""
    least, others = np.inf, np.concatenate([given, rows])
    for start in range(0, len(rows), BLOCK):
        part = rows[start : start + BLOCK]
        before = others[: len(given) + start + len(part)]
        squared = space.approximate(part, before)
        squared[np.arange(len(part))[:, None] + len(given) + start <= np.arange(len(before))] = np.inf
        if not squared.size or np.isinf(squared.min()):
            continue
        nearest = np.unravel_index([int(squared.argmin())], squared.shape)
        least = min(least, float(space.between(part[nearest[0]], before[nearest[1]])[0]))
        if not least:
            break
        close = np.nonzero(squared - space.error < least)
        least = min(least, float(space.between(part[close[0]], before[close[1]]).min(initial=least)))
    return float(np.sqrt(least))


def _are_apart(space: Nearest, rows: Ints, distance: float) -> npt.NDArray[np.bool_]:
    """Which of the points are no closer than that to a pick."""
    limit = distance**2
    least = space.squared(rows, limit - space.error)
    apart: npt.NDArray[np.bool_] = least >= limit + space.error
    unclear = np.flatnonzero(~apart & (least >= limit - space.error))
    apart[unclear] = np.sqrt(space.exact(rows[unclear])[0]) >= distance
    return apart


def _are_close(space: Nearest, rows: Ints, distance: float) -> npt.NDArray[np.bool_]:
    """``(k, k)`` which of the points are closer than that to each other."""
    squared, limit = space.approximate(rows, rows), distance**2
    close: npt.NDArray[np.bool_] = squared < limit - space.error
    unclear = np.nonzero(~close & (squared < limit + space.error))
    close[unclear] = np.sqrt(space.between(rows[unclear[0]], rows[unclear[1]])) < distance
    return close


def _greedy(close: npt.NDArray[np.bool_], count: int) -> Ints:
    """Positions, ascending, of which none is close to one before it."""
    free, taken = np.ones(len(close), dtype=bool), list[int]()
    position = 0
    while len(taken) < count and position < len(free):
        if free[position]:
            taken.append(position)
            free &= ~close[position]
        position += 1
    return np.array(taken, dtype=np.intp)
