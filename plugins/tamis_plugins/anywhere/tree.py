"""A folder with all that is below it, for those that read many small files of it, wherever it is."""

from __future__ import annotations

import errno
import os
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from pathlib import Path

import attrs

from tamis_plugins.local_files.regular import open_file

#: Larger files are refused unread: they are none of many small ones.
MOST = 64 << 20


class Tree(ABC):
    """A folder. Paths in it are relative, with ``/`` between their parts; the empty one is the folder itself.

    Attributes:
        where: Its path or URL, fit to be shown.
    """

    where: str

    @abstractmethod
    def shown(self, path: str) -> str:
        """What is at a path, fit to be shown."""

    @abstractmethod
    def is_folder(self, path: str = "") -> bool:
        """Whether there is such a folder."""

    @abstractmethod
    def is_file(self, path: str) -> bool:
        """Whether there is such a file."""

    @abstractmethod
    def files(self, folder: str = "") -> Iterator[str]:
        """The paths of all files below a folder, relative to it, in no order. One that isn't there has none."""

    @abstractmethod
    def contents(self, paths: Iterable[str]) -> Iterator[bytes | OSError]:
        """What is in each of these files, in their order; in the place of one that can't be read, why.

        Each is read once. One of more than `MOST` bytes isn't; one that isn't there has the number of that error.
        """

    def content(self, path: str) -> bytes:
        """What is in a file. Raises `OSError`."""
        (found,) = self.contents([path])
        if isinstance(found, OSError):
            raise found
        return found


@attrs.frozen
class LocalTree(Tree):
    """A folder of this machine. Paths may be absolute, or leave it."""

    where: str

    def shown(self, path: str) -> str:
        """Its path."""
        return os.path.join(self.where, path) if path else self.where  # noqa: PTH118 (once for each file)

    def is_folder(self, path: str = "") -> bool:
        """As the system says."""
        return Path(self.where, path).is_dir()

    def is_file(self, path: str) -> bool:
        """As the system says."""
        return Path(self.where, path).is_file()

    def files(self, folder: str = "") -> Iterator[str]:
        """Folder by folder."""
        root = Path(self.where, folder)
        for directory, _, names in os.walk(root):
            relative = Path(directory).relative_to(root).as_posix()
            prefix = "" if relative == "." else f"{relative}/"
            yield from (prefix + name for name in names)

    def contents(self, paths: Iterable[str]) -> Iterator[bytes | OSError]:
        """One after the other."""
        for path in paths:
            try:
                yield _content(os.path.join(self.where, path))  # noqa: PTH118 (once for each file)
            except OSError as error:
                yield error
            except ValueError as error:  # a NUL, or a surrogate that stands for no byte
                yield OSError(errno.EINVAL, f"no path: {error}")


def _content(path: str) -> bytes:
    with open_file(path) as file:
        size = os.fstat(file.fileno()).st_size
        if size > MOST:
            raise too_large()
        return file.read(size + 1)


def too_large() -> OSError:
    """What is told of a file of more than `MOST` bytes."""
    return OSError(errno.EFBIG, f"larger than {MOST >> 20} MiB")
