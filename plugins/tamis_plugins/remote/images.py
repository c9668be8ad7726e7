"""Opening images on a server, and telling whether one has changed."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from functools import cached_property
from typing import IO, Any

import attrs

from tamis import Images
from tamis_plugins.remote.ahead import Fetched
from tamis_plugins.remote.connecting import connected
from tamis_plugins.remote.place import Place
from tamis_plugins.remote.store import Store, size_in


@attrs.frozen(slots=False)
class UrlImages(Images):
    """Images at a location.

    What the listing said of them stays in the process that has listed them. Others learn it from the image itself, as
    they read it: what is stored is always known by the fingerprint of the very bytes that were measured.

    Attributes:
        place: The location.
        known: Fingerprints by name, as they were listed.
    """

    place: Place
    known: Mapping[str, str] = attrs.field(factory=dict, repr=False, eq=False)

    @cached_property
    def store(self) -> Store:
        """The connection. It is made once in a process. Raises what `connected` does."""
        return connected(self.place)

    @property
    def shareable(self) -> bool:  # type: ignore[override]
        """Unless it is in the memory of this process."""
        return self.place.shareable

    @property
    def identity(self) -> str:
        """The location, whoever reads it."""
        return hashlib.sha256(f"{self.place.shown} {self.place.endpoint}".encode()).hexdigest()[:16]

    def open(self, name: str) -> IO[bytes]:
        """Its bytes."""
        return self.store.read(name).open()

    def fingerprint(self, name: str) -> str | None:
        """Size and ETag, or what the server has in its place: as listed, else by asking."""
        try:
            return self.known[name] if name in self.known else self.store.entry(name).fingerprint
        except OSError:
            return None

    def size(self, name: str) -> int | None:
        """As listed, else by asking."""
        known = self.known.get(name)
        try:
            return size_in(known) if known else self.store.entry(name).size
        except OSError:
            return None

    def reading(self, names: Sequence[str]) -> AbstractContextManager[Images]:
        """With the next ones fetched while one is measured."""
        return Fetched(self, self.store, names)

    def __reduce__(self) -> Any:
        return UrlImages, (self.place,)
