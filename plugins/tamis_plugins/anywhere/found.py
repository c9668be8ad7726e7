"""Images that are in files with many of them, each at a place which is known to whoever has listed them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

import attrs

from tamis import Images
from tamis_plugins.anywhere.file import Files
from tamis_plugins.anywhere.layout import Layout

Self = TypeVar("Self", bound="FoundImages")


@attrs.frozen(slots=False)
class FoundImages(Images):
    """Images in one file, or in several in a folder.

    Of files of this machine it holds neither names nor places: a worker finds out by itself, which costs little. On a
    server that would take many requests, so that these travel with each batch.

    Attributes:
        layout: Which file a sample is in.
        files: Where the files are.
        known: Where samples are: the path of a file, and the place in it.
        travelling: Whether it is on the way to another process, with all that it knows.
    """

    layout: Layout
    files: Files
    known: Mapping[str, tuple[Any, ...]] = attrs.field(factory=dict, repr=False, eq=False, kw_only=True)
    travelling: bool = attrs.field(default=False, eq=False, kw_only=True)

    @property
    def shareable(self) -> bool:  # type: ignore[override]
        """If the files are."""
        return self.files.shareable

    @property
    def identity(self) -> str:
        """The location, and what is read there, whoever reads it."""
        return hashlib.sha256(repr((self.files.shown, *self._told())).encode("utf-8", "surrogateescape")).hexdigest()[
            :16
        ]

    def _told(self) -> tuple[Any, ...]:
        """What tells images of a location from others there."""
        return (self.layout,)

    def portion(self: Self, names: Sequence[str]) -> Self:
        """Of these samples, what is known."""
        if not self.known:
            return self
        known = {name: self.known[name] for name in names if name in self.known}
        files = self.files.portion({place[0] for place in known.values()})
        return attrs.evolve(self, files=files, known=known, travelling=True)

    def __getstate__(self) -> dict[str, Any]:
        state = dict(self.__dict__)
        if not self.travelling:
            state |= {"known": {}, "files": self.files.portion(())}
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
