"""What is known of the rows of a dataset, wherever they are: their columns, and what they are called."""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from tamis.errors import DatasetError
from tamis_plugins.parquet_rows.columns import Columns

if TYPE_CHECKING:
    import pyarrow


class Rows(ABC):
    """The rows of a dataset.

    Attributes:
        where: The location.
        schema: The types of the columns, as Arrow has them.
        features: What the columns hold, as ``dataset_info.json`` has it.
        count: How many rows there are.
        parts: The first rows of its files.
        problems: What is wrong with some of these, by path.
    """

    where: str
    count: int
    schema: pyarrow.Schema
    features: Mapping[str, Any]
    parts: Sequence[int] = ()
    problems: Mapping[str, str] = MappingProxyType({})

    @abstractmethod
    def batches(self, column: str, member: str | None = None) -> Iterator[pyarrow.Array]:
        """The values of a column, or of one member of its structs, some rows at a time, in order."""

    def column(self, name: str) -> pyarrow.ChunkedArray:
        """All of a column."""
        import pyarrow

        return pyarrow.chunked_array(list(self.batches(name)), self.schema.field(name).type)


def names_of(rows: Rows, columns: Columns) -> tuple[str, ...]:
    """What the rows are called: by a column; else by the paths of images, if each has one of its own; else by numbers.

    Raises:
        DatasetError: a name in the column is missing or there twice.
    """
    if columns.name is not None:
        return _checked(list(_texts(rows.batches(columns.name))), columns.name, rows.where)
    if columns.image is not None and columns.path is not None:
        paths = list(_texts(rows.batches(columns.image, "path")))
        if all(paths) and len(set(paths)) == len(paths) and not any("\n" in path or "\r" in path for path in paths):
            return _relative(paths)
    width = len(str(max(rows.count - 1, 0)))
    return tuple(f"{row:0{width}}" for row in range(rows.count))


def _texts(batches: Iterator[pyarrow.Array]) -> Iterator[Any]:
    for batch in batches:
        for value in batch.to_pylist():
            yield None if value is None else str(value)


def _checked(names: list[Any], column: str, where: str) -> tuple[str, ...]:
    rows: dict[str, int] = {}
    for row, name in enumerate(names):
        if not name or "\n" in name or "\r" in name:
            raise DatasetError(f"{where}, row {row}: {name!r} in column '{column}' can't be a name")
        if (first := rows.setdefault(name, row)) != row:
            raise DatasetError(
                f"{where}: rows {first} and {row} are both called {name!r} in column '{column}': say another, "
                "column=NAME, or none"
            )
    return tuple(names)


def _relative(paths: Sequence[str]) -> tuple[str, ...]:
    """Paths as they are; absolute ones without the folder that they have in common."""
    if not all(path.startswith("/") for path in paths):
        return tuple(paths)
    root = os.path.commonpath([path.rpartition("/")[0] or "/" for path in paths]).rstrip("/")
    return tuple(path[len(root) :].lstrip("/") for path in paths)
