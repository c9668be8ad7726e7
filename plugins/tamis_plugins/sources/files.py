"""A list of image files, in its order: a text file with a path on each line, or a CSV file with a column of paths.

Paths are relative to the folder of the list, or to ``root``; a backslash may stand for ``/``. Absolute paths must lie
below that folder. Samples are named by their relative paths, with ``/`` between the parts. ``column`` is the name of
the column in a CSV file, which begins with a line of such names; by default it is the first that is named ``filename``,
``file_name``, ``file``, ``path``, ``image`` or ``sample``. A file that isn't there is a sample that can't be opened. A
``.lightly`` folder there comes along as annotations.
"""

from __future__ import annotations

import csv
import os
import re
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

from tamis import Listing, Params, Source, hookimpl, read_names
from tamis.errors import DatasetError, ParameterError, did_you_mean
from tamis_plugins.annotations.lightly import open_folder
from tamis_plugins.local_files.images import LocalImages
from tamis_plugins.sources.folder import folder

#: A path that is the name of its sample as it is: relative, without empty parts, and without any that begin with a dot.
_PLAIN = re.compile(r"[^/.\\\x00][^/\\\x00]*(/[^/.\\\x00][^/\\\x00]*)*")
#: What a column of paths may be called.
COLUMNS = ("filename", "file_name", "file", "path", "image", "sample")


def list_files(location: str, options: Params) -> Listing:
    """Read the list; no image is looked at."""
    path = Path(location)
    if not location and "names" not in options:
        raise DatasetError("there is no list: the location is empty, and no names are given")
    if not location and "root" not in options:
        raise ParameterError("root", "is missing: the folder that the names are relative to")
    root = folder(options["root"] if "root" in options else str(path.parent)).absolute()
    is_table = path.suffix.lower() == ".csv"
    if "column" in options and ("names" in options or not is_table):
        raise ParameterError("column", "is for a CSV file, and the list is none")
    column = options.get("column")
    listed = options["names"] if "names" in options else [line for _, line in _numbered(path, column)]
    if not listed:
        raise DatasetError(f"the list {location!r} names no file")
    roots = dict.fromkeys((root, Path(os.path.normpath(root)), Path(os.path.realpath(root))))
    names = [_name(line, roots) for line in listed]
    if "names" not in options and len(set(names)) < len(names):
        raise _twice(names, path, column)
    return Listing(names, LocalImages(str(root)), annotations=[open_folder(root)])


def _numbered(path: Path, column: str | None) -> Iterator[tuple[int, str]]:
    """The paths in a list, and the line of each."""
    if path.suffix.lower() == ".csv":
        return _from_csv(path, column)
    lines = read_names(path, empty=True)
    return ((number, line) for number, line in enumerate(lines, start=1) if line.strip())


def _twice(names: Sequence[str], path: Path, column: str | None) -> DatasetError:
    """What to say of a list with a name that is there twice."""
    lines: dict[str, int] = {}
    for name, (line, _) in zip(names, _numbered(path, column), strict=False):
        if (first := lines.setdefault(name, line)) != line:
            return DatasetError(f"{path}, line {line}: {name!r} is on line {first}, too: names must be unique")
    return DatasetError(f"{path} has changed while it was read")


def _from_csv(path: Path, column: str | None) -> Iterator[tuple[int, str]]:
    try:
        yield from _column(path, column)
    except OSError as error:
        raise DatasetError(f"the list {str(path)!r} can't be read: {error.strerror or error}") from error
    except csv.Error as error:
        raise DatasetError(f"{path}: not CSV: {error}") from error


def _column(path: Path, column: str | None) -> Iterator[tuple[int, str]]:
    with path.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as file:
        rows = csv.reader(file)
        header = next(rows, [])
        if column is None:
            column = next((name for name in header if name.strip().lower() in COLUMNS), None)
            if column is None:
                raise DatasetError(
                    f"{path}: no column is named {', '.join(COLUMNS)}: say which holds the paths, "
                    f"files:{path},column=NAME; its first line has {_shown(header)}"
                )
        elif column not in header:
            raise ParameterError("column", f"{path} has no column {column!r}{did_you_mean(column, header)}")
        position = header.index(column)
        for row in rows:
            if row:
                if len(row) <= position or not row[position]:
                    raise DatasetError(f"{path}, line {rows.line_num}: no value in column {column!r}")
                yield rows.line_num, row[position]


def _shown(header: Sequence[str]) -> str:
    """The first columns of a table."""
    shown = ", ".join(repr(name) for name in header[:5])
    return (shown or "none") + ", ..." * (len(header) > 5)


def _name(line: Any, roots: Collection[Path]) -> str:
    """A line as the name of a sample. Raises `DatasetError` if it leaves the folder, by whichever of its paths."""
    if isinstance(line, str) and _PLAIN.fullmatch(line):
        return line  # nearly all are, and there may be a million
    if not isinstance(line, str) or not line:
        raise DatasetError(f"{line!r} is not a path")
    path, root = PurePosixPath(line), next(iter(roots))
    if "\\" in line and not os.path.lexists(root / line) and os.path.lexists(root / line.replace("\\", "/")):
        path = PurePosixPath(line.replace("\\", "/"))  # as Windows writes it
    if path.is_absolute():
        inside = (each.as_posix() for each in roots if path.is_relative_to(each.as_posix()))
        if (found := next(inside, None)) is None:
            raise DatasetError(f"{line!r} is not a path inside {root}: the option root names another folder")
        path = path.relative_to(found)
    if ".." in path.parts or not path.parts:
        raise DatasetError(f"{line!r} is not a path inside {root}")
    return path.as_posix()


@hookimpl
def tamis_sources() -> list[Source]:
    """Declare files."""
    text = {"type": "string", "minLength": 1}
    schema = {
        "properties": {
            "root": {**text, "description": "The folder that paths are relative to."},
            "column": {**text, "description": "Of a CSV file: the column of paths."},
            "names": {"type": "array", "description": "The paths, in place of a file."},
        }
    }
    return [Source("files", list_files, suffixes=(".txt", ".csv"), schema=schema, doc=__doc__ or "")]
