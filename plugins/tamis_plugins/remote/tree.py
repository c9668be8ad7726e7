"""A folder on a server with all that is below it."""

from __future__ import annotations

import errno
import posixpath
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property

import attrs

from tamis_plugins.anywhere.tree import MOST, Tree, too_large
from tamis_plugins.remote.files import Server
from tamis_plugins.remote.store import Entry


@attrs.frozen(slots=False)
class RemoteTree(Tree):
    """A folder as it was listed.

    Attributes:
        server: The folder.
        entries: What is below it, by path.
    """

    server: Server
    entries: Mapping[str, Entry] = attrs.field(repr=False)

    @property
    def where(self) -> str:  # type: ignore[override]
        """Its URL."""
        return self.server.place.shown

    def shown(self, path: str) -> str:
        """Its URL."""
        path = _plain(path)
        return f"{self.where}/{path}" if path else self.where

    @cached_property
    def _folders(self) -> frozenset[str]:
        found: set[str] = set()
        for name in self.entries:
            folder = posixpath.dirname(name)
            while folder not in found:
                found.add(folder)
                folder = posixpath.dirname(folder)
        return frozenset(found)

    def is_folder(self, path: str = "") -> bool:
        """Whether anything is below it."""
        return _plain(path) in self._folders

    def is_file(self, path: str) -> bool:
        """Whether it was listed."""
        return _plain(path) in self.entries

    def files(self, folder: str = "") -> Iterator[str]:
        """Those that were listed."""
        prefix = f"{path}/" if (path := _plain(folder)) else ""
        return (name[len(prefix) :] for name in self.entries if name.startswith(prefix))

    def contents(self, paths: Iterable[str]) -> Iterator[bytes | OSError]:
        """By one request each, several at a time."""
        with ThreadPoolExecutor(self.server.store.at_once, thread_name_prefix="tamis-fetch") as pool:
            yield from pool.map(self._content, paths)

    def _content(self, path: str) -> bytes | OSError:
        if (entry := self.entries.get(_plain(path))) is None:
            return OSError(errno.ENOENT, "it is not there")
        if entry.size > MOST:
            return too_large()
        try:
            found = self.server.store.read(entry.name)
        except OSError as error:
            return error
        if found.fingerprint != entry.fingerprint:
            return OSError(errno.ESTALE, "it has changed since it was listed")
        return found.data


def _plain(path: str) -> str:
    """Without ``.`` and ``..``, as a server has no such folders."""
    found = posixpath.normpath(path)
    return "" if found == "." else found
