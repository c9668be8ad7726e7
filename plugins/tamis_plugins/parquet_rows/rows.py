"""The rows of a Parquet file: what they are called, and which row group each is in."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np
import numpy.typing as npt

from tamis.errors import DatasetError, MissingDependencyError
from tamis_plugins.anywhere.file import File
from tamis_plugins.parquet_rows.columns import Columns

if TYPE_CHECKING:
    from pyarrow import parquet

#: Files of which it is known at a time what their rows are called.
_KNOWN = 16


@attrs.frozen
class RowPlace:
    """Where a row is: in the file, in which row group, and in that."""

    row: int
    group: int
    inside: int


@attrs.frozen(eq=False)
class Rows:
    """The rows of a file.

    Attributes:
        names: What each is called.
        positions: The row of each name.
        starts: The first row of each row group, and the number of rows.
    """

    names: tuple[str, ...]
    positions: dict[str, int]
    starts: npt.NDArray[np.int64]

    def place(self, name: str) -> RowPlace:
        """Where the row of a name is. Raises `KeyError` if there is none."""
        row = self.positions[name]
        group = int(np.searchsorted(self.starts, row, side="right")) - 1
        return RowPlace(row, group, row - int(self.starts[group]))


def open_file(file: File) -> parquet.ParquetFile:
    """A Parquet file. Raises `DatasetError` if it is none, and `MissingDependencyError`."""
    try:
        import pyarrow
        from pyarrow import parquet
    except ImportError:
        raise MissingDependencyError("pyarrow", "the source parquet", "parquet") from None
    try:
        if file.path is not None:
            return parquet.ParquetFile(file.path)
        source = pyarrow.PythonFile(file.leaping(), mode="r")
        version = file.version()
        return parquet.ParquetFile(source, metadata=_footer(file, version) if version else None, pre_buffer=True)
    except pyarrow.ArrowException as error:
        raise DatasetError(f"{file.where}: not a Parquet file: {error}") from error
    except OSError as error:
        raise DatasetError(f"{file.where}: can't be read: {error.strerror or error}") from error


@lru_cache(maxsize=_KNOWN)
def _footer(file: File, version: str) -> parquet.FileMetaData:
    from pyarrow import parquet

    return parquet.read_metadata(file.leaping())


def rows_of(file: File, columns: Columns) -> Rows:
    """Of a file as it is now. Raises `OSError`, and `DatasetError` if a name is missing or there twice."""
    version = file.version()
    return _read_again(file, columns, version) if version else _read(file, columns)


@lru_cache(maxsize=_KNOWN)
def _read_again(file: File, columns: Columns, version: str) -> Rows:
    return _read(file, columns)


def _read(found: File, columns: Columns) -> Rows:
    file, path = open_file(found), found.where
    counts = [file.metadata.row_group(number).num_rows for number in range(file.metadata.num_row_groups)]
    starts = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    names = _names(file, path, columns)
    positions = {name: row for row, name in enumerate(names)}
    if len(positions) < len(names):
        row = next(row for row, name in enumerate(names) if positions[name] != row)
        raise DatasetError(
            f"{path}: rows {row + 1} and {positions[names[row]] + 1} are both called {names[row]!r}: say which column "
            "names the samples, column=NAME"
        )
    return Rows(names, positions, starts)


def _names(file: Any, path: str, columns: Columns) -> tuple[str, ...]:
    """From the column of names; else the paths in the images, if each has one of its own; else the numbers of rows."""
    if columns.name is not None:
        values = _texts(file, columns.name)
        for row, name in enumerate(values):
            if not name or "\n" in name or "\r" in name:
                raise DatasetError(f"{path}, row {row + 1}: {name!r} in column '{columns.name}' can't be a name")
        return tuple(values)
    if columns.path is not None:
        values = _texts(file, columns.path)
        if all(values) and len(set(values)) == len(values) and not any("\n" in name for name in values):
            return tuple(values)
    count = file.metadata.num_rows
    width = len(str(max(count - 1, 0)))
    return tuple(f"{row:0{width}}" for row in range(count))


def _texts(file: Any, column: str) -> list[Any]:
    """The values of a column, or of a member of one."""
    table = file.read(columns=[column], use_threads=False)
    found: list[Any] = table.flatten().column(0).to_pylist() if "." in column else table.column(0).to_pylist()
    return [None if value is None else str(value) for value in found]
