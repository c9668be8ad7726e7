"""Bounds of how much a factor of the product has grown since it was last asked for."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable

import numpy as np

from tamis.declarations.objective import Floats, Rows
from tamis.selection.scoring import Term, positive_log


def has_bound(term: Term) -> bool:
    """Whether a term has an upper bound that lasts. A gain that shrinks is one only where large values are wanted."""
    if term.gains:
        return term.gains.constant or term.strength > 0
    return term.objective.drift() is not None


def upper_bounds(term: Term, rows: Rows) -> Floats:
    """Upper bounds of what the objective would be with each of the rows, as far as is known without much work."""
    if term.gains:
        return term.gains.base() + term.gains.at_most(rows, np.full(len(rows), np.inf))
    return term.objective.values(rows)


#: The rounding error of a bound, relative to its size.
ROUNDING = 1e-12


def bound_of(outside: Floats, marks: Collection[Mark], of_cells: Floats | None) -> float:
    """An upper bound of the score of any of some candidates, as things are now.

    Args:
        outside: For each cell, a bound of the part that terms have which aren't the same in all of the cell.
        marks: Those terms when that was so; none if it is a single one, whose gains are compared as they are.
        of_cells: For each cell, a bound of the part of all others, as it is now; None if there are none.
    """
    if not marks and of_cells is None:
        return float(outside.max())
    growth = sum(mark.growth() for mark in marks)
    if growth == np.inf:
        return np.inf
    bound = outside + growth
    if of_cells is not None:
        with np.errstate(invalid="ignore"):
            bound = bound + of_cells
    highest = float(bound.max())
    if np.isnan(highest):
        return np.inf
    return highest + ROUNDING * (1 + abs(highest)) if np.isfinite(highest) else highest


class Mark:
    """A term at this point of the selection, and how much it may have grown since."""

    def __init__(self, term: Term) -> None:
        self._term = term
        self._base = term.gains.base() if term.gains else 0.0
        self._least, self._most = math.inf, 0.0

    def bounds(self, rows: Rows) -> Floats:
        """``(k,)`` upper bounds of the part of each row in the product; `growth` holds for these rows from now on.

        Of a term whose gains are no bounds. Those of one whose gains are come of `part` and `include`.
        """
        low, high = self._term.objective.mark(rows)
        return self._term.strength * positive_log(high if self._term.strength > 0 else low)

    def part(self, gains: Floats) -> Floats:
        """The part of the product, as logarithms, that these gains make at that point."""
        return self._term.strength * positive_log(self._base + gains)

    def gains(self, part: Floats) -> Floats:
        """The reverse of `part`: the gains that make such a part."""
        with np.errstate(over="ignore"):
            gains: Floats = np.exp(part / self._term.strength) - self._base
        return gains

    def include(self, gains: Floats) -> None:
        """Let `growth` hold for rows of such gains, too."""
        self._least = min(self._least, float(gains.min(initial=math.inf)))
        self._most = max(self._most, float(gains.max(initial=0.0)))

    def growth(self) -> float:
        """An upper bound of how much any row's part has grown since; of a term that has none, asked before any pick."""
        if self._term.gains:
            if not has_bound(self._term):
                return 0.0
            base = self._term.gains.base()
            low, high = _spread(_quotient(base + gain, self._base + gain) for gain in (self._least, self._most))
        elif (drift := self._term.objective.drift()) is None:
            return 0.0
        else:
            low, high = drift
        quotient = high if self._term.strength > 0 else low
        if not 0 < quotient < math.inf:
            return math.inf
        return self._term.strength * math.log(quotient)


def _quotient(now: float, then: float) -> float:
    """The quotient; 1 if the numbers are equal, even if they are 0."""
    return 1.0 if now == then else now / then if then else math.inf


def _spread(numbers: Iterable[float]) -> tuple[float, float]:
    numbers = tuple(numbers)
    return min(numbers), max(numbers)
