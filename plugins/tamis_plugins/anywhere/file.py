"""A file, wherever it is: what those that read one need to know of it."""

from __future__ import annotations

import io
import os
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath
from typing import IO, Protocol

import attrs

from tamis_plugins.anywhere.reading import read_at
from tamis_plugins.local_files.regular import open_file, problem_of


class File(ABC):
    """A file. It travels to other processes.

    Attributes:
        where: Its path or URL, fit to be shown.
        path: Its path on this machine; None if it is somewhere else.
    """

    where: str
    path: str | None = None

    @property
    def suffix(self) -> str:
        """The end of its name, from the last dot, in lower case."""
        return PurePosixPath(self.where).suffix.lower()

    @abstractmethod
    def problem(self) -> str | None:
        """Why it can't be read, in words that follow its name; None if it can, as far as can be told so."""

    @abstractmethod
    def size(self) -> int:
        """In bytes. Raises `OSError`."""

    @abstractmethod
    def version(self) -> str | None:
        """What changes with its content; None if nothing does. Raises `OSError`."""

    @abstractmethod
    def read(self, start: int, count: int) -> bytes:
        """Some of its bytes. Raises `OSError`, if it ends before or is another than it was when it was found, too."""

    def read_each(self, places: Iterable[tuple[int, int]]) -> Iterator[bytes]:
        """What is at each of these starts, so many bytes, in order. Raises `OSError`."""
        return (self.read(start, count) for start, count in places)

    @abstractmethod
    def open(self) -> IO[bytes]:
        """All of it, from its beginning. Raises `OSError`."""

    @abstractmethod
    def leaping(self) -> IO[bytes]:
        """For those that read a bit here and a bit there. Raises `OSError`."""


@attrs.frozen
class LocalFile(File):
    """A file of this machine."""

    path: str

    @property
    def where(self) -> str:  # type: ignore[override]
        """Its path."""
        return self.path

    def problem(self) -> str | None:
        """It isn't there, or is none."""
        return problem_of(Path(self.path))

    def size(self) -> int:
        """As the system says it."""
        return os.stat(self.path).st_size  # noqa: PTH116 (once per image, pathlib shows)

    def version(self) -> str:
        """Size and time of modification."""
        status = os.stat(self.path)  # noqa: PTH116
        return f"{status.st_size}:{status.st_mtime_ns}"

    def read(self, start: int, count: int) -> bytes:
        """Each thread keeps the last file open."""
        return read_at(self.path, start, count)

    def open(self) -> IO[bytes]:
        """A regular file, without waiting for one that is none."""
        return open_file(self.path)

    def leaping(self) -> IO[bytes]:
        """The same."""
        return open_file(self.path)


@attrs.frozen(eq=False)
class HeldFile(File):
    """A file in memory, under the name that it has elsewhere."""

    where: str
    content: bytes = attrs.field(repr=False)

    def problem(self) -> None:
        """It has been read."""
        return

    def size(self) -> int:
        """Of the content."""
        return len(self.content)

    def version(self) -> None:
        """It changes no more."""
        return

    def read(self, start: int, count: int) -> bytes:
        """Of the content."""
        return self.content[start : start + count]

    def open(self) -> IO[bytes]:
        """The content."""
        return io.BytesIO(self.content)

    def leaping(self) -> IO[bytes]:
        """The content."""
        return io.BytesIO(self.content)


def held(file: File) -> File:
    """The same, for those that read all of it several times: one that isn't here is fetched. Raises `OSError`."""
    return file if file.path is not None else HeldFile(file.where, file.open().read())


class Files(Protocol):
    """Where some files are.

    Attributes:
        at_once: How many requests may be made of it at a time, since answers take a while; 0 if they don't.
        shown: What it is called, fit to be shown; empty for this machine.
        shareable: Whether other processes can read them, too.
    """

    @property
    def at_once(self) -> int:
        """See above."""

    @property
    def shown(self) -> str:
        """See above."""

    @property
    def shareable(self) -> bool:
        """See above."""

    def file(self, path: str) -> File:
        """One of them. Raises `OSError` if it isn't there and that is noticed."""

    def portion(self, paths: Iterable[str]) -> Files:
        """With all that is known of these, as it travels to another process."""


@attrs.frozen
class Here:
    """This machine."""

    at_once = 0
    shown = ""
    shareable = True

    def file(self, path: str) -> File:
        """By its path."""
        return LocalFile(path)

    def portion(self, paths: Iterable[str]) -> Here:
        """Nothing is."""
        return self
