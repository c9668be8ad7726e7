"""Reading back what a run has written."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import attrs
import numpy as np

from tamis.data.column import RESERVED, Column
from tamis.data.failure import Failure
from tamis.data.kind import Kind
from tamis.data.names import read_names, text_of
from tamis.data.table import SAMPLE, Table
from tamis.errors import DatasetError, MissingDependencyError, OutputError
from tamis.results.explaining import Record
from tamis.results.files import ERRORS, FORMATS, INPUTS, MANIFEST, SELECTED, STANDINGS


def read_record(folder: Path, sample: str) -> Record:
    """What the result in a folder says of a sample; no more is read than that.

    Raises:
        OutputError: the folder holds no whole result, or a file of it can't be read.
        MissingDependencyError: its tables are Parquet files, and pyarrow isn't installed.
    """
    try:
        manifest = json.loads((folder / MANIFEST).read_bytes())
        values, standing = (_row(folder, table, sample) for table in (INPUTS, STANDINGS))
        failures = [failure for failure in _failures(folder) if failure.sample == sample]
    except FileNotFoundError as error:
        raise OutputError(f"{str(folder)!r} holds no result: there is no {Path(error.filename).name}") from None
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise OutputError(f"the result in {str(folder)!r} can't be read: {error}") from error
    return Record(manifest, values, standing, list(map(str, failures)))


@attrs.frozen(eq=False)
class Recorded:
    """A whole result.

    Attributes:
        selected: Names of the selected samples, in the order picked.
        samples: Of all, as the table has them.
        columns: The inputs that the table has, in the order of the config.
        failures: What went wrong with single samples.
        manifest: The content of ``selection.json``.
        folder: Where it was read.
    """

    selected: tuple[str, ...]
    samples: tuple[str, ...]
    columns: tuple[Column, ...]
    failures: tuple[Failure, ...]
    manifest: dict[str, Any]
    folder: Path

    def standings(self) -> Table:
        """The table of those that were not selected."""
        names, found = _read(self.folder, STANDINGS)
        return Table(names, found)


def read_result(folder: Path) -> Recorded:
    """The result in a folder. Raises what `read_record` raises."""
    try:
        manifest = json.loads((folder / MANIFEST).read_bytes())
        selected = read_names(folder / SELECTED)
        failures = tuple(_failures(folder))
        samples, columns = _read(folder, INPUTS)
        inputs = tuple(columns[name] for name in manifest["columns"].values() if name in columns)
    except FileNotFoundError as error:
        raise OutputError(f"{str(folder)!r} holds no result: there is no {Path(error.filename).name}") from None
    except (OSError, ValueError, TypeError, KeyError, AttributeError, DatasetError) as error:
        raise OutputError(f"the result in {str(folder)!r} can't be read: {error}") from error
    return Recorded(selected, samples, inputs, failures, manifest, folder)


def known_samples(folder: Path) -> list[str]:
    """Names of the samples that the result in a folder knows. Raises what `read_record` raises."""
    parquet, text = (folder / f"{INPUTS}{suffix}" for suffix in FORMATS)
    try:
        rows = _parquet(parquet, columns=[SAMPLE]).to_pylist() if parquet.exists() else _csv_rows(text)
        return [row[SAMPLE] for row in rows]
    except (OSError, ValueError) as error:
        raise OutputError(f"the result in {str(folder)!r} can't be read: {error}") from error


def _failures(folder: Path) -> Iterator[Failure]:
    with (folder / ERRORS).open(encoding="utf-8") as lines:
        for line in lines:
            yield Failure(**json.loads(line))


def _row(folder: Path, table: str, sample: str) -> dict[str, Any]:
    """The row of a sample in a table, less its empty cells; empty if there is none."""
    parquet, text = (folder / f"{table}{suffix}" for suffix in FORMATS)
    if parquet.exists():
        found: dict[str, Any] = next(iter(_parquet(parquet, filters=[(SAMPLE, "==", text_of(sample))]).to_pylist()), {})
    else:
        found = next((row for row in _csv_rows(text) if row[SAMPLE] == sample), {})
    return {name: value for name, value in found.items() if value is not None and value != ""}


def _read(folder: Path, table: str) -> tuple[tuple[str, ...], dict[str, Column]]:
    """The samples and columns of a whole table."""
    parquet, text = (folder / f"{table}{suffix}" for suffix in FORMATS)
    if parquet.exists():
        found: Any = _parquet(parquet)
        cells: Mapping[str, Sequence[Any]] = {name: found.column(name).to_pylist() for name in found.column_names}
    else:
        rows = list(_csv_rows(text))
        header = rows[0] if rows else {SAMPLE: None}
        cells = {name: [row[name] if name == SAMPLE else _cell(row[name]) for row in rows] for name in header}
    columns = {name: _column(name, values) for name, values in cells.items() if name not in RESERVED}
    return tuple(map(str, cells[SAMPLE])), columns


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


def _csv_rows(path: Path) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf-8", errors="surrogateescape", newline="") as file:
        yield from csv.DictReader(file)


def _parquet(path: Path, **reading: Any) -> Any:
    try:
        import pyarrow.parquet
    except ImportError:
        raise MissingDependencyError("pyarrow", f"reading {path.name}", "parquet") from None
    try:
        return pyarrow.parquet.read_table(path, **reading)
    except pyarrow.ArrowException as error:
        raise ValueError(f"{path.name}: {error}") from error
