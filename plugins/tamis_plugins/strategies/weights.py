"""Prefers samples with a high value; with a negative ``strength``, samples with a low one.

The objective of a selection S is the sum of its values, ``sum(w[i] for i in S)``: alone, WEIGHTS picks in
descending order. Multiplying all values by a constant changes nothing; adding one does. If any candidate's value
is negative, the smallest is subtracted from all of them, and the result says so.

``stopping_condition_max_sum`` ends the selection as soon as the sum of the values reaches it; the sample that
reaches it is included. ``target_range`` asks for a sum between ``min_sum`` and ``max_sum``: samples that would push
it above the upper end are not picked, and a sum that stays below the lower end is reported.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from tamis import Column, Kind, Params, Strategy, errors, hookimpl
from tamis_plugins.objectives.weight_sum import WeightSum


class Weights(WeightSum):
    """The sum of the picked samples' values, none of them negative."""

    refusal = "target_range.max_sum: each would push the sum above it"

    def __init__(self, column: Column, params: Params) -> None:
        self._values = np.asarray(column.values, dtype=np.float64)
        least = float(self._values.min(initial=0.0))
        with np.errstate(over="ignore"):
            weights, total = self._values - least, float(np.abs(self._values).sum())
            if not np.isfinite(total + weights.sum()):
                largest = float(np.abs(self._values).max())
                raise errors.RunError(
                    f"values of '{column.name}' are as large as {largest:g}, "
                    "which float64 can't sum up: scale them down"
                )
        super().__init__(weights)
        if least < 0:
            self.notes = (f"{column.name} has negative values: its smallest, {least:g}, was subtracted from all",)
        self._range = params.get("target_range", {})
        self._stop = params.get("stopping_condition_max_sum")
        self._value_sum = 0.0
        # A sum of values of which some are negative may come down again.
        self.final = least >= 0

    def add(self, row: int) -> None:
        """Add a row to the sums."""
        super().add(row)
        self._value_sum += float(self._values[row])

    def allowed(self, rows: npt.NDArray[np.intp]) -> npt.NDArray[np.bool_] | None:
        """Those that keep the sum within the range."""
        if "max_sum" not in self._range:
            return None
        fits: npt.NDArray[np.bool_] = self._value_sum + self._values[rows] <= self._range["max_sum"]
        return fits

    def finished(self) -> str | None:
        """Once the sum has reached its limit."""
        if self._stop is not None and self._value_sum >= self._stop:
            return f"stopping_condition_max_sum: the sum has reached {self._value_sum:g}"
        return None

    def shortfall(self) -> str | None:
        """If the sum stayed below the range."""
        if self._value_sum < self._range.get("min_sum", -np.inf):
            return f"target_range.min_sum: the sum is {self._value_sum:g}, below {self._range['min_sum']:g}"
        return None


def check(params: Params) -> None:
    """The range must not be empty."""
    bounds = params.get("target_range", {})
    if bounds.get("min_sum", 0) > bounds.get("max_sum", np.inf):
        raise errors.ParameterError("target_range", "min_sum is above max_sum")


def stops(params: Params) -> bool:
    """With a sum that ends it, or one that must not be exceeded."""
    return "stopping_condition_max_sum" in params or "max_sum" in params.get("target_range", {})


@hookimpl
def tamis_strategies() -> list[Strategy]:
    """Declare WEIGHTS."""
    total = {"type": "number", "minimum": 0}
    schema = {
        "properties": {
            "stopping_condition_max_sum": {**total, "description": "Ends the selection once the sum reaches it."},
            "target_range": {
                "type": "object",
                "properties": {"min_sum": total, "max_sum": total},
                "additionalProperties": False,
                "description": "Where the sum should end up.",
            },
        }
    }
    return [
        Strategy(
            "WEIGHTS",
            accepts={Kind.SCALAR},
            objective=Weights,
            schema=schema,
            check=check,
            stops=stops,
            doc=__doc__ or "",
        )
    ]
