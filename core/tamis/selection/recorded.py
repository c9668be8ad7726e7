"""Reading back what a run has written, to explain it."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tamis.data.failure import Failure
from tamis.data.table import SAMPLE, text_of
from tamis.errors import MissingDependencyError, OutputError
from tamis.selection.explaining import Record
from tamis.selection.outputs import ERRORS, FORMATS, INPUTS, MANIFEST, STANDINGS


def read_record(folder: Path, sample: str) -> Record:
    """What the result in a folder says of a sample.

    Raises:
        OutputError: the folder holds no whole result, or a file of it can't be read.
        MissingDependencyError: its tables are Parquet files, and pyarrow isn't installed.
    """
    try:
        manifest = json.loads((folder / MANIFEST).read_bytes())
        values, standing = (_row(folder, table, sample) for table in (INPUTS, STANDINGS))
        with (folder / ERRORS).open(encoding="utf-8") as lines:
            failures = [Failure(**found) for line in lines if (found := json.loads(line))["sample"] == sample]
    except FileNotFoundError as error:
        raise OutputError(f"{str(folder)!r} holds no result: there is no {Path(error.filename).name}") from None
    except (OSError, ValueError, TypeError) as error:
        raise OutputError(f"the result in {str(folder)!r} can't be read: {error}") from error
    return Record(manifest, values, standing, list(map(str, failures)))


def known_samples(folder: Path) -> list[str]:
    """Names of the samples that the result in a folder knows. Raises what `read_record` raises."""
    parquet, text = (folder / f"{INPUTS}{suffix}" for suffix in FORMATS)
    try:
        rows = _parquet_rows(parquet, columns=[SAMPLE]) if parquet.exists() else _csv_rows(text)
        return [row[SAMPLE] for row in rows]
    except (OSError, ValueError) as error:
        raise OutputError(f"the result in {str(folder)!r} can't be read: {error}") from error


def _row(folder: Path, table: str, sample: str) -> dict[str, Any]:
    """The row of a sample in a table, less its empty cells; empty if there is none."""
    parquet, text = (folder / f"{table}{suffix}" for suffix in FORMATS)
    if parquet.exists():
        found = next(_parquet_rows(parquet, filters=[(SAMPLE, "==", text_of(sample))]), {})
    else:
        found = next((row for row in _csv_rows(text) if row[SAMPLE] == sample), {})
    return {name: value for name, value in found.items() if value is not None and value != ""}


def _csv_rows(path: Path) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf-8", errors="surrogateescape", newline="") as file:
        yield from csv.DictReader(file)


def _parquet_rows(path: Path, **reading: Any) -> Iterator[dict[str, Any]]:
    try:
        import pyarrow.parquet
    except ImportError:
        raise MissingDependencyError("pyarrow", f"reading {path.name}", "parquet") from None
    yield from pyarrow.parquet.read_table(path, **reading).to_pylist()
