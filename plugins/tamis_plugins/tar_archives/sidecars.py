"""What lies beside images in archives, as metadata."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any

from tamis import Annotations, Metadata, MetadataField, Report
from tamis.errors import MetadataError
from tamis_plugins.json_files.parsing import parsed
from tamis_plugins.tables.json_file import RowTable
from tamis_plugins.tables.metadata import TableMetadata
from tamis_plugins.tar_archives.members import SIDECARS, key_of, members_of
from tamis_plugins.tar_archives.reading import read_at

#: The column of the samples' names: no key of an object is likely to be called so.
_NAME = ""


class Sidecars(Annotations):
    """The ``.json``, ``.cls`` and ``.txt`` of images. They are read when metadata is asked for, archive by archive.

    Args:
        where: The location.
        archives: Path and, before the names of its samples, prefix of each.
    """

    def __init__(self, where: str, archives: Sequence[tuple[str, str]]) -> None:
        self.where, self._archives = where, tuple(archives)

    def fields(self) -> Mapping[str, MetadataField]:
        """Members of the objects, ``cls`` and ``txt``."""
        return self._table.fields()

    def metadata(self, keys: Collection[str], samples: Sequence[str], report: Report) -> Metadata:
        """Those of these samples."""
        return self._table.metadata(keys, samples, report)

    @cached_property
    def _table(self) -> TableMetadata:
        table = RowTable(self.where, self._rows(), {})
        table.said |= {column: "category" for column in ("cls", "txt") if column in table.columns}
        return TableMetadata(table, _NAME)

    def _rows(self) -> Iterator[tuple[str, Any]]:
        for path, prefix in self._archives:
            members = members_of(path)
            for image in members.images:
                row: dict[str, Any] = {_NAME: f"{prefix}{image}"}
                for suffix in SIDECARS:
                    place = members.sidecars.get(name := f"{key_of(image)}{suffix}")
                    if place is not None:
                        row |= _read(path, name, suffix, place)
                yield path, row


def _read(path: str, name: str, suffix: str, place: tuple[int, int]) -> dict[str, Any]:
    """What a member says. Raises `MetadataError`."""
    try:
        text = read_at(path, *place).decode("utf-8-sig")
        if suffix != ".json":
            return {suffix[1:]: text.strip() or None}
        found = parsed(text, MetadataError, f"{path}: {name}")
    except OSError as error:
        raise MetadataError(f"{path}: {name} can't be read: {error.strerror or error}") from error
    except ValueError as error:
        raise MetadataError(f"{path}: {name} is not text: {error}") from error
    if not isinstance(found, dict):
        raise MetadataError(f"{path}: {name} is not an object")
    return {key: value for key, value in found.items() if key}
