"""Lists of samples as people write them: by name, with ``./`` or backslashes, as paths, or an earlier run's picks."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any

import attrs

from tamis.data.matching import matched
from tamis.data.names import names
from tamis.dataset.dataset import Dataset


@attrs.frozen
class NameList:
    """One list of names.

    Attributes:
        names: As they are written.
        source: Where they were read, for messages and the record; empty for names of the caller's own.
        origin: How to open the dataset that they are of, as `Dataset.origin`; empty where that isn't known.
    """

    names: tuple[str, ...]
    source: str = ""
    origin: Mapping[str, Any] = attrs.field(factory=dict, repr=False)


@attrs.frozen
class NameLists(Iterable[str]):
    """Several lists as one."""

    lists: tuple[NameList, ...]

    def __iter__(self) -> Iterator[str]:
        return (name for each in self.lists for name in each.names)

    @classmethod
    def of(cls, given: Iterable[str]) -> NameLists:
        """What a caller has given. Raises `TypeError` for a string."""
        return given if isinstance(given, cls) else cls((NameList(names(given)),))


@attrs.frozen(eq=False)
class Found:
    """What a list's names are in a dataset.

    Attributes:
        rows: The rows of those that it has, each once, in the order of the list.
        missing: The names that it hasn't.
        elsewhere: The folder that the missing ones are in, if they were selected from one that is no input here.
    """

    rows: tuple[int, ...]
    missing: tuple[str, ...]
    elsewhere: str = ""


@attrs.frozen(slots=False)
class Finder:
    """Finds samples of a dataset."""

    dataset: Dataset
    _folders: dict[str, str] = attrs.field(factory=dict, init=False, eq=False, repr=False)

    def find(self, listed: NameList) -> Found:
        """The samples that a list names.

        A name is one of the dataset's, with or without ``./``, with ``/`` or backslashes, or the path of a sample's
        file. The picks of an earlier run are the samples of the same place: of an input under another label, or none,
        too; and of no other input that happens to have such a name. Where the folder of that run is gone, its data may
        have moved, and the names count.
        """
        places = _places(listed.origin)
        longest = sorted(places, key=len, reverse=True)
        there = {place for place in places.values() if Path(place).is_dir()}
        rows: dict[int, None] = {}
        missing, elsewhere = [], ""
        known = self._rows
        if not known.keys() >= set(listed.names):  # some are written in another way, or gone
            known = dict(zip(listed.names, matched(listed.names, self.dataset.samples), strict=True))
        for name in listed.names:
            prefix = next((each for each in longest if name.startswith(each)), None)
            place = "" if prefix is None else places[prefix]
            row: int | None
            if prefix is not None and place in self._prefixes:
                row = self._rows.get(self._prefixes[place] + name.removeprefix(prefix))
            elif place in there:
                row, elsewhere = None, place
            else:
                row = known[name] if known[name] >= 0 else self._row(name)
            if row is None:
                missing.append(name)
            else:
                rows[row] = None
        return Found(tuple(rows), tuple(missing), elsewhere)

    def rows_of(self, names: Sequence[str]) -> list[int | None]:
        """The row of each name: a sample's, with or without ``./``, or the path of its file; None for any other."""
        rows = matched(names, self.dataset.samples)
        return [row if row >= 0 else self._row(name) for name, row in zip(names, rows, strict=True)]

    def _row(self, name: str) -> int | None:
        if Path(name).is_absolute():
            return self._by_file.get(self._file(name))
        if (row := self._rows.get(PurePosixPath(name).as_posix())) is not None:  # which has no ./ and no //
            return row
        return self._rows.get(PureWindowsPath(name).as_posix())

    @cached_property
    def _rows(self) -> dict[str, int]:
        return {name: row for row, name in enumerate(self.dataset.samples)}

    @cached_property
    def _prefixes(self) -> dict[str, str]:
        """What the names of each place begin with here."""
        return {place: prefix for prefix, place in reversed(_places(self.dataset.origin).items()) if place}

    @cached_property
    def _by_file(self) -> dict[tuple[str, str], int]:
        """The rows of samples that are files, by those."""
        images, found = self.dataset.images, {}
        for row, name in enumerate(self.dataset.samples):
            if images is not None and (path := images.path(name)) is not None:
                found[self._file(str(path))] = row
        return found

    def _file(self, path: str) -> tuple[str, str]:
        """A file's folder, links resolved, and its name: folders are few, so the disk is asked seldom."""
        folder, name = os.path.split(path)
        if folder not in self._folders:
            self._folders[folder] = os.path.realpath(folder)
        return self._folders[folder], name


def _places(origin: Mapping[str, Any]) -> dict[str, str]:
    """Where the samples are whose names begin with each prefix; empty where that can't be told."""
    if "concat" in origin:
        return {
            f"{label}/{prefix}": place
            for label, part in origin["concat"].items()
            for prefix, place in _places(part).items()
        }
    location = origin.get("location", "")
    if origin.get("listed"):
        location = origin["options"]["root"]
    if not location:
        return {}
    return {"": os.path.realpath(location) if Path(location).is_absolute() else location}
