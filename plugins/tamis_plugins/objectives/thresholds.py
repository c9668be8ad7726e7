"""The trade-off between a sum and a separation, by the best sum at each of several thresholds of separation.

With a threshold ``t``, samples are taken by utility, the largest first, but for those closer than ``t`` to one taken
before. Let a selection of as many samples have the separation ``d``. If ``t`` is at most ``d / 2``, no taken sample
keeps out two of that selection, or those two would be closer than ``d``; so as many are found, and their utility is no
less. If ``d / 2`` is between two thresholds, the selection is thus worth no more than the utility found with the lower
and twice the higher. Thresholds are put where that is the most, until it is no more than twice what has been found.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import attrs
import numpy as np
import numpy.typing as npt

Rows = npt.NDArray[np.intp]

#: A further threshold must promise to add so much, as a share of the best that is known.
STEP = 0.05
#: Thresholds below this share of the largest distance are not looked for.
LEAST = 1e-9


@attrs.frozen(eq=False)
class Found:
    """What a threshold gives; the same as every threshold from it to its separation.

    Attributes:
        threshold: The least distance that was asked for.
        rows: Which.
        utility: Their sum.
        separation: The least distance that there is; no less than was asked for.
    """

    threshold: float
    rows: Rows
    utility: float
    separation: float


@attrs.frozen(eq=False)
class TradeOff:
    """The best that was found.

    Attributes:
        rows: Which.
        per_utility: What a unit of utility counts.
        per_distance: What a unit of separation counts.
        share: The least share of the best possible that this is certain to be.
    """

    rows: Rows
    per_utility: float
    per_distance: float
    share: float


def trade_off(find: Callable[[float], Found], count: int, strength: float, reach: float) -> TradeOff:
    """So many rows for which the utility and ``strength`` times the separation are large together.

    Each counts as a share: of the utility that the best rows have, and of the largest separation that is found.

    Args:
        find: The best rows with a threshold; fewer than ``count`` if there are no more.
        count: How many rows.
        strength: What the separation counts.
        reach: No two rows are farther apart than twice this.
    """
    found = [find(0.0)]
    top = _frontier(find, count, reach, found)
    best = max(each.separation for each in found)
    per_utility = 1 / (found[0].utility or 1.0)
    per_distance = strength / (best or 1.0)
    while True:
        found.sort(key=lambda each: each.threshold)
        worth = [per_utility * each.utility + per_distance * each.separation for each in found]
        most = max(worth)
        below = [each for each in found if each.threshold < top] or found[:1]
        ends = [each.threshold for each in below[1:]] + [top]
        bounds = [per_utility * each.utility + 2 * per_distance * end for each, end in zip(below, ends, strict=True)]
        open_ = [
            (bound, (each.separation + end) / 2)
            for bound, each, end in zip(bounds, below, ends, strict=True)
            if bound > most
            and each.separation < (each.separation + end) / 2 < end
            and (per_distance * (end - each.separation) > STEP * most or bound > 2 * most)
        ]
        if not open_:
            rows = found[worth.index(most)].rows
            return TradeOff(rows, per_utility, per_distance, min(1.0, most / max(bounds)) if most > 0 else 1.0)
        _, middle = max(open_)
        if len((each := find(middle)).rows) < count:
            top = middle
        else:
            found.append(each)


def _frontier(find: Callable[[float], Found], count: int, top: float, found: list[Found]) -> float:
    """A threshold that gives too few rows, little above one that gives enough, which is added to those found."""
    least = LEAST * top
    top *= 1 + 1e-12
    while top > max((1 + STEP) * (low := found[-1].separation), least):
        middle = math.sqrt(low * top) if low > top / 16 else top / 4
        if len((each := find(middle)).rows) < count:
            top = middle
        else:
            found.append(each)
    return top
