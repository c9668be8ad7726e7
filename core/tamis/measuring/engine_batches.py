"""``tamis.Measure``: metrics of batches that another engine hands out."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from threading import Lock
from typing import IO, Any

import numpy as np

from tamis.data.arrow_arrays import text_array
from tamis.data.column import Column
from tamis.data.failure import Failure
from tamis.data.kind import Kind
from tamis.data.table import Table
from tamis.dataset.dataset import Dataset
from tamis.discovery.registry import Registry
from tamis.errors import DatasetError
from tamis.measuring.measure import measure
from tamis.measuring.recipe import Recipe
from tamis.measuring.results import Results
from tamis.measuring.run import Run
from tamis.progress import Monitor

#: Columns that may hold the images; the first that is there does.
IMAGES = ("bytes", "image", "path")
#: The column for what went wrong.
ERRORS = "errors"


class Measure:
    """Measures images in batches, for an engine that hands them out itself: Ray Data, Dask, Spark, Daft, `datasets`.

    It is a function of a batch, and pickles: an engine may send it to its workers. There it finds its plugins once,
    when it is first called. Each image is opened once, and decoded at most once. May be called from several threads.

    A batch of k images is a mapping of columns by name, each an array or a list; a table or record batch of Arrow; or a
    data frame of pandas. It comes back as what it was, with more columns:

    - one for each key. Numbers are float64, with NaN where an image lacks the value; in Arrow they are float64 or
      int64, and null. Categories are texts, or None.
    - ``errors``: what went wrong with an image, as a text, or None. An image that can't be read raises nothing.

    Args:
        keys: Of metrics, such as ``lightly.sharpness``; one by itself may be a text.
        column: The column with the images. Each is the bytes of a file, its path, or a mapping with ``bytes`` or
            ``path``, which is what `datasets` has where it doesn't decode. By default it is the first that is there of
            ``bytes``, ``image`` and ``path``.

    Raises:
        PluginError: no plugin that is installed here has a key, or it can't be used.
    """

    def __init__(self, keys: str | Iterable[str], *, column: str | None = None) -> None:
        self.keys, self.column = tuple(dict.fromkeys([keys] if isinstance(keys, str) else keys)), column
        self._lock = Lock()
        self._made: tuple[Registry, Recipe] | None = None
        self._recipe()  # a wrong key is noticed here, and not on all workers

    def __repr__(self) -> str:
        return f"{type(self).__name__}({list(self.keys)})"

    def __reduce__(self) -> tuple[Any, ...]:
        return partial(type(self), column=self.column), (self.keys,)

    def __call__(self, batch: Any) -> Any:
        """The batch with a column for each key, and ``errors``.

        Raises:
            DatasetError: it has no column of images, or has one of the new columns already.
        """
        in_arrow = hasattr(batch, "schema")
        names = list(batch.schema.names) if in_arrow else list(batch)
        cells = batch.column(self._column(names)).to_pylist() if in_arrow else list(batch[self._column(names)])
        table = self._table(cells)
        errors = _errors(table.failures, len(cells))
        if in_arrow:
            return _with_columns(batch, table, errors)
        columns = {key: _array(column) for key, column in table.columns.items()}
        columns[ERRORS] = np.array(errors, dtype=object)
        return batch.assign(**columns) if hasattr(batch, "assign") else {**batch, **columns}

    def _recipe(self) -> tuple[Registry, Recipe]:
        with self._lock:
            if self._made is None:
                registry = Registry()
                self._made = registry, Recipe.of(self.keys, registry)
            return self._made

    def _column(self, names: Sequence[str]) -> str:
        """The column with the images."""
        if taken := [name for name in (*self.keys, ERRORS) if name in names]:
            raise DatasetError(f"the batch has a column {taken[0]!r} already, which is to be added")
        wanted = (self.column,) if self.column else IMAGES
        for name in wanted:
            if name in names:
                return name
        raise DatasetError(f"the batch has no column {' or '.join(wanted)} with images: it has {', '.join(names)}")

    def _table(self, cells: Sequence[Any]) -> Table:
        """What is measured of each."""
        registry, recipe = self._recipe()
        if not cells:
            return Table((), Results(recipe, 0).measurements(0).columns, ())
        dataset = Dataset.from_items(map(str, range(len(cells))), lambda name: _opened(cells[int(name)]))
        measured = measure(dataset, recipe, Run(registry, Monitor(None, None)))
        return Table(dataset.samples, {key: measured.columns[key] for key in self.keys}, measured.failures)


def _opened(cell: Any) -> bytes | IO[bytes]:
    """The file of an image."""
    if isinstance(cell, Mapping):
        cell = cell["path"] if cell.get("bytes") is None else cell["bytes"]
    if isinstance(cell, (bytes, bytearray, memoryview)):
        return bytes(cell)
    if isinstance(cell, (str, os.PathLike)):
        return Path(cell).open("rb")
    raise TypeError(f"an image is bytes or a path, not {type(cell).__name__}")


def _errors(failures: Iterable[Failure], count: int) -> list[str | None]:
    """What went wrong with each image."""
    told: list[str | None] = [None] * count
    for failure in failures:
        text, before = f"{failure.key or failure.stage}: {failure.reason}", told[int(failure.sample)]
        told[int(failure.sample)] = f"{before}; {text}" if before else text
    return told


def _array(column: Column) -> Any:
    """A column as an array whose type is the same for each batch, whatever failed."""
    if column.kind is Kind.CATEGORY:
        texts = [column.labels[value] if ok else None for value, ok in zip(column.values, column.valid, strict=True)]
        return np.array(texts, dtype=object)
    return np.where(column.valid, column.values, np.nan).astype(np.float64)


def _with_columns(batch: Any, table: Table, errors: Sequence[str | None]) -> Any:
    """A batch of Arrow with the columns of a table."""
    import pyarrow as pa

    found, schema, arrays = table.to_arrow(), batch.schema, list(batch.columns)
    for name in table.columns:
        schema = schema.append(found.schema.field(name))
        arrays.append(found.column(name).combine_chunks())
    arrays.append(text_array(errors))
    return type(batch).from_arrays(arrays, schema=schema.append(pa.field(ERRORS, pa.string())))
