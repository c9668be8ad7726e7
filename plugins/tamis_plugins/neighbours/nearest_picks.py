"""What is known of the nearest pick of each of some points."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from tamis import Memory

Ints = npt.NDArray[np.intp]
Floats = npt.NDArray[np.float64]


class NearestPicks:
    """A row of 16 bytes for each point, so that what is known of it is read and written at once.

    Args:
        rows: ``(k, 2)`` float64, which the attributes are parts of.

    Attributes:
        least: ``(k,)`` the squared distance to the nearest of the picks that have been seen.
        seen: ``(k,)`` how many of the picks those are, from the first on.
    """

    def __init__(self, rows: Floats) -> None:
        self._rows = rows
        numbers = rows.view(np.int32)
        self.least, self.seen = rows[:, 0], numbers[:, 2]
        #: Which pick that is; the complement where the distance is not exact.
        self._which = numbers[:, 3]

    @classmethod
    def unknown(cls, count: int, memory: Memory) -> NearestPicks:
        """Of so many points that have seen no pick."""
        picks = cls(memory.empty((count, 2), np.float64))
        picks.clear()
        return picks

    def clear(self) -> None:
        """Have no pick seen."""
        self.least[:], self.seen[:], self._which[:] = np.inf, 0, ~0

    def take(self, places: Ints) -> NearestPicks:
        """A copy of some."""
        return NearestPicks(self._rows.take(places, axis=0))  # faster than indexing

    def put(self, places: Any, picks: NearestPicks) -> None:
        """Replace some."""
        self._rows[places] = picks._rows

    @property
    def which(self) -> Ints:
        """``(k,)`` the nearest pick, by position; 0 while there is none."""
        return (self._which ^ (self._which >> 31)).astype(np.intp)

    @property
    def exact(self) -> npt.NDArray[np.bool_]:
        """``(k,)`` whether the distance is of full precision, and that of the very nearest pick that has been seen."""
        exact: npt.NDArray[np.bool_] = self._which >= 0
        return exact

    def set(self, places: Any, least: Floats, which: Ints, *, exact: bool) -> None:
        """What the nearest pick of some points is, and how far off."""
        self.least[places], self._which[places] = least, which if exact else ~which

    def doubt(self, places: npt.NDArray[np.bool_]) -> None:
        """Take some distances, of all points, not to be exact any more."""
        self._which[places & self.exact] ^= -1
