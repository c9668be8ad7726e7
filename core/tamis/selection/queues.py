"""Picking where the order within each cell is settled from the start: only the first of each cell can be the best.

So it is if at most one term sets candidates of a cell apart, and that by gains that never change.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from tamis.selection.cells import Cells
from tamis.selection.objective import Objective, Rows
from tamis.selection.scoring import alone, score


class Queues:
    """The candidates of each cell in a queue, the largest gain first, the lowest row first of equal ones."""

    def __init__(self, cells: Cells, candidates: Rows) -> None:
        self._cells, self._candidates = cells, candidates
        self._term = cells.rest[0] if cells.rest else None
        self._gains = np.zeros(len(candidates))
        order = np.arange(len(candidates))
        if self._term and (gains := self._term.gains):
            self._gains = gains.gains(candidates)
            order = _ascending(-self._gains if self._term.strength > 0 else self._gains)
        # Few cells fit 16 bits, which numpy sorts in linear time.
        cell = cells.of.astype(np.uint16) if cells.count <= 1 << 16 else cells.of
        order = order[np.argsort(cell[order], kind="stable")]
        self._rows, self._gains = candidates[order], self._gains[order]
        sizes = np.bincount(cells.of, minlength=cells.count)
        self._ends = np.cumsum(sizes)
        self._heads = self._ends - sizes
        self._open = np.flatnonzero(self._heads < self._ends)
        self._terms = (*cells.grouped, *cells.rest)
        self._refusing = [term.objective for term in self._terms if term.objective.allowed(candidates[:0]) is not None]

    def best(self) -> int | None:
        """The row to pick next; None if none may be."""
        self._skip_refused()
        if not len(self._open):
            return None
        heads = self._heads[self._open]
        rows = self._rows[heads]
        if not self._terms:
            return int(rows.min())
        values = self._cells.values(self._open)
        if self._term and (gains := self._term.gains):
            if not values:
                return int(rows[alone(self._term, self._gains[heads]).ties()].min())
            values.append(gains.base() + self._gains[heads])
        scores = score(self._terms, values)
        ties = scores.ties()
        if not math.isfinite(scores.low[ties[0]]) and any(
            value.min() <= 0 for value in values[: len(self._cells.grouped)]
        ):
            # Where one of these is 0, or no number comes of them, the gains make no difference within a cell.
            return min(self._lowest(cell) for cell in self._open[ties])
        return int(rows[ties].min() if len(ties) > 1 else rows[ties[0]])

    def remove(self, row: int) -> None:
        """Take it out: as a rule, the first of its queue."""
        cell = int(self._cells.of[np.searchsorted(self._candidates, row)])
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

    def _lowest(self, cell: int) -> int:
        """The lowest row of a cell that may be picked; there is one, since the first may be."""
        rows = self._rows[self._heads[cell] : self._ends[cell]]
        for objective in self._refusing:
            if (allowed := objective.allowed(rows)) is not None:
                rows = rows[allowed]
        return int(rows.min())

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
