"""Samples that are equal, by sorting."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.intp]


def first_equal(columns: Sequence[npt.NDArray[np.int64]]) -> Ints:
    """``(n,)`` for each row, the first one that is equal to it in every column; itself if it is the first.

    Args:
        columns: Each ``(n,)`` int64.
    """
    order = np.lexsort(columns)  # stable: of equal rows the first comes first
    begins = np.ones(len(order), dtype=bool)
    begins[1:] = np.logical_or.reduce([column[order[1:]] != column[order[:-1]] for column in columns])
    owners = np.empty(len(order), dtype=np.intp)
    owners[order] = order[begins][np.cumsum(begins) - 1]
    return owners
