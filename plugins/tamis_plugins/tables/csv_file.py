"""CSV, by the standard library: read as a whole, since what a column holds only all of it tells."""

from __future__ import annotations

import csv
from collections.abc import Collection, Iterator, Mapping
from functools import cached_property
from itertools import chain
from pathlib import Path

from tamis.errors import DatasetError, MetadataError
from tamis_plugins.tables.file import TableFile
from tamis_plugins.tables.types import Type, Typed, from_texts

#: What may stand between values, unless one says so: the one that is most often in the header.
_DELIMITERS = ",;\t|"


class CsvFile(TableFile):
    """A table with a header.

    Args:
        path: The file.
        said: What columns are said to hold.
        delimiter: What stands between values; None to find out.
    """

    inferred = True

    def __init__(self, path: Path, said: Mapping[str, Type], delimiter: str | None) -> None:
        self._path = path
        with path.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as file:
            first = file.readline()
        self._delimiter = delimiter or max(_DELIMITERS, key=first.count)
        columns = next(csv.reader([first], delimiter=self._delimiter), [])
        if len(set(columns)) < len(columns):
            twice = next(column for column in columns if columns.count(column) > 1)
            raise DatasetError(f"{path}: two columns are named {twice!r}")
        super().__init__(str(path), columns, said)

    def types(self) -> dict[str, Type]:
        """Of all columns: what isn't a number or a date is a category."""
        return {column: typed.type for column, typed in self._typed.items()}

    def read(self, columns: Collection[str]) -> dict[str, Typed]:
        """As they were typed."""
        return {column: self._typed[column] for column in columns}

    @cached_property
    def _typed(self) -> dict[str, Typed]:
        try:
            values = list(chain.from_iterable(self._rows()))
        except OSError as error:
            raise MetadataError(f"{self.where}: can't be read: {error.strerror or error}") from error
        except csv.Error as error:
            raise MetadataError(f"{self.where}: not CSV: {error}") from error
        typed: dict[str, Typed] = {}
        width = len(self.columns)
        for position, column in enumerate(self.columns):
            place = lambda row, column=column: f"{self.place(row)}, column '{column}'"  # noqa: E731
            typed[column] = from_texts(values[position::width], self.said.get(column), place)
        return typed

    def _rows(self) -> Iterator[list[str]]:
        """Below the header. Raises `MetadataError` for one of another length; empty lines are passed over."""
        width = len(self.columns)
        with self._path.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as file:
            rows = csv.reader(file, delimiter=self._delimiter)
            next(rows, None)
            for row in rows:
                if len(row) == width:
                    yield row
                elif row:
                    raise MetadataError(
                        f"{self.where}, line {rows.line_num}: {len(row)} values, and the header names {width} columns"
                    )
