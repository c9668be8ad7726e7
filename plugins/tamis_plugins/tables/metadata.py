"""A table's columns as metadata of samples."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from functools import cached_property
from typing import Any

import attrs
import numpy as np
import numpy.typing as npt

from tamis import Annotations, Column, Kind, Metadata, MetadataField, Report, column_of
from tamis.errors import MetadataError
from tamis_plugins.matching.names import NameIndex
from tamis_plugins.tables.dates import part_of_date
from tamis_plugins.tables.file import TableFile, checked_names
from tamis_plugins.tables.types import Type, kind_of

#: What tables that tamis writes have columns for, and so can't be metadata.
_RESERVED = ("sample", "selected", "rank")
#: What of a date can be had as a category.
_PARTS = ("month", "hour")
_BOOLEAN = 'boolean metadata cannot be used for selection: types={{"{}":"category"}} makes a category of it'
_WORDS: dict[Type, str] = {
    "number": "numbers",
    "category": "categories",
    "date": "dates, as seconds since 1970 in UTC",
    "boolean": "true or false",
}


class TableMetadata(Annotations):
    """Rows found by a column with the names of samples.

    Args:
        table: The table.
        name: That column.
    """

    def __init__(self, table: TableFile, name: str) -> None:
        self.where = table.where
        self._table, self._name = table, name
        table.name, table.said[name] = name, "category"

    def fields(self) -> Mapping[str, MetadataField]:
        """A field for each column, and two more for a date's month and hour."""
        types = self._types
        refused = {
            key: MetadataField(key, Kind.CATEGORY, refusal=why)
            for key, why in self._table.refusals.items()
            if key not in _RESERVED
        }
        known = refused | {key: _field(key, type_, self._table.why(key)) for key, type_ in types.items()}
        return known | {
            f"{key}.{part}": _field(f"{key}.{part}", "category")
            for key, type_ in types.items()
            if type_ == "date"
            for part in _PARTS
            if f"{key}.{part}" not in types
        }

    def metadata(self, keys: Collection[str], samples: Sequence[str], report: Report) -> Metadata:
        """The rows of these samples; the columns are read once."""
        report(0, len(samples))
        origins = {key: self._origin(key) for key in keys}
        typed = self._table.read(tuple(dict.fromkeys(column for column, _ in origins.values())))
        matched = self._index.match(samples)
        columns: dict[str, Column] = {}
        for number, (key, (origin, part)) in enumerate(origins.items()):
            column = _column(origin, typed[origin].values)
            if part:
                column = part_of_date(key, column, part)
            columns[key] = _taken(column, matched.rows, self.where)
            report(number * len(samples) // len(keys), len(samples))
        notes = [*(_inferred(typed, self._table.said) if self._table.inferred else ()), *matched.notes]
        if lost := len(matched.orphans):
            shown = ", ".join(self._names[row] for row in matched.orphans[:3].tolist()) + ", ..." * (lost > 3)
            notes.append(f"{lost} rows belong to no sample: {shown}")
        return Metadata(columns, tuple(f"{self.where}: {note}" for note in notes))

    @cached_property
    def _types(self) -> dict[str, Type]:
        types = self._table.types()
        if unknown := next((column for column in self._table.said if column not in self._table.columns), None):
            raise MetadataError(f"{self.where}: types names {unknown!r}, and there is no such column")
        return {
            column: type_
            for column, type_ in types.items()
            if column != self._name and column not in _RESERVED and column
        }

    def _origin(self, key: str) -> tuple[str, str]:
        """The column that a field is of, and which part of its dates."""
        if key in self._types:
            return key, ""
        if key in self._table.refusals:
            raise MetadataError(self._table.refusals[key])
        column, _, part = key.rpartition(".")
        if part not in _PARTS or self._types.get(column) != "date":
            raise MetadataError(f"{self.where} has no column '{key}'")
        return column, part

    @cached_property
    def _names(self) -> list[str]:
        typed = self._table.read([self._name])
        if self._name not in typed:
            raise MetadataError(f"{self.where}: column '{self._name}' holds no names of samples")
        values = typed[self._name].values
        return checked_names(self._table, values.to_pylist() if hasattr(values, "to_pylist") else values, self._name)

    @cached_property
    def _index(self) -> NameIndex:
        return NameIndex(self._names)


def _field(key: str, type_: Type, why: str = "") -> MetadataField:
    refusal = _BOOLEAN.format(key) if type_ == "boolean" else ""
    return MetadataField(key, kind_of(type_), refusal=refusal, why=why)


def _column(key: str, values: Any) -> Column:
    return column_of(key, values)[0]


def _taken(column: Column, rows: npt.NDArray[np.int64], where: str) -> Column:
    """The rows of samples, in their order; -1 is none."""
    there = rows >= 0
    values = np.zeros(len(rows), dtype=column.values.dtype)
    values[there] = column.values[rows[there]]
    valid = np.zeros(len(rows), dtype=bool)
    valid[there] = column.valid[rows[there]]
    lacking = np.flatnonzero(~valid)
    reasons = {row: _reason(values[row]) if there[row] else f"no row in {where}" for row in lacking.tolist()}
    return attrs.evolve(column, values=values, valid=valid, reasons=reasons)


def _reason(value: Any) -> str:
    """Why a value that isn't valid is none."""
    return f"{value} in the table is not a finite number" if np.isinf(value) else "no value in the table"


def _inferred(typed: Mapping[str, Any], said: Mapping[str, Type]) -> list[str]:
    """What columns were taken to hold, of those that nobody spoke of."""
    found: dict[Type, list[str]] = {}
    for column, each in typed.items():
        if column not in said:
            found.setdefault(each.type, []).append(column)
    if not found:
        return []
    held = "; ".join(f"{', '.join(columns)}: {_WORDS[type_]}" for type_, columns in found.items())
    return [f"{held} (types= to say otherwise)"]
