"""JSON lines: an object on each; or a list of objects. What is in objects inside them is a column ``a.b``."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from tamis.errors import DatasetError, MetadataError
from tamis_plugins.anywhere.file import File
from tamis_plugins.json_files.parsing import parsed
from tamis_plugins.tables.file import TableFile
from tamis_plugins.tables.types import Type, Typed, from_objects


class RowTable(TableFile):
    """A table of objects. It is read as a whole, since only all of it tells which columns there are.

    Args:
        where: Its path.
        rows: Each object, and where it is.
        said: What columns are said to hold.
    """

    def __init__(self, where: str, rows: Iterable[tuple[str, Any]], said: Mapping[str, Type]) -> None:
        columns: dict[str, list[Any]] = {}
        count = 0
        for place, row in rows:
            if not isinstance(row, dict):
                raise DatasetError(f"{place}: not an object")
            for key, value in _flat(row):
                values = columns.setdefault(key, [])
                values += [None] * (count - len(values))
                if len(values) > count:
                    raise DatasetError(f"{place}: {key!r} is there twice")
                values.append(value)
            count += 1
        for values in columns.values():
            values += [None] * (count - len(values))
        super().__init__(where, tuple(columns), said)
        self._values = columns
        self._typed: dict[str, Typed | None] = {}

    def types(self) -> dict[str, Type]:
        """Of all columns but those of lists. One whose values aren't of one type is a refusal: others can be used."""
        found, refusals = {}, {}
        for column in self.columns:
            try:
                if typed := self._column(column):
                    found[column] = typed.type
            except MetadataError as error:
                refusals[column] = f'{error}; types={{"{column}":"category"}} makes categories of all of them'
        self.refusals = refusals
        return found

    def read(self, columns: Collection[str]) -> dict[str, Typed]:
        """As they are."""
        return {column: typed for column in columns if (typed := self._column(column))}

    def _column(self, column: str) -> Typed | None:
        if column not in self._typed:
            self._typed[column] = from_objects(
                self._values[column], self.said.get(column), lambda row: f"{self.place(row)}, column '{column}'"
            )
        return self._typed[column]


def read_json(file: File, said: Mapping[str, Type]) -> RowTable:
    """A file as a table. Raises `DatasetError` and `OSError`."""
    table = RowTable(file.where, _rows(file), said)
    table.inferred = True
    return table


def _rows(found: File) -> Iterator[tuple[str, Any]]:
    """Each object, and where it is."""
    path = found.where
    with found.open() as file:
        if file.read(64).removeprefix(b"\xef\xbb\xbf").lstrip()[:1] == b"[":
            file.seek(0)
            yield from ((f"{path}, row {row + 1}", found) for row, found in enumerate(_parsed(file.read(), path)))
            return
        file.seek(0)
        for number, line in enumerate(file, start=1):
            if line.strip():
                yield f"{path}, line {number}", _parsed(line, f"{path}, line {number}")


def _parsed(content: bytes, where: str) -> Any:
    try:
        text = content.decode("utf-8-sig")
    except ValueError as error:
        raise DatasetError(f"{where}: not JSON: {error}") from error
    return parsed(text, DatasetError, where)


def _flat(row: Mapping[str, Any], before: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in row.items():
        name = before + key.encode("utf-8", "backslashreplace").decode()  # half a character can't name a column
        if isinstance(value, dict):
            yield from _flat(value, f"{name}.")
        else:
            yield name, value
