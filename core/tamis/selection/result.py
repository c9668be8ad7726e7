"""The result of a selection, and why it is what it is."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any, NoReturn

import attrs
import numpy as np

from tamis.data.column import Column
from tamis.data.failure import Failure
from tamis.data.kind import Kind
from tamis.data.predictions import Predictions
from tamis.data.table import Table
from tamis.dataset.dataset import Dataset
from tamis.declarations.objective import Rows
from tamis.discovery.finding import Plugin
from tamis.planning.plan import Entry, Plan
from tamis.selection.explaining import Record
from tamis.selection.greedy import Pick
from tamis.selection.manifest import manifest
from tamis.selection.scoring import Term
from tamis.selection.standings import standings


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

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {len(self.picks)} from {len(self.dataset)} samples: {self.stopped}>"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a Selection can't be pickled or copied: send its `manifest()`, which is JSON data")

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
        return standings(self)

    def manifest(self) -> dict[str, Any]:
        """Everything about the run as JSON data: the content of ``selection.json``."""
        return manifest(self)

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
