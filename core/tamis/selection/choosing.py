"""Selections that one objective chooses as a whole."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from tamis.declarations.objective import Chooser, Floats, Rows
from tamis.progress import Monitor, Progress
from tamis.selection.scoring import Term


def chooser_of(terms: Sequence[Term]) -> Chooser | None:
    """The objective that chooses the whole selection, if there is one."""
    return next((term.objective for term in terms if isinstance(term.objective, Chooser)), None)


class Chosen:
    """What an objective has chosen of the candidates that may be picked, from the first to the last."""

    def __init__(self, chooser: Chooser, terms: Sequence[Term], candidates: Rows, limit: int, monitor: Monitor) -> None:
        self._terms, self._place = terms, 0
        rows = candidates[self._allowed(candidates)]
        count = min(limit, len(rows))

        def report(done: int, total: int) -> None:
            monitor.check()
            monitor.report(Progress("preparing", done, total))

        self._rows = chooser.choose(rows, count, self._utility(rows), report) if count else rows[:0]

    def best(self) -> int | None:
        """The next of them; None if none that is left may be picked."""
        left = self._rows[self._place :]
        allowed = np.flatnonzero(self._allowed(left))
        self._place += int(allowed[0]) if len(allowed) else len(left)
        return int(self._rows[self._place]) if len(allowed) else None

    def remove(self, row: int) -> None:
        """Go on to the one after it."""
        self._place += 1

    def _utility(self, rows: Rows) -> Floats:
        gains = (term.strength * term.gains.exact(rows) for term in self._terms if term.gains)
        utility: Floats = np.sum([np.zeros(len(rows)), *gains], axis=0)
        return utility

    def _allowed(self, rows: Rows) -> npt.NDArray[np.bool_]:
        asked = (term.objective.allowed(rows) for term in self._terms)
        free = np.ones(len(rows), dtype=bool)
        allowed: npt.NDArray[np.bool_] = np.logical_and.reduce([free, *(each for each in asked if each is not None)])
        return allowed
