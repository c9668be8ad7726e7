"""A folder that ``save_to_disk`` has written: which files it has, and the rows in them."""

from __future__ import annotations

import hashlib
import os
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from itertools import accumulate
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs

from tamis.errors import DatasetError, ParameterError, did_you_mean
from tamis_plugins.huggingface.rows import Rows, names_of
from tamis_plugins.huggingface.stream import Stream, member_of, open_stream
from tamis_plugins.json_files.parsing import parsed
from tamis_plugins.parquet_rows.columns import Columns

if TYPE_CHECKING:
    import pyarrow

STATE, INFO, SPLITS = "state.json", "dataset_info.json", "dataset_dict.json"
#: Datasets whose names are known at a time.
_KNOWN = 4


def is_saved(location: str) -> bool:
    """Whether a folder is of a dataset, or of several splits."""
    return any(all(map(os.path.isfile, paths)) for paths in ([f"{location}/{SPLITS}"], _own(location)))


def _own(folder: str) -> list[str]:
    return [f"{folder}/{STATE}", f"{folder}/{INFO}"]


def folder_of(location: str, split: str | None) -> str:
    """The folder of one split.

    Raises:
        DatasetError: it is none, or there are several.
        ParameterError: there is no such split.
    """
    if not os.path.isdir(location):  # noqa: PTH112
        problem = "is no folder" if os.path.lexists(location) else "does not exist"
        raise DatasetError(f"the folder {location!r} {problem}")
    if not os.path.isfile(f"{location}/{SPLITS}"):  # noqa: PTH113
        if not os.path.isfile(f"{location}/{STATE}"):  # noqa: PTH113
            raise DatasetError(f"the folder {location!r} holds neither {STATE} nor {SPLITS}: save_to_disk wrote none")
        if split is not None:
            raise ParameterError("split", f"{location} is one dataset, and has no splits")
        return location
    listed = _read(Path(location, SPLITS)).get("splits")
    return f"{location}/{chosen_split(listed if isinstance(listed, list) else [], split, location)}"


def chosen_split(splits: list[str], split: str | None, where: str) -> str:
    """The one that was said, or that there is. Raises `DatasetError` or `ParameterError`."""
    if split is not None and split not in splits:
        raise ParameterError("split", f"{where} has no split {split!r}{did_you_mean(split, splits)}")
    if split is None and len(splits) != 1:
        raise DatasetError(f"{where} has the splits {', '.join(splits) or 'none'}: say which, split=NAME")
    return split or splits[0]


def _read(path: Path) -> Mapping[str, Any]:
    """A JSON object in a file. Raises `DatasetError`."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise DatasetError(f"{path}: can't be read: {error.strerror or error}") from error
    found = parsed(content, DatasetError, str(path))
    if not isinstance(found, dict):
        raise DatasetError(f"{path}: not an object")
    return found


class SavedRows(Rows):
    """The rows of a folder.

    Args:
        folder: The folder.

    Attributes:
        files: The paths of its files, in order.
        counts: How many rows of each can be read.
        stamp: What changes when a file does.

    Raises:
        DatasetError: it can't be read, or its files have not the same columns.
    """

    def __init__(self, folder: str) -> None:
        self.where = folder
        self.files = tuple(f"{folder}/{name}" for name in _files(folder))
        self.stamp = hashlib.sha256(repr([*map(_stamp, self.files)]).encode()).hexdigest()[:16]
        found: dict[str, Stream] = {}
        problems: dict[str, str] = {}
        for path in self.files:
            try:
                found[path] = open_stream(path)
            except DatasetError as error:
                problems[path] = str(error).removeprefix(f"{path}: ")
            else:
                if found[path].damage:
                    problems[path] = found[path].damage
        self.problems = problems
        self.counts = tuple(found[path].rows if path in found else 0 for path in self.files)
        self.count = sum(self.counts)
        ends = tuple(accumulate(self.counts))
        self.parts = [end - count for end, count in zip(ends, self.counts, strict=True) if count]
        if not self.count:
            raise DatasetError("\n".join([f"the input {folder!r} has no row", *map(": ".join, problems.items())]))
        self.schema = next(iter(found.values())).schema
        for path, stream in found.items():
            if other := sorted(set(stream.schema.names) ^ set(self.schema.names)):
                raise DatasetError(f"{path}: not the columns of the other files: {', '.join(other)}")
        features = _read(Path(folder, INFO)).get("features")
        self.features = features if isinstance(features, dict) else {}

    def batches(self, column: str, member: str | None = None) -> Iterator[pyarrow.Array]:
        """From the files, which are mapped meanwhile."""
        for path, count in zip(self.files, self.counts, strict=True):
            for batch in open_stream(path).batches if count else ():
                yield member_of(batch.column(column), member)


def _stamp(path: str) -> tuple[int, int]:
    """Size and time of modification; zeros where there is no file."""
    try:
        status = Path(path).stat()
    except OSError:
        return 0, 0
    return status.st_size, status.st_mtime_ns


def _files(folder: str) -> list[str]:
    """The names of the files, in order."""
    listed = _read(Path(folder, STATE)).get("_data_files")
    found = [each.get("filename") for each in listed if isinstance(each, dict)] if isinstance(listed, list) else []
    names = [name for name in found if isinstance(name, str)]
    if not names:
        raise DatasetError(f"{folder}/{STATE}: its _data_files are no list of files")
    return names


@attrs.frozen(eq=False)
class Positions:
    """Where the rows of a folder are.

    Attributes:
        files: The paths of its files.
        starts: The number of the first row in each, and of all rows.
        rows: The number of each row, by its name.
    """

    files: tuple[str, ...]
    starts: tuple[int, ...]
    rows: Mapping[str, int]

    @classmethod
    def of(cls, rows: SavedRows, names: Iterable[str]) -> Positions:
        """Of rows that are called so."""
        starts = tuple(accumulate(rows.counts, initial=0))
        return cls(rows.files, starts, {name: row for row, name in enumerate(names)})

    def find(self, name: str) -> tuple[str, int]:
        """The file that a row is in, and its number in that. Raises `KeyError`."""
        row = self.rows[name]
        file = bisect_right(self.starts, row) - 1
        return self.files[file], row - self.starts[file]


@lru_cache(maxsize=_KNOWN)
def positions_of(folder: str, columns: Columns, stamp: str) -> Positions:
    """Of a folder as it was when it had this `SavedRows.stamp`. Raises `DatasetError` if it has another."""
    rows = SavedRows(folder)
    if rows.stamp != stamp:
        raise DatasetError(f"{folder} has changed since it was listed")
    return Positions.of(rows, names_of(rows, columns))
