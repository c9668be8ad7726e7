"""The objective of strategies that prefer samples by a number which doesn't change as samples are picked."""

from __future__ import annotations

import copy

import numpy as np
import numpy.typing as npt

from tamis import Gains, Objective

#: Rows looked at to tell whether weights repeat.
SAMPLE = 4096


class WeightSum(Gains):
    """The sum of the picked samples' weights.

    Args:
        weights: ``(n,)`` finite and not negative.
        name: What a weight is called.
        shown: What the summary gives the mean of: its name, if it needs one, and ``(n,)`` numbers; by default
            the weights.
    """

    constant = True
    #: The share that was found of the neighbours that the weights come of, where not all had to be.
    _recall: float | None = None

    def __init__(
        self, weights: npt.NDArray[np.float64], name: str, shown: tuple[str, npt.NDArray[np.float64]] | None = None
    ) -> None:
        self.quantity = f"sum of {name}"
        self._weights = weights
        self._shown, self._numbers = shown or (name, weights)
        self._sum = self._shown_sum = 0.0
        self._count = 0

    def base(self) -> float:
        """The sum so far."""
        return self._sum

    def gains(self, rows: npt.NDArray[np.intp]) -> npt.NDArray[np.float64]:
        """The weight of each of the rows."""
        return self._weights[rows]

    def add(self, row: int) -> None:
        """Add a row to the sum."""
        self._sum += float(self._weights[row])
        self._shown_sum += float(self._numbers[row])
        self._count += 1

    def summary(self) -> str | None:
        """The mean over the selection, beside that over all."""
        if not self._count:
            return None
        mean, of_all = self._shown_sum / self._count, float(self._numbers.mean())
        return " ".join(
            ["mean", *self._shown.split(), f"{mean:.4g} in the selection, {of_all:.4g} among all candidates"]
        )

    def reached(self, rows: npt.NDArray[np.intp], picks: npt.NDArray[np.intp]) -> dict[str, float]:
        """What share of neighbours was found, if it was measured."""
        return {} if self._recall is None else {"recall": self._recall}

    def part(self, rows: npt.NDArray[np.intp]) -> Objective:
        """The same weights."""
        part = copy.copy(self)
        part._weights, part._numbers = self._weights[rows], self._numbers[rows]
        return part

    def groups(self) -> npt.NDArray[np.intp] | None:
        """By weight, where few differ."""
        if len(np.unique(self._weights[:SAMPLE])) > SAMPLE / 2:
            return None
        return np.searchsorted(np.unique(self._weights), self._weights)
