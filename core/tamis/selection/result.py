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
from tamis.selection.greedy import Pick
from tamis.selection.objective import Rows
from tamis.table import Table


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
        terms: The entries whose objectives the picks carry.
        limit: How many samples were asked for.
        stopped: Why there are no more picks.
        notes: What the user should know about the outcome.
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
    terms: tuple[Entry, ...]
    limit: int
    stopped: str
    notes: tuple[str, ...]
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
        columns = {name: c for name, c in self.inputs().items() if c.kind in (Kind.SCALAR, Kind.CATEGORY)}
        columns["selected"] = Column("is selected", Kind.SCALAR, (ranks > 0).astype(np.int64))
        columns["rank"] = Column("rank of pick", Kind.SCALAR, ranks, valid=ranks > 0)
        return Table(self.dataset.samples, columns, self.failures)

    def inputs(self) -> dict[str, Column]:
        """The columns of all inputs by name; where two share a name and differ, the later gets its path too."""
        named: dict[str, Column] = {}
        for entry, column in zip(self.plan.entries, self.columns, strict=True):
            if not named.setdefault(column.name, column).equals(column):
                named[f"{column.name}#{entry.path}"] = column
        return named

    def manifest(self) -> dict[str, Any]:
        """Everything about the run as JSON data: the content of ``selection.json``."""
        seen = self.usable[:0]
        removed = []
        for removal in self.removals:
            new = np.setdiff1d(removal.rows, seen)
            seen = np.union1d(seen, new)
            strategy = removal.entry.strategy.type
            removed.append({"path": removal.entry.path, "strategy": strategy, "samples": len(new)})
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
                "removed": removed,
                "candidates": len(self.usable) - len(seen),
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
            "picks": [
                {
                    "rank": rank,
                    "sample": self.dataset.samples[pick.row],
                    "objectives": {entry.path: value for entry, value in zip(self.terms, pick.objectives, strict=True)},
                }
                for rank, pick in enumerate(self.picks, start=1)
            ],
        }

    def explain(self, sample: str) -> str:
        """Why this sample was, or was not, selected, in a few lines.

        Raises:
            KeyError: the dataset has no such sample.
        """
        failed = [failure for failure in self.failures if failure.sample == sample]
        if sample not in self.dataset.samples:
            if failed:
                return f"{sample} is not a sample.\n" + "\n".join(map(str, failed))
            raise KeyError(sample)
        row = self.dataset.samples.index(sample)
        lines = [self._verdict(sample, row)]
        lines += [f"  {failure}" for failure in failed]
        for entry, column in zip(self.plan.entries, self.columns, strict=True):
            if column.kind in (Kind.SCALAR, Kind.CATEGORY) and column.valid[row]:
                value = column.labels[column.values[row]] if column.labels else column.values[row]
                lines.append(f"  {entry.path}: {column.name} is {value}")
        if sample in self.ranks:
            pick = self.picks[self.ranks[sample] - 1]
            for entry, value in zip(self.terms, pick.objectives, strict=True):
                lines.append(f"  {entry.path}: {entry.strategy.type} reached {value:g} with it")
        return "\n".join(lines)

    def _verdict(self, sample: str, row: int) -> str:
        if sample in self.ranks:
            return f"{sample} was picked as number {self.ranks[sample]} of {len(self.picks)}."
        if row in self.excluded:
            return f"{sample} was left out: it is masked where its vector comes from."
        if row not in self.usable:
            return f"{sample} was left out: it could not be read, or lacks a value."
        removed_by = [removal.entry for removal in self.removals if row in removal.rows]
        if removed_by:
            filters = " and ".join(
                f"{entry.path} ({entry.strategy.type} {_shown(entry.strategy_params)})" for entry in removed_by
            )
            return f"{sample} was removed by {filters}."
        return f"{sample} was not reached: {len(self.picks)} others were picked before it ({self.stopped})."


def _shown(params: Mapping[str, Any]) -> str:
    return " ".join(f"{name}={value}" for name, value in params.items())
