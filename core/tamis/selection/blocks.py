"""Picking by bounds: only a block of the most promising candidates is kept up to date.

For all others there is an upper bound of their product: from gains that are out of date, which can only have shrunk,
and from how far the other objectives may have moved since the block was chosen. As long as the best of the block beats
every bound outside, it is the best of all. This is Minoux's lazy greedy search (1978) for a product of objectives, with
a block in the place of the single candidate, so that one matrix product brings all of it up to date.

Where a term has bounds for one pick only, the block is chosen anew for each. A single term that has none makes the
block all there is.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import chain

import numpy as np

from tamis.declarations.objective import Floats, Rows
from tamis.selection.bounds import Mark, bound_of, has_bound
from tamis.selection.cells import Cells
from tamis.selection.scoring import Scores, Term, alone, best, score
from tamis.selection.tiers import NOWHERE, Positions, Tier, largest

#: The least number of candidates in a block.
BLOCK = 1024
#: The least number of blocks in a tier.
TIER = 4


class Blocks:
    """Candidates by position, and the block of those that could be picked next.

    Args:
        cells: Theirs.
        candidates: Their rows, ascending.
        gains: Upper bounds of their gains for each term made of such, if they are known.
    """

    def __init__(self, cells: Cells, candidates: Rows, gains: Mapping[Term, Floats] | None = None) -> None:
        self._cells, self._rows, self._terms = cells, candidates, cells.rest
        only = self._terms[0] if len(self._terms) == 1 and not cells.grouped else None
        #: Whether bounds hold for further picks, too. Where they don't, the block is chosen anew for each pick.
        self._lasting = all(map(has_bound, self._terms))
        self._bounded = (self._lasting or not only) and all(
            term.objective.final or term.objective.allowed(candidates[:0]) is None
            for term in chain(self._terms, cells.grouped)
        )
        #: The only term, if its values are compared as they are.
        self._single = only if only and (only.gains or not self._bounded) else None
        #: The only term, if it tells which candidates could be the best.
        self._telling = only if only and _tells(only) else None
        self._alive = np.ones(len(candidates), dtype=bool)
        #: For each term made of gains, the gains when they were last asked for: upper bounds of what they are now.
        self._seen = {
            term: gains[term] if gains else term.gains.gains(candidates) + term.gains.error
            for term in self._terms
            if term.gains and self._bounded and has_bound(term)
        }
        #: The terms when the block was chosen; of those whose gains are no bounds, each candidate's bound then.
        self._marks: dict[Term, Mark] = {}
        several = () if self._single or not self._bounded else self._terms
        self._parts = {term: np.empty(len(candidates)) for term in several if term not in self._seen}
        self._tier: Tier | None = None
        self._block = self._everything().keeping(candidates[:0])
        self._block_rows: Rows = candidates[:0]
        self._size = BLOCK
        #: Whether the block has led to a pick.
        self._has_led = True
        #: The scores of the cells for the next pick.
        self._of_cells: Scores

    def best(self) -> int | None:
        """The row to pick next; None if none may be."""
        if self._telling:
            return self._shortlisted(self._telling)
        if self._cells.grouped:
            self._of_cells = self._cells.scores()
        while self._alive.any():
            if not self._alive[self._block.positions].any():
                self._choose()
            positions, scores = self._look()
            if len(positions):
                if self._block.is_all or scores.low.max() > (bound := self._bound(self._block.outside)):
                    self._narrow()
                    rows = self._rows[positions]
                    return int(rows[best(scores, rows, self.settled)])
                if (row := self._first(positions, scores, bound)) is not None:
                    return row
            elif self._block.is_all:
                return None
            self._leave()
        return None

    def _shortlisted(self, term: Term) -> int | None:
        """The best of those that the only term says could be it."""
        rows = self._rows[self._alive]
        short = term.objective.shortlist(rows, term.strength > 0) if len(rows) else None
        if short is None:
            return None
        if gains := term.gains:
            scores = alone(term, gains.gains(short), gains.error)
            return int(short[best(scores, short, lambda rows: alone(term, gains.exact(rows)))])
        return int(short[best(score([term], [term.objective.values(short)]), short, None)])

    def _first(self, positions: Positions, scores: Scores, bound: float) -> int | None:
        """The best row of the block if it is no less than the bound, and comes before all outside that could be equal.

        So it is where many are alike: duplicates of what is picked, or whatever makes the product 0.
        """
        if scores.high.max() < bound or bound == np.inf:
            return None
        rows = self._rows[positions[scores.ties()]]
        exact = self.settled(rows)
        row = int(rows[exact.ties()].min())
        return row if exact.low.max() >= bound and row < self._block.lowest else None

    def remove(self, row: int) -> None:
        """Take a row out that has been added to every objective."""
        self._alive[np.searchsorted(self._rows, row)] = False
        self._size = BLOCK
        self._has_led = True
        # One that had to grow: the next may do with less.
        if not (self._bounded and self._lasting) or len(self._block.positions) > 2 * BLOCK:
            self._leave()

    def gone(self) -> Rows:
        """Rows that can't be picked any more."""
        return self._rows[~self._alive]

    def _leave(self) -> None:
        """Have another block chosen."""
        self._take(self._block.keeping(self._block.positions[:0].copy()))  # a view would keep all of them

    def _take(self, block: Tier) -> None:
        self._block, self._block_rows = block, self._rows[block.positions]

    def _choose(self) -> None:
        """Take the candidates of the largest bounds into the block; more if the block was too small for this pick."""
        block = self._chosen_from_tier()
        if block is None:
            every = self._everything()
            if self._bounded and len(every.positions) > self._size:
                self._mark(every.positions)
                if self._single:  # of several terms, what each has moved since would make bounds of a tier too loose
                    every = self._tier = self._part(every, self._many()) or every
                block = self._part(every, self._size)
        self._take(every if block is None else block)
        self._has_led = False
        self._size *= 2

    def _everything(self) -> Tier:
        """All that are left."""
        return Tier(np.flatnonzero(self._alive), np.full(self._cells.count, -np.inf), NOWHERE)

    def _mark(self, positions: Positions) -> None:
        """Let bounds be of the selection as it is."""
        self._marks = {} if self._single else {term: Mark(term) for term in self._terms}
        self._include(positions)
        for term, bounds in self._parts.items():
            bounds[positions] = self._marks[term].bounds(self._rows[positions])

    def _many(self) -> int:
        """How many candidates a tier is worth having of."""
        return max(TIER * self._size, math.isqrt(BLOCK * len(self._rows)))

    def _chosen_from_tier(self) -> Tier | None:
        """A block from the tier, if there is one; None if what is best may be outside of it."""
        if not self._tier or len(self._tier.positions) > 2 * self._many():  # it had to be large once
            return None
        positions = self._tier.positions[self._alive[self._tier.positions]]
        if not len(positions) or (len(positions) < self._size and not self._has_led):  # all of it was in the block
            return None
        self._tier = self._tier.keeping(positions)
        return self._part(self._tier, self._size)

    def _part(self, tier: Tier, size: int) -> Tier | None:
        """So many candidates of a tier, those of the largest bounds; None if a bound of what is outside is larger."""
        bounds = totals = self._bounds(tier.positions)
        outside = tier.outside
        if self._cells.grouped:
            totals = self._totals(bounds, self._cells.of[tier.positions])
            outside = self._totals(outside, np.arange(self._cells.count))
        if totals.max() < outside.max():
            return None
        inside = largest(totals, size)
        if self._marks:
            self._include(tier.positions[~inside])
        return tier.part(inside, bounds, self._rows, self._cells.of, alone=self._single is not None)

    def _totals(self, bounds: Floats, cells: Positions) -> Floats:
        """Bounds together with what the grouped terms make of their cells."""
        return (Scores(bounds, bounds) + self._of_cells.take(cells)).high

    def _include(self, positions: Positions) -> None:
        """Let `_bound` hold for gains of candidates that have been asked for in the block and are outside now."""
        for term, mark in self._marks.items():
            if term in self._seen:
                mark.include(self._seen[term][positions])

    def _narrow(self) -> None:
        """If most of the block is now known to be no better than what is outside, take that out of the block."""
        if self._block.is_all:
            return
        positions = self._block.positions
        promising = self._alive[positions] & (self._bounds(positions) >= self._block.outside[self._cells.of[positions]])
        if 2 * np.count_nonzero(promising) <= len(promising):
            self._include(positions[~promising])
            self._take(self._block.keeping(positions[promising]))

    def _bounds(self, positions: Positions, without: Term | None = None) -> Floats:
        """For each of the candidates, an upper bound of the part that the terms not grouped have in its score.

        It holds for the selection when the block was chosen. Gains that have been asked for since make it tighter.
        """
        if self._single:
            return self._seen[self._single][positions]
        total = np.zeros(len(positions))
        with np.errstate(invalid="ignore"):
            for term, mark in self._marks.items():
                if term is not without:
                    parts = self._parts.get(term)
                    total += mark.part(self._seen[term][positions]) if parts is None else parts[positions]
        total[np.isnan(total)] = -np.inf
        return total

    def _bound(self, outside: Floats) -> float:
        """An upper bound of the score of every candidate outside, as things are now."""
        marks = () if self._single else self._marks.values()
        return bound_of(outside, marks, self._of_cells.high if self._cells.grouped else None)

    def _floors(self, term: Term) -> Floats:
        """For each row of the block, the gain below which it loses to a candidate outside; 0 if that isn't known."""
        positions = self._block.positions
        if self._block.is_all:
            return np.zeros(len(positions))
        outside = self._block.outside[self._cells.of[positions]]
        if not self._single:
            with np.errstate(invalid="ignore"):
                outside = self._marks[term].gains(outside - self._bounds(positions, without=term))
        return np.fmax(outside, 0.0)

    def _look(self) -> tuple[Positions, Scores]:
        """The rows of the block that may be picked, and their scores; rows that can't win needn't be up to date."""
        block = self._block.positions
        keep = self._alive[block]
        for term in chain(self._terms, self._cells.grouped):
            if (allowed := term.objective.allowed(self._block_rows)) is not None:
                keep &= allowed
                if term.objective.final:
                    self._alive[block[~allowed]] = False
        kept = slice(None) if keep.all() else keep  # without a copy of all
        positions = block[kept]
        if self._bounded:  # the same rows each time, which an objective may have prepared for
            values = [value[kept] for value in self._values(self._block_rows, block)]
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
            if term not in self._seen:
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

    def settled(self, rows: Rows) -> Scores:
        """The scores of a few rows to full precision, once `best` has been asked for."""
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


def _tells(term: Term) -> bool:
    """Whether a term has a shortlist; one that has bounds that are as good needs none."""
    if term.objective.allowed(none := np.empty(0, dtype=np.intp)) is not None:
        return False
    has_gains = term.gains is not None and has_bound(term)
    return not has_gains and term.objective.shortlist(none, term.strength > 0) is not None
