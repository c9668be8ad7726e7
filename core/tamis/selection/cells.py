"""Cells of equal candidates: a value that is the same for all candidates of a cell is asked for once."""

from __future__ import annotations

from collections.abc import Sequence

import attrs
import numpy as np
import numpy.typing as npt

from tamis.declarations.objective import Floats, Rows
from tamis.selection.scoring import Scores, Term, score

#: Cells pay up to this number, or this share of the candidates.
MOST, SHARE = 256, 1 / 16


@attrs.frozen(eq=False)
class Cells:
    """Cells of candidates that have the same value in some of the terms, whatever is picked.

    Attributes:
        of: ``(n,)`` the cell of each candidate.
        count: How many cells there are.
        grouped: The terms that have one value in each cell.
        rest: All others.
    """

    of: npt.NDArray[np.intp]
    count: int
    grouped: tuple[Term, ...]
    rest: tuple[Term, ...]
    _asked: tuple[Rows, ...]
    """For each grouped term, one row of each of its groups."""
    _group: tuple[npt.NDArray[np.intp], ...]
    """For each grouped term, the group of each cell."""

    @classmethod
    def of_terms(cls, terms: Sequence[Term], candidates: Rows) -> Cells:
        """From the groups of as many terms as pays, those with the fewest groups first.

        A single term made of gains has one cell: its gains, and not the values of groups, are what is compared.
        """
        most = max(MOST, int(SHARE * len(candidates)))
        found: list[tuple[int, int, Term, Rows]] = []
        for term in terms:
            alone = len(terms) == 1 and term.gains
            if not alone and (groups := term.objective.groups()) is not None:
                codes, count = _compact(groups[candidates])
                if count <= most:
                    found.append((count, len(found), term, codes))
        cell, count = np.zeros(len(candidates), dtype=np.intp), 1
        grouped, codes_of = [], []
        for groups_, _, term, codes in sorted(found, key=lambda item: item[:2]):
            if count * groups_ > 1 << 31:
                continue
            joined, cells = _compact(cell * groups_ + codes) if count > 1 else (codes, groups_)
            if cells <= most:
                cell, count = joined, cells
                grouped.append(term)
                codes_of.append(codes)
        first = _first(cell, count)
        return cls(
            cell,
            count,
            tuple(grouped),
            tuple(term for term in terms if term not in grouped),
            tuple(candidates[_first(codes, int(codes.max(initial=-1)) + 1)] for codes in codes_of),
            tuple(codes[first] for codes in codes_of),
        )

    def take(self, positions: npt.NDArray[np.intp]) -> Cells:
        """Those of some candidates."""
        return attrs.evolve(self, of=self.of[positions])

    def values(self, cells: npt.NDArray[np.intp]) -> list[Floats]:
        """For each grouped term, the value of each of some cells."""
        values = [term.objective.values(rows) for term, rows in zip(self.grouped, self._asked, strict=True)]
        if len(values) == 1 and len(cells) == self.count:
            return values  # the cells are its groups
        return [value[group[cells]] for value, group in zip(values, self._group, strict=True)]

    def scores(self) -> Scores:
        """Of every cell, by the grouped terms."""
        return score(self.grouped, self.values(np.arange(self.count)))


def _compact(codes: npt.NDArray[np.intp]) -> tuple[npt.NDArray[np.intp], int]:
    """The same groups, numbered from 0 without gaps, and how many there are."""
    if not len(codes):
        return codes, 0
    highest = int(codes.max()) + 1
    if highest > 4 * len(codes) + MOST:
        _, codes = np.unique(codes, return_inverse=True)
        return codes, int(codes.max()) + 1
    there = np.bincount(codes, minlength=highest) > 0
    if there.all():
        return codes.astype(np.intp, copy=False), highest
    return (np.cumsum(there) - 1)[codes], int(there.sum())


def _first(codes: npt.NDArray[np.intp], count: int) -> npt.NDArray[np.intp]:
    """The lowest position of each group."""
    first = np.empty(count, dtype=np.intp)
    first[codes[::-1]] = np.arange(len(codes) - 1, -1, -1)
    return first
