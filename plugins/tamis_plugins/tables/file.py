"""What a table in a file is to those that use its columns, whatever it is written in."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from tamis.errors import DatasetError, MetadataError, did_you_mean
from tamis_plugins.tables.types import Type, Typed

#: What a column of samples' names may be called, the likeliest first.
NAMES = ("sample", "filename", "file_name", "file", "path", "filepath", "image", "image_path", "url")


class TableFile(ABC):
    """A table, opened: its columns are known, and read when they are asked for.

    Args:
        where: Its path.
        columns: The names of its columns.
        said: What some of them are said to hold.

    Attributes:
        name: The column with the names of samples, once one has said which.
        refusals: Why columns can't be metadata that have a type which can't.
        inferred: Whether what the others hold is inferred from their values, and can be said.
    """

    name: str | None = None
    refusals: Mapping[str, str] = MappingProxyType({})
    inferred = False

    def __init__(self, where: str, columns: Sequence[str], said: Mapping[str, Type]) -> None:
        self.where, self.columns, self.said = where, tuple(columns), dict(said)

    @abstractmethod
    def types(self) -> Mapping[str, Type]:
        """What each column holds that can be metadata. Raises `MetadataError`."""

    @abstractmethod
    def read(self, columns: Collection[str]) -> dict[str, Typed]:
        """The values of some of these columns. Raises `MetadataError`."""

    def why(self, column: str) -> str:
        """Why a column of categories was not taken for numbers; empty if that was not inferred."""
        return ""

    def place(self, row: int) -> str:
        """Where a row is, for messages."""
        return f"{self.where}, row {row + 1}"


def name_column(where: str, columns: Sequence[str], said: str | None) -> str:
    """The column with the names of samples.

    Raises:
        DatasetError: nothing was said, and none has a usual name; or there is no such column.
    """
    if said is not None:
        if said not in columns:
            raise DatasetError(f"{where} has no column {said!r}{did_you_mean(said, columns)}")
        return said
    lowered = {column.strip().lower(): column for column in reversed(columns)}
    found = next((lowered[name] for name in NAMES if name in lowered), None)
    if found is None:
        raise DatasetError(
            f"{where}: no column is named {', '.join(NAMES)}: say which names the samples, column=NAME (there is "
            f"{', '.join(columns) or 'none'})"
        )
    return found


def checked_names(table: TableFile, values: Sequence[Any], column: str) -> list[str]:
    """The names of samples, a unique one in each row. Raises `MetadataError`."""
    names = list(values)
    for row, name in enumerate(names):
        if not isinstance(name, str) or not name:
            raise MetadataError(f"{table.place(row)}: {name!r:.60} in column '{column}' is not the name of a sample")
    if len(set(names)) < len(names):
        rows: dict[str, int] = {}
        for row, name in enumerate(names):
            if (first := rows.setdefault(name, row)) != row:
                raise MetadataError(f"{table.place(row)}: {name!r} is the name of row {first + 1}, too")
    return names
