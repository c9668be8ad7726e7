"""CSV, by the standard library: read as a whole, since what a column holds only all of it tells."""

from __future__ import annotations

import csv
import io
import re
from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import chain
from typing import IO, Any

from tamis.errors import DatasetError, MetadataError
from tamis_plugins.anywhere.file import File
from tamis_plugins.tables.file import TableFile
from tamis_plugins.tables.types import Type, Typed, from_texts

#: What may stand between values, unless one says so: the one that is most often in the header.
_DELIMITERS = ",;\t|"

#: Bytes that are no text, as they were decoded.
_BYTES = re.compile("[\udc80-\udcff]")
_REMEDY = "save the table as UTF-8"


class CsvFile(TableFile):
    """A table with a header.

    Args:
        file: The file.
        said: What columns are said to hold.
        delimiter: What stands between values; None to find out.
    """

    inferred = True

    def __init__(self, file: File, said: Mapping[str, Type], delimiter: str | None) -> None:
        self._file, path = file, file.where
        with self._open() as text:
            first = text.readline()
            self._delimiter = delimiter or max(_DELIMITERS, key=first.count)
            try:
                columns: list[str] = next(self._reader(chain([first], text)), [])
            except csv.Error as error:
                raise DatasetError(f"{path}, line 1: {_not_csv(error)}") from error
        if not all(map(_is_text, columns)):
            raise DatasetError(f"{path}: its header is not UTF-8: {_REMEDY}")
        if len(set(columns)) < len(columns):
            twice = next(column for column in columns if columns.count(column) > 1)
            raise DatasetError(f"{path}: two columns are named {twice!r}")
        super().__init__(path, columns, said)

    def types(self) -> dict[str, Type]:
        """Of all columns: what isn't a number or a date is a category."""
        return {column: typed.type for column, typed in self._typed.items()}

    def why(self, column: str) -> str:
        """The first value that is no number, and what to say about that."""
        typed = self._typed[column]
        if column in self.said or typed.type != "category":
            return ""
        why = typed.why or f"{self.where}: no row has a value in column '{column}'"
        return f'{why}; types={{"{column}":"number"}} says that the column holds numbers'

    def read(self, columns: Collection[str]) -> dict[str, Typed]:
        """As they were typed. Only names of samples may hold bytes that are no UTF-8, as names of files may."""
        for column in columns:
            values = self._typed[column].values
            if column != self.name and isinstance(values, list):
                self._check_text(column, values)
        return {column: self._typed[column] for column in columns}

    @cached_property
    def _typed(self) -> dict[str, Typed]:
        try:
            values = list(chain.from_iterable(self._rows()))
        except OSError as error:
            raise MetadataError(f"{self.where}: can't be read: {error.strerror or error}") from error
        except UnicodeError as error:
            raise MetadataError(f"{self.where}: not the text that its first bytes say: {error}") from error
        typed: dict[str, Typed] = {}
        width = len(self.columns)
        for position, column in enumerate(self.columns):
            place = lambda row, column=column: f"{self.place(row)}, column '{column}'"  # noqa: E731
            typed[column] = from_texts(values[position::width], self.said.get(column), place)
        return typed

    def _check_text(self, column: str, values: Sequence[Any]) -> None:
        """Raise `MetadataError` about a value that is no text."""
        for row, value in enumerate(values):
            if not _is_text(value):
                raise MetadataError(f"{self.place(row)}, column '{column}': {value!r:.60} is not UTF-8: {_REMEDY}")

    def _rows(self) -> Iterator[list[str]]:
        """Below the header. Raises `MetadataError` for one of another length; empty lines are passed over."""
        width = len(self.columns)
        with self._open() as file:
            rows, line = self._reader(file), 1
            try:
                next(rows, None)
                line = rows.line_num + 1
                for row in rows:
                    if len(row) == width:
                        yield row
                    elif row:
                        raise MetadataError(
                            f"{self.where}, line {line}: {len(row)} values, and the header names {width} columns"
                        )
                    line = rows.line_num + 1
            except csv.Error as error:
                raise MetadataError(f"{self.where}, line {line}: {_not_csv(error)}") from error

    def _open(self) -> IO[str]:
        """As UTF-8, or as UTF-16 with a byte order mark."""
        with self._file.open() as file:
            encoding = "utf-16" if file.read(2) in (BOM_UTF16_LE, BOM_UTF16_BE) else "utf-8-sig"
        return io.TextIOWrapper(self._file.open(), encoding=encoding, errors="surrogateescape", newline="")

    def _reader(self, lines: Iterable[str]) -> Any:
        return csv.reader(lines, delimiter=self._delimiter, strict=True)


def _is_text(value: Any) -> bool:
    """Whether there is no byte in it that was no text."""
    return not isinstance(value, str) or value.isascii() or not _BYTES.search(value)


def _not_csv(error: csv.Error) -> str:
    return f"not CSV: {error} (a quote that opens a value closes it, and is written twice inside)"
