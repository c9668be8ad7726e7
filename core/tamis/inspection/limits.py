"""Robust limits: so far from the median that few values of a bell curve would be beyond."""

from __future__ import annotations

import numpy as np

from tamis.data.column import Column
from tamis.declarations.issue import Issue

#: The standard deviation of a normal distribution, in median absolute deviations.
SIGMA = 1.4826


def robust(issue: Issue, column: Column, deviations: float) -> Issue | None:
    """The issue with a limit so many robust standard deviations from the median of a column, on the issue's side.

    A robust standard deviation is 1.4826 times the median absolute deviation from the median. None if that is 0, as
    where more than half of all values are equal, or there are none; and where the number is none that varies about a
    median: a whole one, such as yes or no, or that of an input, such as a place among duplicates.
    """
    if issue.input is not None or column.values.dtype.kind != "f":
        return None
    values = column.values[column.valid].astype(np.float64)
    if not len(values):
        return None
    median = float(np.median(values))
    spread = SIGMA * float(np.median(np.abs(values - median)))
    if not 0 < spread < np.inf:
        return None
    return issue.with_limit(median + deviations * spread * (1 if issue.side == "above" else -1))
