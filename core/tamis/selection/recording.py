"""What a run's table holds: the value of every input, and what strategies have computed of each sample."""

from __future__ import annotations

from collections.abc import Mapping

import attrs
import numpy as np

from tamis.data.column import Column
from tamis.data.kind import Kind
from tamis.data.parts import class_parts, value_parts
from tamis.declarations.objective import Rows
from tamis.planning.plan import Entry
from tamis.results.selection import inputs_by_name
from tamis.selection.answers import record_column
from tamis.selection.outcome import Outcome


@attrs.frozen(eq=False)
class Recorded:
    """The columns of the table, and whose they are.

    Attributes:
        columns: By name; each a SCALAR or a CATEGORY.
        inputs: For each path of the config, the name of its input's column.
        classes: For each path whose input is a DISTRIBUTION, the column of each class.
        values: For each path, the columns of other numbers: of its input, and what its strategy has computed.
    """

    columns: Mapping[str, Column]
    inputs: Mapping[str, str]
    classes: Mapping[str, Mapping[str, str]]
    values: Mapping[str, Mapping[str, str]]


def recorded(outcome: Outcome) -> Recorded:
    """Every number and category that a strategy used, in the order of the config."""
    inputs, named = inputs_by_name(outcome.columns), dict[str, Column]()
    names, classes, values = dict[str, str](), dict[str, dict[str, str]](), dict[str, dict[str, str]]()
    of_input: dict[str, tuple[dict[str, str], dict[str, str]]] = {}
    for entry, column in zip(outcome.plan.entries, outcome.columns, strict=True):
        path = entry.path
        apart = f"{column.name}#{path}"
        name = names[path] = apart if apart in inputs else column.name
        if column.kind in (Kind.SCALAR, Kind.CATEGORY):
            named.setdefault(name, column)
        if name not in of_input:  # else another entry has the same input
            of_input[name] = (
                {label: _put(named, f"{name}.{label}", part, path) for label, part in class_parts(column).items()},
                {label: _put(named, f"{name}.{label}", part, path) for label, part in value_parts(column).items()},
            )
        of_classes, of_values = of_input[name]
        if of_classes:
            classes[path] = of_classes
        own = {
            label: _put(named, f"{name}.{label}", part, path) for label, part in _of_strategy(outcome, entry).items()
        }
        if of_values or own:
            values[path] = {**of_values, **own}
    return Recorded(named, names, classes, values)


def _of_strategy(outcome: Outcome, entry: Entry) -> dict[str, Column]:
    """What the entry's strategy has computed of each sample; samples that filters removed have no value."""
    told = outcome.terms[entry].objective.record() if entry in outcome.terms else {}
    rows, of_all = len(outcome.pool), len(outcome.dataset)
    of_samples, places = outcome.sequences.spread, outcome.sequences.samples(outcome.pool)
    return {label: spread(of_samples(record_column(label, part, rows)), places, of_all) for label, part in told.items()}


def _put(named: dict[str, Column], name: str, column: Column, path: str) -> str:
    """Add a column under its name, with the path if another column has that name; returns the name."""
    if not named.setdefault(name, column).equals(column):
        name = f"{name}#{path}"
        named[name] = column
    return name


def spread(column: Column, places: Rows, rows: int) -> Column:
    """The column over more rows, with its own in these places and no value elsewhere."""
    if len(column) == rows:
        return column
    values, valid = np.zeros(rows, column.values.dtype), np.zeros(rows, dtype=bool)
    values[places], valid[places] = column.values, column.valid
    return attrs.evolve(column, values=values, valid=valid, reasons={}, record={})
