"""Picking from shards: in rounds, from what they offer, while the best of that beats every bound of all others.

The gains of all candidates are brought up to date once a round, by whoever works on the shards. Between rounds the
picks are made from the offers alone, by the same search as without shards.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from tamis.declarations.objective import Rows
from tamis.selection.blocks import BLOCK, Blocks
from tamis.selection.bounds import Mark, bound_of
from tamis.selection.cells import Cells
from tamis.selection.offers import Call, Offer
from tamis.selection.scoring import Term
from tamis.selection.tiers import NOWHERE, Tier

#: Which share of its candidates a shard offers, at the least.
SHARE = 1 / 64

#: Asks every shard.
Ask = Callable[[Sequence[Call]], Sequence[Offer]]


class Rounds:
    """Candidates by position, and those of them that were offered last.

    Args:
        cells: Theirs.
        candidates: Their rows, ascending.
        parts: Which of them each shard has.
        picks: Rows that are in the selection from the start.
        ask: Asks every shard.
        least: How many are offered together, at the least.
    """

    def __init__(
        self,
        cells: Cells,
        candidates: Rows,
        parts: Sequence[slice],
        picks: Sequence[int],
        ask: Ask,
        least: int = BLOCK,
    ) -> None:
        self._cells, self._rows, self._parts, self._ask = cells, candidates, parts, ask
        self._picks, self._least = list(picks), -(-least // len(parts))
        self._alone = len(cells.rest) == 1 and not cells.grouped
        self._factor = 1
        #: How many picks each shard knows, and which rows it need not offer again.
        self._known, self._gone = 0, candidates[:0]
        #: The terms when shards were last asked, and what they said of candidates that they didn't offer.
        self._marks: dict[Term, Mark] = {}
        self._others = Tier(np.arange(0), np.empty(0), NOWHERE)
        self._offered: Blocks | None = None

    def best(self) -> int | None:
        """The row to pick next; None if none may be."""
        while True:
            row = self._offered.best() if self._offered else None
            if self._offered and (self._others.is_all if row is None else self._wins(row)):
                return row
            self._have_offers()

    def remove(self, row: int) -> None:
        """Take a row out that has been added to every objective."""
        assert self._offered is not None  # noqa: S101 (the row is of it)
        self._offered.remove(row)
        self._picks.append(row)
        self._factor = 1

    def _wins(self, row: int) -> bool:
        """Whether a row, the best of those offered, comes before all others."""
        assert self._offered is not None  # noqa: S101 (the row is of it)
        if self._others.is_all:
            return True
        of_cells = self._cells.scores().high if self._cells.grouped else None
        bound = bound_of(self._others.outside, self._marks.values(), of_cells)
        least = float(self._offered.settled(np.array([row])).low[0])
        return least > bound or (least == bound < np.inf and row < self._others.lowest)

    def _have_offers(self) -> None:
        """Another round: more of each shard if there was no pick since the last."""
        gone = [self._gone, np.array(self._picks[self._known :], dtype=np.intp)]
        if self._offered:
            gone.append(self._offered.gone())
        self._gone = np.unique(np.concatenate(gone))
        of_cells = self._cells.scores().high if self._cells.grouped else np.empty(0)
        bases = tuple(term.gains.base() for term in self._cells.rest if term.gains)
        picks = np.array(self._picks, dtype=np.intp)
        calls = []
        for part in self._parts:
            count = self._factor * max(self._least, int(SHARE * (part.stop - part.start)))
            calls.append(Call(part, picks, self._known, self._gone, bases, of_cells, count))
        offers = self._ask(calls)
        self._known, self._factor = len(picks), 2 * self._factor
        self._marks = {} if self._alone else {term: Mark(term) for term in self._cells.rest}
        self._others = _joined([offer.others for offer in offers], alone=self._alone)
        for number, mark in enumerate(self._marks.values()):
            for offer in offers:
                mark.include(offer.spread[number])
        positions = np.concatenate([offer.positions for offer in offers])
        gains = [np.concatenate(each) for each in zip(*(offer.gains for offer in offers), strict=True)]
        seen = dict(zip(self._cells.rest, gains, strict=True))
        self._offered = Blocks(self._cells.take(positions), self._rows[positions], seen)


def _joined(tiers: Sequence[Tier], *, alone: bool) -> Tier:
    """What bounds the candidates outside of any."""
    outside = np.max([tier.outside for tier in tiers], axis=0)
    attaining = [tier.lowest for tier in tiers if not alone or tier.outside[0] == outside[0]]
    return Tier(tiers[0].positions, outside, min(attaining))
