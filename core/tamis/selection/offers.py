"""What a shard of the candidates offers for the next picks: its best, and a bound of all others.

Nothing is kept in the process that works it out, but the shard's gains in a folder, in a file that is named after how
many picks they know. So any process may do it, and do it again: where the file is missing, the gains are those of the
start with all picks.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import attrs
import numpy as np

from tamis.declarations.objective import Floats, Gains, Rows
from tamis.errors import RunError
from tamis.selection.attribution import PlaceInConfig
from tamis.selection.blas_threads import one_blas_thread
from tamis.selection.checking import checked
from tamis.selection.scoring import Scores, positive_log
from tamis.selection.tiers import NOWHERE, Positions, Tier, largest


@attrs.frozen(eq=False)
class Factor:
    """A term of which each candidate has gains.

    Attributes:
        path: Where its entry stands in the config.
        objective: A copy to which nothing is added; None if gains never change.
        strength: Its power in the product.
        gains: ``(n,)`` of each candidate, before anything is added.
        size: How many rows the objective knows.
    """

    path: str
    objective: Gains | None
    strength: float
    gains: Floats
    size: int

    def after(self, rows: Rows, gains: Floats, added: Rows) -> Floats:
        """Gains of some rows once others have been added."""
        objective = checked(self.objective, self.size, PlaceInConfig(self.path)) if self.objective else None
        found = objective.after(rows, gains, added) if isinstance(objective, Gains) else None
        return gains if found is None else found


@attrs.frozen(eq=False)
class Call:
    """What a shard is asked.

    Attributes:
        part: Which of the candidates it has.
        picks: All rows that are in the selection, in order.
        before: How many of those there were when it was asked before.
        gone: Rows that can't be picked any more.
        bases: For each factor, what its gains are added to.
        of_cells: For each cell, an upper bound of what the other terms make of it; empty if there are none.
        count: How many to offer.
    """

    part: slice
    picks: Rows
    before: int
    gone: Rows
    bases: tuple[float, ...]
    of_cells: Floats
    count: int


@attrs.frozen(eq=False)
class Offer:
    """What it answers.

    Attributes:
        positions: ``(k,)`` which of the candidates are offered, ascending.
        gains: For each factor, ``(k,)`` their gains.
        others: What bounds those that are not.
        spread: For each factor, the least and the largest gain of those that are not.
    """

    positions: Positions
    gains: tuple[Floats, ...]
    others: Tier
    spread: tuple[Floats, ...]


@attrs.frozen(eq=False)
class ShardedCandidates:
    """The candidates, of which each shard is a part.

    Attributes:
        rows: ``(n,)`` theirs, ascending.
        cells: ``(n,)`` the cell of each; empty if there is one only.
        factors: The terms that aren't the same for all candidates of a cell.
        folder: Where gains are kept, and every process can read and write.
    """

    rows: Rows
    cells: Positions
    factors: tuple[Factor, ...]
    folder: str

    def offer(self, call: Call) -> Offer:
        """What a shard offers."""
        rows = self.rows[call.part]
        with one_blas_thread():
            gains = [self._gains(number, factor, call) for number, factor in enumerate(self.factors)]
        cells = self.cells[call.part] if len(self.cells) else np.zeros(len(rows), dtype=np.intp)
        alone = len(gains) == 1 and not len(call.of_cells)
        bounds = gains[0] if alone else self._product(gains, call.bases, len(rows))
        left = np.ones(len(rows), dtype=bool)
        gone = np.searchsorted(rows, call.gone)
        left[gone[(gone < len(rows)) & (rows[np.minimum(gone, len(rows) - 1)] == call.gone)]] = False
        there = np.flatnonzero(left)
        totals = bounds[there]
        if len(call.of_cells):
            of_cells = call.of_cells[cells[there]]
            totals = (Scores(totals, totals) + Scores(of_cells, of_cells)).high
        inside = largest(totals, call.count)
        everything = Tier(there, np.full(max(len(call.of_cells), 1), -np.inf), NOWHERE)
        tier = everything.part(inside, bounds[there], rows, cells, alone=alone)
        outside = there[~inside]
        return Offer(
            call.part.start + tier.positions,
            tuple(each[tier.positions] for each in gains),
            tier.keeping(tier.positions[:0]),
            tuple(_ends(each[outside]) for each in gains),
        )

    def _product(self, gains: Sequence[Floats], bases: Sequence[float], count: int) -> Floats:
        """The part that these terms have in each score."""
        total = np.zeros(count)
        with np.errstate(invalid="ignore"):
            for factor, base, gained in zip(self.factors, bases, gains, strict=True):
                total += factor.strength * positive_log(base + gained)
        total[np.isnan(total)] = -np.inf
        return total

    def _gains(self, number: int, factor: Factor, call: Call) -> Floats:
        """Those of a shard with all picks."""
        gains, seen, picks = factor.gains[call.part], 0, len(call.picks)
        if factor.objective is None or not picks:
            return gains
        for known in dict.fromkeys((picks, call.before)):
            with suppress(OSError, ValueError):  # there is none, or what a full disk has left of it
                gains, seen = np.load(self._file(number, call.part, known)), known
                break
        if seen == picks:
            return gains
        found = factor.after(self.rows[call.part], gains, call.picks[seen:])
        self._keep(number, call.part, found, picks)
        with suppress(OSError):
            self._file(number, call.part, call.before).unlink()
        return found

    def _keep(self, number: int, part: slice, gains: Floats, picks: int) -> None:
        path = self._file(number, part, picks)
        unfinished = path.with_suffix(f".{os.getpid()}")
        try:
            with unfinished.open("wb") as file:
                np.save(file, gains)
            unfinished.replace(path)
        except OSError as error:
            raise RunError(
                f"a worker can't write to {self.folder!r}: {error.strerror or error}; it must be a folder with room "
                "that all workers share: name one by the variable TMPDIR"
            ) from error

    def _file(self, number: int, part: slice, picks: int) -> Path:
        return Path(self.folder) / f"gains-{number}-{part.start}-{picks}.npy"


def _ends(gains: Floats) -> Floats:
    """The least and the largest; nothing of nothing."""
    return np.array([gains.min(), gains.max()]) if len(gains) else gains
