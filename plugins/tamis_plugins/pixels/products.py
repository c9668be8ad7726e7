"""Sums of products of bytes, exact, by the fastest exact arithmetic there is.

That is float32 products of short rows: a sum of 256 products of two bytes is below ``2**24``, which float32 holds
exactly whatever the order of summation.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from tamis_plugins.pixels.strip import STRIP

Bytes = npt.NDArray[np.uint8]


def sum_of_products(one: Bytes, other: Bytes) -> int:
    """Of two flat arrays of one size."""
    total = 0
    for first in range(0, one.size, STRIP):
        strip = slice(first, first + STRIP)
        total += int(np.vecdot(in_rows(one[strip]), in_rows(other[strip])).sum(dtype=np.float64))
    return total


def in_rows(strip: Bytes) -> npt.NDArray[np.float32]:
    """``(k, 256)`` of a flat strip, filled up with zeros."""
    rows = np.empty((-(-strip.size // 256), 256), np.float32)
    padded = rows.reshape(-1)
    padded[: strip.size] = strip
    padded[strip.size :] = 0
    return rows
