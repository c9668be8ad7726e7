"""What sections share of a subject: each thing is made when it is first asked for, and once for a page."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any

import attrs
import numpy as np

from tamis import Column, Kind, Subject
from tamis_plugins.statistics.chosen import Chosen
from tamis_plugins.statistics.distributions import Categories, Numbers
from tamis_plugins.statistics.points import Points
from tamis_plugins.statistics.sets import Rows
from tamis_plugins.statistics.spread import Pair, Spread
from tamis_plugins.statistics.tasks import Task
from tamis_plugins.statistics.wording import titles

#: Close pairs that are looked for.
PAIRS = 12


@attrs.frozen(eq=False, slots=False)
class Facts:
    """The statistics of a subject.

    Attributes:
        subject: It.
    """

    subject: Subject

    @classmethod
    def of(cls, subject: Subject) -> Facts:
        """Those of a subject: ``subject.once(Facts.of)``."""
        return cls(subject)

    @cached_property
    def titles(self) -> Mapping[str, str]:
        """How each set is called, in the order of the page."""
        return titles(self.subject.sets, alone=self.subject.selection is None)

    @cached_property
    def numbers(self) -> Mapping[str, Numbers]:
        """How each number is distributed."""
        return {
            name: Numbers.of(*_values(column, self.subject.sets))
            for name, column in self.subject.columns.items()
            if column.kind is Kind.SCALAR
        }

    @cached_property
    def categories(self) -> Mapping[str, Categories]:
        """How categories, and amounts of classes, are distributed."""
        return {
            name: Categories.of(column.labels, *_amounts(column, self.subject.sets))
            for name, column in self.subject.columns.items()
            if column.kind in (Kind.CATEGORY, Kind.DISTRIBUTION)
        }

    @cached_property
    def spreads(self) -> tuple[Spread, ...]:
        """How the vectors of each input lie."""
        return tuple(Spread.of(points, self.subject.sets) for points in _points(self.subject.columns))

    @cached_property
    def tasks(self) -> tuple[Task, ...]:
        """What was predicted."""
        return tuple(Task.of(each, self.subject.sets) for each in self.subject.predictions)

    @cached_property
    def chosen(self) -> Chosen | None:
        """What was selected, and how; None if nothing was."""
        selection = self.subject.selection
        return None if selection is None else Chosen(self.subject, selection)

    @cached_property
    def pairs(self) -> list[Pair]:
        """Samples that were left, each beside the selected one that it is closest to, by the first vectors."""
        return self.spreads[0].pairs(PAIRS) if self.spreads and self.subject.selection else []


def _values(column: Column, sets: Mapping[str, Rows]) -> tuple[dict[str, Any], dict[str, int]]:
    """The values of a number in each set, and how many samples have none."""
    values = {name: column.values[rows[column.valid[rows]]] for name, rows in sets.items()}
    return values, {name: len(rows) - len(values[name]) for name, rows in sets.items()}


def _amounts(column: Column, sets: Mapping[str, Rows]) -> tuple[dict[str, Any], dict[str, int]]:
    """The amount of each label in each set, and how many samples have no value."""
    amounts, missing = {}, {}
    for name, rows in sets.items():
        kept = rows[column.valid[rows]]
        values = column.values[kept]
        missing[name] = len(rows) - len(kept)
        if column.kind is Kind.CATEGORY:
            amounts[name] = np.bincount(values, minlength=len(column.labels))
        else:
            amounts[name] = values.sum(axis=0, dtype=np.float64)
    return amounts, missing


def _points(columns: Mapping[str, Column]) -> list[Points]:
    """The points of each input of vectors; of inputs that hold the same vectors, those of the first."""
    found: list[Column] = []
    for column in columns.values():
        if column.kind not in (Kind.VECTOR, Kind.VECTORS, Kind.QUERY):
            continue
        if not any(np.array_equal(column.values, known.values) for known in found):
            found.append(column)
    return [points for points in map(Points.of, found) if points.values.size]
