"""Picking by bounds: only a block of the most promising candidates is kept up to date.

For all others there is an upper bound of their product: from gains that are out of date, which can only have shrunk,
and from how far the other objectives may have moved since the block was chosen. As long as the best of the block beats
every bound outside, it is the best of all. This is Minoux's lazy greedy search (1978) for a product of objectives, with
a block in the place of the single candidate, so that one matrix product brings all of it up to date.

A term that has no bound makes the block all there is.
"""

from __future__ import annotations

from itertools import chain

import numpy as np
import numpy.typing as npt

from tamis.selection.bounds import Mark, has_bound
from tamis.selection.cells import Cells
from tamis.selection.objective import Floats, Rows
from tamis.selection.scoring import Scores, Term, alone, best, score

#: Candidates in a block, at the least.
BLOCK = 1024
#: How far off a bound may be by rounding, for each unit of its size.
ROUNDING = 1e-12

Positions = npt.NDArray[np.intp]


class Blocks:
    """Candidates by position, and the block of those that could be picked next."""

    def __init__(self, cells: Cells, candidates: Rows) -> None:
        self._cells, self._rows, self._terms = cells, candidates, cells.rest
        self._bounded = all(map(has_bound, self._terms)) and all(
            term.objective.final or term.objective.allowed(candidates[:0]) is None
            for term in chain(self._terms, cells.grouped)
        )
        #: Where one term decides, its values are compared as they are.
        single = len(self._terms) == 1 and not cells.grouped and (self._terms[0].gains or not self._bounded)
        self._single = self._terms[0] if single else None
        self._alive = np.ones(len(candidates), dtype=bool)
        #: For each term made of gains, what they were when last looked at: a bound of what they are.
        self._seen = {
            term: term.gains.gains(candidates) + term.gains.error
            for term in self._terms
            if term.gains and self._bounded
        }
        self._marks: dict[Term, Mark] = {}
        self._block: Positions = np.empty(0, dtype=np.intp)
        self._block_rows: Rows = candidates[:0]
        #: For each cell, the largest bound outside the block when that was chosen; whether there is nothing outside.
        self._outside: Floats = np.empty(0)
        self._complete = False
        self._size = BLOCK

    def best(self) -> int | None:
        """The row to pick next; None if none may be."""
        while self._alive.any():
            new = not len(self._block)
            if new:
                self._choose()
            bound = -np.inf if self._complete else self._bound()
            positions, scores = self._look(bound)
            if len(positions):
                if self._complete or scores.low.max() > bound:
                    if new and self._single and not self._complete:
                        self._narrow(positions[scores.high >= bound])
                    rows = self._rows[positions]
                    return int(rows[best(scores, rows, self._settled)])
            elif self._complete:
                return None
            self._block = self._block[:0]
        return None

    def remove(self, row: int) -> None:
        """Take it out, now that it has been added to every objective."""
        self._alive[np.searchsorted(self._rows, row)] = False
        self._size = BLOCK
        if not self._bounded or len(self._block) > 2 * BLOCK:  # it had to grow; the next pick may do with less
            self._block = self._block[:0]

    def _choose(self) -> None:
        """Take those of the largest bounds into the block: more of them if this pick has found it too small before."""
        alive = np.flatnonzero(self._alive)
        self._outside = np.full(self._cells.count, -np.inf)
        self._complete = not self._bounded or len(alive) <= self._size
        if not self._complete:
            rows, cell = self._rows[alive], self._cells.of[alive]
            totals = bounds = self._bounds(rows, alive)
            if self._cells.grouped:
                totals = (Scores(bounds, bounds) + self._cells.scores().take(cell)).high
            inside = totals >= np.partition(totals, -self._size)[-self._size]
            if self._cells.count == 1:
                self._outside[0] = bounds[~inside].max(initial=-np.inf)
            else:
                np.maximum.at(self._outside, cell[~inside], bounds[~inside])
            self._complete = bool(inside.all())
            alive = alive[inside]
            self._size *= 2
        self._block, self._block_rows = alive, self._rows[alive]

    def _bounds(self, rows: Rows, positions: Positions) -> Floats:
        """For each row, an upper bound of what the terms that are not grouped make of it."""
        if self._single and self._single in self._seen:
            return self._seen[self._single][positions]
        total = np.zeros(len(rows))
        for term in self._terms:
            gains = self._seen[term][positions] if term in self._seen else None
            self._marks[term] = Mark(term, rows, gains)
            with np.errstate(invalid="ignore"):
                total += self._marks[term].bounds
        total[np.isnan(total)] = -np.inf
        return total

    def _bound(self) -> float:
        """What nothing outside the block can exceed."""
        if self._single and self._single in self._seen:
            return float(self._outside.max())
        growth = sum(mark.growth() for mark in self._marks.values())
        if growth == np.inf:
            return np.inf
        bound = self._outside + growth
        if self._cells.grouped:
            with np.errstate(invalid="ignore"):
                bound = bound + self._cells.scores().high
        highest = float(bound.max())
        if np.isnan(highest):
            return np.inf
        return highest + ROUNDING * (1 + abs(highest)) if np.isfinite(highest) else highest

    def _narrow(self, positions: Positions) -> None:
        """Keep only these in the block: all others are below the bound, and can't be picked before the next choice."""
        self._block, self._block_rows = positions, self._rows[positions]

    def _look(self, bound: float) -> tuple[Positions, Scores]:
        """What is left of the block and may be picked, brought up to date; not those that are below the bound."""
        keep = self._alive[self._block]
        for term in chain(self._terms, self._cells.grouped):
            if (allowed := term.objective.allowed(self._block_rows)) is not None:
                keep &= allowed
                if term.objective.final:
                    self._alive[self._block[~allowed]] = False
        positions = self._block[keep]
        if self._bounded:  # the same rows each time, which an objective may have prepared for
            values = [value[keep] for value in self._values(self._block_rows, self._block, bound)]
        else:
            values = self._values(self._rows[positions], positions, bound)
        errors = [term.gains.error if term.gains else 0.0 for term in self._terms]
        return positions, self._score(positions, values, errors)

    def _values(self, rows: Rows, positions: Positions, bound: float) -> list[Floats]:
        """For each term, the value of each of the rows; of a single term, what sets them apart."""
        values = []
        for term in self._terms:
            if not (gains := term.gains):
                values.append(term.objective.values(rows))
                continue
            if not self._bounded:
                gained = gains.gains(rows)
            elif gains.constant:
                gained = self._seen[term][positions]
            else:
                floors = np.full(len(rows), bound if self._single else 0.0)
                gained = gains.at_most(rows, floors)
                self._seen[term][positions] = gained + gains.error
            values.append(gained if self._single else gains.base() + gained)
        return values

    def _score(self, positions: Positions, values: list[Floats], errors: list[float]) -> Scores:
        if self._single:
            return alone(self._single, values[0], errors[0])
        parts = [score(self._terms, values, errors)] if self._terms else []
        if self._cells.grouped:
            parts.append(self._cells.scores().take(self._cells.of[positions]))
        return parts[0] + parts[1] if len(parts) > 1 else parts[0]

    def _settled(self, rows: Rows) -> Scores:
        """The scores of a few rows to full precision."""
        exact = []
        for term in self._terms:
            if term.gains:
                gains = term.gains.exact(rows)
                exact.append(gains if self._single else term.gains.base() + gains)
            else:
                exact.append(term.objective.values(rows))
        return self._score(np.searchsorted(self._rows, rows), exact, [0.0] * len(exact))
