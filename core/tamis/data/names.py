"""Names of samples, categories and tasks: in collections, and in files with one on each line."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from tamis.errors import DatasetError


def names(names_: Iterable[str]) -> tuple[str, ...]:
    """As a tuple. Raises `TypeError` for a single string, which is a collection of its letters."""
    if isinstance(names_, str):
        raise TypeError(f"a collection of names is needed, not the string {names_!r}")
    return tuple(names_)


def name_lines(samples: Iterable[str]) -> Iterator[bytes]:
    """A line for each name, whatever its encoding, as `read_names` reads them."""
    return (os.fsencode(name) + b"\n" for name in samples)


def read_names(path: str | os.PathLike[str]) -> tuple[str, ...]:
    """The names in a file with one on each line, such as ``selected.txt``; empty lines are passed over.

    A byte order mark, and the carriage return of a line that ends in one, are no part of a name.

    Raises:
        DatasetError: it can't be read.
    """
    try:
        content = Path(path).read_bytes().removeprefix(b"\xef\xbb\xbf")
    except (OSError, ValueError) as error:
        raise DatasetError(f"{os.fspath(path)!r} can't be read: {getattr(error, 'strerror', None) or error}") from error
    lines = (line.removesuffix(b"\r") for line in content.split(b"\n"))
    return tuple(os.fsdecode(line) for line in lines if line)
