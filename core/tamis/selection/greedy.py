"""The combination rule: pick one sample at a time, the one that makes the product of objectives largest.

For each candidate the product over strategies of ``objective ** strength`` is taken as a sum of logarithms in
float64, where each objective is that of the whole selection with the candidate added. Sums that differ by no more
than the rounding of their logarithms are a tie, which the lowest row wins: so a pick doesn't depend on the last bit of
a logarithm, which differs between processors. If there is one strategy only, its values are compared as they are.

How many candidates have to be looked at depends on what the objectives tell about themselves: see
`tamis.selection.queues` and `tamis.selection.blocks`. The picks don't depend on it.

An objective that chooses the whole selection takes the place of this rule: see `tamis.selection.choosing`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

import attrs
import numpy as np

from tamis.declarations.objective import Level, Rows
from tamis.progress import Monitor, Progress
from tamis.selection.blas_threads import one_blas_thread
from tamis.selection.blocks import Blocks
from tamis.selection.cells import Cells
from tamis.selection.choosing import Chosen, chooser_of
from tamis.selection.queues import Queues
from tamis.selection.scoring import Term


@attrs.frozen
class Pick:
    """One sample picked.

    Attributes:
        row: Which.
        before: The objective of each term without it; None where that isn't known.
        objectives: The objective of each term, this sample included.
        nearest: For each term, the picked or preselected row that is closest to it and its distance, if any.
        effects: For each term, the levels that it changes.
    """

    row: int
    before: tuple[float | None, ...]
    objectives: tuple[float | None, ...]
    nearest: tuple[tuple[int, float] | None, ...] = ()
    effects: tuple[tuple[Level, ...], ...] = ()


class Search(Protocol):
    """Finds the best of the candidates that are left."""

    def best(self) -> int | None:
        """The row to pick next; None if none may be."""

    def remove(self, row: int) -> None:
        """Take a row out, now that it has been added to every objective."""


def search(terms: Sequence[Term], candidates: Rows) -> Search:
    """The fastest search that these terms allow: see `Queues` and `Blocks`."""
    cells = Cells.of_terms(terms, candidates)
    return Queues(cells, candidates) if in_queues(cells, candidates) else Blocks(cells, candidates)


def in_queues(cells: Cells, candidates: Rows) -> bool:
    """Whether the order of candidates never changes within a cell."""
    settled = [term for term in cells.rest if term.gains and term.gains.constant]
    terms = (*cells.grouped, *cells.rest)
    refuses_for_good = all(term.objective.final or term.objective.allowed(candidates[:0]) is None for term in terms)
    return len(cells.rest) <= 1 and len(settled) == len(cells.rest) and refuses_for_good


@one_blas_thread()
def pick(
    terms: Sequence[Term],
    candidates: Rows,
    limit: int,
    monitor: Monitor,
    preselected: Sequence[int] = (),
    find: Callable[[Sequence[Term], Rows], Search] = search,
) -> tuple[list[Pick], str]:
    """Pick up to ``limit`` of the candidates.

    Args:
        terms: The factors. Without any, candidates are picked in their own order.
        candidates: Row numbers, ascending.
        limit: How many at most.
        monitor: Told after every hundredth part of the picks.
        preselected: Rows, none of them a candidate, that are in the selection from the start.
        find: Makes the search.

    Returns:
        The picks in order, and why there are no more.

    Raises:
        Cancelled: the caller asked for it.
    """
    picks: list[Pick] = []
    for given in preselected:
        for term in terms:
            term.objective.add(given)
    recorder = Recorder(terms)
    found: Search
    if chooser := chooser_of(terms):
        found = Chosen(chooser, terms, candidates, limit, monitor)
    else:
        found = find(terms, candidates)
    while len(picks) < limit:
        monitor.check()
        for term in terms:
            if reason := term.objective.finished():
                return picks, reason
        if len(picks) == len(candidates):
            return picks, "no candidate is left"
        if (row := found.best()) is None:
            why = "; ".join(dict.fromkeys(term.objective.refusal for term in terms if term.objective.refusal))
            return picks, "every candidate that is left is rejected" + (f": {why}" if why else "")
        picks.append(recorder.add(row))
        found.remove(row)
        if len(picks) % max(1, limit // 100) == 0:
            monitor.report(Progress("selecting", len(picks), limit))
    return picks, "as many samples as asked for"


class Recorder:
    """Adds rows to every objective, and records what that does."""

    def __init__(self, terms: Sequence[Term]) -> None:
        self._terms = terms
        self._objectives = tuple(term.objective.value() for term in terms)
        self._silent = [objective is None for objective in self._objectives]

    def add(self, row: int) -> Pick:
        """Of an objective whose value isn't known, the record has the value that it was compared by."""
        one, before, after = np.array([row]), self._objectives, []
        nearest = tuple(_nearest(term, one) for term in self._terms)
        effects = tuple(tuple(term.objective.effect(row)) for term in self._terms)
        for term, silent in zip(self._terms, self._silent, strict=True):
            compared = float(term.objective.values(one)[0]) if silent else None
            term.objective.add(row)
            after.append(compared if silent else term.objective.value())
        self._objectives = tuple(after)
        return Pick(row, before, self._objectives, nearest, effects)


def _nearest(term: Term, one: Rows) -> tuple[int, float] | None:
    """The selected row that is nearest to a row that is about to be added, and its distance."""
    if term.gains and not term.gains.constant:
        term.gains.exact(one)  # the nearest is known then
    found = term.objective.nearest(one)
    return None if found is None or found[0][0] < 0 else (int(found[0][0]), float(found[1][0]))
