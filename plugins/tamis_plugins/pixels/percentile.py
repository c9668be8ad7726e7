"""Percentiles of 8-bit values from how often each occurs."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt


def percentile(counts: npt.NDArray[np.int64], percent: int) -> int:
    """The smallest value that at least so many per cent of the pixels don't exceed."""
    up_to = counts.cumsum()
    return int(np.searchsorted(100 * up_to, percent * int(up_to[-1])))
