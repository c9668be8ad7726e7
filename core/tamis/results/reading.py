"""Reading back what a run has written."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import attrs
import numpy as np

from tamis.data.column import RESERVED, Column
from tamis.data.failure import Failure
from tamis.data.kind import Kind
from tamis.data.names import read_names, text_of
from tamis.data.parts import from_classes
from tamis.data.plain_file import check_plain, read_plain
from tamis.data.table import SAMPLE, Table
from tamis.errors import DatasetError, MissingDependencyError, OutputError
from tamis.results.explaining import Row
from tamis.results.files import INPUTS, MANIFEST, SELECTED, STANDINGS
from tamis.results.folder import ERRORS, FORMATS
from tamis.store.store import Store
from tamis.workspaces import recover

#: What is read of a manifest, beside what all versions have.
KEYS = (
    *("lists", "columns", "classes", "values", "objectives", "levels", "summaries"),
    *("preselected", "excluded", "picks"),
)


#: What comes of files that were edited, or damaged, or are somebody else's.
WRONG = (OSError, ValueError, TypeError, KeyError, AttributeError, IndexError, RecursionError, csv.Error)
CSV = ".csv"
#: Bytes that a file of a result, other than its tables, may have.
MOST = 1 << 30


def read_rows(folder: Path, samples: Sequence[str]) -> tuple[dict[str, Any], list[Row]]:
    """The manifest of the result in a folder, and what its tables hold of some samples; no more is read than that.

    Raises:
        OutputError: the folder holds no whole result, or a file of it can't be read.
        MissingDependencyError: its tables are Parquet files, and pyarrow isn't installed.
    """
    with reading(folder):
        manifest = _manifest(folder)
        values, standings = (_rows(folder, table, samples) for table in (INPUTS, STANDINGS))
        failed: dict[str, list[str]] = {sample: [] for sample in samples}
        for failure in _failures(folder):
            if failure.sample in failed:
                failed[failure.sample].append(str(failure))
    return manifest, [
        Row(sample, values.get(sample, {}), standings.get(sample, {}), failed[sample]) for sample in samples
    ]


@attrs.frozen(eq=False)
class Recorded:
    """A whole result, as it was written.

    Attributes:
        selected: Names of the selected samples, in the order picked.
        samples: Of all, as the table has them.
        columns: The inputs that the table has, in the order of the config.
        table: All columns of the table, but for those of every table.
        failures: What went wrong with single samples.
        manifest: The content of ``selection.json``.
        folder: Where it was read.
    """

    selected: tuple[str, ...]
    samples: tuple[str, ...]
    columns: tuple[Column, ...]
    table: dict[str, Column]
    failures: tuple[Failure, ...]
    manifest: dict[str, Any]
    folder: Path

    @property
    def run(self) -> dict[str, Any]:
        """What is recorded of the command; empty if nothing is."""
        run = self.manifest.get("run")
        return run if isinstance(run, dict) else {}

    @property
    def store(self) -> Store | None:
        """That of the run; None if it isn't known."""
        try:
            return Store(self.run["store"]["path"], fingerprint=self.run["store"]["fingerprint"])
        except (KeyError, TypeError, ValueError):
            return None

    def standings(self) -> Table:
        """The table of those that were not selected. Raises what `read_rows` raises."""
        with reading(self.folder):
            names, found = _read(self.folder, STANDINGS)
        return Table(names, found)


def read_result(folder: Path) -> Recorded:
    """The result in a folder. Raises what `read_rows` raises."""
    with reading(folder):
        manifest = _manifest(folder)
        selected = read_names(folder / SELECTED)
        failures = tuple(_failures(folder))
        samples, columns = _read(folder, INPUTS)
        spelled = {text_of(name): name for name in selected}  # as a string column has names that are no text
        samples = tuple(spelled.get(name, name) for name in samples)
        table = {name: column for name, column in columns.items() if name not in RESERVED}
        return Recorded(selected, samples, tuple(_inputs(manifest, table)), table, failures, manifest, folder)


def _inputs(manifest: dict[str, Any], table: dict[str, Column]) -> Iterator[Column]:
    """The input of each strategy that the table has: as a column, or as one for each of its classes."""
    for path, name in manifest["columns"].items():
        if name in table:
            yield table[name]
        elif classes := manifest["classes"].get(path):
            yield from_classes(name, {label: table[column] for label, column in classes.items()})


#: What of it is a list; the rest are objects.
LISTS = ("picks", "preselected", "excluded")


def _manifest(folder: Path) -> dict[str, Any]:
    with _in(MANIFEST):
        manifest: dict[str, Any] = json.loads(read_plain(folder / MANIFEST, MOST))
    if not isinstance(manifest, dict):
        raise ValueError(f"{MANIFEST} is no object")  # noqa: TRY004 (of a file)
    if lacking := [key for key in KEYS if key not in manifest]:
        raise ValueError(f"{MANIFEST} has no {lacking[0]!r}: tamis {manifest.get('tamis', '(unknown)')} wrote it")
    for key in KEYS:
        if not isinstance(manifest[key], list if key in LISTS else dict):
            raise ValueError(f"{MANIFEST}: {key} is no {'list' if key in LISTS else 'object'}")  # noqa: TRY004
    return manifest


@contextmanager
def reading(folder: Path) -> Iterator[None]:
    """Turn what is wrong with a file into an `OutputError`; what a killed run was about to put there is put there."""
    recover(folder)
    try:
        yield
    except FileNotFoundError as error:
        raise OutputError(f"{str(folder)!r} holds no result: there is no {Path(error.filename).name}") from None
    except (*WRONG, DatasetError) as error:
        raise OutputError(f"the result in {str(folder)!r} can't be read: {error}") from error


def read_picks(path: Path) -> tuple[tuple[str, ...], dict[str, Any]]:
    """The names that a result has selected, and how to open the dataset that they are of; none of its tables is read.

    Args:
        path: The result's folder, or its ``selection.json``.

    Raises:
        OutputError: it is no whole result, or can't be read.
    """
    file = path / MANIFEST if path.is_dir() else path
    try:
        manifest = json.loads(read_plain(file, MOST))
        return tuple(pick["sample"] for pick in manifest["picks"]), manifest.get("dataset", {})
    except FileNotFoundError:
        raise OutputError(f"{str(path)!r} holds no result: there is no {MANIFEST}") from None
    except OSError as error:
        raise OutputError(f"{str(file)!r} can't be read: {error.strerror or error}") from error
    except WRONG as error:
        raise OutputError(f"{str(file)!r} is not what a selection has written: {error}") from error


def known_samples(folder: Path) -> list[str]:
    """Names of the samples that the result in a folder knows. Raises what `read_rows` raises."""
    path = _path(folder, INPUTS)
    try:
        with _in(path.name):
            rows = _csv_rows(path) if path.suffix == CSV else _parquet(path, columns=[SAMPLE]).to_pylist()
            return [row[SAMPLE] for row in rows]
    except WRONG as error:
        raise OutputError(f"the result in {str(folder)!r} can't be read: {error}") from error


def _path(folder: Path, table: str) -> Path:
    """Where a table is: a Parquet file, or a CSV file of a run without pyarrow."""
    parquet, text = (folder / f"{table}{suffix}" for suffix in FORMATS)
    return parquet if parquet.exists() else text


@contextmanager
def _in(place: str) -> Iterator[None]:
    """Have what is wrong with a file's content say where it is."""
    try:
        yield
    except OSError:
        raise  # which names its file
    except WRONG as error:
        raise ValueError(f"{place}: {error}") from error


def _failures(folder: Path) -> Iterator[Failure]:
    for number, line in enumerate(read_plain(folder / ERRORS, MOST).split(b"\n"), start=1):
        if line:
            with _in(f"{ERRORS}, line {number}"):
                found = json.loads(line)
                if not isinstance(found, dict) or set(found) != set(attrs.fields_dict(Failure)):
                    raise ValueError(f"it has not the {', '.join(attrs.fields_dict(Failure))} of a failure")
                yield Failure(**found)


def _rows(folder: Path, table: str, samples: Sequence[str]) -> dict[str, dict[str, Any]]:
    """The rows of some samples in a table by name, without their empty cells."""
    path = _path(folder, table)
    named = {text_of(sample): sample for sample in samples}
    with _in(path.name):
        if path.suffix == CSV:
            wanted = set(samples)
            found = [row for row in _csv_rows(path) if row[SAMPLE] in wanted]
        else:
            found = _parquet(path, samples=list(named)).to_pylist()
    return {
        named.get(row[SAMPLE], row[SAMPLE]): {
            name: value for name, value in row.items() if value is not None and value != ""
        }
        for row in found
    }


def _read(folder: Path, table: str) -> tuple[tuple[str, ...], dict[str, Column]]:
    """The samples and columns of a whole table."""
    path = _path(folder, table)
    with _in(path.name):
        if path.suffix == CSV:
            rows = list(_csv_rows(path))
            header = rows[0] if rows else {SAMPLE: None}
            cells: Mapping[str, Sequence[Any]] = {
                name: [row[name] if name == SAMPLE else _cell(row[name]) for row in rows] for name in header
            }
        else:
            found = _parquet(path)
            cells = {name: found.column(name).to_pylist() for name in found.column_names}
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
    check_plain(path)
    usual = csv.field_size_limit(MOST)  # as a category may have any length
    try:
        with path.open(encoding="utf-8", errors="surrogateescape", newline="") as file:
            yield from csv.DictReader(file)
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
            wanted = pyarrow.array(samples)
            batches = [
                batch.filter(pyarrow.compute.is_in(batch[SAMPLE], wanted))
                for batch in file.iter_batches(columns=columns, use_threads=False)
            ]
            return pyarrow.Table.from_batches(batches, file.schema_arrow)
    except pyarrow.ArrowException as error:
        raise ValueError(str(error)) from error
