"""A file, by the end of its name, as a table."""

from __future__ import annotations

from collections.abc import Mapping

from tamis.errors import DatasetError
from tamis_plugins.anywhere.file import File, held
from tamis_plugins.tables.arrow_file import ArrowFile
from tamis_plugins.tables.csv_file import CsvFile
from tamis_plugins.tables.file import TableFile
from tamis_plugins.tables.json_file import read_json
from tamis_plugins.tables.types import Type

_CSV, _JSON = (".csv", ".tsv"), (".jsonl", ".ndjson", ".json")
_ARROW = (".parquet", ".arrow", ".feather", ".ipc")


def open_table(file: File, said: Mapping[str, Type], delimiter: str | None = None) -> TableFile:
    """Open a table.

    Args:
        file: The file.
        said: What columns are said to hold.
        delimiter: Of a CSV file.

    Raises:
        DatasetError: it can't be read, or the end of its name stands for no format.
        MissingDependencyError: the format needs a package that isn't installed.
    """
    where, suffix = file.where, file.suffix
    try:
        if suffix in _CSV:
            return CsvFile(held(file), said, delimiter or ("\t" if suffix == ".tsv" else None))
        if suffix in _JSON:
            return read_json(file, said)
        if suffix in _ARROW:
            return ArrowFile(file, said)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise DatasetError(f"the table {where!r} can't be read: {reason}") from error
    raise DatasetError(
        f"{where}: the end of its name, {suffix!r}, is of no table: use {', '.join((*_CSV, *_JSON, *_ARROW))}"
    )
