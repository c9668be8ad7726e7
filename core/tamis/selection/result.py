"""The result of a selection, and why it is what it is."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from importlib.metadata import version
from typing import Any

import attrs
import numpy as np

from tamis.column import Column
from tamis.config.plan import Entry, Plan
from tamis.dataset.dataset import Dataset
from tamis.declarations import Kind
from tamis.discovery.finding import OWN_DISTRIBUTION, Plugin
from tamis.discovery.hookspecs import HOOK_API
from tamis.failure import Failure
from tamis.lightly.predictions import Predictions
from tamis.selection.bounds import upper_bounds
from tamis.selection.explaining import Record
from tamis.selection.greedy import Pick
from tamis.selection.objective import Rows
from tamis.selection.scoring import Term, score
from tamis.table import Table

#: Candidates scored at a time.
CHUNK = 1 << 16


@attrs.frozen(eq=False)
class Removal:
    """The rows that one filter removes."""

    entry: Entry
    rows: Rows


@attrs.frozen(eq=False, kw_only=True, slots=False)
class Selection:
    """What was selected, in which order, and what became of every other sample.

    Attributes:
        dataset: What was selected from.
        plan: The config as run.
        columns: The input of each of the plan's entries.
        failures: What went wrong with single samples.
        usable: Rows of the samples that could be read and have a value of every input.
        removals: What each filter removed of them.
        picks: What was picked, in order.
        terms: The entries whose objectives the picks carry, and those as they are in the end.
        pool: Rows of the samples that the objectives know: the candidates, and those preselected.
        preselected: Rows of the samples that were selected from the start.
        limit: How many samples were asked for.
        stopped: Why there are no more picks.
        notes: What the user should know about the outcome.
        outlook: Those notes that were known before the first pick.
        plugins: Every plugin that took part.
        predictions: Those of every task that an input read.
        excluded: Rows of samples that are masked where their vectors come from.
        embeddings: How vectors were made; None if no input needed any.
        reused: Of how many samples everything that is measured came from the store.
    """

    dataset: Dataset
    plan: Plan
    columns: tuple[Column, ...]
    failures: tuple[Failure, ...]
    usable: Rows
    removals: tuple[Removal, ...]
    picks: tuple[Pick, ...]
    terms: Mapping[Entry, Term]
    pool: Rows
    preselected: Rows
    limit: int
    stopped: str
    notes: tuple[str, ...]
    outlook: tuple[str, ...]
    plugins: tuple[Plugin, ...]
    predictions: tuple[Predictions, ...] = ()
    excluded: Rows = attrs.field(factory=lambda: np.arange(0))
    embeddings: Mapping[str, Any] | None = None
    reused: int = 0

    @cached_property
    def selected(self) -> tuple[str, ...]:
        """Names of the selected samples, in the order picked."""
        return tuple(self.dataset.samples[pick.row] for pick in self.picks)

    @cached_property
    def ranks(self) -> Mapping[str, int]:
        """The rank of each selected sample; 1 was picked first."""
        return {sample: rank for rank, sample in enumerate(self.selected, start=1)}

    def table(self) -> Table:
        """A row for each sample: every scalar and categorical input, ``selected`` (0 or 1) and ``rank``."""
        ranks = np.zeros(len(self.dataset), dtype=np.int64)
        for rank, pick in enumerate(self.picks, start=1):
            ranks[pick.row] = rank
        columns = {name: c for name, c in self._inputs.items() if c.kind in (Kind.SCALAR, Kind.CATEGORY)}
        columns["selected"] = Column("is selected", Kind.SCALAR, (ranks > 0).astype(np.int64))
        columns["rank"] = Column("rank of pick", Kind.SCALAR, ranks, valid=ranks > 0)
        return Table(self.dataset.samples, columns, self.failures)

    def inputs(self) -> Mapping[str, Column]:
        """The columns of all inputs by name; where two share a name and differ, the later gets its path too."""
        return self._inputs

    @cached_property
    def _inputs(self) -> dict[str, Column]:
        named: dict[str, Column] = {}
        for entry, column in zip(self.plan.entries, self.columns, strict=True):
            if not named.setdefault(column.name, column).equals(column):
                named[f"{column.name}#{entry.path}"] = column
        return named

    def standings(self) -> Table:
        """A row for each sample that could have been selected and was not, and how it stood in the end.

        ``<path>.removed`` is 1 if that filter removed it; what follows is of the others. ``in_line`` is about its place
        for the next pick; ``<path>.objective`` what that strategy's objective would be with it at the most,
        ``<path>.nearest`` and ``<path>.distance`` a selected sample close to it and how far that is: there may be
        closer ones to samples that could be told to lose without looking. ``refused`` is the path of a strategy that
        doesn't let it be picked; it has no place then.
        """
        selected = np.array([*self.preselected, *(pick.row for pick in self.picks)], dtype=np.intp)
        there = np.zeros(len(self.dataset), dtype=bool)
        there[self.pool] = True
        there[selected] = False
        left = np.flatnonzero(there[self.pool])
        removals = []
        for removal in self.removals:
            removals.append(np.zeros(len(self.dataset), dtype=bool))
            removals[-1][removal.rows] = True
            there |= removals[-1]
        rows = np.flatnonzero(there)
        columns = {}
        for removal, of_all in zip(self.removals, removals, strict=True):
            removed = of_all[rows]
            columns[f"{removal.entry.path}.removed"] = Column(
                "is removed", Kind.SCALAR, removed.view(np.int8), valid=removed
            )
        places = np.searchsorted(rows, self.pool[left])
        for name, column in self._standings(left).items():
            columns[name] = column if len(left) == len(rows) else _spread(column, places, len(rows))
        return Table(tuple(self.dataset.samples[row] for row in rows), columns)

    def _standings(self, left: Rows) -> dict[str, Column]:
        """How the candidates stand that are left."""
        columns: dict[str, Column] = {}
        bounds = [upper_bounds(term, left) for term in self.terms.values()]
        if not bounds or not len(left):
            return columns
        refused = np.full(len(left), -1, dtype=np.int16)
        for number, term in enumerate(self.terms.values()):
            if (allowed := term.objective.allowed(left)) is not None:
                refused[~allowed & (refused < 0)] = number
        order = np.full(len(left), np.nan)  # which sorting puts last
        for start in range(0, len(left), CHUNK):
            part = slice(start, start + CHUNK)
            scores = score(list(self.terms.values()), [bound[part] for bound in bounds])
            np.copyto(order[part], -scores.high, where=refused[part] < 0)
        places = np.empty(len(left), dtype=np.int64)
        places[np.argsort(order, kind="stable")] = np.arange(1, len(left) + 1)
        paths = tuple(entry.path for entry in self.terms)
        columns["in_line"] = Column("place in line", Kind.SCALAR, places, valid=refused < 0)
        columns["refused"] = Column("refused by", Kind.CATEGORY, refused, labels=paths, valid=refused >= 0)
        for (entry, term), bound in zip(self.terms.items(), bounds, strict=True):
            columns[f"{entry.path}.objective"] = Column("objective", Kind.SCALAR, bound)
            if (near := term.objective.nearest(left)) is not None:
                rows, distances = near
                labels, codes = np.unique(rows[rows >= 0], return_inverse=True)
                named = np.full(len(left), -1, dtype=np.int64)
                named[rows >= 0] = codes
                valid = rows >= 0
                near_names = tuple(self.dataset.samples[self.pool[row]] for row in labels)
                columns[f"{entry.path}.nearest"] = Column("near", Kind.CATEGORY, named, labels=near_names, valid=valid)
                columns[f"{entry.path}.distance"] = Column("far", Kind.SCALAR, distances, valid=valid)
        return columns

    def manifest(self) -> dict[str, Any]:
        """Everything about the run as JSON data: the content of ``selection.json``."""
        seen = np.zeros(len(self.dataset), dtype=bool)
        removed = []
        for removal in self.removals:
            new = int(np.count_nonzero(~seen[removal.rows]))
            seen[removal.rows] = True
            removed.append({"path": removal.entry.path, "strategy": removal.entry.strategy.type, "samples": new})
        return {
            "tamis": version(OWN_DISTRIBUTION),
            "hook_api": HOOK_API,
            "plugins": [
                {"kind": p.kind, "key": p.key, "distribution": p.distribution, "version": p.version}
                for p in self.plugins
            ],
            "config": self.plan.config,
            "seeds": self.plan.seeds(),
            "counts": {
                "input": len(self.dataset) + len(self.dataset.failures),
                "failed": len(self.dataset) - len(self.usable) - len(self.excluded) + len(self.dataset.failures),
                "excluded": len(self.excluded),
                "ignored_files": self.dataset.ignored,
                "preselected": len(self.preselected),
                "removed": removed,
                "candidates": len(self.pool) - len(self.preselected),
                "asked_for": self.limit,
                "selected": len(self.picks),
            },
            "measured": {"reused": self.reused, "computed": len(self.dataset) - self.reused},
            "predictions": {
                read.schema.name: {
                    "present": int((read.present & read.valid).sum()),
                    "missing": int((~read.present & read.valid).sum()),
                    "invalid": len(read.reasons),
                    "objects": int(read.counts.sum()),
                }
                for read in self.predictions
            },
            "embeddings": self.embeddings,
            "stopped": self.stopped,
            "notes": list(self.notes),
            "columns": {entry.path: name for entry, name in zip(self.plan.entries, self._column_names, strict=True)},
            "objectives": {
                entry.path: {"strength": term.strength, "refusal": term.objective.refusal}
                for entry, term in self.terms.items()
            },
            "preselected": [self.dataset.samples[row] for row in self.preselected],
            "excluded": [self.dataset.samples[row] for row in self.excluded],
            "picks": [self._told(rank, pick) for rank, pick in enumerate(self.picks, start=1)],
        }

    @cached_property
    def _column_names(self) -> tuple[str, ...]:
        """Under which name the column of each entry is in the table."""
        names = []
        for entry, column in zip(self.plan.entries, self.columns, strict=True):
            apart = f"{column.name}#{entry.path}"
            names.append(apart if apart in self._inputs else column.name)
        return tuple(names)

    @cached_property
    def _values(self) -> dict[str, dict[int, Any]]:
        """What the table has of the picks, column by column, by row."""
        rows = np.sort(np.array([pick.row for pick in self.picks], dtype=np.intp))
        columns = {name: c for name, c in self._inputs.items() if c.kind in (Kind.SCALAR, Kind.CATEGORY)}
        return {name: dict(zip(rows.tolist(), c.take(rows).cells(), strict=True)) for name, c in columns.items()}

    def _told(self, rank: int, pick: Pick) -> dict[str, Any]:
        """A pick as JSON data."""
        paths = [entry.path for entry in self.terms]
        near = {path: found for path, found in zip(paths, pick.nearest, strict=True) if found is not None}
        row = pick.row
        names = {entry.path: name for entry, name in zip(self.plan.entries, self._column_names, strict=True)}
        values = {path: self._values[name][row] for path, name in names.items() if name in self._values}
        return {
            "rank": rank,
            "sample": self.dataset.samples[row],
            "values": values,
            "before": dict(zip(paths, pick.before, strict=True)),
            "objectives": dict(zip(paths, pick.objectives, strict=True)),
            "nearest": {
                path: {"sample": self.dataset.samples[other], "distance": distance}
                for path, (other, distance) in near.items()
            },
        }

    def explain(self, sample: str) -> str:
        """Why this sample was, or was not, selected, in a few lines.

        Raises:
            KeyError: the dataset has no such sample.
        """
        failed = [str(failure) for failure in self.failures if failure.sample == sample]
        values = self.table().row(sample)
        if not values and not failed:
            raise KeyError(f"the dataset has no sample {sample!r}")
        manifest, standings = self._recorded
        return Record(manifest, values, standings.row(sample), failed).explain(sample)

    @cached_property
    def _recorded(self) -> tuple[dict[str, Any], Table]:
        """Once for all explanations."""
        return self.manifest(), self.standings()


def _spread(column: Column, places: Rows, rows: int) -> Column:
    """The column over more rows, with its own in these places."""
    values, valid = np.zeros(rows, column.values.dtype), np.zeros(rows, dtype=bool)
    values[places], valid[places] = column.values, column.valid
    return attrs.evolve(column, values=values, valid=valid)
