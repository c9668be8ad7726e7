"""The numbers that describe a set of samples: by LightlyOne's published formulas, where there are such."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

#: What the page shows of a distribution.
QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)


def diversity(distances: npt.NDArray[np.float64]) -> float | None:
    """The mean distance of the samples of a set to their nearest neighbours in it; None without a neighbour."""
    return float(distances.mean()) if len(distances) else None


def coverage(distances: npt.NDArray[np.float64]) -> float | None:
    """``1 / (1 + mean distance of the samples of the input to their nearest in the set)``; 1 is perfect."""
    return 1 / (1 + float(distances.mean())) if len(distances) else None


def balance(counts: npt.ArrayLike) -> float | None:
    """The entropy of the shares of classes, over its largest possible value; 1 if all are as frequent.

    None of nothing, and of a single class.
    """
    amounts = np.asarray(counts, dtype=np.float64)
    total = amounts.sum()
    if total <= 0 or len(amounts) < 2:
        return None
    shares = amounts[amounts > 0] / total
    # An evenness within rounding of 1 is 1, and of a single class is 0 and not -0.
    return min(1.0, max(0.0, float(-(shares * np.log(shares)).sum()) / math.log(len(amounts))))


def gini(counts: npt.ArrayLike) -> float | None:
    """The Gini coefficient of the counts: 0 if all are the same, close to 1 if one has everything; None of nothing."""
    amounts = np.sort(np.asarray(counts, dtype=np.float64))
    total, number = amounts.sum(), len(amounts)
    if total <= 0:
        return None
    return max(0.0, float((2 * np.arange(1, number + 1) - number - 1) @ amounts / (number * total)))


def summary(values: npt.ArrayLike) -> dict[str, float]:
    """Mean, standard deviation (of the set itself), least, median and largest value; empty of nothing."""
    numbers, scale = _scaled(values)
    if not len(numbers):
        return {}
    found = {
        "mean": numbers.mean(),
        "std": numbers.std(),
        "min": numbers.min(),
        "median": np.median(numbers),
        "max": numbers.max(),
    }
    return {name: float(value) * scale for name, value in found.items()}


def quantiles(values: npt.ArrayLike) -> list[float]:
    """Those of `QUANTILES`; empty of nothing."""
    numbers, scale = _scaled(values)
    return [float(value) * scale for value in np.quantile(numbers, QUANTILES)] if len(numbers) else []


def _scaled(values: npt.ArrayLike) -> tuple[npt.NDArray[np.float64], float]:
    """Numbers whose squares are finite, and what they are to be multiplied with."""
    numbers = np.asarray(values, dtype=np.float64)
    largest = float(np.abs(numbers).max(initial=0))
    return (numbers / largest, largest) if largest > 1e150 else (numbers, 1.0)
