"""Names of samples, categories and tasks: in collections, and in files with one on each line."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from typing import Any

from tamis.data.plain_file import read_plain
from tamis.errors import DatasetError

#: A byte order mark, as some editors put it before a text.
MARK = b"\xef\xbb\xbf"
#: Bytes that a list of names may have.
MOST = 1 << 30


def names(names_: Iterable[str]) -> tuple[str, ...]:
    """As a tuple. Raises `TypeError` if they are none; a single string is a collection of its letters, and is none."""
    if isinstance(names_, str) or not isinstance(names_, Iterable):
        raise TypeError(f"a collection of names is needed, not {'the string ' * isinstance(names_, str)}{names_!r}")
    return tuple(names_)


def text_of(name: str) -> str:
    """A name as it is in a string column, with the bytes that are no text, and half characters, spelled out."""
    return name if name.isascii() else name.encode("utf-8", "backslashreplace").decode()


def texts_of(names_: Iterable[str]) -> tuple[str, ...]:
    """Names as they are in a string column."""
    given = tuple(names_)
    return given if all(map(str.isascii, given)) else tuple(map(text_of, given))


def labels(names_: Iterable[Any]) -> tuple[str, ...]:
    """Names of categories as a tuple, each as a text that any file can hold; what is no text is left as it is."""
    given: tuple[Any, ...] = names(names_)
    return tuple(text_of(name) if isinstance(name, str) else name for name in given)


def problem_of(name: object) -> str | None:
    """Why something can't be the name of a sample, and a line of a list of them; None if it can."""
    if not isinstance(name, str):
        return f"is of type {type(name).__name__}, and names are text"
    if not name:
        return "is empty, which lists of names can't hold"
    if "\n" in name or "\r" in name:
        return "holds a line break: results are lists with one name per line"
    if not name.isascii():
        try:
            name.encode("utf-8", "surrogateescape")
        except UnicodeEncodeError:
            return "holds half a character, which no file name and no list can hold"
    return None


def name_lines(samples: Iterable[str]) -> Iterator[bytes]:
    """A line for each name, whatever its encoding, as `read_names` reads them."""
    for number, name in enumerate(samples):
        line = name.encode("utf-8", "surrogateescape") + b"\n"
        # A reader takes the first mark for the file's, so that the name's own needs another before it.
        yield MARK + line if number == 0 and line.startswith(MARK) else line


def read_names(path: str | os.PathLike[str] | bytes, *, empty: bool = False) -> tuple[str, ...]:
    """The names in a file with one on each line, such as ``selected.txt``; empty lines are passed over.

    A byte order mark, and the carriage return of a line that ends in one, are no part of a name.

    Args:
        path: The file; or, as bytes, what is in one that isn't on this machine.
        empty: Whether to give empty lines, too, such as for the number of each.

    Raises:
        DatasetError: it can't be read.
    """
    try:
        content = path if isinstance(path, bytes) else read_plain(path, MOST)
    except (OSError, ValueError) as error:
        raise DatasetError(f"{os.fspath(path)!r} can't be read: {getattr(error, 'strerror', None) or error}") from error
    lines = (line.removesuffix(b"\r") for line in content.removeprefix(MARK).split(b"\n"))
    return tuple(line.decode("utf-8", "surrogateescape") for line in lines if line or empty)
