"""Calls of the plugins of a config's entries, for columns, filters and objectives; every answer is checked."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection
from functools import partial
from typing import TypeVar

import attrs
import numpy as np
import numpy.typing as npt

from tamis.context.context import RunContext
from tamis.context.shared import Shared
from tamis.data.column import Column
from tamis.declarations.params import Report
from tamis.discovery.registry import Registry
from tamis.embedding.embeddings import Subject
from tamis.planning.plan import Entry
from tamis.progress import Monitor, Progress
from tamis.selection.attribution import Attribution
from tamis.selection.blas_threads import one_blas_thread
from tamis.selection.checking import Checked, checked
from tamis.selection.scoring import Term

T = TypeVar("T")


@attrs.frozen
class PluginCalls:
    """Asks plugins, and lets the caller follow and stop those that take long."""

    registry: Registry
    monitor: Monitor

    def column(self, entry: Entry, shared: Shared, subjects: Collection[Subject]) -> Column:
        """What an entry's input provides: a row for each sample of the dataset."""
        context, rows = RunContext(entry.repeat, shared, entry.needs, subjects), len(shared.dataset)
        with Attribution(self.registry, self.monitor, "input", entry.provider.type, f"{entry.path}.input"):
            column = reporting(entry.provider.provide, self._report)(entry.input_params, context)
            if not isinstance(column, Column):
                raise TypeError(f"provide returned {type(column).__name__}, not a Column")
            if len(column) != rows or column.kind is not entry.kind:
                raise ValueError(
                    f"provide returned {len(column)} rows of {column.kind.name} for {rows} samples of {entry.kind.name}"
                )
        return column

    def kept(self, entry: Entry, column: Column) -> npt.NDArray[np.bool_] | None:
        """Which rows an entry's filter keeps; None if its strategy is none."""
        if entry.strategy.filter is None:
            return None
        with self._of_strategy(entry):
            kept = np.asarray(reporting(entry.strategy.filter, self._report)(column, entry.strategy_params))
            if kept.shape != (len(column),) or kept.dtype != bool:
                raise TypeError(f"filter returned {kept.dtype} of shape {kept.shape} for {len(column)} samples")
        return kept

    def keeps(self, entry: Entry) -> str:
        """What an entry's filter keeps, in words that go on "no sample is"."""
        strategy, params = entry.strategy, entry.strategy_params
        if strategy.keeps is None:
            options = " ".join(f"{name}={value}" for name, value in params.items())
            return f"kept by {' '.join(filter(None, (strategy.type, options)))}"
        with self._of_strategy(entry):
            words = strategy.keeps(params)
            if not isinstance(words, str):
                raise TypeError(f"keeps returned {words!r}, not words")
        return words

    def term(self, entry: Entry, column: Column) -> Term | None:
        """The factor that an entry contributes to the product; None if it contributes none."""
        if entry.strategy.objective is None or not entry.strength:
            return None
        with one_blas_thread(), (blame := self._of_strategy(entry)):
            objective = reporting(entry.strategy.objective, self._report)(column, entry.strategy_params)
        return Term(checked(objective, len(column), blame), entry.strength)

    @staticmethod
    def has_refused(term: Term) -> bool:
        """Whether a term's objective has not allowed some row so far."""
        return isinstance(term.objective, Checked) and term.objective.has_refused

    def _of_strategy(self, entry: Entry) -> Attribution:
        return Attribution(self.registry, self.monitor, "strategy", entry.strategy.type, f"{entry.path}.strategy")

    def _report(self, done: int, total: int) -> None:
        self.monitor.check()
        self.monitor.report(Progress("preparing", done, total))


def reporting(function: Callable[..., T], report: Report) -> Callable[..., T]:
    """A function of a plugin with its ``report``, if it has such a parameter."""
    return partial(function, report=report) if "report" in inspect.signature(function).parameters else function
