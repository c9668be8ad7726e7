"""One number for an image of a metric of its objects."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from tamis import Column, Context, Kind

Floats = npt.NDArray[np.float64]


def _mean(values: Floats, starts: npt.NDArray[np.int64]) -> Floats:
    sums: Floats = np.add.reduceat(values, starts)
    return sums / np.diff([*starts, len(values)])


#: Of values whose groups begin at some places, one for each group.
AGGREGATES: Mapping[str, Callable[[Floats, npt.NDArray[np.int64]], Any]] = {
    "min": np.minimum.reduceat,
    "mean": _mean,
    "max": np.maximum.reduceat,
}


def aggregated(key: str, task: str, how: str, context: Context) -> Column:
    """A row for each sample, with the reason where there is no number."""
    found, predictions = context.objects(key, task), context.predictions(task)
    numbers = np.array([np.nan if value is None else value for value in found.values], dtype=np.float64)
    there = np.isfinite(numbers)
    kept = np.concatenate([[0], there.cumsum()])[found.offsets]  # how many before the objects of each sample
    counts = np.diff(kept)
    has = counts > 0
    values = np.zeros(len(counts))
    if has.any():
        values[has] = AGGREGATES[how](numbers[there], kept[:-1][has])
    valid = has & found.known & predictions.valid
    objects = np.diff(found.offsets)
    reasons = {
        row: f"none of its {objects[row]} objects of task '{task}' has one"
        if objects[row]
        else f"it has no objects of task '{task}'"
        for row in np.flatnonzero(found.known & ~has).tolist()
    }
    return Column(
        f"{key} {how} of {task}", Kind.SCALAR, values, valid=valid, reasons={**reasons, **predictions.reasons}
    )
