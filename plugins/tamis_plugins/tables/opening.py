"""A file, by the end of its name, as a table."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from tamis.errors import DatasetError
from tamis_plugins.label_files.reading import problem_of
from tamis_plugins.tables.arrow_file import ArrowFile
from tamis_plugins.tables.csv_file import CsvFile
from tamis_plugins.tables.file import TableFile
from tamis_plugins.tables.json_file import read_json
from tamis_plugins.tables.types import Type

_CSV, _JSON = (".csv", ".tsv"), (".jsonl", ".ndjson", ".json")
_ARROW = (".parquet", ".arrow", ".feather", ".ipc")


def open_table(location: str, said: Mapping[str, Type], delimiter: str | None = None) -> TableFile:
    """Open a table.

    Args:
        location: The file.
        said: What columns are said to hold.
        delimiter: Of a CSV file.

    Raises:
        DatasetError: it can't be read, or the end of its name stands for no format.
        MissingDependencyError: the format needs a package that isn't installed.
    """
    path = Path(location)
    suffix = path.suffix.lower()
    try:
        if problem := problem_of(path):
            raise DatasetError(f"the table {location!r} {problem}")
        if suffix in _CSV:
            return CsvFile(path, said, delimiter or ("\t" if suffix == ".tsv" else None))
        if suffix in _JSON:
            return read_json(path, said)
        if suffix in _ARROW:
            return ArrowFile(path, said)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise DatasetError(f"the table {location!r} can't be read: {reason}") from error
    raise DatasetError(
        f"{location}: the end of its name, {suffix!r}, is of no table: use {', '.join((*_CSV, *_JSON, *_ARROW))}"
    )
