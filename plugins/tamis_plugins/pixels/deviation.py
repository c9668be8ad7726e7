"""Population standard deviation, exact until the last step."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from tamis_plugins.pixels.products import in_rows
from tamis_plugins.pixels.strip import STRIP

_ONES = np.ones(256, np.float32)


def deviation(n: int, total: int, squares: int) -> float:
    """Of n integers with this sum and sum of squares. A difference of float squares would lose digits."""
    return math.sqrt(n * squares - total * total) / n


def deviation_of_bytes(values: npt.NDArray[np.uint8]) -> float:
    """Of the values of an array."""
    flat = values.reshape(-1)
    total = squares = 0
    for first in range(0, flat.size, STRIP):
        rows = in_rows(flat[first : first + STRIP])
        total += int((rows @ _ONES).sum(dtype=np.float64))
        squares += int(np.vecdot(rows, rows).sum(dtype=np.float64))
    return deviation(flat.size, total, squares)
