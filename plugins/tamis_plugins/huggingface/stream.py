"""An Arrow file as ``save_to_disk`` writes it, read where it lies: a stream of batches, not compressed."""

from __future__ import annotations

import mmap
import os
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np
import numpy.typing as npt

from tamis.errors import DatasetError, MissingDependencyError
from tamis_plugins.parquet_rows.columns import Columns

if TYPE_CHECKING:
    import pyarrow

#: Files of which it is known at a time where their images are.
_KNOWN = 16
#: How a stream ends.
_END = b"\xff\xff\xff\xff\x00\x00\x00\x00"


@attrs.frozen(eq=False)
class Stream:
    """The batches of a file. They are mapped: nothing of them is in memory until it is used.

    Attributes:
        content: All of the file.
        schema: Of the batches.
        batches: Those that can be read.
        damage: What is wrong with the rest; empty if nothing is.
    """

    content: pyarrow.Buffer
    schema: pyarrow.Schema
    batches: tuple[pyarrow.RecordBatch, ...]
    damage: str

    @property
    def rows(self) -> int:
        """How many can be read."""
        return sum(len(batch) for batch in self.batches)


def open_stream(path: str) -> Stream:
    """A file. Raises `DatasetError` if it can't be read at all, and `MissingDependencyError`."""
    try:
        import pyarrow
    except ImportError:
        raise MissingDependencyError("pyarrow", "the source huggingface", "parquet") from None
    try:
        with Path(path).open("rb") as file:
            content = pyarrow.py_buffer(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
        reader = pyarrow.ipc.open_stream(pyarrow.BufferReader(content))
    except (pyarrow.ArrowException, ValueError) as error:  # ValueError: it is empty
        raise DatasetError(f"{path}: not an Arrow stream, or cut off before its first row: {error}") from error
    except OSError as error:
        raise DatasetError(f"{path}: can't be read: {error.strerror or error}") from error
    batches: list[pyarrow.RecordBatch] = []
    damage = ""
    try:
        batches.extend(reader)
    except (pyarrow.ArrowException, OSError) as error:
        damage = f"the file is damaged or cut off, {_count(batches)} rows can be read: {error}"
    if not damage and content[-len(_END) :].to_pybytes() != _END:
        damage = f"the file is cut off, {_count(batches)} rows can be read"
    return Stream(content, reader.schema, tuple(batches), damage)


def _count(batches: list[pyarrow.RecordBatch]) -> int:
    return sum(len(batch) for batch in batches)


def member_of(array: Any, member: str | None) -> Any:
    """The values of a column, or of one member of its structs; null where the struct is."""
    import pyarrow.compute

    return array if member is None else pyarrow.compute.struct_field(array, member)


@attrs.frozen(eq=False)
class Places:
    """Where in a file its images are.

    Attributes:
        offsets: Of each row, in bytes; -1 where there is no image.
        sizes: In bytes.
        paths: Where an image is that isn't in the file; empty if they all are.
    """

    offsets: npt.NDArray[np.int64]
    sizes: npt.NDArray[np.int64]
    paths: tuple[str | None, ...]


def places_of(path: str, columns: Columns) -> Places:
    """Of a file as it is now. Raises `OSError`, and `DatasetError` if it can't be read in place."""
    status = os.stat(path)  # noqa: PTH116 (once per image, pathlib shows)
    return _places(path, columns, status.st_size, status.st_mtime_ns)


@lru_cache(maxsize=_KNOWN)
def _places(path: str, columns: Columns, size: int, changed: int) -> Places:
    stream = open_stream(path)
    image = str(columns.image)
    offsets, sizes, paths = [np.empty(0, np.int64)], [np.empty(0, np.int64)], []
    for batch in stream.batches:
        column = batch.column(image)
        of_bytes = member_of(column, None if columns.bytes == image else "bytes")
        found = _in_place(of_bytes, stream.content, path)
        offsets.append(found[0])
        sizes.append(found[1])
        if columns.path is not None:
            paths.append(member_of(column, "path"))
    at, lengths = np.concatenate(offsets), np.concatenate(sizes)
    elsewhere = [value for part in paths for value in part.to_pylist()] if (at < 0).any() else []
    return Places(at, lengths, tuple(elsewhere))


def _in_place(array: Any, content: pyarrow.Buffer, path: str) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Position in the file, and size, of each value of a binary column."""
    import pyarrow

    types = pyarrow.types
    if not (types.is_binary(array.type) or types.is_large_binary(array.type)):
        raise DatasetError(f"{path}: images of type {array.type} can't be read in place")
    there = array.is_valid().to_numpy(zero_copy_only=False)
    _, bounds, values = array.buffers()
    if not there.any():
        return np.full(len(array), -1, np.int64), np.zeros(len(array), np.int64)
    dtype = np.int32 if types.is_binary(array.type) else np.int64
    ends = np.frombuffer(bounds, dtype)[array.offset : array.offset + len(array) + 1].astype(np.int64)
    start = values.address - content.address
    if not 0 <= start <= content.size - values.size:
        raise DatasetError(f"{path}: its batches are compressed, which save_to_disk doesn't do: they can't be read")
    return np.where(there, start + ends[:-1], -1), np.where(there, np.diff(ends), 0)
