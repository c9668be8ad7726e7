"""Picking from cells whose order never changes: only the first candidate of each cell has to be looked at.

That is so if the candidates of a cell differ in at most one term, whose gains never change.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from tamis.declarations.objective import Floats, Objective, Rows
from tamis.selection.cells import Cells
from tamis.selection.scoring import Scores, alone, score


class Queues:
    """The candidates of each cell in a queue, the largest gain first, the lowest row first of equal ones."""

    def __init__(self, cells: Cells, candidates: Rows) -> None:
        self._cells, self._candidates = cells, candidates
        self._terms = (*cells.grouped, *cells.rest)
        self._strength = cells.rest[0].strength if cells.rest else 1.0
        self._term = cells.rest[0].gains if cells.rest else None
        self._gains = np.zeros(len(candidates))
        order = np.arange(len(candidates))
        if self._term:
            self._gains = self._term.gains(candidates)
            order = _ascending(-self._gains if self._strength > 0 else self._gains)
        # Few cells fit 16 bits, which numpy sorts in linear time.
        cell = cells.of.astype(np.uint16) if cells.count <= 1 << 16 else cells.of
        order = order[np.argsort(cell[order], kind="stable")]
        self._rows, self._gains = candidates[order], self._gains[order]
        sizes = np.bincount(cells.of, minlength=cells.count)
        self._ends = np.cumsum(sizes)
        self._heads = self._ends - sizes
        self._open = np.flatnonzero(self._heads < self._ends)
        self._refusing = [term.objective for term in self._terms if term.objective.allowed(candidates[:0]) is not None]

    def best(self) -> int | None:
        """The row to pick next; None if none may be."""
        self._skip_refused()
        if not len(self._open):
            return None
        heads = self._heads[self._open]
        if not self._terms:
            return int(self._rows[heads].min())
        values = self._cells.values(self._open)
        if not self._term:
            return int(self._rows[heads[score(self._terms, values).ties()]].min())
        if not values:
            return int(self._rows[heads[alone(self._terms[0], self._gains[heads]).ties()]].min())
        base = self._term.base()
        values.append(base + self._gains[heads])
        scores = score(self._terms, values)
        return min(self._lowest(position, base, values, scores) for position in scores.ties().tolist())

    def _lowest(self, position: int, base: float, values: Sequence[Floats], scores: Scores) -> int:
        """The lowest row that may be picked in one of the open cells, of its first and those that tie with it.

        Args:
            position: Which of the open cells.
            base: What gains are added to.
            values: Of each term, the objective with the first of each open cell.
            scores: What comes of them.
        """
        cell = self._open[position]
        start, end = int(self._heads[cell]) + 1, int(self._ends[cell])
        lowest, step = int(self._rows[start - 1]), 4
        low, high, mine = float(scores.low[position]), float(scores.high[position]), float(values[-1][position])
        rounding = high - low if math.isfinite(low) else math.inf
        while start < end:
            following = base + float(self._gains[start])
            # Logarithms differ by no less than this.
            apart = abs(self._strength * (mine - following)) / (max(mine, following) or 1.0)
            if apart > 4 * rounding:
                break
            part = slice(start, min(start + step, end))
            gained = base + self._gains[part]
            others = (np.full(len(gained), value[position]) for value in values[:-1])
            tied = score(self._terms, [*others, gained]).high >= scores.low.max()
            rows = self._rows[part][tied]
            for objective in self._refusing:
                if (allowed := objective.allowed(rows)) is not None:
                    rows = rows[allowed]
            lowest = int(rows.min(initial=lowest))
            if not tied.all():
                break
            start, step = part.stop, 4 * step
        return lowest

    def remove(self, row: int) -> None:
        """Take it out: as a rule, the first of its queue."""
        cell = int(self._cells.of[self._candidates.searchsorted(row)])
        head = self._heads[cell]
        if self._rows[head] != row:
            place = head + int(np.flatnonzero(self._rows[head : self._ends[cell]] == row)[0])
            for values in (self._rows, self._gains):
                values[head + 1 : place + 1] = values[head:place].copy()
        self._advance(cell, 1)

    def _advance(self, cell: int, count: int) -> None:
        self._heads[cell] += count
        if self._heads[cell] == self._ends[cell]:
            self._open = self._open[self._open != cell]

    def _skip_refused(self) -> None:
        """Drop candidates that will never be allowed again, up to the first of each cell that is."""
        refused = True
        while refused and len(self._open):
            refused = False
            for objective in self._refusing:
                allowed = objective.allowed(self._rows[self._heads[self._open]])
                if allowed is not None and not allowed.all():
                    refused = True
                    for cell in self._open[~allowed]:
                        self._drop(objective, int(cell))

    def _drop(self, objective: Objective, cell: int) -> None:
        step = 16
        while (start := self._heads[cell]) < (end := self._ends[cell]):
            allowed = objective.allowed(self._rows[start : min(start + step, end)])
            if allowed is None or allowed.any():
                self._advance(cell, 0 if allowed is None else int(np.argmax(allowed)))
                return
            self._advance(cell, len(allowed))
            step *= 2


def _ascending(values: npt.NDArray[np.float64]) -> npt.NDArray[np.intp]:
    """The order that sorts them, the first of equal ones first: by the faster sort, if no two are equal."""
    order = np.argsort(values)
    ascending = values[order]
    if (ascending[1:] == ascending[:-1]).any():
        return np.argsort(values, kind="stable")
    return order
