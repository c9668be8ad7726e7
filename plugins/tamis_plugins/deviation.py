"""Population standard deviation, exact until the last step."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

#: Rows of 256 values worked on at a time, so that the intermediate array stays in the processor's cache.
_STRIP = 640
_ONES = np.ones(256, np.float32)


def deviation(n: int, total: int, squares: int) -> float:
    """Of n integers with this sum and sum of squares. A difference of float squares would lose digits."""
    return math.sqrt(n * squares - total * total) / n


def deviation_of_bytes(values: npt.NDArray[np.uint8]) -> float:
    """Of the values of an array, by the fastest exact arithmetic there is.

    That is float32 products of short rows: a sum of 256 squares of bytes is below ``2**24``, which float32 holds
    exactly whatever the order of summation.
    """
    flat = values.reshape(-1)
    sums = np.empty((2, -(-flat.size // 256)), np.float32)
    for first in range(0, sums.shape[1], _STRIP):
        part = flat[256 * first : 256 * (first + _STRIP)]
        total, squares = sums[:, first : first + _STRIP]
        rows = np.empty((total.size, 256), np.float32)
        padded = rows.reshape(-1)
        padded[: part.size] = part
        padded[part.size :] = 0
        np.matmul(rows, _ONES, out=total)
        np.vecdot(rows, rows, out=squares)
    return deviation(flat.size, *map(int, sums.sum(axis=1, dtype=np.float64)))
