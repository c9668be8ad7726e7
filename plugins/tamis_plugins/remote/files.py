"""Files on a server that are read in parts, or that hold something else than an image."""

from __future__ import annotations

import errno
import io
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from typing import IO, Any

import attrs

from tamis_plugins.anywhere.file import File
from tamis_plugins.remote.connecting import connected
from tamis_plugins.remote.leaping import Leaping
from tamis_plugins.remote.place import Place
from tamis_plugins.remote.problems import dropped
from tamis_plugins.remote.store import Content, Entry, Store

#: Bytes of one request for a long file: enough for its costs not to matter, few enough to ask for again.
PIECE = 8 << 20


@attrs.frozen
class Server:
    """A folder on a server, and the connection to it. Whoever gets it in another process makes one there, once.

    Attributes:
        place: The folder.
        store: The connection. It is made anew where files are found, so that credentials are those of now.
    """

    place: Place
    store: Store = attrs.field(repr=False, eq=False)

    @classmethod
    def at(cls, place: Place) -> Server:
        """Raises what `connected` does."""
        return cls(place, connected(place))

    def __reduce__(self) -> Any:
        return _known, (self.place,)


@lru_cache(maxsize=4)
def _known(place: Place) -> Server:
    return Server.at(place)


@attrs.frozen
class RemoteFiles:
    """Files on a server.

    Attributes:
        server: The folder that their paths are relative to.
        entries: What is known of those that were found.
    """

    server: Server
    entries: Mapping[str, Entry] = attrs.field(factory=dict, repr=False)

    @property
    def at_once(self) -> int:
        """As many requests as the server may be asked."""
        return self.server.store.at_once

    @property
    def shown(self) -> str:
        """The folder's URL, and the server's address."""
        return f"{self.server.place.shown} {self.server.place.endpoint}"

    @property
    def shareable(self) -> bool:
        """Unless they are in the memory of this process."""
        return self.server.place.shareable

    def file(self, path: str) -> RemoteFile:
        """As it was found; else as it is now. Raises `OSError`."""
        path = path.removeprefix("./")
        return RemoteFile(self.server, self.entries.get(path) or self.server.store.entry(path))

    def portion(self, paths: Iterable[str]) -> RemoteFiles:
        """With what is known of these."""
        names = [path.removeprefix("./") for path in paths]
        return RemoteFiles(self.server, {name: self.entries[name] for name in names if name in self.entries})


@attrs.frozen(slots=False)
class RemoteFile(File):
    """A file on a server, as it was found: when it is another by the time that it is read, that is an error.

    Attributes:
        server: The folder that it is in.
        entry: What is known of it.
    """

    server: Server
    entry: Entry

    @property
    def where(self) -> str:  # type: ignore[override]
        """Its URL."""
        return f"{self.server.place.shown}/{self.entry.name}"

    def problem(self) -> None:
        """It was there."""
        return

    def size(self) -> int:
        """As it was found."""
        return self.entry.size

    def version(self) -> str | None:
        """Size and ETag, or what the server has in its place."""
        return self.entry.fingerprint

    def _same(self, content: Content) -> bytes:
        if content.fingerprint != self.entry.fingerprint:
            raise OSError(errno.ESTALE, f"{self.where} has changed since it was found")
        return content.data

    def _asked(self, request: Any, *args: Any) -> bytes:
        try:
            return self._same(request(self.entry.name, *args))
        except OSError as error:
            if error.errno == errno.ESTALE:
                raise
            raise OSError(error.errno, f"{self.where}: {error.strerror or error}") from error

    def read(self, start: int, count: int) -> bytes:
        """By one request; much by several at a time, as one connection is slower than the line."""
        if start + count > self.entry.size:
            raise OSError(errno.EIO, f"{self.where} ends before")
        if count <= PIECE:
            return self._part(start, count)
        pieces = [(at, min(PIECE, start + count - at)) for at in range(start, start + count, PIECE)]
        with ThreadPoolExecutor(min(len(pieces), self.server.store.at_once)) as pool:
            return b"".join(pool.map(lambda piece: self._part(*piece), pieces))

    def _part(self, start: int, count: int) -> bytes:
        found = self._asked(self.server.store.part, start, count)
        if len(found) < count:
            raise dropped()
        return found

    def read_each(self, places: Iterable[tuple[int, int]]) -> Iterator[bytes]:
        """Several at a time."""
        with ThreadPoolExecutor(self.server.store.at_once) as pool:
            yield from pool.map(lambda place: self.read(*place), places)

    def open(self) -> IO[bytes]:
        """By one request; it is held in memory."""
        return io.BytesIO(self._asked(self.server.store.read))

    def leaping(self) -> IO[bytes]:
        """In parts, as they are asked for."""
        return Leaping(self)  # type: ignore[return-value]  # it is one
