"""Prefers samples with a high value; with a negative ``strength``, samples with a low one.

The objective of a selection S is the sum of its values, ``sum(w[i] for i in S)``: alone, WEIGHTS picks in
descending order. Multiplying all values by a constant changes nothing; adding one does. If any candidate's value
is negative, the smallest is subtracted from all of them, and the result says so.

``stopping_condition_max_sum`` ends the selection as soon as the sum of the values reaches it; the sample that
reaches it is included. ``target_range`` asks for a sum between ``min_sum`` and ``max_sum``: samples that would raise
it above the upper end are rejected, and a note says so if it stays below the lower end.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from tamis import Column, Kind, Objective, Params, Strategy, errors, hookimpl
from tamis_plugins.objectives.weight_sum import WeightSum

#: What a summary calls the ends of the range.
BOUNDS = {"at least": "min_sum", "at most": "max_sum"}


class Weights(WeightSum):
    """The sum of the picked samples' values, none of them negative."""

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
        self._is_shifted = least < 0
        name = f"{column.name} above {least:g}" if self._is_shifted else column.name
        super().__init__(weights, name, shown=("", self._values))
        if self._is_shifted:
            self.notes = (f"{column.name} has negative values: its smallest, {least:g}, was subtracted from all",)
        self._range = params.get("target_range", {})
        self._stop = params.get("stopping_condition_max_sum")
        if "max_sum" in self._range:
            self.refusal = f"it would raise the sum above {self._range['max_sum']:g} (target_range.max_sum)"
        # A sum of values of which some are negative may come down again.
        self.final = not self._is_shifted

    def part(self, rows: npt.NDArray[np.intp]) -> Objective:
        """The same values."""
        part = super().part(rows)
        assert isinstance(part, Weights)  # noqa: S101 (a copy)
        part._values = self._values[rows]
        return part

    def record(self) -> dict[str, npt.NDArray[np.float64]]:
        """The weights, where they aren't the values themselves."""
        return {"weight": self._weights} if self._is_shifted else {}

    def allowed(self, rows: npt.NDArray[np.intp]) -> npt.NDArray[np.bool_] | None:
        """Those that keep the sum within the range."""
        if "max_sum" not in self._range:
            return None
        fits: npt.NDArray[np.bool_] = self._shown_sum + self._values[rows] <= self._range["max_sum"]
        return fits

    def finished(self) -> str | None:
        """Once the sum has reached its limit."""
        if self._stop is not None and self._shown_sum >= self._stop:
            return f"stopping_condition_max_sum: the sum has reached {self._shown_sum:g}"
        return None

    def shortfall(self) -> str | None:
        """If the sum stayed below the range."""
        if self._shown_sum < self._range.get("min_sum", -np.inf):
            return f"target_range.min_sum: the sum is {self._shown_sum:g}, below {self._range['min_sum']:g}"
        return None

    def summary(self) -> str | None:
        """The mean, and the sum beside what was asked of it."""
        asked = [f"{name} {self._range[key]:g}" for name, key in BOUNDS.items() if key in self._range]
        if self._stop is not None:
            asked.append(f"stop at {self._stop:g}")
        if not asked:
            return super().summary()
        return "; ".join(filter(None, [super().summary(), f"sum {self._shown_sum:.4g} ({', '.join(asked)})"]))


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
            additive=True,
            doc=__doc__ or "",
        )
    ]
