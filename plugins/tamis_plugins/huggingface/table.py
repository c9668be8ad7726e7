"""The other columns of a dataset, as a table."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from tamis.errors import MetadataError
from tamis_plugins.huggingface.features import class_names
from tamis_plugins.huggingface.rows import Rows
from tamis_plugins.parquet_rows.columns import Columns, by_class, metadata_types
from tamis_plugins.parquet_rows.table import NAME
from tamis_plugins.tables.arrow_file import arrow_column
from tamis_plugins.tables.file import TableFile
from tamis_plugins.tables.types import Type, Typed


class RowTable(TableFile):
    """All rows of a dataset. Only columns that are used are read.

    Args:
        rows: The rows.
        columns: What is in which column.
        names: What the rows are called.
    """

    def __init__(self, rows: Rows, columns: Columns, names: Sequence[str]) -> None:
        self._rows, self._names = rows, names
        self._classes = class_names(rows.features)
        self._types = metadata_types(rows.schema, columns, self._classes)
        super().__init__(rows.where, (NAME, *self._types), {})
        self.refusals = {
            field.name: f"column '{field.name}' of {rows.where} is {field.type}, which can't be metadata"
            for field in rows.schema
            if field.name not in (*self._types, columns.image, columns.name)
        }

    def types(self) -> dict[str, Type]:
        """By the features."""
        return dict(self._types)

    def read(self, columns: Collection[str]) -> dict[str, Typed]:
        """One after another."""
        import pyarrow

        try:
            return {column: self._column(column) for column in columns}
        except (pyarrow.ArrowException, OSError) as error:
            raise MetadataError(f"{self.where}: {', '.join(columns)}: {error}") from error

    def _column(self, name: str) -> Typed:
        if name == NAME:
            return Typed("category", list(self._names))
        column = self._rows.column(name)
        if name in self._classes:
            return by_class(column, self._classes[name])
        return arrow_column(column, None, f"{self.where}, column '{name}'", self.place)
