"""The product of objectives, compared as a sum of logarithms, and which of several candidates is the best."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import attrs
import numpy as np
import numpy.typing as npt

from tamis.declarations.objective import Floats, Gains, Objective, Rows

#: How many units in the last place the logarithms of a sum may be off.
ROUNDING = 4 * np.finfo(np.float64).eps


@attrs.frozen(eq=False)
class Term:
    """One factor of the product.

    Attributes:
        gains: The objective, if it is made of gains.
    """

    objective: Objective
    strength: float
    gains: Gains | None = attrs.field(init=False)

    @gains.default
    def _gains(self) -> Gains | None:
        return self.objective if isinstance(self.objective, Gains) else None


@attrs.frozen(eq=False)
class Scores:
    """Lower and upper bounds of the logarithms of candidates' products, up to a constant.

    Attributes:
        low: ``(k,)`` lower bounds; minus infinity for a product that is 0, or no number.
        high: ``(k,)`` upper bounds.
    """

    low: Floats
    high: Floats

    def __add__(self, other: Scores) -> Scores:
        with np.errstate(invalid="ignore"):
            return Scores(_numbers(self.low + other.low), _numbers(self.high + other.high))

    def take(self, positions: npt.NDArray[np.intp]) -> Scores:
        """Those of some candidates, each as often as it's named."""
        return Scores(self.low[positions], self.high[positions])

    def ties(self) -> npt.NDArray[np.intp]:
        """Positions of all that could be the best, ascending."""
        ties: npt.NDArray[np.intp] = (self.high >= self.low.max()).nonzero()[0]
        return ties


def score(terms: Sequence[Term], values: Sequence[Floats], errors: Sequence[float] = ()) -> Scores:
    """Of candidates with these objectives, an array for each term, whose errors are no larger than these."""
    strengths = [term.strength for term in terms]
    with np.errstate(divide="ignore", invalid="ignore"):  # the logarithm of 0; 0 ** a * 0 ** -b is no number
        logs = [
            np.log(value) if strength == 1 else strength * np.log(value)
            for strength, value in zip(strengths, values, strict=True)
        ]
        low = high = _sum(logs)
        size = _sum([np.abs(log) for log in logs]) + sum(map(abs, strengths))
        if any(errors):
            low, high = (
                _sum(
                    [
                        strength * np.log(np.maximum(value + math.copysign(error, sign * strength), 0.0))
                        for strength, value, error in zip(strengths, values, errors, strict=True)
                    ]
                )
                for sign in (-1, 1)
            )
        if math.isfinite(size.sum()):
            return Scores(low - ROUNDING * size, high)
        low = low - ROUNDING * np.where(np.isfinite(size), size, 0.0)
        return Scores(_numbers(low), _numbers(high))


def alone(term: Term, gains: Floats, error: float = 0.0) -> Scores:
    """Of candidates where there is one term, by their gains: unlike logarithms, those are equal only if they are."""
    sign = 1.0 if term.strength > 0 else -1.0
    return Scores(sign * gains - error, sign * gains + error)


def best(scores: Scores, rows: Rows, settled: Callable[[Rows], Scores] | None) -> int:
    """The position of the best; of a tie, that of the lowest row. ``settled`` scores rows to full precision."""
    ties = scores.ties()
    if len(ties) > 1 and settled:
        ties = ties[settled(rows[ties]).ties()]
    return int(ties[np.argmin(rows[ties])])


def positive_log(values: npt.NDArray[np.floating]) -> Floats:
    """Natural logarithm in float64; minus infinity for 0 and whatever isn't a positive number."""
    if values.size and values.min() > 0:
        logs: Floats = np.log(values, dtype=np.float64)
        return logs
    out = np.full(np.shape(values), -np.inf)
    np.log(values, out=out, where=np.asarray(values) > 0)
    return out


def _sum(arrays: Sequence[Floats]) -> Floats:
    return sum(arrays[1:], arrays[0])


def _numbers(totals: Floats) -> Floats:
    """Products that are no number come last."""
    if not np.isfinite(totals.sum()):
        totals[np.isnan(totals)] = -np.inf
    return totals
