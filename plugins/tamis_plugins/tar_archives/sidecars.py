"""What lies beside images in archives, as metadata."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any

import attrs

from tamis import Annotations, Metadata, MetadataField, Report
from tamis.errors import MetadataError
from tamis_plugins.anywhere.file import File
from tamis_plugins.json_files.parsing import parsed
from tamis_plugins.tables.json_file import RowTable
from tamis_plugins.tables.metadata import TableMetadata
from tamis_plugins.tar_archives.members import SIDECARS, Members, key_of, members_of

#: The column of the samples' names: no key of an object is likely to be called so.
_NAME = ""


class Sidecars(Annotations):
    """The ``.json``, ``.cls`` and ``.txt`` of images. They are read when metadata is asked for, archive by archive.

    One that can't be read costs its image what it says, with a note.

    Args:
        where: The location.
        archives: Each; what the names of its samples begin with; and its members, if they are to be kept until then.
    """

    def __init__(self, where: str, archives: Sequence[tuple[File, str, Members | None]]) -> None:
        self.where, self._archives = where, tuple(archives)
        self._odd: list[str] = []

    def fields(self) -> Mapping[str, MetadataField]:
        """Members of the objects, ``cls`` and ``txt``."""
        return self._table.fields()

    def metadata(self, keys: Collection[str], samples: Sequence[str], report: Report) -> Metadata:
        """Those of these samples."""
        found = self._table.metadata(keys, samples, report)
        if not self._odd:
            return found
        note = f"{self.where}: {len(self._odd)} files beside images are passed over, such as {self._odd[0]}"
        return attrs.evolve(found, notes=(*found.notes, note))

    @cached_property
    def _table(self) -> TableMetadata:
        table = RowTable(self.where, self._rows(), {})
        table.said |= {column: "category" for column in ("cls", "txt") if column in table.columns}
        return TableMetadata(table, _NAME)

    def _rows(self) -> Iterator[tuple[str, Any]]:
        for archive, prefix, members in self._archives:
            try:
                found = members or members_of(archive)
                yield from ((archive.where, row) for row in _rows_of(archive, prefix, found, self._odd))
            except OSError as error:
                raise MetadataError(f"{archive.where} can't be read: {error.strerror or error}") from error


def _rows_of(archive: File, prefix: str, members: Members, odd: list[str]) -> Iterator[dict[str, Any]]:
    """What is known of each image of an archive; what can't be read is added to ``odd``. Raises `OSError`."""
    beside = {
        image: [f"{key_of(image)}{suffix}" for suffix in SIDECARS if f"{key_of(image)}{suffix}" in members.sidecars]
        for image in members.images
    }
    names = [name for each in beside.values() for name in each]
    contents = archive.read_each([members.sidecars[name] for name in names])
    for image, each in beside.items():
        row: dict[str, Any] = {_NAME: f"{prefix}{image}"}
        for name in each:
            try:
                row |= _said(archive.where, name, next(contents))
            except MetadataError as error:
                odd.append(str(error))
        yield row


def _said(where: str, name: str, content: bytes) -> dict[str, Any]:
    """What a member says. Raises `MetadataError`."""
    suffix = name[name.rindex(".") :]
    try:
        text = content.decode("utf-8-sig")
        if suffix != ".json":
            return {suffix[1:]: text.strip() or None}
        found = parsed(text, MetadataError, f"{where}: {name}")
    except ValueError as error:
        raise MetadataError(f"{where}: {name} is not text: {error}") from error
    if not isinstance(found, dict):
        raise MetadataError(f"{where}: {name} is not an object")
    return {key: value for key, value in found.items() if key}
