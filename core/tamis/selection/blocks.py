"""Picking by bounds: only a block of the most promising candidates is kept up to date.

For all others there is an upper bound of their product: from gains that are out of date, which can only have shrunk,
and from how far the other objectives may have moved since the block was chosen. As long as the best of the block beats
every bound outside, it is the best of all. This is Minoux's lazy greedy search (1978) for a product of objectives, with
a block in the place of the single candidate, so that one matrix product brings all of it up to date.

A term that has no bound makes the block all there is.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain

import numpy as np
import numpy.typing as npt

from tamis.declarations.objective import Floats, Rows
from tamis.selection.bounds import Mark, has_bound
from tamis.selection.cells import Cells
from tamis.selection.scoring import Scores, Term, alone, best, score

#: The least number of candidates in a block.
BLOCK = 1024
#: The rounding error of a bound, relative to its size.
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
        #: If there is one term only, its values are compared as they are.
        single = len(self._terms) == 1 and not cells.grouped and (self._terms[0].gains or not self._bounded)
        self._single = self._terms[0] if single else None
        self._alive = np.ones(len(candidates), dtype=bool)
        #: For each term made of gains, the gains when they were last asked for: upper bounds of what they are now.
        self._seen = {
            term: term.gains.gains(candidates) + term.gains.error
            for term in self._terms
            if term.gains and self._bounded
        }
        self._block: Positions = np.empty(0, dtype=np.intp)
        self._block_rows: Rows = candidates[:0]
        #: The terms when the block was chosen; for each cell, the largest bound outside; the lowest row outside that
        #: could attain the largest of all; and whether nothing is there.
        self._marks: dict[Term, Mark] = {}
        self._outside: Floats = np.empty(0)
        self._outside_row = 0
        self._complete = False
        self._size = BLOCK
        #: The scores of the cells for the next pick.
        self._of_cells: Scores

    def best(self) -> int | None:
        """The row to pick next; None if none may be."""
        if self._cells.grouped:
            self._of_cells = self._cells.scores()
        while self._alive.any():
            if not self._alive[self._block].any():
                self._choose()
            positions, scores = self._look()
            if len(positions):
                if self._complete or scores.low.max() > (bound := self._bound()):
                    self._narrow()
                    rows = self._rows[positions]
                    return int(rows[best(scores, rows, self._settled)])
                if (row := self._first(positions, scores, bound)) is not None:
                    return row
            elif self._complete:
                return None
            self._block = self._block[:0]
        return None

    def _first(self, positions: Positions, scores: Scores, bound: float) -> int | None:
        """The best row of the block if it is no less than the bound, and comes before all outside that could be equal.

        So it is where many are alike: duplicates of what is picked, or whatever makes the product 0.
        """
        if scores.high.max() < bound or bound == np.inf:
            return None
        rows = self._rows[positions[scores.ties()]]
        exact = self._settled(rows)
        row = int(rows[exact.ties()].min())
        return row if exact.low.max() >= bound and row < self._outside_row else None

    def remove(self, row: int) -> None:
        """Take a row out that has been added to every objective."""
        self._alive[np.searchsorted(self._rows, row)] = False
        self._size = BLOCK
        if not self._bounded or len(self._block) > 2 * BLOCK:  # it had to grow; the next pick may do with less
            self._block = self._block[:0]

    def _choose(self) -> None:
        """Take the candidates of the largest bounds into the block; more if the block was too small for this pick."""
        self._block, self._marks = np.flatnonzero(self._alive), {}
        self._block_rows = self._rows[self._block]
        self._complete = not self._bounded or len(self._block) <= self._size
        if self._complete:
            return
        if not self._single:
            for term in self._terms:
                gains = self._seen[term][self._block] if term in self._seen else None
                self._marks[term] = Mark(term, self._block_rows, gains)
        totals = bounds = self._bounds()
        cell = self._cells.of[self._block]
        if self._cells.grouped:
            totals = (Scores(bounds, bounds) + self._of_cells.take(cell)).high
        least = np.partition(totals, -self._size)[-self._size]
        inside = totals > least
        inside[np.flatnonzero(totals == least)[: self._size - np.count_nonzero(inside)]] = True
        self._outside = np.full(self._cells.count, -np.inf)
        if self._cells.count == 1:
            self._outside[0] = bounds[~inside].max(initial=-np.inf)
        else:
            np.maximum.at(self._outside, cell[~inside], bounds[~inside])
        attaining = bounds == self._outside[0] if self._single else True
        self._outside_row = int(self._block_rows[~inside & attaining].min())
        self._keep(inside)
        self._size *= 2

    def _keep(self, inside: npt.NDArray[np.bool_]) -> None:
        """Take all others out of the block."""
        self._block, self._block_rows = self._block[inside], self._block_rows[inside]
        for mark in self._marks.values():
            mark.bounds = mark.bounds[inside]

    def _narrow(self) -> None:
        """If most of the block is now known to be no better than what is outside, take that out of the block."""
        if self._complete:
            return
        promising = self._alive[self._block] & (self._bounds() >= self._outside[self._cells.of[self._block]])
        if 2 * np.count_nonzero(promising) <= len(promising):
            for term, mark in self._marks.items():
                if term in self._seen:
                    mark.include(self._seen[term][self._block[~promising]])
            self._keep(promising)

    def _bounds(self, without: Term | None = None) -> Floats:
        """For each row of the block, an upper bound of the part that the terms that are not grouped have in its score.

        It holds for the selection when the block was chosen. Gains that have been asked for since make it tighter.
        """
        if self._single:
            return self._seen[self._single][self._block]
        total = np.zeros(len(self._block))
        with np.errstate(invalid="ignore"):
            for term, mark in self._marks.items():
                if term is not without:
                    total += mark.part(self._seen[term][self._block]) if term in self._seen else mark.bounds
        total[np.isnan(total)] = -np.inf
        return total

    def _bound(self) -> float:
        """An upper bound of the score of every candidate outside the block, as things are now."""
        if self._single:
            return float(self._outside.max())
        growth = sum(mark.growth() for mark in self._marks.values())
        if growth == np.inf:
            return np.inf
        bound = self._outside + growth
        if self._cells.grouped:
            with np.errstate(invalid="ignore"):
                bound = bound + self._of_cells.high
        highest = float(bound.max())
        if np.isnan(highest):
            return np.inf
        return highest + ROUNDING * (1 + abs(highest)) if np.isfinite(highest) else highest

    def _floors(self, term: Term) -> Floats:
        """For each row of the block, the gain below which it loses to a candidate outside; 0 if that isn't known."""
        if self._complete:
            return np.zeros(len(self._block))
        outside = self._outside[self._cells.of[self._block]]
        if not self._single:
            with np.errstate(invalid="ignore"):
                outside = self._marks[term].gains(outside - self._bounds(without=term))
        return np.fmax(outside, 0.0)

    def _look(self) -> tuple[Positions, Scores]:
        """The rows of the block that may be picked, and their scores; rows that can't win needn't be up to date."""
        keep = self._alive[self._block]
        for term in chain(self._terms, self._cells.grouped):
            if (allowed := term.objective.allowed(self._block_rows)) is not None:
                keep &= allowed
                if term.objective.final:
                    self._alive[self._block[~allowed]] = False
        positions = self._block[keep]
        if self._bounded:  # the same rows each time, which an objective may have prepared for
            values = [value[keep] for value in self._values(self._block_rows, self._block)]
        else:
            values = self._values(self._rows[positions], positions)
        errors = [term.gains.error if term.gains else 0.0 for term in self._terms]
        return positions, self._score(positions, values, errors)

    def _values(self, rows: Rows, positions: Positions) -> list[Floats]:
        """For each term, the value of each of the rows; if there is one term only, the gain of each."""
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
                gained = gains.at_most(rows, self._floors(term))
                self._seen[term][positions] = np.minimum(self._seen[term][positions], gained + gains.error)
            values.append(gained if self._single else gains.base() + gained)
        return values

    def _score(self, positions: Positions, values: Sequence[Floats], errors: Sequence[float]) -> Scores:
        if self._single:
            return alone(self._single, values[0], errors[0])
        parts = [score(self._terms, values, errors)] if self._terms else []
        if self._cells.grouped:
            parts.append(self._of_cells.take(self._cells.of[positions]))
        return parts[0] + parts[1] if len(parts) > 1 else parts[0]

    def _settled(self, rows: Rows) -> Scores:
        """The scores of a few rows to full precision."""
        positions, exact = np.searchsorted(self._rows, rows), []
        for term in self._terms:
            if term.gains:
                gains = term.gains.exact(rows)
                if term in self._seen:
                    self._seen[term][positions] = gains
                exact.append(gains if self._single else term.gains.base() + gains)
            else:
                exact.append(term.objective.values(rows))
        return self._score(positions, exact, [0.0] * len(exact))
