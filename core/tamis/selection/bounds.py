"""How much a factor of the product may have grown since it was last looked at."""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np

from tamis.declarations.objective import Floats, Rows
from tamis.selection.scoring import Term, positive_log


def has_bound(term: Term) -> bool:
    """Whether a term has an upper bound: a gain that shrinks gives one only where large values are wanted."""
    if term.gains:
        return term.gains.constant or term.strength > 0
    return term.objective.drift() is not None


def upper_bounds(term: Term, rows: Rows) -> Floats:
    """What the objective would be with each of the rows, or more where that can be told without a closer look."""
    if term.gains:
        return term.gains.base() + term.gains.at_most(rows, np.full(len(rows), np.inf))
    return term.objective.values(rows)


class Mark:
    """A term at one point of the selection, and what may have become of it since.

    Attributes:
        bounds: ``(k,)`` upper bounds of its part of the product at that point, as logarithms, one for each row.
    """

    bounds: Floats

    def __init__(self, term: Term, rows: Rows, gains: Floats | None) -> None:
        self._term = term
        self._least, self._most = math.inf, 0.0
        if term.gains and gains is not None:
            self._base = term.gains.base()
            self.include(gains)
            self.bounds = self.part(gains)
        else:
            low, high = term.objective.mark(rows)
            self.bounds = term.strength * positive_log(high if term.strength > 0 else low)

    def part(self, gains: Floats) -> Floats:
        """What gains no larger than these made of the product at that point."""
        return self._term.strength * positive_log(self._base + gains)

    def gains(self, part: Floats) -> Floats:
        """The reverse: at which gains that is its part."""
        with np.errstate(over="ignore"):
            gains: Floats = np.exp(part / self._term.strength) - self._base
        return gains

    def include(self, gains: Floats) -> None:
        """Have `growth` hold for rows of such gains, too."""
        self._least = min(self._least, float(gains.min(initial=math.inf)))
        self._most = max(self._most, float(gains.max(initial=0.0)))

    def growth(self) -> float:
        """By how much, at the most, any row's part has grown since."""
        if self._term.gains:
            base = self._term.gains.base()
            low, high = _spread(_quotient(base + gain, self._base + gain) for gain in (self._least, self._most))
        else:
            low, high = self._term.objective.drift() or (0.0, math.inf)
        quotient = high if self._term.strength > 0 else low
        if not 0 < quotient < math.inf:
            return math.inf
        return self._term.strength * math.log(quotient)


def _quotient(now: float, then: float) -> float:
    """One where nothing has changed, be it 0."""
    return 1.0 if now == then else now / then if then else math.inf


def _spread(numbers: Iterable[float]) -> tuple[float, float]:
    numbers = tuple(numbers)
    return min(numbers), max(numbers)
