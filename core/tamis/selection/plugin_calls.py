"""Calls of the plugins of a config's entries, for columns, filters and objectives; every answer is checked."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection
from functools import partial
from typing import Any, TypeVar

import attrs
import numpy as np
import numpy.typing as npt

from tamis.context.context import RunContext
from tamis.context.shared import Shared
from tamis.data.column import Column
from tamis.data.memory import Memory
from tamis.declarations.objective import Chooser, Gains, Rows
from tamis.declarations.strategy import Strategy
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
    """Asks plugins, and lets the caller follow and stop those that take long.

    Attributes:
        recall: The share of neighbours that objectives have to find, if they look for such; None if it is all.
    """

    registry: Registry
    monitor: Monitor
    memory: Memory = attrs.field(factory=Memory)
    recall: float | None = None

    def column(self, entry: Entry, shared: Shared, subjects: Collection[Subject]) -> Column:
        """What an entry's input provides: a row for each sample of the dataset."""
        context, rows = RunContext(entry.repeat, shared, entry.needs, subjects), len(shared.dataset)
        with Attribution(self.registry, self.monitor, "input", entry.provider.type, f"{entry.path}.input"):
            column = offering(entry.provider.provide, report=self._report)(entry.input_params, context)
            if not isinstance(column, Column):
                raise TypeError(f"provide returned {type(column).__name__}, not a Column")
            if len(column) != rows or column.kind is not entry.kind:
                raise ValueError(
                    f"provide returned {len(column)} rows of {column.kind.name} for {rows} samples of {entry.kind.name}"
                )
        return column

    def kept(self, entry: Entry, column: Column, rows: Rows) -> npt.NDArray[np.bool_] | None:
        """Which of these rows an entry's filter keeps; None if its strategy is none."""
        if entry.strategy.filter is None:
            return None
        column = column.take(rows, self.memory)
        with self._of_strategy(entry):
            kept = np.asarray(offering(entry.strategy.filter, report=self._report)(column, entry.strategy_params))
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

    def term(self, entry: Entry, column: Column, rows: Rows) -> Term | None:
        """The factor that an entry contributes to the product of these rows; None if it contributes none."""
        if entry.strategy.objective is None or not entry.strength:
            return None
        make = entry.strategy.objective
        if "rows" not in inspect.signature(make).parameters:
            column = column.take(rows, self.memory)
        offered = offering(make, report=self._report, memory=self.memory, rows=rows, recall=self.recall)
        with one_blas_thread(), (blame := self._of_strategy(entry)):
            objective = offered(column, entry.strategy_params)
            check_word(entry.strategy, objective)
        return Term(checked(objective, len(rows), blame), entry.strength)

    @staticmethod
    def has_refused(term: Term) -> bool:
        """Whether a term's objective has not allowed some row so far."""
        return isinstance(term.objective, Checked) and term.objective.has_refused

    def _of_strategy(self, entry: Entry) -> Attribution:
        return Attribution(self.registry, self.monitor, "strategy", entry.strategy.type, f"{entry.path}.strategy")

    def _report(self, done: int, total: int) -> None:
        self.monitor.check()
        self.monitor.report(Progress("preparing", done, total))


def check_word(strategy: Strategy, objective: object) -> None:
    """Raise `TypeError` if an objective is not what its strategy says of it."""
    if strategy.chooses != isinstance(objective, Chooser):
        raise TypeError(f"chooses is {strategy.chooses}, and its objective is {'no' * strategy.chooses or 'a'} Chooser")
    if strategy.additive and not (isinstance(objective, Gains) and objective.constant):
        raise TypeError("it is said to be additive, and its objective is no Gains whose gains are constant")


def offering(function: Callable[..., T], **offers: Any) -> Callable[..., T]:
    """A function of a plugin with those of the offers that it has parameters for."""
    parameters = inspect.signature(function).parameters
    return partial(function, **{name: offer for name, offer in offers.items() if name in parameters})
