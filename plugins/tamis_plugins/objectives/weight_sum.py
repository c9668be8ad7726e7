"""The objective of strategies that prefer samples by a number which doesn't change as samples are picked."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from tamis import Gains

#: Rows looked at to tell whether weights repeat.
SAMPLE = 4096


class WeightSum(Gains):
    """The sum of the picked samples' weights.

    Args:
        weights: ``(n,)`` finite and not negative.
    """

    constant = True

    def __init__(self, weights: npt.NDArray[np.float64]) -> None:
        self._weights = weights
        self._sum = 0.0

    def base(self) -> float:
        """The sum so far."""
        return self._sum

    def gains(self, rows: npt.NDArray[np.intp]) -> npt.NDArray[np.float64]:
        """The weight of each of the rows."""
        return self._weights[rows]

    def add(self, row: int) -> None:
        """Add a row to the sum."""
        self._sum += float(self._weights[row])

    def groups(self) -> npt.NDArray[np.intp] | None:
        """By weight, where few differ."""
        if len(np.unique(self._weights[:SAMPLE])) > SAMPLE / 2:
            return None
        return np.searchsorted(np.unique(self._weights), self._weights)
