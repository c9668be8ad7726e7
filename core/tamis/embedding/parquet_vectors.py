"""Embeddings in a Parquet file: a column of lists, or a column for each number."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from tamis.data.memory import Memory
from tamis.data.vectors import check_fits
from tamis.embedding.vector_rows import EMBEDDING, FILENAMES, FLAGS, LABELS, VectorRows, flag, numbered
from tamis.errors import MissingDependencyError
from tamis.suggestion import did_you_mean

if TYPE_CHECKING:
    import pyarrow

#: Rows of a Parquet file that are in memory beside what is made of them.
_BATCH = 65_536


def read_parquet(path: Path, memory: Memory) -> VectorRows:
    """The rows of a file, read a batch at a time. Raises `ValueError`, `OSError` and `MissingDependencyError`."""
    try:
        import pyarrow as pa
        import pyarrow.compute
        import pyarrow.parquet
    except ImportError:
        raise MissingDependencyError("pyarrow", "reading Parquet", "parquet") from None
    try:
        file = pyarrow.parquet.ParquetFile(path)
        schema = file.schema_arrow
    except pa.ArrowException as error:
        raise ValueError(f"not Parquet: {error}") from error
    header = schema.names
    if FILENAMES not in header:
        raise ValueError(f"there is no column '{FILENAMES}'{did_you_mean(FILENAMES, header)}")
    used = [name for name in header if EMBEDDING not in header or name in (FILENAMES, EMBEDDING, *FLAGS)]
    try:
        with file:
            parts = (_of_arrow(pa.Table.from_batches([batch])) for batch in file.iter_batches(_BATCH, columns=used))
            return _joined(parts, file.metadata.num_rows, memory) or _of_arrow(schema.empty_table().select(used))
    except pa.ArrowException as error:
        raise ValueError(f"its columns can't be used: {error}") from error


def _joined(parts: Iterable[VectorRows], count: int, memory: Memory) -> VectorRows | None:
    """So many rows from consecutive parts, which aren't kept; None if there is no part. Raises `ValueError`."""
    found: VectorRows | None = None
    for part in parts:
        start = len(found.names) if found else 0
        if found is None:
            kept = np.float16 if part.values.dtype == np.float16 else np.float32
            values = memory.empty((count, part.values.shape[1]), kept)
            found = VectorRows([], values, {name: np.empty(count, dtype=bool) for name in part.flags})
        if part.values.shape[1] != found.values.shape[1]:
            raise ValueError(f"'{EMBEDDING}' must be lists of one length")
        found.names.extend(part.names)
        try:
            with np.errstate(over="raise"):
                found.values[start : len(found.names)] = part.values
        except FloatingPointError:
            for name, vector in zip(part.names, part.values, strict=True):
                check_fits(name, vector)
            raise
        for name, marks in part.flags.items():
            found.flags[name][start : len(found.names)] = marks
    return found


def _of_arrow(table: pyarrow.Table) -> VectorRows:
    """The rows of a table with names. Raises `ValueError`, or one of Arrow's own."""
    header = table.column_names
    names = [_name(value) for value in table.column(FILENAMES).to_pylist()]
    if EMBEDDING in header:
        values = _lists(table.column(EMBEDDING))
    else:
        columns = numbered([name for name in header if name not in (FILENAMES, LABELS, *FLAGS)])
        values = np.stack([_floats(table.column(name), name) for name in columns], axis=1)
    flags = {
        name: np.array([flag(value, name) for value in table.column(name).to_pylist()], dtype=bool)
        for name in FLAGS
        if name in header
    }
    return VectorRows(names, values, flags)


def _name(value: Any) -> str:
    """A name out of a column of text, or of bytes as a file system has them. Raises `ValueError`."""
    if isinstance(value, bytes):
        return value.decode("utf-8", "surrogateescape")
    if isinstance(value, str):
        return value
    raise ValueError(f"'{FILENAMES}' holds {value!r}, which is no name")


def _lists(column: pyarrow.ChunkedArray) -> npt.NDArray[Any]:
    """``(rows, d)`` of a column of lists, of whatever type Arrow has for them. Raises `ValueError`."""
    import pyarrow as pa

    array, kind = column.combine_chunks(), column.type
    if isinstance(kind, pa.FixedShapeTensorType):
        if len(kind.shape) != 1:
            raise ValueError(f"'{EMBEDDING}' is of tensors of shape {tuple(kind.shape)}, not of vectors")
        array, kind = array.storage, kind.storage_type
    if not (pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind)):
        raise ValueError(f"'{EMBEDDING}' is of type {kind}, and must be of lists of numbers")
    if len(array) == 0:
        return np.empty((0, 1), dtype=np.float32)
    if len(pa.compute.list_value_length(array).unique()) != 1 or array.null_count:
        raise ValueError(f"'{EMBEDDING}' must be lists of one length")
    return _floats(array.flatten(), EMBEDDING).reshape(len(array), -1)


def _floats(column: Any, name: str) -> npt.NDArray[Any]:
    """The numbers of a column. Raises `ValueError`."""
    import pyarrow as pa

    if not (pa.types.is_floating(column.type) or pa.types.is_integer(column.type)):
        raise ValueError(f"'{name}' is of {column.type}, and must be of numbers")
    if column.null_count:
        raise ValueError(f"'{name}' lacks {column.null_count} numbers")
    array: npt.NDArray[Any] = column.to_numpy() if isinstance(column, pa.ChunkedArray) else column.to_numpy(False)
    return array
