"""Tiers: candidates whose bounds are the largest, and what bounds all others.

To choose some from all candidates takes time in proportion to their number. So a tier of many is chosen from all, and
then a block of few from the tier, again and again, while something in it may be better than what is outside.
"""

from __future__ import annotations

import attrs
import numpy as np
import numpy.typing as npt

from tamis.declarations.objective import Floats, Rows

Positions = npt.NDArray[np.intp]

#: The least numbers compared at a time.
AT_A_TIME = 1 << 14
#: As the lowest row outside, where nothing is.
NOWHERE = np.iinfo(np.intp).max


@attrs.frozen(eq=False)
class Tier:
    """Some candidates, and what is known of all others.

    Attributes:
        positions: ``(k,)`` which of the candidates, ascending.
        outside: For each cell, the largest bound of the candidates outside; minus infinity where there is none.
        lowest: The lowest row outside that could attain the largest of all; `NOWHERE` if nothing is outside.
    """

    positions: Positions
    outside: Floats
    lowest: int

    @property
    def is_all(self) -> bool:
        """Whether nothing is outside."""
        return self.lowest == NOWHERE

    def keeping(self, positions: Positions) -> Tier:
        """Without candidates that are picked, or whose bounds are below that of their cell outside."""
        return Tier(positions, self.outside, self.lowest)

    def part(self, inside: npt.NDArray[np.bool_], bounds: Floats, rows: Rows, cells: Positions, *, alone: bool) -> Tier:
        """Some of it, with the others outside.

        Args:
            inside: ``(k,)`` which.
            bounds: ``(k,)`` their bounds.
            rows: ``(n,)`` the rows of all candidates, ascending.
            cells: ``(n,)`` the cells of all candidates.
            alone: Whether bounds are compared with nothing but each other.
        """
        left = ~inside
        outside = self.outside.copy()
        if len(outside) == 1:
            for part in _parts(bounds):  # so that there is no copy of all
                outside[0] = bounds[part][left[part]].max(initial=outside[0])
        else:
            np.maximum.at(outside, cells[self.positions[left]], bounds[left])
        attaining = left & (bounds == outside[0]) if alone else left
        lowest = int(rows[self.positions[attaining.argmax()]]) if attaining.any() else NOWHERE
        if not alone or self.outside[0] == outside[0]:
            lowest = min(lowest, self.lowest)
        return Tier(self.positions[inside], outside, lowest)


def largest(numbers: Floats, count: int) -> npt.NDArray[np.bool_]:
    """``(k,)`` which are the largest, so many of them; of equal ones the first.

    Some are compared at a time, so that the numbers are never copied.
    """
    if count >= len(numbers):
        return np.ones(len(numbers), dtype=bool)
    parts = _parts(numbers, count)
    found, least = numbers[:0], -np.inf
    for part in parts:
        found = np.concatenate([found, numbers[part][numbers[part] > least]])
        if len(found) >= count:
            found = np.partition(found, -count)[-count:]
            least = found[0]
    chosen: npt.NDArray[np.bool_] = numbers > least
    left = count - np.count_nonzero(chosen)
    for part in parts:
        equal = (numbers[part] == least).nonzero()[0][:left]
        chosen[part][equal] = True
        left -= len(equal)
    return chosen


def _parts(numbers: Floats, count: int = 0) -> list[slice]:
    """So large that looking for so many numbers costs little beside looking through them."""
    size = max(AT_A_TIME, 2 * count)
    return [slice(start, start + size) for start in range(0, len(numbers), size)]
