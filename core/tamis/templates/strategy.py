"""Prefers samples whose values lie far apart: the objective is 1 plus the range of the selected values."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from tamis import Column, Kind, Objective, Params, Strategy, hookimpl


class Spread(Objective):
    """The state of one selection: what the values of the picked span."""

    def __init__(self, column: Column, params: Params) -> None:
        self._values = column.values.astype(np.float64)
        self._low, self._high = np.inf, -np.inf

    def values(self, rows: npt.NDArray[np.intp]) -> npt.NDArray[np.float64]:
        """The objective of the whole selection if a row were added, for each of the rows."""
        added = self._values[rows]
        spans: npt.NDArray[np.float64] = np.maximum(self._high, added) - np.minimum(self._low, added)
        return 1 + spans

    def add(self, row: int) -> None:
        """Pick a row."""
        self._low = min(self._low, float(self._values[row]))
        self._high = max(self._high, float(self._values[row]))


@hookimpl
def tamis_strategies() -> list[Strategy]:
    """Declare the strategy."""
    return [Strategy("TEMPLATE_KEY", accepts={Kind.SCALAR}, objective=Spread, doc=__doc__ or "")]
