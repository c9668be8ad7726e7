"""The other columns of Parquet files, as a table."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from tamis.errors import DatasetError, MetadataError
from tamis_plugins.anywhere.file import File
from tamis_plugins.parquet_rows.columns import Columns, by_class, class_labels, metadata_types
from tamis_plugins.parquet_rows.rows import open_file, rows_of
from tamis_plugins.tables.arrow_file import arrow_column
from tamis_plugins.tables.file import TableFile
from tamis_plugins.tables.types import Type, Typed

#: The column of the samples' names, which no column of a file is called.
NAME = ""


class ParquetTable(TableFile):
    """All rows of some files with the same columns. Only columns that are used are read.

    Args:
        where: The location.
        files: Each, and what the names of its samples begin with.
        columns: What is in which column.
    """

    def __init__(self, where: str, files: Sequence[tuple[File, str]], columns: Columns) -> None:
        self._files, self._columns = tuple(files), columns
        schema = open_file(files[0][0]).schema_arrow
        self._labels = class_labels(schema)
        self._types = metadata_types(schema, columns, self._labels)
        super().__init__(where, (NAME, *self._types), {})

    def types(self) -> dict[str, Type]:
        """By the schema."""
        return dict(self._types)

    def read(self, columns: Collection[str]) -> dict[str, Typed]:
        """From all files, one after another."""
        found: dict[str, Typed] = {}
        wanted = [column for column in columns if column != NAME]
        if wanted:
            import pyarrow

            try:
                tables = [open_file(file).read(columns=wanted) for file, _ in self._files]
                table = pyarrow.concat_tables(tables, promote_options="permissive")
                found = {column: self._column(table, column) for column in wanted}
            except (pyarrow.ArrowException, DatasetError, OSError) as error:
                raise MetadataError(f"{self.where}: {', '.join(wanted)}: {error}") from error
        if NAME in columns:
            names = (f"{prefix}{name}" for file, prefix in self._files for name in rows_of(file, self._columns).names)
            found[NAME] = Typed("category", list(names))
        return found

    def _column(self, table: Any, column: str) -> Typed:
        names = self._labels.get(column)
        if names is None:
            return arrow_column(table.column(column), None, f"{self.where}, column '{column}'", self.place)
        return by_class(table.column(column), names)
