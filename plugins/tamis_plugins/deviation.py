"""Population standard deviation, exact until the last step."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

#: Values worked on at a time, so that the intermediate array stays in the processor's cache.
_STRIP = 1 << 17


def deviation(n: int, total: int, squares: int) -> float:
    """Of n integers with this sum and sum of squares. A difference of float squares would lose digits."""
    return math.sqrt(n * squares - total * total) / n


def deviation_of_bytes(values: npt.NDArray[np.uint8]) -> float:
    """Of the values of an array, by the fastest exact arithmetic there is.

    That is float32 products of short rows: a sum of 256 squares of bytes is below ``2**24``, which float32 holds
    exactly whatever the order of summation.
    """
    flat = values.reshape(-1)
    strip = np.empty(min(_STRIP, -(-flat.size // 256) * 256), np.float32)
    rows, ones = strip.reshape(-1, 256), np.ones(256, np.float32)
    total = squares = 0
    for start in range(0, flat.size, strip.size):
        part = flat[start : start + strip.size]
        strip[: part.size] = part
        strip[part.size :] = 0
        total += int((rows @ ones).sum(dtype=np.float64))
        squares += int(np.vecdot(rows, rows).sum(dtype=np.float64))
    return deviation(flat.size, total, squares)
