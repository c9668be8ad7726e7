"""The search for the best of candidates that are worked on in shards: the picks are those without."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path

import numpy as np

from tamis.declarations.objective import Gains, Rows
from tamis.errors import ConfigError, Problem
from tamis.measuring.run import Run
from tamis.planning.plan import Entry
from tamis.selection.blocks import BLOCK
from tamis.selection.cells import Cells
from tamis.selection.greedy import Search, in_queues, search
from tamis.selection.offers import Factor, ShardedCandidates
from tamis.selection.rounds import Rounds
from tamis.selection.scoring import Term
from tamis.selection.shard_workers import shard_workers
from tamis.workspaces import workspace

NO_ROWS = np.arange(0)


@contextmanager
def sharded(
    count: int,
    terms: Mapping[Entry, Term],
    candidates: Rows,
    given: Sequence[int],
    size: int,
    run: Run,
    least: int = BLOCK,
) -> Iterator[Callable[[Sequence[Term], Rows], Search]]:
    """Makes the search, as long as this lasts. Where nothing has to be kept up to date, it has no need of shards.

    Args:
        count: How many shards, each of consecutive candidates.
        terms: The factors, to which nothing has been added yet.
        candidates: Row numbers, ascending.
        given: Rows, none of them a candidate, that are in the selection from the start.
        size: How many rows the objectives know.
        run: Where to work on shards.
        least: How many of the candidates they offer together in a round, at the least.

    Raises:
        ConfigError: a strategy can't be worked on in shards.
        RunError: the workers can't do it.
    """
    cells = Cells.of_terms(list(terms.values()), candidates)
    if in_queues(cells, candidates) or not len(candidates):
        yield search
        return
    entries = {term: entry for entry, term in terms.items()}
    for entry, term in terms.items():
        if term.objective.allowed(NO_ROWS) is not None and not term.objective.final:
            raise _refused(entry, "it rejects samples that it may allow again")
    factors = tuple(_factor(entries[term], term, candidates, size) for term in cells.rest)
    strategies = [entries[term].strategy.type for term in cells.rest]
    ends = np.linspace(0, len(candidates), min(count, len(candidates)) + 1).astype(int).tolist()
    parts = [slice(start, stop) for start, stop in pairwise(ends)]
    with workspace(Path(tempfile.gettempdir())) as space, shard_workers(strategies, run) as workers:
        (folder := space.place("shards")).mkdir()
        of = cells.of if cells.count > 1 else NO_ROWS
        ask = workers.asking(ShardedCandidates(candidates, of, factors, str(folder)))
        yield lambda _, rows: Rounds(cells, rows, parts, given, ask, least)


def _factor(entry: Entry, term: Term, candidates: Rows, size: int) -> Factor:
    """Raises `ConfigError` if it can't be one."""
    if not (gains := term.gains):
        raise _refused(entry, "it tells nothing of how its values change")
    if gains.constant:
        return Factor(entry.path, None, term.strength, gains.gains(candidates), size)
    if term.strength <= 0:
        raise _refused(entry, "its strength is negative")
    objective = gains.part(np.arange(size))
    if not isinstance(objective, Gains) or objective.after(NO_ROWS, np.empty(0), NO_ROWS) is None:
        raise _refused(entry, "its gains with further samples can't be told from those before")
    return Factor(entry.path, objective, term.strength, gains.gains(candidates), size)


def _refused(entry: Entry, why: str) -> ConfigError:
    message = f"{entry.strategy.type} can't be worked on in shards here, since {why}: select without shards"
    return ConfigError((Problem(f"{entry.path}.strategy", message),))
