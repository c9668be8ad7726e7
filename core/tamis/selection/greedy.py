"""The combination rule: pick one sample at a time, the one that makes the product of objectives largest.

For each candidate the product over strategies of ``objective ** strength`` is taken as a sum of logarithms in
float64, where each objective is that of the whole selection with the candidate added. Sums that differ by no more
than the rounding of their logarithms are a tie, which the lowest row wins: so a pick doesn't hang on the last bit of
a logarithm, which differs between processors. The objectives of a single strategy are compared as they are.

Each pick looks at every candidate left: the time is proportional to candidates x picks x strategies.
"""

from __future__ import annotations

from collections.abc import Sequence

import attrs
import numpy as np

from tamis.progress import Monitor, Progress
from tamis.selection.objective import Objective, Rows, positive_log

#: How many units in the last place the logarithms of a sum may be off.
ROUNDING = 4 * np.finfo(np.float64).eps


@attrs.frozen
class Term:
    """One factor of the product."""

    objective: Objective
    strength: float


@attrs.frozen
class Pick:
    """One sample picked.

    Attributes:
        row: Which.
        objectives: The objective of each term, this sample included.
    """

    row: int
    objectives: tuple[float, ...]


def pick(terms: Sequence[Term], candidates: Rows, limit: int, monitor: Monitor) -> tuple[list[Pick], str]:
    """Pick up to ``limit`` of the candidates.

    Args:
        terms: The factors. Without any, candidates are picked in their own order.
        candidates: Row numbers, ascending.
        limit: How many at most.
        monitor: Told after every hundredth part of the picks.

    Returns:
        The picks in order, and why there are no more.

    Raises:
        Cancelled: the caller asked for it.
    """
    left = candidates
    picks: list[Pick] = []
    while len(picks) < limit:
        monitor.check()
        eligible = left
        for term in terms:
            if reason := term.objective.finished():
                return picks, reason
            if (allowed := term.objective.allowed(eligible)) is not None:
                eligible = eligible[allowed]
        if not len(eligible):
            return picks, "no candidate is left" if not len(left) else "no candidate left is allowed"
        values = [term.objective.values(eligible) for term in terms]
        best = _best(values, terms, len(eligible))
        row = int(eligible[best])
        picks.append(Pick(row, tuple(float(value[best]) for value in values)))
        for term in terms:
            term.objective.add(row)
        left = left[left != row]
        if len(picks) % max(1, limit // 100) == 0:
            monitor.report(Progress("selecting", len(picks), limit))
    return picks, "as many samples as asked for"


def _best(values: Sequence[np.ndarray[tuple[int], np.dtype[np.float64]]], terms: Sequence[Term], n: int) -> int:
    """The first position whose product is the largest; products that are no number come last."""
    if len(terms) == 1:
        return int(np.argmax(values[0] if terms[0].strength > 0 else -values[0]))
    total = np.zeros(n)
    size = np.zeros(n)
    with np.errstate(invalid="ignore"):  # 0 ** a * 0 ** -b is no number
        for value, term in zip(values, terms, strict=True):
            logs = term.strength * positive_log(value)
            total += logs
            size += abs(term.strength) + np.abs(logs)
    total[np.isnan(total)] = -np.inf
    best = int(np.argmax(total))
    if not np.isfinite(total[best]):
        return best
    return int(np.argmax(total >= total[best] - ROUNDING * size[best]))
