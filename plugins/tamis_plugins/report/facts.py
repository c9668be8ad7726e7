"""All that a report says, before it is put into words and pictures."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs
import numpy as np

from tamis import Column, Dataset, Kind, Selection, Table
from tamis.errors import DatasetError
from tamis_plugins.report.distributions import Categories, Numbers
from tamis_plugins.report.points import Points
from tamis_plugins.report.sets import INPUT, Rows, Sets
from tamis_plugins.report.spread import Spread
from tamis_plugins.report.strategies import Used, used
from tamis_plugins.report.tasks import Task, recorded


@attrs.frozen(eq=False, kw_only=True)
class Facts:
    """What a report is made from.

    Attributes:
        selection: The selection.
        manifest: Its manifest.
        standings: Its table of those not selected.
        sets: Rows of the samples in each set.
        strategies: Those of its config.
        numbers: How each number that the config uses is distributed.
        categories: The same of categories, and of amounts of classes.
        spreads: How the vectors of each input lie.
        tasks: What was predicted.
        dataset: What was selected from; None if it can't be had.
        notes: What the report lacks, and why.
    """

    selection: Selection
    manifest: Mapping[str, Any]
    standings: Table
    sets: Sets
    strategies: tuple[Used, ...]
    numbers: Mapping[str, Numbers]
    categories: Mapping[str, Categories]
    spreads: tuple[Spread, ...]
    tasks: tuple[Task, ...]
    dataset: Dataset | None
    notes: tuple[str, ...]

    @classmethod
    def of(cls, selection: Selection) -> Facts:
        """Those of a selection."""
        manifest, standings = selection.manifest(), selection.standings()
        sets = Sets.of(selection, manifest, standings.samples)
        notes: list[str] = []
        try:
            dataset: Dataset | None = selection.dataset
        except DatasetError as error:
            dataset = None
            notes.append(f"There are no pictures: {error}.")
        strategies = tuple(used(selection, manifest))
        columns = {each.name: each.column for each in strategies if each.column is not None}
        table = selection.table().columns
        columns |= {name: table[name] for each in strategies for name in each.recorded.values() if name in table}
        lacking = [each.name for each in strategies if each.column is None]
        predictions = list(selection.predictions)
        missing = [name for name in manifest["predictions"] if name not in {each.schema.name for each in predictions}]
        if missing and dataset is not None:
            more, reasons = recorded(dataset, missing)
            predictions += more
            notes += [f"There are no classes of a task: {reason}." for reason in reasons]
        spreads = tuple(Spread.of(points, sets) for points in _points(columns, dataset))
        if lacking:
            names = ", ".join(dict.fromkeys(lacking))
            notes.append(
                f"The result folder does not hold these inputs: {names}. A report that the run itself writes "
                "(tamis select --report) has all of them."
            )
        return cls(
            selection=selection,
            manifest=manifest,
            standings=standings,
            sets=sets,
            strategies=strategies,
            numbers={
                name: Numbers.of(*_values(column, sets))
                for name, column in columns.items()
                if column.kind is Kind.SCALAR
            },
            categories={
                name: Categories.of(column.labels, *_amounts(column, sets))
                for name, column in columns.items()
                if column.kind in (Kind.CATEGORY, Kind.DISTRIBUTION)
            },
            spreads=spreads,
            tasks=tuple(Task.of(each, sets.rows) for each in predictions),
            dataset=dataset,
            notes=tuple(notes),
        )

    @property
    def shown(self) -> Rows:
        """Rows of those that could have been selected: the input of all comparisons."""
        return self.sets.rows[INPUT]


def _values(column: Column, sets: Sets) -> tuple[dict[str, Any], dict[str, int]]:
    """The values of a number in each set, and how many samples have none."""
    values = {name: column.values[rows[column.valid[rows]]] for name, rows in sets.rows.items()}
    return values, {name: len(rows) - len(values[name]) for name, rows in sets.rows.items()}


def _amounts(column: Column, sets: Sets) -> tuple[dict[str, Any], dict[str, int]]:
    """The amount of each label in each set, and how many samples have no value."""
    amounts, missing = {}, {}
    for name, rows in sets.rows.items():
        kept = rows[column.valid[rows]]
        values = column.values[kept]
        missing[name] = len(rows) - len(kept)
        if column.kind is Kind.CATEGORY:
            amounts[name] = np.bincount(values, minlength=len(column.labels))
        else:
            amounts[name] = values.sum(axis=0, dtype=np.float64)
    return amounts, missing


def _points(columns: Mapping[str, Column], dataset: Dataset | None) -> list[Points]:
    """The points of each input of vectors; of inputs that hold the same vectors, those of the first."""
    found: list[Column] = []
    for column in columns.values():
        if column.kind not in (Kind.VECTOR, Kind.VECTORS, Kind.QUERY):
            continue
        if not any(np.array_equal(column.values, known.values) for known in found):
            found.append(column)
    if not found and dataset is not None and dataset.vectors is not None:
        found.append(Column("vectors", Kind.VECTOR, dataset.vectors))
    return [points for points in map(Points.of, found) if points.values.size]
