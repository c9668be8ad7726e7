"""How close the samples that were not selected came to it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

from tamis.data.column import Column
from tamis.data.kind import Kind
from tamis.data.table import Table
from tamis.declarations.objective import Floats, Rows
from tamis.selection.bounds import upper_bounds
from tamis.selection.choosing import chooser_of
from tamis.selection.outcome import Outcome
from tamis.selection.recording import spread
from tamis.selection.scoring import Term, score

#: Candidates scored at a time.
CHUNK = 1 << 16
#: Up to so many pairs of a candidate and a selected sample, every candidate's nearest selected sample is looked for.
PAIRS = 1 << 24


def standings(outcome: Outcome) -> Table:
    """A row for each sample that was not selected; see `tamis.Selection.standings`."""
    selected = np.array([*outcome.preselected, *(pick.row for pick in outcome.picks)], dtype=np.intp)
    there = np.zeros(len(outcome.dataset), dtype=bool)
    there[outcome.pool] = True
    there[selected] = False
    left = np.flatnonzero(there[outcome.pool])
    removals = []
    for removal in outcome.removals:
        removals.append(np.zeros(len(outcome.dataset), dtype=bool))
        removals[-1][removal.rows] = True
        there |= removals[-1]
    rows = np.flatnonzero(there)
    columns = {}
    for removal, of_all in zip(outcome.removals, removals, strict=True):
        removed = of_all[rows]
        columns[f"{removal.entry.path}.removed"] = Column(
            "is removed", Kind.SCALAR, removed.view(np.int8), valid=removed
        )
    if outcome.terms and len(left):
        places = np.searchsorted(rows, outcome.pool[left])
        for name, column in _of_candidates(outcome, left):
            columns[name] = spread(column, places, len(rows))
    of_samples = outcome.sequences.spread
    names = tuple(outcome.dataset.samples[row] for row in outcome.sequences.samples(rows))
    return Table(names, {name: of_samples(column) for name, column in columns.items()})


def _of_candidates(outcome: Outcome, left: Rows) -> Iterator[tuple[str, Column]]:
    """Of the candidates that are left, column by column."""
    terms = list(outcome.terms.values())
    pairs = len(left) * (len(outcome.picks) + len(outcome.preselected))
    exact = pairs <= PAIRS or not any(term.gains and not term.gains.constant for term in terms)
    bounds = [term.objective.values(left) if exact else upper_bounds(term, left) for term in terms]
    refused = np.full(len(left), -1, dtype=np.int16)
    for number, term in enumerate(terms):
        if (allowed := term.objective.allowed(left)) is not None:
            refused[~allowed & (refused < 0)] = number
    chooser = chooser_of(terms)
    deciding = [number for number, term in enumerate(terms) if chooser in (None, term.objective)]
    places = _places([terms[number] for number in deciding], [bounds[number] for number in deciding], refused)
    paths = tuple(entry.path for entry in outcome.terms)
    yield "in_line", Column("place in line", Kind.SCALAR, places, valid=refused < 0)
    yield "exact", Column("is exact", Kind.SCALAR, np.full(len(left), exact, dtype=np.int8))
    yield "refused", Column("refused by", Kind.CATEGORY, refused, labels=paths, valid=refused >= 0)
    for path, term, bound in zip(paths, terms, bounds, strict=True):
        yield f"{path}.objective", Column("objective", Kind.SCALAR, bound)
        if (near := term.objective.nearest(left)) is not None:
            rows, distances = near
            valid = rows >= 0
            labels, codes = np.unique(rows[valid], return_inverse=True)
            named = np.full(len(left), -1, dtype=np.int64)
            named[valid] = codes
            names = tuple(outcome.dataset.samples[outcome.pool[row]] for row in labels)
            yield f"{path}.nearest", Column("near", Kind.CATEGORY, named, labels=names, valid=valid)
            yield f"{path}.distance", Column("far", Kind.SCALAR, distances, valid=valid)


def _places(terms: Sequence[Term], bounds: Sequence[Floats], refused: npt.NDArray[np.int16]) -> npt.NDArray[np.int64]:
    """The rank of each candidate for the next pick, by bounds of its objectives; those refused are the last."""
    order = np.full(len(refused), np.nan)  # which sorting puts last
    for start in range(0, len(refused), CHUNK):
        part = slice(start, start + CHUNK)
        scores = score(terms, [bound[part] for bound in bounds])
        np.copyto(order[part], -scores.high, where=refused[part] < 0)
    places = np.empty(len(refused), dtype=np.int64)
    places[np.argsort(order, kind="stable")] = np.arange(1, len(refused) + 1)
    return places
