"""Reading the tables of a result: a Parquet file each, or a CSV file of a run without pyarrow."""

from __future__ import annotations

import csv
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from tamis.data.arrow_arrays import text_array
from tamis.data.column import RESERVED, Column
from tamis.data.kind import Kind
from tamis.data.names import text_of
from tamis.data.plain_file import check_plain
from tamis.data.table import SAMPLE
from tamis.errors import MissingDependencyError, OutputError
from tamis.results.files import INPUTS
from tamis.results.folder import FORMATS

#: What comes of files that were edited, or damaged, or are somebody else's.
WRONG = (OSError, ValueError, TypeError, KeyError, AttributeError, IndexError, RecursionError, csv.Error)
CSV = ".csv"
#: Bytes that a file of a result, other than its tables, may have.
MOST = 1 << 30
#: The csv module has one limit for all threads: each is to find it as it was.
_ONE_LIMIT = threading.Lock()


def known_samples(folder: Path) -> list[str]:
    """Names of the samples that the result in a folder knows. Raises what `read_rows` raises."""
    path = _path(folder, INPUTS)
    try:
        with inside(path.name):
            if path.suffix == CSV:
                with _csv_rows(path) as rows:
                    return [row[SAMPLE] for row in rows]
            return list(_parquet(path, columns=[SAMPLE]).column(SAMPLE).to_pylist())
    except WRONG as error:
        raise OutputError(f"the result in {str(folder)!r} can't be read: {error}") from error


def rows_of(folder: Path, table: str, samples: Sequence[str]) -> dict[str, dict[str, Any]]:
    """The rows of some samples in a table by name, without their empty cells."""
    path = _path(folder, table)
    named = {text_of(sample): sample for sample in samples}
    with inside(path.name):
        if path.suffix == CSV:
            wanted = set(samples)
            with _csv_rows(path) as rows:
                found = [row for row in rows if row[SAMPLE] in wanted]
        else:
            found = _parquet(path, samples=list(named)).to_pylist()
    return {
        named.get(row[SAMPLE], row[SAMPLE]): {
            name: value for name, value in row.items() if value is not None and value != ""
        }
        for row in found
    }


def read_table(folder: Path, table: str) -> tuple[tuple[str, ...], dict[str, Column]]:
    """The samples and columns of a whole table."""
    path = _path(folder, table)
    with inside(path.name):
        if path.suffix == CSV:
            with _csv_rows(path) as found_rows:
                rows = list(found_rows)
            header = rows[0] if rows else {SAMPLE: None}
            cells: Mapping[str, Sequence[Any]] = {
                name: [row[name] if name == SAMPLE else _cell(row[name]) for row in rows] for name in header
            }
        else:
            found = _parquet(path)
            cells = {name: found.column(name).to_pylist() for name in found.column_names}
    columns = {name: _column(name, values) for name, values in cells.items() if name not in RESERVED}
    return tuple(map(str, cells[SAMPLE])), columns


def _path(folder: Path, table: str) -> Path:
    """Where a table is: a Parquet file, or a CSV file of a run without pyarrow."""
    parquet, text = (folder / f"{table}{suffix}" for suffix in FORMATS)
    return parquet if parquet.exists() else text


@contextmanager
def inside(place: str) -> Iterator[None]:
    """Have what is wrong with a file's content say where it is."""
    try:
        yield
    except OSError:
        raise  # which names its file
    except WRONG as error:
        raise ValueError(f"{place}: {error}") from error


@contextmanager
def _csv_rows(path: Path) -> Iterator[Iterator[dict[str, Any]]]:
    """The rows of a CSV file, whose cells may have any length, as a category may."""
    check_plain(path)
    with _ONE_LIMIT:
        usual = csv.field_size_limit(MOST)
        try:
            with path.open(encoding="utf-8", errors="surrogateescape", newline="") as file:
                yield csv.DictReader(file)
        finally:
            csv.field_size_limit(usual)


def _parquet(path: Path, *, columns: list[str] | None = None, samples: Sequence[str] | None = None) -> Any:
    """Columns of a table, and its rows of some samples; by default all."""
    try:
        import pyarrow.compute
        import pyarrow.parquet
    except ImportError:
        raise MissingDependencyError("pyarrow", f"reading {path.name}", "parquet") from None
    check_plain(path)
    try:
        # Without threads, and not by `read_table`, which has some always: with a damaged file, they may wait for ever.
        with pyarrow.parquet.ParquetFile(path) as file:
            if SAMPLE not in file.schema_arrow.names:
                raise ValueError(f"there is no column {SAMPLE!r}")
            if samples is None:
                return file.read(columns=columns, use_threads=False)
            wanted = text_array(samples)
            batches = [
                batch.filter(pyarrow.compute.is_in(batch[SAMPLE], wanted))
                for batch in file.iter_batches(columns=columns, use_threads=False)
            ]
            return pyarrow.Table.from_batches(batches, file.schema_arrow)
    except pyarrow.ArrowException as error:
        raise ValueError(str(error)) from error


def _column(name: str, cells: Sequence[Any]) -> Column:
    """Numbers as numbers, all else as categories."""
    valid = np.array([cell is not None for cell in cells], dtype=bool)
    if not any(isinstance(cell, str) for cell in cells):
        whole = all(isinstance(cell, int) for cell in cells if cell is not None)
        values = np.array([0 if cell is None else cell for cell in cells], dtype=np.int64 if whole else np.float64)
        return Column(name, Kind.SCALAR, values, valid=valid)
    labels = sorted({str(cell) for cell in cells if cell is not None})
    position = {text: number for number, text in enumerate(labels)}
    codes = np.array([0 if cell is None else position[str(cell)] for cell in cells], dtype=np.int64)
    return Column(name, Kind.CATEGORY, codes, labels=tuple(labels), valid=valid)


def _cell(text: str) -> Any:
    """What a cell of CSV says: a number if it can be one, as there is no telling it from a category of digits."""
    for convert in (int, float):
        try:
            return convert(text)
        except ValueError:
            continue
    return text or None
