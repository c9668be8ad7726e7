"""Percentiles of 8-bit values from how often each occurs."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt


def percentile(counts: npt.NDArray[np.int64], percent: int) -> int:
    """The smallest value that at least so many per cent of the pixels don't exceed."""
    return int(np.searchsorted(100 * counts.cumsum(), percent * int(counts.sum())))
