"""The first of many, without sorting the rest."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt


def least(values: npt.NDArray[np.number], count: int) -> npt.NDArray[np.intp]:
    """Where the least of some numbers are, so many at the most: the least first, and of equal ones the first."""
    if count >= len(values):
        return np.argsort(values, kind="stable")
    among = np.flatnonzero(values <= np.partition(values, count)[count])
    return among[np.argsort(values[among], kind="stable")[:count]]
